"""Diversification: what one zone, basin or plant may hold of the programme."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import broken_rules, planned, verdict
from tests.verify.damage import table
from tests.worlds import Best, World, best_of, candidate, named, opened, optimum, small_world, source

MOST_COMPUTE = OBJECTIVES[:1]
HAIR = 1e-3
ASKS_NOTHING = {
    "zone_share": 1.0,
    "basin_share": 1.0,
    "source_share": 1.0,
    "gateway_share": 1.0,
    "free_mw": 0.0,
    "free_gbps": 0.0,
}


def spread(**knobs: object) -> World:
    """Two zones with a site and a dam each: 40 MW in the west, 10 in the east; what is not named asks nothing."""
    world = small_world().only()
    world.model["off"].remove("diversification")
    world.model["diversification"] = {**ASKS_NOTHING, **knobs}
    world.model["hydro"]["reach_km"] = 60.0
    world.layers["sources"] = [
        source("dam", -120.5, 46.1, basin="columbia"),
        source("weir", -119.0, 46.1, mean_output_mw=10.0, basin="snake", zone="east"),
    ]
    world.layers["candidates"] = [candidate("a", -120.5, 46.0), candidate("b", -119.0, 46.0)]
    return world


def fed_by_two(**knobs: object) -> World:
    """One site that two plants can feed: 40 MW and 12 MW."""
    world = spread(**knobs)
    world.layers["candidates"] = world.layers["candidates"][:1]
    world.layers["sources"][1] = source("weir", -120.4, 46.1, mean_output_mw=12.0, basin="snake")
    return world


def most(world: World, folder: Path) -> Best:
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return best


def test_a_zone_holds_half_where_half_is_asked(tmp_path: Path) -> None:
    assert most(spread(zone_share=0.5), tmp_path).it_mw()[:, 0].tolist() == [10.0, 10.0]
    little = spread(zone_share=0.5)
    little.row("sources", "weir")["mean_output_mw"] = 10.0 - HAIR
    assert most(little, tmp_path).it_mw()[:, 0].tolist() == [5.0, 5.0]


def test_the_first_megawatts_stand_anywhere(tmp_path: Path) -> None:
    assert most(spread(zone_share=0.5, free_mw=10.0), tmp_path).it_mw()[:, 0].tolist() == [20.0, 10.0]
    assert most(spread(zone_share=0.5, free_mw=10.0 - HAIR), tmp_path).it_mw()[:, 0].tolist() == [15.0, 10.0]


def test_a_programme_within_the_first_megawatts_may_be_one_site(tmp_path: Path) -> None:
    world = spread(zone_share=0.1, free_mw=40.0)
    world.layers["candidates"] = world.layers["candidates"][:1]
    assert most(world, tmp_path).count() == 8


def test_a_plant_sends_its_share_of_what_is_drawn(tmp_path: Path) -> None:
    assert most(fed_by_two(source_share=0.6), tmp_path).count() == 6  # 12 MW of the weir are two fifths of 30
    little = fed_by_two(source_share=0.6)
    little.row("sources", "weir")["mean_output_mw"] = 12.0 - HAIR
    assert most(little, tmp_path).count() == 5
    assert most(fed_by_two(source_share=0.49), tmp_path).count() == 0


def test_plants_of_one_basin_count_together(tmp_path: Path) -> None:
    assert most(fed_by_two(basin_share=0.6), tmp_path).count() == 6
    one = fed_by_two(basin_share=0.6)
    one.row("sources", "weir")["basin"] = "columbia"
    assert most(one, tmp_path).count() == 0


def test_plants_without_a_basin_belong_to_none(tmp_path: Path) -> None:
    world = fed_by_two(basin_share=0.1)
    for row in world.layers["sources"]:
        row["basin"] = ""
    assert most(world, tmp_path).count() == 10


def skied(**knobs: object) -> World:
    """Two sites, each over the sky to a gateway of its own: 6 and 3 Gbps, 0.3 Gbps a MW."""
    world = spread(**knobs)
    world.model["off"] = sorted({*world.model["off"]} - {"connectivity", "satellite"})
    world.model["connectivity"] = {"paths": 1, "gbps_per_mw": 0.3}
    world.model["satellite"] = {"least_gbps": 0.0, "cell_gbps": 100.0}
    world.row("sources", "weir")["mean_output_mw"] = 40.0
    world.layers["gateways"] = [
        {**named("gate", -120.5, 46.5), "capacity_gbps": 6.0},
        {**named("door", -119.0, 46.5), "capacity_gbps": 3.0},
    ]
    return world


def test_a_gateway_lands_its_share_of_the_bandwidth(tmp_path: Path) -> None:
    assert most(skied(), tmp_path).it_mw()[:, 0].tolist() == [20.0, 10.0]
    assert most(skied(gateway_share=0.5), tmp_path).it_mw()[:, 0].tolist() == [10.0, 10.0]
    assert most(skied(gateway_share=0.5, free_gbps=1.5), tmp_path).it_mw()[:, 0].tolist() == [15.0, 10.0]
    assert most(skied(gateway_share=0.5, free_gbps=1.5 - HAIR), tmp_path).it_mw()[:, 0].tolist() == [10.0, 10.0]


def test_a_gateway_over_its_share_is_refused(tmp_path: Path) -> None:
    folder = planned(skied(gateway_share=0.5, free_gbps=1.5), tmp_path)
    assert verdict(folder).faults == ()
    path = folder / "scenario.json"
    asked = json.loads(path.read_text())
    asked["diversification"]["free_gbps"] = 1.4
    path.write_text(json.dumps(asked))
    assert broken_rules(folder) == {"diversification.gateway"}


def test_energy_is_counted_on_the_mean_of_the_year(tmp_path: Path) -> None:
    world = spread(source_share=0.75)
    other = small_world(blocks=2)
    world.model["time"], world.profiles = other.model["time"], other.profiles
    world.profiles["river"] = [[1.0, 0.5]]
    world.layers["candidates"] = world.layers["candidates"][:1]
    world.layers["sources"][1] = source("field", -120.4, 46.1, kind="solar", profile="sun", mean_output_mw=10.0)
    world.profiles["sun"] = [[0.0, 2.0]]
    world.model["off"].remove("solar")
    assert most(world, tmp_path).count() == 8  # 40 MW by night from the dam, 20 and 20 by day: three quarters
    assert most(world.turned(diversification__source_share=0.75 - 1e-4), tmp_path).count() == 7


@pytest.mark.parametrize("knob", ["zone_share", "basin_share", "source_share", "free_mw"])
def test_a_tighter_knob_never_helps(knob: str, tmp_path: Path) -> None:
    world = spread(zone_share=0.6, basin_share=0.6, source_share=0.6, free_mw=8.0)
    found = [
        best_of(world.turned(**{f"diversification__{knob}": value}), tmp_path, MOST_COMPUTE).count()
        for value in ((8.0, 4.0, 0.0) if knob == "free_mw" else (1.0, 0.7, 0.5, 0.2))
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


def test_shares_of_one_and_a_large_free_part_leave_nothing_behind(tmp_path: Path) -> None:
    for world in (spread(), spread(zone_share=0.5, basin_share=0.5, source_share=0.5, free_mw=1000.0)):
        program = opened(world, tmp_path).program()
        assert not [name for name in (variable.name for variable in program.space.variables) if "diversification" in name]
        assert optimum(program, MOST_COMPUTE).count() == 10


def copied(folder: Path, tmp_path: Path) -> Path:
    """A copy of a folder and its world that may be damaged."""
    return Path(shutil.copytree(folder.parent, tmp_path / "world")) / folder.name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = spread(zone_share=0.7, basin_share=0.7, source_share=0.7, free_mw=5.0)
    return planned(world, tmp_path_factory.mktemp("diversified"))


def test_the_plan_tells_its_largest_shares_and_passes(folder: Path) -> None:
    assert verdict(folder).faults == ()
    told = pd.read_csv(folder / "programme.csv", dtype={"period": str}).set_index("item")["amount"]
    assert told["largest_zone_share"] == pytest.approx(25.0 / 35.0, abs=1e-6)  # 25 <= 0.7 * 35 + 0.3 * 5 < 30
    assert told["largest_source_share"] == pytest.approx(told["largest_basin_share"])


@pytest.mark.parametrize("item", ["largest_zone_share", "largest_basin_share", "largest_source_share"])
def test_another_share_is_refused(item: str, folder: Path, tmp_path: Path) -> None:
    def turn(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{**row, "amount": str(0.999 * float(row["amount"]))} if row["item"] == item else row for row in rows]

    copy = copied(folder, tmp_path)
    table(copy, "programme.csv", turn)
    assert broken_rules(copy) == {"diversification.largest", "plan.items"}


@pytest.mark.parametrize(
    ("knob", "value"), [("zone_share", 0.65), ("basin_share", 0.65), ("source_share", 0.65), ("free_mw", 1.0)]
)
def test_a_plan_over_a_tighter_limit_is_refused(knob: str, value: float, folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    path = copy / "scenario.json"
    asked = json.loads(path.read_text())
    asked["diversification"][knob] = value
    path.write_text(json.dumps(asked))
    assert {name.partition(".")[0] for name in broken_rules(copy)} == {"diversification"}
