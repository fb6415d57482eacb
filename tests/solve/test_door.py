"""The solver's door: every ending has a name, a lost child is a failure and not a hang, and a stop brings the best so far."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest

from siting.objectives import OBJECTIVES
from siting.solve.child import Bench, Child
from siting.solve.highs import STATUS, solve
from siting.solve.job import Answer, Found, Job, Progress, Status
from siting.solve.outcome import Effort
from siting.solve.outcome import solve as solve_aims
from tests.random_worlds import random_world
from tests.solve.fake import endless, job, knapsack, model
from tests.worlds import opened, small_world


def answer_of(one: Job) -> Answer:
    """A job solved in this process."""
    stop = threading.Event()
    try:
        return solve(one, lambda message: None, stop)  # noqa: ARG005
    finally:
        stop.set()


def answer_from_child(one: Job, act: Any = None, seconds: float = 120.0) -> tuple[Answer, list[Any]]:
    """A job solved in a process of its own; `act` gets the child once it has found something."""
    heard: list[Any] = []
    bench = Bench(heard.append)
    try:
        child = bench.start(one)
        if act is not None:
            bench.wait([child], seconds=seconds, until=lambda: any(isinstance(word, Found) for word in heard))
            act(child)
        bench.wait([child], seconds=seconds)
        assert child.answer is not None, "no answer: a hang"
        return child.answer, heard
    finally:
        bench.close()


def test_every_status_of_highs_has_a_meaning() -> None:
    assert set(STATUS) == set(highspy.HighsModelStatus.__members__.values())


def test_an_optimum_is_told_with_bound_and_solution() -> None:
    answer = answer_of(job(knapsack()))
    assert answer.status is Status.OPTIMAL
    assert answer.objective == answer.bound == -6.0
    assert answer.solution is not None
    assert answer.solution.tolist() == [0.0, 3.0]


def test_a_relaxed_solve_brings_the_prices_of_its_rows() -> None:
    answer = answer_of(job(knapsack(), relax=True))
    assert answer.row_dual is not None
    assert answer.row_dual.tolist() == [-2.0]
    assert answer.bound == pytest.approx(-6.0)


def test_what_cannot_be_met_is_infeasible() -> None:
    answer = answer_of(job(model([1.0], [[1.0]], [2.0], [3.0], upper=1.0)))
    assert (answer.status, answer.solution) == (Status.INFEASIBLE, None)


@pytest.mark.parametrize("whole", [False, True])
def test_what_has_no_end_is_not_called_a_plan(whole: bool) -> None:
    answer = answer_of(job(model([-1.0, 0.0], [[1.0, -1.0]], [-np.inf], [0.0], whole=whole), presolve=False))
    assert answer.status in (Status.UNBOUNDED, Status.SOLVER_FAILED)
    assert np.isnan(answer.bound)


def test_numbers_that_are_none_are_refused() -> None:
    bad = replace(knapsack(), value=np.array([np.nan, 1.0]))
    assert answer_of(job(bad)).status in (Status.REFUSED, Status.SOLVER_FAILED)


def test_a_matrix_that_highs_would_thin_out_is_refused() -> None:
    """Coefficients that HiGHS drops on its way in are a different question from the one asked."""
    thin = answer_of(job(replace(knapsack(), value=np.array([0.0, 1.0]))))
    assert (thin.status, thin.message) == (Status.REFUSED, "HiGHS holds 1 of 2 coefficients")


def test_a_start_that_holds_is_never_lost() -> None:
    answer = answer_of(Job("started", knapsack(), job(knapsack()).options, start=np.array([1.0, 1.0])))
    assert answer.objective == -6.0


def test_the_child_gives_the_answer_the_door_gives() -> None:
    answer, _ = answer_from_child(job(knapsack()))
    assert (answer.status, answer.objective) == (Status.OPTIMAL, -6.0)


def test_a_child_that_has_answered_ends_as_usual() -> None:
    bench = Bench(lambda message: None)  # noqa: ARG005
    child = bench.start(job(knapsack()))
    bench.wait([child], seconds=120.0)
    assert child.answer is not None
    assert child._process.wait(timeout=30.0) == 0
    bench.close()


def test_a_killed_child_is_a_failure_and_not_a_hang() -> None:
    began = time.monotonic()
    answer, _ = answer_from_child(job(endless(), relative_gap=0.0), act=_kill)
    assert answer.status is Status.SOLVER_FAILED
    assert answer.solution is None
    assert "ended with code" in answer.message
    assert time.monotonic() - began < 100.0


def _kill(child: Child) -> None:
    os.kill(child._process.pid, signal.SIGTERM)


def test_a_stop_brings_the_best_plan_so_far() -> None:
    answer, heard = answer_from_child(job(endless(), relative_gap=0.0), act=Child.stop)
    best = min(word.objective for word in heard if isinstance(word, Found))
    assert answer.status is Status.INTERRUPTED
    assert answer.solution is not None
    assert answer.objective <= best + 1e-6
    assert answer.bound <= answer.objective


def test_a_time_limit_leaves_a_plan_with_its_gap() -> None:
    answer = answer_of(job(endless(), relative_gap=0.0, seconds=2.0))
    assert answer.status is Status.FEASIBLE_GAP
    assert answer.solution is not None
    assert answer.bound < answer.objective


def test_more_memory_than_allowed_ends_in_words() -> None:
    size = 3_000_000
    large = model([1.0] * 2, [[1.0, 1.0]], [1.0], [2.0])
    large = replace(
        large,
        cost=np.ones(size),
        lower=np.zeros(size),
        upper=np.ones(size),
        integer=np.ones(size, dtype=bool),
        start=np.arange(0, size + 1, dtype=np.int32),
        column=np.arange(size, dtype=np.int32),
        value=np.ones(size),
        row_lower=np.zeros(size),
        row_upper=np.ones(size),
    )
    answer, _ = answer_from_child(job(large, memory_gb=0.01))
    assert answer.status is Status.SOLVER_FAILED
    assert "memory" in answer.message


def test_progress_is_heard_while_it_works() -> None:
    heard: list[Any] = []
    stop = threading.Event()
    solve(job(endless(), relative_gap=0.0, seconds=3.0), heard.append, stop)
    stop.set()
    assert any(isinstance(word, Progress) and word.seconds > 0 for word in heard)


def test_where_nothing_is_affordable_the_best_plan_is_an_empty_one(tmp_path: Path) -> None:
    """Not a failure of the solver: the planner is told that no site is affordable."""
    program = opened(small_world().turned(budget__total_musd=10.0), tmp_path).program()
    outcome = solve_aims(program, OBJECTIVES[:2], Effort(gap=1e-7, time_limit_s=60.0))
    assert outcome.status is Status.OPTIMAL
    assert outcome.values is not None
    assert not outcome.values.any()


def test_the_same_question_has_the_same_answer_twice(tmp_path: Path) -> None:
    program = opened(random_world(10), tmp_path).program
    one, other = (solve_aims(program(), OBJECTIVES[:2], Effort(gap=1e-7, time_limit_s=60.0)).values for _ in range(2))
    assert one is not None
    assert other is not None
    assert np.array_equal(one, other)
