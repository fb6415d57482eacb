from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.cli.compare import comparison_text
from siting.errors import InputError
from siting.export import geojson
from siting.plan.compare import ComparedSite, Side, change_sentences, compare, sites_frame
from siting.plan.record import ValueOrigin
from siting.runs.side import ground_of, read_side
from tests.export.small_plan import small_plan, unproven
from tests.runs.folders_with_runs import finished_run

RECORD = small_plan().record
SIZES = st.dictionaries(st.sampled_from("abcdef"), st.floats(1.0, 200.0), max_size=6)


def _side(name: str, sizes: dict[str, float], **changes: object) -> Side:
    chosen = {key: ComparedSite(key, f"Near {key}", "p1", mw, 30.0 * mw, -120.0, 46.0) for key, mw in sizes.items()}
    record = replace(RECORD, **changes)  # type: ignore[arg-type]
    totals = {"it_mw": sum(sizes.values()), "sites": float(len(sizes))}
    return Side(name, record, chosen, frozenset("abcdef"), totals)


def test_each_site_meets_one_change() -> None:
    old = _side("base", {"a": 50.0, "b": 50.0, "c": 50.0, "d": 50.0})
    new = _side("lean", {"a": 50.0, "b": 70.0, "c": 20.0, "e": 10.0})
    assert {site.id: site.change for site in compare(old, new).sites} == {
        "a": "kept",
        "b": "grown",
        "c": "shrunk",
        "d": "dropped",
        "e": "added",
    }
    assert compare(old, new).counted() == {"added": 1, "grown": 1, "kept": 1, "shrunk": 1, "dropped": 1}


@given(SIZES, SIZES)
def test_sites_account_for_the_whole_difference(old: dict[str, float], new: dict[str, float]) -> None:
    comparison = compare(_side("old", old), _side("new", new))
    growth = sum(site.new_mw - site.old_mw for site in comparison.sites)
    assert growth == pytest.approx(sum(new.values()) - sum(old.values()))
    assert {site.id for site in comparison.sites} == {*old, *new}


@given(SIZES, SIZES)
def test_looking_back_turns_every_change_round(old: dict[str, float], new: dict[str, float]) -> None:
    round_ = {"added": "dropped", "dropped": "added", "grown": "shrunk", "shrunk": "grown", "kept": "kept"}
    there = compare(_side("old", old), _side("new", new))
    back = compare(_side("new", new), _side("old", old))
    assert {site.id: round_[site.change] for site in there.sites} == {site.id: site.change for site in back.sites}


def test_a_plan_does_not_differ_from_itself() -> None:
    side = _side("base", {"a": 50.0})
    comparison = compare(side, side)
    assert (comparison.values, comparison.inputs, comparison.cautions) == ((), (), ())
    assert comparison.counted()["kept"] == len(comparison.sites) == 1


def test_inputs_that_differ_are_told_old_new_and_where_from() -> None:
    old = _side("base", {}, values=(ValueOrigin("budget.total_musd", "45000.0", "default", "MUSD", "FIN-05"),))
    new = _side("lean", {}, values=(ValueOrigin("budget.total_musd", "30000.0", "--set", "MUSD", ""),))
    (change,) = compare(old, new).values
    assert (change.old, change.new, change.unit, change.new_origin) == ("45000.0", "30000.0", "MUSD", "--set")
    assert change_sentences(compare(old, new))[0] == "budget.total_musd: 45000.0 -> 30000.0 MUSD (--set)"
    assert "budget.total_musd  45000.0  30000.0  MUSD  --set" in comparison_text(compare(old, new))


def test_a_row_of_a_layer_that_was_edited_is_a_value_that_only_one_side_has() -> None:
    new = _side("low", {}, values=(*RECORD.values, ValueOrigin("edits.sources.x.unused_mw", "0", "low.toml:3", "MW", "")))
    (change,) = compare(_side("base", {}), new).values
    assert (change.old, change.new) == ("", "0")


def test_changed_layers_and_versions_are_inputs_too() -> None:
    new = _side("b", {}, digests={**RECORD.digests, "sources": "f" * 64}, versions={**RECORD.versions, "highspy": "9"})
    assert {change.path for change in compare(_side("a", {}), new).inputs} == {"sources", "highspy"}


def test_a_site_that_is_no_candidate_any_more_is_said_to_be_none() -> None:
    new = replace(_side("corridor", {}), candidates=frozenset("bcdef"))
    (site,) = compare(_side("base", {"a": 50.0}), new).sites
    assert (site.change, site.remark) == ("dropped", "no candidate in corridor")


def test_a_plan_that_is_not_proven_is_a_caution() -> None:
    open_plan = unproven(small_plan())
    (caution,) = compare(_side("base", {}), _side("late", {}, aims=open_plan.record.aims)).cautions
    assert caution.startswith("late is not proven")
    assert "may be chance" in caution


def test_the_frame_of_sites_is_in_wgs84_and_may_be_empty() -> None:
    frame = sites_frame(compare(_side("a", {"a": 50.0}), _side("b", {})))
    assert frame.crs == "EPSG:4326"
    assert frame[["id", "change", "it_mw_a", "it_mw_b"]].to_numpy().tolist() == [["a", "dropped", 50.0, 0.0]]
    assert len(sites_frame(compare(_side("a", {}), _side("b", {})))) == 0


def test_a_side_is_read_back_from_the_files_of_a_run(tmp_path: Path) -> None:
    plan = small_plan()
    geojson.write(plan, tmp_path)
    finished_run(tmp_path, plan)
    side = read_side(tmp_path)
    assert set(side.chosen) == set(plan.chosen["id"])
    assert side.candidates == frozenset(plan.sites["id"])
    assert {key: site.it_mw for key, site in side.chosen.items()} == dict(
        zip(plan.chosen["id"], plan.chosen["it_mw"], strict=True)
    )


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"features": [{"properties": {}}]})])
def test_files_that_cannot_be_compared_are_named(tmp_path: Path, text: str) -> None:
    finished_run(tmp_path)
    (tmp_path / "sites.geojson").write_text(text)
    with pytest.raises(InputError, match=r"sites\.geojson"):
        read_side(tmp_path)
    with pytest.raises(InputError, match=r"plan\.gpkg"):
        ground_of(tmp_path)


def test_equipment_that_moved_and_the_first_working_month_are_told() -> None:
    old, new = _side("base", {"a": 50.0}), _side("lean", {"a": 50.0, "b": 10.0})
    before = replace(old.chosen["a"], items={"battery_mw": 10.0, "training_mw": 50.0}, first_month=18.0)
    after = replace(new.chosen["a"], items={"battery_mw": 24.5, "training_mw": 50.0}, first_month=8.0)
    added = replace(new.chosen["b"], items={"inference_mw": 10.0})
    comparison = compare(replace(old, chosen={"a": before}), replace(new, chosen={"a": after, "b": added}))
    moved = {site.id: [one.words() for one in site.moved] for site in comparison.sites}
    assert moved["a"] == ["battery_mw 10 -> 24.5 MW", "first_working_months 18 -> 8 months"]
    assert moved["b"] == ["inference_mw 0 -> 10 MW"]
    assert [(one.item, one.old, one.new) for one in comparison.items] == [("battery_mw", 10.0, 24.5), ("inference_mw", 0.0, 10.0)]
    assert "battery_mw 10 -> 24.5 MW" in comparison_text(comparison)
    assert sites_frame(comparison).set_index("id").loc["b", "moved"] == "inference_mw 0 -> 10 MW"
