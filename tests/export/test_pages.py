"""The pages as text: what they say, and that data never becomes markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import OutputError
from siting.export import explore
from siting.export.diffmap import difference_page
from siting.export.markup import el, el_raw
from siting.export.page import json_block, page
from siting.export.report import report_page
from siting.export.report.figures import energy_series, round_trips
from siting.export.shown import MOST_PASSED_OVER
from siting.export.webmap import map_page
from siting.export.webmap.decided import passed_layer
from siting.export.webmap.layer import limited
from siting.export.words import amount, gap_words, heading, percent, proof
from siting.plan.record import Plan
from tests.export.differences import small_difference

_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def _data(text: str) -> dict[str, object]:
    found = _DATA.search(text)
    assert found
    data: dict[str, object] = json.loads(found.group(1))
    return data


@given(st.text())
def test_data_comes_back_from_its_block_and_holds_no_markup(value: str) -> None:
    block = json_block({"text": value})
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block) == {"text": value}


def test_text_of_an_element_is_escaped() -> None:
    assert el("p", "<b>&", title='"x"').markup == '<p title="&quot;x&quot;">&lt;b&gt;&amp;</p>'


def test_a_script_that_would_end_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="would end"):
        el_raw("script", "var a = '</SCRIPT>'")


def test_the_policy_names_every_script_and_style_by_its_digest() -> None:
    text = page("t", el("p", "x"), ("p{}",), ("var a = 1;",))
    for body in ("p{}", "var a = 1;"):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" in unescape(text)
    assert "unsafe" not in text
    assert "default-src &#x27;none&#x27;" in text


def test_no_page_names_an_address_to_load_from(plan: Plan) -> None:
    for text in (map_page(plan), report_page(plan)):
        assert not re.search(r"<(?:link|script|img|iframe|source)\b[^>]*\b(?:src|href)=", text)
        assert "@import" not in text


def test_the_map_counts_its_layers(plan: Plan) -> None:
    layers = {layer["id"]: layer for layer in _data(map_page(plan))["layers"]}  # type: ignore[attr-defined]
    assert {name: layer["count"] for name, layer in layers.items()} == {
        "zones": 4, "exclusions": 2, "lines": 3, "substations": 4, "demand": 4, "pops": 3, "gateways": 2, "plants-hydro": 4,
        "plants-solar": 2, "data-fibre": 4, "data-satellite": 1, "power-hydro": 4, "power-solar": 2, "power-grid": 2, "passed": 5,
        "own-generators": 1, "own-batteries": 1, "chosen": 4,
    }  # fmt: skip


def test_a_card_tells_why(plan: Plan) -> None:
    layers = {layer["id"]: layer for layer in _data(map_page(plan))["layers"]}  # type: ignore[attr-defined]
    told = dict(layers["passed"]["cards"][0]["paragraphs"])
    assert told["Why"] == "Passed over: 38.7 MUSD/MW, 2.1 dearer than the last site chosen."
    assert told["What holds it back"] == "budget"


def test_too_many_candidates_are_thinned_and_the_map_says_so(plan: Plan) -> None:
    passed = plan.sites[plan.sites["verdict"] == "passed_over"]
    many = pd.concat([plan.chosen, *[passed] * 1000])
    many = gpd.GeoDataFrame(many.assign(id=[f"c{n}" for n in range(len(many))]), crs=4326)
    crowded = replace(plan, sites=many)
    layer = passed_layer(crowded)
    assert layer is not None
    assert len(layer.features) == MOST_PASSED_OVER
    assert layer.left_out == 4700
    assert any("4,700 more" in note for note in _data(map_page(crowded))["notes"])  # type: ignore[attr-defined]


def test_of_too_many_lines_those_of_the_highest_voltage_are_drawn(plan: Plan) -> None:
    lines = gpd.GeoDataFrame(plan.layers["lines"])
    frame, left_out = limited(lines.assign(kv=[138.0, 500.0, 230.0]), 2, "kv")
    assert frame["kv"].tolist() == [500.0, 230.0]
    assert left_out == 1


def test_the_report_tells_what_where_when_and_how_far_proven(plan: Plan) -> None:
    text = report_page(plan)
    for words in ("411 MW", "15.8 GUSD", "Near Vantage", "Wanapum", "Proven within 1.01 %", "tie_lines.route_factor", "TX-03"):
        assert words in text
    assert "capital within the budget" in text


def test_the_report_has_each_section_once(plan: Plan) -> None:
    assert re.findall(r"<h2>(.*?)</h2>", report_page(plan)) == [
        "What, where and when",
        "Rollout",
        "Cost by period",
        "Power",
        "Workloads",
        "Data paths",
        "Round-trip times to the users",
        "Resilience",
        "Carbon and water",
        "Limits that bind",
        "Why these sites",
        "Sources of numbers",
        "Notes and limits of this study",
    ]


def test_a_plan_that_builds_nothing_has_a_report_and_a_map(plan: Plan) -> None:
    nothing = replace(
        plan,
        sites=plan.sites[plan.sites["verdict"] == "passed_over"],
        modules=plan.modules.iloc[:0],
        power_links=plan.power_links.iloc[:0],
        data_links=plan.data_links.iloc[:0],
        link_periods=plan.link_periods.iloc[:0],
        data_periods=plan.data_periods.iloc[:0],
        latency=plan.latency.iloc[:0],
        dispatch=plan.dispatch.iloc[:0],
        cashflow=plan.cashflow.iloc[:0],
    )
    assert "0 of 5" in map_page(nothing)
    assert "0 MW" in report_page(nothing)


def test_the_map_names_whose_data_it_shows(plan: Plan) -> None:
    assert "MapLibre GL JS 5" in str(_data(map_page(plan))["attribution"])
    region = gpd.GeoDataFrame(plan.layers["region"]).assign(attribution="Plants: WRI, CC BY 4.0.")
    own = replace(plan, layers={**plan.layers, "region": region})
    assert str(_data(map_page(own))["attribution"]).startswith("Plants: WRI, CC BY 4.0. Drawn with")


def test_a_plan_without_layers_has_a_report_and_a_map(plan: Plan) -> None:
    bare = replace(plan, layers={})
    assert _data(map_page(bare))["bounds"] != [-180.0, -80.0, 180.0, 80.0]
    assert "Near Vantage" in report_page(bare)


def test_energy_by_season_is_what_arrives_in_the_last_period(plan: Plan) -> None:
    links = plan.power_links.set_index("id")
    sent = plan.dispatch[(plan.dispatch["entity"] == "link") & (plan.dispatch["period"] == "2029")]
    arrives = sent["mw"] * (1.0 - sent["id"].map(links["loss_share"])) * 1095.0 / 1000.0
    hydro = float(arrives[sent["id"].map(links["kind"]) == "hydro"].sum())
    series = {one.name: one for one in energy_series(plan)}
    assert sum(series["hydro"].values) == pytest.approx(hydro)
    assert series["hydro"].values[1] > series["hydro"].values[0]


def test_round_trips_take_the_best_path(plan: Plan) -> None:
    latency = plan.latency.copy()
    latency.loc[latency["kind"] == "satellite", "rtt_ms"] = 1.0
    places, times = round_trips(replace(plan, latency=latency))
    assert places[:2] == ["Seattle", "Portland"]
    assert times["c-columbia-01"][0] == "1 ms satellite"
    assert times["c-columbia-01"][1].endswith("fibre")


def test_a_difference_of_an_unknown_kind_is_refused(plan: Plan) -> None:
    diff = small_difference().assign(change="moved")
    with pytest.raises(OutputError, match="moved"):
        difference_page(diff, ("base", "other"), plan.layers)


def test_the_difference_map_counts_every_change(plan: Plan) -> None:
    layers = {layer["id"]: layer for layer in _data(difference_page(small_difference(), ("a", "b"), plan.layers))["layers"]}  # type: ignore[attr-defined]
    changes = {name: layer for name, layer in layers.items() if name.startswith("diff-")}
    assert {name: layer["count"] for name, layer in changes.items()} == {
        "diff-kept": 1, "diff-grown": 1, "diff-shrunk": 1, "diff-dropped": 1, "diff-added": 1,
    }  # fmt: skip
    assert len({layer["swatch"]["shape"] for layer in changes.values()}) == 5


def test_a_notebook_shows_the_page_in_a_closed_frame(plan: Plan) -> None:
    markup = explore(plan)._repr_html_()
    assert markup.startswith("<iframe srcdoc=")
    assert 'sandbox="allow-scripts"' in markup
    assert "<script" not in markup


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1234.5, "MW", "1,234 MW"),
        (12.34, "MUSD", "12.3 MUSD"),
        (-0.5, "km", "−0.50 km"),
        (0.123, "share", "12 %"),
        (np.nan, "MW", "unknown"),
    ],
)
def test_amounts_read_well(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words


def test_a_proof_says_which_side_is_better_and_what_is_left_open(plan: Plan) -> None:
    compute, cost = plan.record.aims
    assert proof(compute) == "Most compute: 741 MW-years; no plan can reach more than 748 MW-years. Gap 0.92 %; asked: 2 %."
    assert "no plan can reach less than" in proof(cost)
    assert "controllable cost" in proof(cost)
    assert proof(replace(cost, bound=cost.value, gap=0.0)).endswith("the best possible.")
    assert "Not proven: asked: 2 %" in proof(replace(compute, gap=0.05))


def test_a_gap_is_rounded_up() -> None:
    assert [gap_words(gap) for gap in (0.0, 0.01, 0.010001, 0.0104, 0.2)] == ["0 %", "1 %", "1.01 %", "1.04 %", "20 %"]


def test_small_shares_keep_their_digits() -> None:
    assert [percent(share) for share in (0.0, 0.0004, 0.012, 0.5)] == ["0 %", "0.04 %", "1.2 %", "50 %"]


def test_headings_drop_the_unit_and_keep_abbreviations() -> None:
    assert [heading(name) for name in ("capacity_mw", "it_mw", "pue_mean", "IT hardware")] == [
        "Capacity",
        "IT load",
        "PUE mean",
        "IT hardware",
    ]
