"""How a decomposition ends: with the plan in hand, whatever there was no time for, and never with another kernel's plan."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from siting.objectives import OBJECTIVES
from siting.objectives.aim import Scales
from siting.program.assemble import Program
from siting.solve import sift
from siting.solve.course import Ask
from siting.solve.decompose import Decompose
from siting.solve.job import Floats, Status
from siting.solve.kernels import KernelSearch
from siting.solve.outcome import Effort, ask_of, never, silent
from tests.solve.in_parts import Here, StatedHere, apart_world, stated
from tests.worlds import optimum

AIM = OBJECTIVES[0]
SEVERAL = 9
"""A world of four sites that can be stated in parts."""
Relaxed = tuple[Status, float, Floats | None, Floats | None]
NOTHING: Relaxed = (Status.NO_SOLUTION_IN_LIMIT, math.nan, None, None)


def searching(root: Path) -> tuple[Decompose, StatedHere]:
    statement, _ = stated(apart_world(SEVERAL), root, AIM.name)
    ids = tuple(statement.sites["id"])
    crew = Here(statement, [np.arange(len(ids))])
    return Decompose(statement, ids, crew, asking(time.monotonic() + 60.0), silent, never), statement


def asking(deadline: float) -> Callable[[Program], Ask]:
    def ask(program: Program) -> Ask:
        scales = Scales(program.problem, program.core, program.ledgers, program.space.size)
        return ask_of(AIM, scales, Effort(gap=1e-3, time_limit_s=60.0), deadline)

    return ask


def test_a_plan_in_hand_is_kept_where_there_is_no_time_to_relax_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search, statement = searching(tmp_path)
    program = statement.program(np.arange(len(statement.sites)))
    plan = optimum(program, [AIM]).values
    monkeypatch.setattr(KernelSearch, "relaxed", lambda *_, **__: NOTHING)
    found = search.run((program, plan))
    assert found.ending.status is Status.FEASIBLE_GAP
    assert found.ending.solution is not None
    assert found.ending.objective == pytest.approx(float(statement.cost(program) @ plan))
    assert found.ending.objective < 0


def test_a_kernel_that_is_not_relaxed_in_time_is_planned_over_at_the_prices_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relaxed, over = KernelSearch.relaxed, list[int]()

    def only_the_first(self: KernelSearch, *, rough: bool = False, sure: bool = True) -> Relaxed:
        over.append(len(self._problem.site_ids))
        return relaxed(self, rough=rough, sure=sure) if len(over) == 1 else NOTHING

    monkeypatch.setattr(sift, "FIRST", 1)
    monkeypatch.setattr(KernelSearch, "relaxed", only_the_first)
    found = searching(tmp_path)[0].run()
    assert over[0] < over[1]
    assert found.ending.status is not Status.NO_SOLUTION_IN_LIMIT
    assert found.ending.solution is not None
    assert len(found.ending.solution) == found.kernel.program.space.size
    assert found.ending.bound <= found.ending.objective < 0
