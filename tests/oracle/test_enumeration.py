"""The program's optimum against all whole-number choices, looked at one by one from the prose of the families."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.tiny import agree, search_agrees
from tests.random_worlds import ORACLE_KNOWS, random_world
from tests.worlds import EVERYTHING_BUT_SUPPLY, World


@pytest.mark.parametrize("seed", range(50))
def test_best_plan_of_a_tiny_world_is_the_best_of_all_choices(seed: int, tmp_path: Path) -> None:
    agree(seed, tmp_path)


@pytest.mark.parametrize("seed", range(50, 54))
def test_search_reaches_and_bounds_the_best_of_all_choices(seed: int, tmp_path: Path) -> None:
    search_agrees(seed, tmp_path)


def test_tiny_worlds_differ_in_size_and_families() -> None:
    worlds = [random_world(seed) for seed in range(50)]
    assert {len(world.layers["candidates"]) for world in worlds} == {2, 3, 4}
    assert {len(world.model["time"]["periods"]) for world in worlds} == {1, 2}
    assert {len(world.model["modules"]) for world in worlds} == {1, 2}
    for family in ("grid_strain", "solar", "adequacy", *ORACLE_KNOWS, *EVERYTHING_BUT_SUPPLY):
        assert 0 < sum(family in world.model["off"] for world in worlds) < 50


def test_batteries_meet_several_periods_blocks_and_hydrology_years() -> None:
    stored = [world for world in map(random_world, range(50)) if "storage" not in world.model["off"]]
    assert any(_periods(world) == 2 and world.model["time"]["blocks"] == 2 for world in stored)
    assert any("hydrology" in world.model["time"] for world in stored)


def _periods(world: World) -> int:
    return len(world.model["time"]["periods"])
