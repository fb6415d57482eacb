"""The program's optimum against all whole-number choices, looked at one by one from the prose of the families."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.plain import Oracle
from tests.oracle.tiny import agree
from tests.worlds import random_world


@pytest.mark.parametrize("seed", range(52))
def test_best_plan_of_a_tiny_world_is_the_best_of_all_choices(seed: int, tmp_path: Path) -> None:
    agree(seed, tmp_path)


def test_most_tiny_worlds_hold_a_plan_worth_comparing() -> None:
    worlds = [random_world(seed) for seed in range(52)]
    assert sum(any(len(found) > 1 for found in Oracle(world).by_site.values()) for world in worlds) >= 40
    assert {len(world.layers["candidates"]) for world in worlds} == {2, 3, 4}
    assert {len(world.model["time"]["periods"]) for world in worlds} == {1, 2}
