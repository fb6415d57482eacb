"""Resilience: what inference survives the loss of one site, basin, substation or landing place."""

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
from tests.worlds import World, best_of, candidate, opened, optimum, small_world, source

MOST_COMPUTE = OBJECTIVES[:1]
HAIR = 1e-3
ASKS_NOTHING = {
    "site_served_share": 0.0,
    "basin_served_share": 0.0,
    "substation_served_share": 0.0,
    "landing_served_share": 0.0,
    "free_mw": 0.0,
    "from_months": 0.0,
    "worst_over_mean": 1.0,
}
INFERENCE = {"inference_share": 1.0, "gbps_per_mw": 0.0}


def serving(*families: str, **knobs: object) -> World:
    """One site of 100 MW at a dam of 40 MW; all compute is inference, and of resilience only the named knobs ask something."""
    world = small_world().only(*families)
    world.model["off"] = sorted({*world.model["off"]} - {"resilience", "inference"})
    world.model["inference"] = dict(INFERENCE)
    world.model["resilience"] = {**ASKS_NOTHING, **knobs}
    return world


def four_sites(**knobs: object) -> World:
    """Four sites of 10 MW at one dam."""
    world = serving(**knobs)
    world.layers["candidates"] = [candidate(f"s{n}", -120.5 + n / 100, 46.0, limit_mw=10.0) for n in range(4)]
    return world


def two_rivers(**knobs: object) -> World:
    """One site that a dam of 40 MW and a weir of 10 MW on another river can feed."""
    world = serving(**knobs)
    world.layers["sources"] = [
        source("dam", -120.5, 46.1, basin="columbia"),
        source("weir", -120.4, 46.1, mean_output_mw=10.0, basin="snake"),
    ]
    return world


def count(world: World, folder: Path) -> int:
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return best.count()


def test_four_even_sites_survive_the_loss_of_one(tmp_path: Path) -> None:
    assert count(four_sites(site_served_share=0.75), tmp_path) == 8
    assert count(four_sites(site_served_share=0.75 + 1e-4), tmp_path) == 0


def test_the_first_megawatts_need_not_survive(tmp_path: Path) -> None:
    one = serving(site_served_share=0.7, free_mw=20.0)
    assert count(one, tmp_path) == 4  # 20 MW are lost with the site, and no share of what is beyond is left by a fifth module
    assert count(one.turned(resilience__free_mw=20.0 - HAIR), tmp_path) == 3


def test_training_is_not_held_to_survive(tmp_path: Path) -> None:
    world = four_sites(site_served_share=0.75)
    world.row("candidates", "s0")["limit_mw"] = 5.0
    assert count(world, tmp_path) == 4
    half = world.turned(inference__inference_share=0.5)
    assert count(half, tmp_path) == 7


def test_losses_are_survived_from_the_month_asked(tmp_path: Path) -> None:
    world = four_sites(site_served_share=0.75, from_months=12.0)
    world.model["time"] = small_world(periods=2).model["time"]
    program = opened(world, tmp_path).program()
    rows = next(variable for variable in program.space.variables if variable.name == "resilience.firm_mw")
    assert rows.axes[0].labels == ("2028",)


def test_a_site_of_two_rivers_keeps_what_the_other_always_has(tmp_path: Path) -> None:
    world = two_rivers(basin_served_share=0.5)
    assert count(world, tmp_path) == 4  # without the Columbia 10 MW of 20 are fed
    assert count(two_rivers(), tmp_path) == 10
    little = world.copy()
    little.row("sources", "weir")["mean_output_mw"] = 10.0 - HAIR
    assert count(little, tmp_path) == 3


def test_the_need_is_that_of_the_worst_hour(tmp_path: Path) -> None:
    world = two_rivers(basin_served_share=0.5, worst_over_mean=4.0 / 3.0 + 1e-6)
    assert count(world, tmp_path) == 2  # 10 MW feed 7.5, half of 15 but for a hair
    assert count(world.turned(resilience__worst_over_mean=4.0 / 3.0 - 1e-6), tmp_path) == 3


def test_two_plants_of_one_basin_are_lost_together(tmp_path: Path) -> None:
    world = two_rivers(basin_served_share=0.5)
    world.row("sources", "weir")["basin"] = "columbia"
    assert count(world, tmp_path) == 0


def test_a_supply_counts_at_its_least(tmp_path: Path) -> None:
    world = two_rivers(basin_served_share=0.5)
    other = small_world(blocks=2)
    world.model["time"], world.profiles = other.model["time"], other.profiles
    world.layers["sources"][1]["profile"] = "sun"
    world.profiles["sun"] = [[0.5, 1.5]]
    assert count(world, tmp_path) == 2  # 5 MW at night


def test_a_supply_is_counted_upon_once(tmp_path: Path) -> None:
    world = two_rivers(basin_served_share=0.5)
    world.layers["candidates"].append(candidate("b", -120.49, 46.0))
    assert count(world, tmp_path) == 4


