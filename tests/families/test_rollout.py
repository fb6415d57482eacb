"""Rollout: crews, sites and trucks bring up so much in the months of a period and no more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from siting.errors import InputError
from siting.families.rollout import RolloutKnobs, paces
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import broken_rules, planned, verdict
from tests.verify import damage
from tests.worlds import World, best_of, candidate, opened, pod, small_world, source

MOST_COMPUTE = [aim for aim in OBJECTIVES if aim.name == "most_compute"]
FREE: dict[str, Any] = {
    "start_mw_per_month": 1000.0,
    "growth_share_per_month": 0.0,
    "programme_mw_per_month": 1000.0,
    "zone_mw_per_month": 1000.0,
    "site_mw_per_month": 1000.0,
    "trucks_per_month": 1000000.0,
}
HAIR = 1e-6


def paced(periods: int = 2, /, **knobs: float) -> World:
    """A site on a dam of 40 MW in the west, another in the east; any pace but what is named."""
    world = small_world(periods=periods).only()
    world.model["off"].remove("rollout")
    world.model["rollout"] = {**FREE, **knobs}
    world.model["modules"] = {"pod": pod(trucks=12.0)}
    world.layers["sources"].append(source("weir", -119.0, 46.1, zone="east"))
    world.layers["candidates"].append(candidate("b", -119.0, 46.0))
    return world


def modules(world: World, folder: Path) -> list[int]:
    """Modules standing in each period."""
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return [round(float(count)) for count in best["modules"].sum(axis=(0, 1))]


def test_any_pace_changes_nothing_and_leaves_no_row(tmp_path: Path) -> None:
    world = paced()
    assert modules(world, tmp_path) == [16, 16]
    found = best_of(world, tmp_path, MOST_COMPUTE)
    assert not [family.name for family in found.matrix.families if family.name.startswith("rollout.")]


def test_the_programme_brings_up_its_pace_and_not_a_hair_more(tmp_path: Path) -> None:
    least = 25.0 / 12.0
    pace = {"start_mw_per_month": least, "programme_mw_per_month": least}
    assert modules(paced(**pace), tmp_path) == [5, 10]
    short = {"start_mw_per_month": least - HAIR, "programme_mw_per_month": least - HAIR}
    assert modules(paced(**short), tmp_path) == [4, 8]


def test_the_programme_grows_month_by_month_from_its_first() -> None:
    knobs = RolloutKnobs(start_mw_per_month=10.0, growth_share_per_month=0.2, programme_mw_per_month=40.0)
    assert paces(knobs, 10) == pytest.approx([10, 12, 14.4, 17.28, 20.736, 24.8832, 29.85984, 35.831808, 40, 40])
    assert paces(RolloutKnobs(start_mw_per_month=0.0), 3).tolist() == [0.0, 0.0, 0.0]


def test_a_growing_programme_brings_up_what_its_months_add_up_to(tmp_path: Path) -> None:
    start = 20.0 / sum(min(1.1**month, 2.0) for month in range(12))
    world = paced(start_mw_per_month=start + HAIR, growth_share_per_month=0.1, programme_mw_per_month=2.0 * (start + HAIR))
    assert modules(world, tmp_path)[0] == 4
    world = paced(start_mw_per_month=start - HAIR, growth_share_per_month=0.1, programme_mw_per_month=2.0 * (start - HAIR))
    assert modules(world, tmp_path)[0] == 3


def test_the_crews_of_each_zone_have_their_pace(tmp_path: Path) -> None:
    assert modules(paced(zone_mw_per_month=15.0 / 12.0), tmp_path) == [6, 12]
    assert modules(paced(zone_mw_per_month=15.0 / 12.0 - HAIR), tmp_path) == [4, 8]


def test_two_sites_of_a_zone_share_its_crews_and_not_their_own_pace(tmp_path: Path) -> None:
    world = paced(site_mw_per_month=15.0 / 12.0)
    world.layers["zones"] = [{**world.layers["zones"][0], "box": (-122.0, 45.0, -118.0, 47.0)}]
    for row in world.layers["sources"]:
        row["zone"] = "west"
    world.row("substations", "post")["zone"] = "west"
    assert modules(world, tmp_path) == [6, 12]
    assert modules(world.turned(rollout__zone_mw_per_month=20.0 / 12.0), tmp_path) == [4, 8]
    assert modules(world.turned(rollout__site_mw_per_month=15.0 / 12.0 - HAIR), tmp_path) == [4, 8]


def test_trucks_bring_so_many_modules(tmp_path: Path) -> None:
    assert modules(paced(trucks_per_month=3.0), tmp_path) == [3, 6]
    assert modules(paced(trucks_per_month=3.0 - HAIR), tmp_path) == [2, 4]


def test_a_slower_rollout_is_never_better(tmp_path: Path) -> None:
    def most(**knobs: float) -> float:
        return best_of(paced(**knobs), tmp_path, MOST_COMPUTE).reached[0]

    free = most()
    for knob, values in (("zone_mw_per_month", (3.0, 2.0, 1.0)), ("trucks_per_month", (12.0, 6.0, 2.0))):
        reached = [free, *(most(**{knob: value}) for value in values)]
        assert reached == sorted(reached, reverse=True), knob


# ---- bad input


def faults(world: World, folder: Path) -> set[tuple[str, str]]:
    with pytest.raises(InputError) as refusal:
        opened(world, folder)
    return {(fault.code, fault.field) for fault in refusal.value.faults}


@pytest.mark.parametrize("knob", ["zone_mw_per_month", "site_mw_per_month", "trucks_per_month"])
def test_a_pace_with_which_no_module_ever_comes_is_refused(knob: str, tmp_path: Path) -> None:
    assert ("S053", f"rollout.{knob}") in faults(paced(**{knob: 0.4}), tmp_path)


def test_a_start_above_what_it_grows_to_is_refused_with_both_sides(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        opened(paced(programme_mw_per_month=30.0), tmp_path)
    fault = refusal.value.faults[0]
    assert (fault.code, fault.field) == ("S052", "rollout.start_mw_per_month")
    assert "1000" in fault.value
    assert "programme_mw_per_month, 30" in fault.expected


# ---- verify


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan that every pace holds: sites and zones at 10 MW, the programme at 20, trucks at 48."""
    world = paced(
        start_mw_per_month=20.0 / 12.0,
        programme_mw_per_month=20.0 / 12.0,
        zone_mw_per_month=10.0 / 12.0,
        site_mw_per_month=10.0 / 12.0,
        trucks_per_month=4.0,
    )
    return planned(world, tmp_path_factory.mktemp("paced"))


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    root = tmp_path / "world"
    shutil.copytree(sound.parent, root)
    (root / "plan" / "manifest.json").write_text("{}")
    return root / "plan"


