"""What must not matter does not, and what makes the problem harder never helps."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from siting.errors import InputError
from siting.families import FAMILIES
from siting.family import KnobFact, knob_facts
from siting.solve.job import Status
from tests.random_worlds import random_world
from tests.worlds import Best, World, best_of, candidate, opened, optimum, read_world, write_world

SEEDS = (3, 4, 10, 12)


def same(one: Best, other: Best) -> None:
    assert (one.status, other.status) == (Status.OPTIMAL, Status.OPTIMAL)
    assert one.reached == pytest.approx(other.reached, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_families_changes_nothing(seed: int, tmp_path: Path) -> None:
    world = opened(random_world(seed), tmp_path)
    rng = np.random.default_rng(seed)
    shuffled = [world.families[place] for place in rng.permutation(len(world.families))]
    same(optimum(world.program()), optimum(world.program(shuffled)))


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_rows_in_the_files_changes_nothing(seed: int, tmp_path: Path) -> None:
    world = random_world(seed)
    turned = world.copy()
    for rows in turned.layers.values():
        rows.reverse()
    one, other = best_of(world, tmp_path / "one"), best_of(turned, tmp_path / "other")
    same(one, other)
    assert one.program.problem.site_ids == other.program.problem.site_ids


@pytest.mark.parametrize("seed", SEEDS)
def test_names_of_sites_change_nothing(seed: int, tmp_path: Path) -> None:
    """Other names put the sites in another order in the program."""
    world = random_world(seed)
    world.model.pop("locks", None)
    renamed = world.copy()
    for number, row in enumerate(renamed.layers["candidates"]):
        row["id"] = f"z{9 - number}"
    same(best_of(world, tmp_path / "one"), best_of(renamed, tmp_path / "other"))


@pytest.mark.parametrize("seed", SEEDS)
def test_coordinate_system_of_the_files_changes_nothing(seed: int, tmp_path: Path) -> None:
    world = random_world(seed)
    plain = best_of(world, tmp_path / "one")
    root = tmp_path / "other"
    write_world(world, root)
    for name in ("candidates", "sources", "pops", "climate"):
        path = root / "data" / "toyland" / f"{name}.geojson"
        gpd.read_file(path).to_crs("EPSG:5070").to_file(path.with_suffix(".gpkg"), driver="GPKG")
        path.unlink()
    projected = optimum(read_world(root).program())
    assert projected.reached == pytest.approx(plain.reached, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_another_unit_of_money_changes_nothing(seed: int, tmp_path: Path) -> None:
    """All money in a unit of a tenth: the plan is as good, and costs ten times as much."""
    world = random_world(seed)
    dear = world.copy()
    for kind in dear.model["modules"].values():
        for name in ("facility_musd", "it_musd", "running_musd_per_year"):
            kind[name] *= 10.0
    for row in dear.layers["candidates"]:
        row["land_musd_per_ha"] *= 10.0
    for family in FAMILIES:
        for fact in knob_facts(family.knobs):
            if "musd" in fact.name or "usd_per" in fact.name:
                now = dear.model.get(family.name, {}).get(fact.name, fact.default)
                dear.model.setdefault(family.name, {})[fact.name] = now * 10.0
    world.model["tie_lines"]["price_factor"] = 1.0
    dear.model["tie_lines"]["price_factor"] = 10.0
    one, other = best_of(world, tmp_path / "one"), best_of(dear, tmp_path / "other")
    assert other.reached[0] == pytest.approx(one.reached[0], rel=1e-7)
    assert other.reached[1] == pytest.approx(10.0 * one.reached[1], rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_site_out_of_reach_of_everything_changes_nothing(seed: int, tmp_path: Path) -> None:
    world = random_world(seed)
    other = world.copy()
    other.layers["candidates"].append(candidate("far", -118.1, 45.1))
    same(best_of(world, tmp_path / "one"), best_of(other, tmp_path / "other"))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_twin_site_never_hurts_the_compute(seed: int, tmp_path: Path) -> None:
    world = random_world(seed)
    other = world.copy()
    other.layers["candidates"].append({**world.layers["candidates"][-1], "id": "twin"})
    one, two = best_of(world, tmp_path / "one"), best_of(other, tmp_path / "other")
    assert two.reached[0] >= one.reached[0] - 1e-7


def test_the_same_files_give_the_same_program_twice(tmp_path: Path) -> None:
    one, other = (best_of(random_world(10), tmp_path / name) for name in ("one", "other"))
    assert np.array_equal(one.values, other.values)
    assert np.array_equal(one.matrix.value, other.matrix.value)


# ---- a tighter knob never helps

TIGHTER = [
    (family.name, fact)
    for family in FAMILIES
    for fact in knob_facts(family.knobs)
    if fact.tighter and isinstance(fact.default, int | float) and not isinstance(fact.default, bool)
]


PLENTY = 6
"""A seed whose world has a plan of several modules with everything on, which half the budget spoils."""


@cache
def _everything(seed: int) -> World:
    """A random world with all families on."""
    world = random_world(seed)
    world.model["off"] = [] if any(row["kind"] == "solar" for row in world.layers["sources"]) else ["solar"]
    world.model["connectivity"]["paths"] = 1
    world.model["satellite"]["site_terminals"] = 2
    world.model["inference"] = {"inference_share": 0.3, "gbps_per_mw": 0.2}
    world.model["training"] = {"training_share": 0.3, "block_mw": 5.0}
    return world


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Best:
    return best_of(_everything(PLENTY), tmp_path_factory.mktemp("base"))


def tightened(fact: KnobFact, now: float) -> float:
    """A tighter value within the bounds: a quarter of the way to the bound, at least a little."""
    assert fact.at_least is not None
    assert fact.at_most is not None
    if isinstance(fact.default, int):
        return int(np.clip(now + (1 if fact.tighter == "up" else -1), fact.at_least, fact.at_most))
    wide = max(abs(now), 0.1)
    return float(np.clip(now + (0.3 if fact.tighter == "up" else -0.3) * wide, fact.at_least, fact.at_most))


@pytest.mark.parametrize(("family", "fact"), TIGHTER, ids=lambda value: getattr(value, "name", value))
def test_a_tighter_knob_never_helps(family: str, fact: KnobFact, base: Best, tmp_path: Path) -> None:
    world = _everything(PLENTY)
    now: Any = world.model.get(family, {}).get(fact.name, fact.default)
    tight = world.turned(**{f"{family}__{fact.name}": tightened(fact, now)})
    try:
        before, after = base, best_of(tight, tmp_path)
    except InputError:  # a tighter knob that clashes with another is refused before the solve
        return
    if after.status is Status.INFEASIBLE:
        return
    assert after.reached[0] <= before.reached[0] + 1e-6
    if after.reached[0] >= before.reached[0] - 1e-6 and np.allclose(after.it_mw().sum(axis=0), before.it_mw().sum(axis=0)):
        assert after.reached[1] >= before.reached[1] * (1 - 1e-7)


def test_half_the_budget_shows_in_the_plan(base: Best, tmp_path: Path) -> None:
    """The property above is not empty: there is a plan to be spoilt."""
    assert base.count() >= 1
    half = _everything(PLENTY).turned(budget__total_musd=0.5 * _everything(PLENTY).model["budget"]["total_musd"])
    assert best_of(half, tmp_path).reached[0] < base.reached[0]
