"""A tiny world beside its truth: the program through files, and the plain statement by looking at all choices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from siting.objectives import OBJECTIVES
from siting.program.assemble import Program
from siting.solve.job import Status
from siting.solve.outcome import Effort, solve
from tests.oracle.enumeration import Oracle, TooLarge
from tests.random_worlds import random_world
from tests.worlds import Floats, World, opened, optimum


def drawn(seed: int) -> Iterator[tuple[World, Oracle, float]]:
    """Tiny worlds of a seed that have a plan, each with its oracle and the most compute there is [MW-years]. More than one,
    since what is too large for the oracle may show late."""
    for again in range(40):
        world = random_world(1000 * again + seed)
        with suppress(TooLarge):
            oracle = Oracle(world)
            compute = oracle.most_compute()
            if compute:
                yield world, oracle, compute


def agree(seed: int, root: Path) -> None:
    """Fail where the optimum of the program, solved as a whole in this process, differs from the truth."""
    for world, oracle, compute in drawn(seed):
        best = optimum(opened(world, root).program())
        assert best.status is Status.OPTIMAL
        with suppress(TooLarge):
            cost = oracle.least_cost(_at_work(best.program, best.values))
            assert best.reached == pytest.approx((compute, cost), rel=1e-6)
            return
    raise AssertionError(f"no tiny world from seed {seed}")


def search_agrees(seed: int, root: Path) -> None:
    """Fail where what the search reaches, or claims as bound, is not the truth."""
    for world, oracle, compute in drawn(seed):
        program = opened(world, root).program()
        outcome = solve(program, OBJECTIVES[:2], Effort(gap=1e-7, time_limit_s=120.0))
        assert outcome.status is Status.OPTIMAL, outcome.message
        with suppress(TooLarge):
            assert outcome.values is not None
            cost = oracle.least_cost(_at_work(program, outcome.values))
            assert cost is not None
            most, least = outcome.reached
            assert (most.value, least.value) == pytest.approx((compute, cost), rel=1e-6)
            assert compute <= most.bound + 1e-9 <= compute * (1 + 1e-5)
            assert cost * (1 + 1e-8) >= least.bound >= cost * (1 - 1e-5)
            return
    raise AssertionError(f"no tiny world from seed {seed}")


def _at_work(program: Program, values: Floats) -> list[float]:
    """MW at work in each period."""
    found: list[float] = program.ledgers.compute_mw.filled(values).sum(axis=0).tolist()
    return found
