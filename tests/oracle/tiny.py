"""A tiny world beside its truth: the program through files, and the plain statement by looking at all choices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from siting.objectives import OBJECTIVES
from siting.program.assemble import Program
from siting.solve.job import Status
from siting.solve.outcome import Effort, solve
from tests.oracle.plain import Oracle, TooLarge
from tests.worlds import World, opened, optimum, random_world


def drawn(seed: int) -> tuple[World, Oracle, float]:
    """A tiny world of a seed that has a plan, its oracle, and the most compute there is [MW-years]. A world without a plan, or
    with too many choices, is drawn anew."""
    for again in range(8):
        world = random_world(1000 * again + seed)
        try:
            oracle = Oracle(world)
            compute = oracle.most_compute()
            if compute:
                return world, oracle, compute
        except TooLarge:
            continue
    raise AssertionError(f"no tiny world from seed {seed}")


def agree(seed: int, root: Path) -> None:
    """Fail where the optimum of the program, solved as a whole in this process, differs from the truth."""
    world, oracle, compute = drawn(seed)
    best = optimum(opened(world, root).program())
    assert best.status is Status.OPTIMAL
    cost = oracle.least_cost(best.it_mw().sum(axis=0).tolist())
    assert best.reached == pytest.approx((compute, cost), rel=1e-6)


def search_agrees(seed: int, root: Path) -> None:
    """Fail where what the search reaches, or claims as bound, is not the truth."""
    world, oracle, compute = drawn(seed)
    program = opened(world, root).program()
    outcome = solve(program, OBJECTIVES, Effort(gap=1e-7, time_limit_s=120.0))
    assert outcome.status is Status.OPTIMAL, outcome.message
    cost = oracle.least_cost(_mw_by_period(program, outcome.solved()["modules"]))
    assert cost is not None
    most, least = outcome.reached
    assert (most.value, least.value) == pytest.approx((compute, cost), rel=1e-6)
    assert compute <= most.bound + 1e-9 <= compute * (1 + 1e-5)
    assert cost >= least.bound - 1e-9 >= cost * (1 - 1e-5)


def _mw_by_period(program: Program, modules: np.ndarray) -> list[float]:
    return list(np.einsum("ikp,k->p", modules, program.core.module_it_mw))
