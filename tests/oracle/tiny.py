"""A tiny world beside its truth: the program through files and search, the plain statement by looking at all choices."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from siting.solve.outcome import Effort, solve
from tests.oracle.plain import Oracle, TooLarge
from tests.worlds import opened, random_world


def agree(seed: int, root: Path) -> float:
    """Fail where program and truth differ; the most compute of the world [MW-years]. A world with too many choices is drawn
    anew, up to a few times."""
    for again in range(8):
        world = random_world(1000 * again + seed)
        program = opened(world, root / str(again)).program()
        outcome = solve(program, OBJECTIVES, Effort(gap=1e-9, time_limit_s=60.0))
        assert outcome.status is Status.OPTIMAL, outcome.message
        assert outcome.values is not None
        modules = outcome.values[program.core.modules.columns]
        try:
            oracle = Oracle(world)
            compute = oracle.most_compute()
            reached = (modules * program.core.module_it_mw[None, :, None]).sum(axis=(0, 1))
            cost = oracle.least_cost(reached.tolist())
        except TooLarge:
            continue
        assert compute == pytest.approx(outcome.reached[0].value, rel=1e-6, abs=1e-6)
        assert cost == pytest.approx(outcome.reached[1].value, rel=1e-6, abs=1e-6)
        for reached_aim, best in zip(outcome.reached, (compute, cost), strict=True):
            bound, side = reached_aim.bound, 1.0 if reached_aim.aim.maximise else -1.0
            assert math.isfinite(bound)
            assert side * (bound - best) >= -1e-5 * max(1.0, abs(best)), "a bound beyond the truth"
        return compute
    raise AssertionError(f"no tiny world from seed {seed}")
