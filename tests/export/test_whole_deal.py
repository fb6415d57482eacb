"""Rollout, own power, workloads, data paths, single losses and carbon on the pages and in the decisions."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from siting.export.decisions import decisions
from siting.export.report import report_page
from siting.export.report.charts import Series, stacked_bars
from siting.export.report.figures import energy_by_period, energy_series
from siting.export.webmap.decided import chosen_layer
from siting.export.webmap.own_power import own_power_layers
from siting.export.words import month_of
from siting.plan.record import Plan


def section(plan: Plan, title: str) -> str:
    found = re.search(rf"<h2>{title}</h2>(.*?)</section>", report_page(plan), re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", " ", found.group(1))


def of_issue_two(plan: Plan) -> Plan:
    """The same plan with the families of time, storage, work, carbon and resilience switched off."""
    tables = {name: getattr(plan, name).iloc[:0] for name in ("equipment", "given", "programme")}
    links = plan.dispatch[plan.dispatch["entity"].isin(["link", "served", "unserved"])]
    columns = {"pue_mean": plan.site_columns["pue_mean"]}
    return replace(plan, **tables, dispatch=links, site_columns=columns)


def test_the_rollout_tells_what_is_at_work_and_what_each_site_waits_for(plan: Plan) -> None:
    told = section(plan, "Rollout")
    assert "standing at its end, not yet at work on the mean: 20 MW" in told
    assert "the connection queue: 3 sites, 211 MW" in told
    assert "370 MUSD of compute" in told
    assert "2027-09" in told


def test_a_month_beyond_the_plan_is_told_by_its_number(plan: Plan) -> None:
    assert month_of(plan, 35.0) == "2029-12"
    assert month_of(plan, 36.0) == "after 36 months"


def test_power_made_at_sites_is_energy_and_batteries_are_not(plan: Plan) -> None:
    series = {one.name: one for one in energy_series(plan)}
    assert sum(series["gas engine"].values) == pytest.approx(0.5 * 8.76)
    assert not any("battery" in name for name in series)
    assert {one.name: one for one in energy_by_period(plan)}["gas engine"].values == pytest.approx([4.38, 4.38, 4.38])
    assert "Batteries shift 7.88 GWh of it and lose 0.88 GWh" in section(plan, "Power")


def test_what_is_negative_is_in_the_sum_and_not_drawn() -> None:
    drawing = stacked_bars(
        ["one"], [Series("spent", "#000000", (10.0,)), Series("earned", "#ffffff", (-4.0,))], "MUSD", "t"
    ).markup
    assert drawing.count("<rect") == 2
    assert ">6<" in drawing


def test_each_class_of_inference_tells_its_worst_round_trip_by_what_is_given(plan: Plan) -> None:
    times = plan.latency[plan.latency["demand_id"].isin(["seattle", "portland"])]
    worst = times.groupby(["site_id", "demand_id"])["rtt_ms"].min().max()
    assert re.search(rf"Chat\s+206\s+4\s+2\s+[\d.]+\s+{worst:.1f}", section(plan, "Workloads"))


def test_data_paths_tell_since_when_and_over_what(plan: Plan) -> None:
    told = section(plan, "Data paths")
    assert "Prosser: 3 Gbps from 2027" in told
    assert "Seattle (Westin), 140 km, from 2027" in told


def test_single_losses_and_carbon_are_told_by_period(plan: Plan) -> None:
    assert re.search(r"site that has the most of it\s+MW\s+35\s+75\s+100", section(plan, "Resilience"))
    assert re.search(r"t/year\s+4,000\s+9,000\s+12,000", section(plan, "Carbon and water"))


def test_families_that_are_off_have_no_section_and_no_ring(plan: Plan) -> None:
    bare = of_issue_two(plan)
    titles = re.findall(r"<h2>(.*?)</h2>", report_page(bare))
    assert not {"Rollout", "Workloads", "Resilience", "Carbon and water"} & set(titles)
    assert own_power_layers(bare) == []
    assert [title for title, _ in chosen_layer(bare).cards[0].groups] == ["Cooling, carbon and water"]


def test_a_ring_is_there_from_the_period_in_which_its_equipment_stands(plan: Plan) -> None:
    layers = {layer.id: layer for layer in own_power_layers(plan)}
    assert list(layers) == ["own-generators", "own-batteries"]
    assert [feature["properties"]["from"] for feature in layers["own-batteries"].features] == [1]
    engine = layers["own-generators"].features[0]["properties"]
    site = next(one["properties"] for one in chosen_layer(plan).features if one["properties"]["id"] == "c-columbia-01")
    assert all(engine[f"r{n}"] > site[f"r{n}"] for n in range(3))


def test_a_card_tells_own_power_first_and_the_rest_in_groups(plan: Plan) -> None:
    card = next(card for card in chosen_layer(plan).cards if card.title == "Near Burbank")
    assert dict(card.rows)["Own power"] == "battery 12 MW, 48 MWh"
    assert dict(card.rows)["First works"] == "2028-04, after the connection queue"
    groups = dict(card.groups)
    assert dict(groups["Work"]) == {"Training": "60 MW", "Inference": "60 MW"}
    assert "Land and risk" in groups


def test_the_decisions_tell_equipment_gifts_and_the_programme(plan: Plan) -> None:
    told = json.loads(json.dumps(decisions(plan)))
    sites = {site["id"]: site for site in told["sites"]}
    assert sites["c-snake-02"]["equipment"]["battery_mwh"] == {"2028": 48.0, "2029": 48.0}
    assert sites["c-columbia-01"]["given"]["chat_mw"]["seattle"]["2029"] == 50.0
    assert told["programme"]["largest_site_loss_mw"] == {"2027": 35.0, "2028": 75.0, "2029": 100.0}