def test_a_sound_plan_passes(sound: Path) -> None:
    found = verdict(sound)
    assert found.passed, [fault.sentence() for fault in found.faults]


@pytest.mark.parametrize(
    ("knob", "rule"),
    [
        ("start_mw_per_month", "rollout.programme"),
        ("programme_mw_per_month", "rollout.programme"),
        ("zone_mw_per_month", "rollout.zone"),
        ("site_mw_per_month", "rollout.site"),
        ("trucks_per_month", "rollout.trucks"),
    ],
)
def test_a_plan_of_a_faster_question_is_refused(knob: str, rule: str, folder: Path) -> None:
    path = folder / "scenario.json"
    document = json.loads(path.read_text())
    document["rollout"][knob] *= 0.99
    path.write_text(json.dumps(document))
    assert rule in broken_rules(folder)


def test_a_module_more_than_the_pace_is_refused(folder: Path) -> None:
    def more(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{**row, "count": str(int(row["count"]) + 1), "added": "3"} if row["period"] == "2027" else row for row in rows]

    damage.table(folder, "modules.csv", more)
    assert {"rollout.programme", "rollout.zone", "rollout.site", "rollout.trucks"} <= broken_rules(folder)


def test_the_pace_of_a_site_changed_by_hand_is_refused(folder: Path) -> None:
    damage.feature(folder, "sites.geojson", "a", "fastest_mw_per_month", lambda value: value + 0.1)
    assert "files.same" in broken_rules(folder)
