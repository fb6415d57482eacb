"""The search by kernel, prices and rounding beside the program solved whole: plans within the gap, bounds never beyond the
truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from siting.solve.outcome import Effort, solve
from tests.random_worlds import random_world
from tests.worlds import opened, optimum

GAP = 0.05


@pytest.mark.parametrize("seed", [4, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (7, 8, 10, 12))])
def test_search_and_whole_program_agree_within_the_gap(seed: int, tmp_path: Path) -> None:
    world = opened(random_world(seed), tmp_path)
    truth = optimum(world.program())
    effort = Effort(gap=GAP, time_limit_s=16.0, kernel_sites=2, whole_at_most=0)
    outcome = solve(world.program(), OBJECTIVES[:2], effort)
    assert outcome.values is not None
    compute = outcome.reached[0]
    assert compute.value <= truth.reached[0] * (1 + 1e-6) <= compute.bound * (1 + 2e-6)
    if compute.status is Status.OPTIMAL:
        assert compute.value >= truth.reached[0] * (1 - GAP) - 1e-6
    for reached in outcome.reached:
        side = 1.0 if reached.aim.maximise else -1.0
        assert side * (reached.bound - reached.value) >= -1e-6 * max(1.0, abs(reached.value))


def test_a_plan_that_opens_nobody_is_proven_to_cost_nothing(tmp_path: Path) -> None:
    program = opened(random_world(0), tmp_path).program()
    effort = Effort(gap=GAP, time_limit_s=60.0, kernel_sites=2, whole_at_most=0)
    outcome = solve(program, OBJECTIVES[:2], effort)
    assert outcome.values is not None
    assert not outcome.values[program.core.open.columns].any()
    assert outcome.status is Status.OPTIMAL
    assert [reached.bound for reached in outcome.reached] == [0.0, 0.0]