def test_a_substation_is_lost_like_a_basin(tmp_path: Path) -> None:
    world = two_rivers(substation_served_share=0.5)
    world.layers["sources"] = world.layers["sources"][1:]
    world.model["off"].remove("grid_strain")
    world.model["grid_strain"] = {"import_floor_mw": 500.0, "strain_limit": 0.75, "calm_limit": 0.75}
    assert count(world, tmp_path) == 4  # 25 MW of the substation, 10 of the weir
    assert count(world.turned(resilience__substation_served_share=0.0), tmp_path) == 7


def test_a_landing_place_cuts_off_the_sites_that_have_no_other(tmp_path: Path) -> None:
    world = serving("connectivity", "fibre", landing_served_share=0.5).turned(connectivity__paths=1)
    assert count(world, tmp_path) == 8
    world.layers["pops"] = world.layers["pops"][:1]
    assert count(world, tmp_path) == 0
    assert count(world.turned(resilience__landing_served_share=0.0), tmp_path) == 8


@pytest.mark.parametrize("knob", ["site_served_share", "basin_served_share", "free_mw", "worst_over_mean", "from_months"])
def test_a_tighter_knob_never_helps(knob: str, tmp_path: Path) -> None:
    world = two_rivers(site_served_share=0.5, basin_served_share=0.5, free_mw=10.0)
    world.layers["candidates"].append(candidate("b", -120.49, 46.0, limit_mw=10.0))
    steps = {"free_mw": (30.0, 10.0, 0.0), "worst_over_mean": (1.0, 1.3, 1.8), "from_months": (12.0, 0.0)}
    found = [count(world.turned(**{f"resilience__{knob}": value}), tmp_path) for value in steps.get(knob, (0.0, 0.4, 0.8, 1.0))]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


def test_shares_of_nothing_leave_nothing_behind(tmp_path: Path) -> None:
    program = opened(two_rivers(), tmp_path).program()
    assert not [variable.name for variable in program.space.variables if variable.name.startswith("resilience")]
    assert optimum(program, MOST_COMPUTE).count() == 10


def test_without_inference_there_is_nothing_to_survive(tmp_path: Path) -> None:
    assert count(four_sites(site_served_share=1.0).without("inference"), tmp_path) == 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sites, two rivers, both served, with fibre to two places."""
    world = two_rivers(site_served_share=0.5, basin_served_share=0.5, landing_served_share=0.5)
    world.model["off"] = sorted({*world.model["off"]} - {"connectivity", "fibre", "tie_lines"})
    world.model["connectivity"] = {"paths": 1}
    world.layers["candidates"].append(candidate("b", -120.49, 46.0))
    return planned(world, tmp_path_factory.mktemp("resilient"))


def copied(folder: Path, tmp_path: Path) -> Path:
    """A copy of a folder and its world that may be damaged."""
    return Path(shutil.copytree(folder.parent, tmp_path / "world")) / folder.name


def test_a_plan_that_survives_passes(folder: Path) -> None:
    assert verdict(folder).faults == ()
    told = pd.read_csv(folder / "programme.csv").set_index("item")["amount"]
    assert told["largest_site_loss_mw"] > 0
    assert (pd.read_csv(folder / "given.csv")["item"] == "steady_mw").any()


def scaled(item: str, by: float) -> object:
    def turn(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{**row, "amount": str(by * float(row["amount"]))} if row["item"] == item else row for row in rows]

    return turn


@pytest.mark.parametrize(
    ("file", "item", "by", "rule"),
    [
        ("programme.csv", "largest_site_loss_mw", 0.999, "resilience.largest"),
        ("given.csv", "steady_mw", 1.01, "resilience.steady"),
        ("given.csv", "steady_mw", 0.9, "resilience.basin"),
        ("given.csv", "steady_mw", -1.0, "resilience.steady"),
    ],
)
def test_what_is_told_otherwise_is_refused(file: str, item: str, by: float, rule: str, folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    table(copy, file, scaled(item, by))  # type: ignore[arg-type]
    assert rule in broken_rules(copy)


def test_steady_power_of_another_site_s_line_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)

    def turn(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{**row, "site_id": "b" if row["site_id"] == "a" else "a"} if row["item"] == "steady_mw" else row for row in rows]

    table(copy, "given.csv", turn)
    assert "resilience.lines" in broken_rules(copy)


@pytest.mark.parametrize(
    ("knob", "rule"),
    [("site_served_share", "site"), ("basin_served_share", "basin")],
)
def test_a_plan_that_does_not_survive_is_refused(knob: str, rule: str, folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    path = copy / "scenario.json"
    asked = json.loads(path.read_text())
    asked["resilience"][knob] = 0.9
    path.write_text(json.dumps(asked))
    assert f"resilience.{rule}" in broken_rules(copy)
