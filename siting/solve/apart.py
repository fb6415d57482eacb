"""All aims of a scenario whose candidates are stated in parts (`siting.solve.decompose`), and how it all ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from siting.errors import SolverFailed
from siting.objectives import Aim
from siting.objectives.aim import Scales
from siting.program.assemble import Program
from siting.program.matrix import Matrix, audit, compile_matrix
from siting.solve.chunks import parts_of
from siting.solve.course import Ask, Ending, News
from siting.solve.crew import Crew
from siting.solve.decompose import Decompose, Decomposed
from siting.solve.finer import Finer
from siting.solve.hand import Stating
from siting.solve.job import Floats, Ints, Status
from siting.solve.kernels import carry
from siting.solve.outcome import (
    FIRST_SHARE,
    SEARCHED_SHARE,
    Effort,
    Outcome,
    Reached,
    as_planned,
    ask_of,
    certified,
    kept_for_settling,
    never,
    polish,
    reached_of,
    scales_of,
    silent,
    worse,
)
from siting.solve.settle import Settle

CHUNK: Final = 500
"""Candidates in a chunk, about: its program fits into a small process, and its messages are few."""
LOOKED_AT: Final = 1000
"""Candidates passed over of which it is found out what they would cost."""


class Statement(Stating, Protocol):
    """How parts of the candidates are stated, for one aim, and for the next with this one held."""

    @property
    def merged(self) -> bool:
        """Whether slices are merged for the search."""

    def finer(self, program: Program, searched: Program) -> Finer | None:
        """Between the two, where they differ."""

    def sides(self, program: Program, values: Floats) -> Mapping[str, tuple[Floats, Floats]]:
        """Sides of the rows that hold its aim at a solution of a program."""

    def then(self, aim: str, sides: Mapping[str, tuple[Floats, Floats]]) -> Statement:
        """The statement for the next aim."""

    def crew(self, chunks: Sequence[Ints], workers: int) -> Crew:
        """Who prices the chunks."""


@dataclass(frozen=True, slots=True)
class Apart:
    """The outcome, the program it is of (over the last kernel), that kernel's places among all candidates, and for each
    candidate what any plan with it loses at least against the bound (NaN where nobody looked)."""

    outcome: Outcome
    program: Program
    places: Ints
    loses: Floats


def solve_apart(
    statement: Statement,
    site_ids: tuple[str, ...],
    aims: Sequence[Aim],
    effort: Effort,
    tell: Callable[[News], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Apart:
    """Solve the aims in order, as `siting.solve.outcome.solve` does. Raises SolverFailed."""
    tell, stop = tell or silent, stop or never
    deadline = time.monotonic() + effort.time_limit_s
    chunks = parts_of(len(site_ids), CHUNK)
    reached: list[Reached] = []
    seconds, status = dict[str, float](), Status.OPTIMAL
    plan: tuple[Program, Floats] | None = None
    loses, settling = np.full(len(site_ids), np.nan), 0.0
    for place, aim in enumerate(aims):
        began = time.monotonic()
        end = deadline if place == len(aims) - 1 else began + (FIRST_SHARE if place == 0 else 0.5) * (deadline - began)
        crew = statement.crew(chunks, effort.workers)
        try:
            kept = kept_for_settling(end - began, place, settling) if statement.merged else 0.0
            asks = _asks(aim, effort, (end - kept, deadline - end), statement.merged)
            search = Decompose(statement, site_ids, crew, asks, tell, stop)
            found = search.run(plan)
            from_now = time.monotonic()
            settled = _settled(found, statement, aim, effort, (end, deadline - end), plan, tell, stop)
            settling = max(settling, time.monotonic() - from_now)
            if place == len(aims) - 1 and settled.values is not None and not stop():
                near = search.nearest(LOOKED_AT)
                with suppress(SolverFailed):
                    loses[near] = search.losses(near)
        finally:
            crew.close()
        weight = -1.0 if aim.maximise else 1.0
        seconds[aim.name] = time.monotonic() - began
        reached.append(reached_of(aim, settled.ending, weight, seconds[aim.name]))
        fine = found.kernel.fine
        if settled.values is None:
            before = None if plan is None else carry(plan[1], plan[0], fine)
            outcome = Outcome(settled.ending.status, tuple(reached), before, settled.matrix, settled.ending.message, seconds)
            return Apart(outcome, fine, found.kernel.places, loses)
        plan, status = (fine, settled.values), worse(status, settled.ending.status)
        if place < len(aims) - 1:
            statement = statement.then(aims[place + 1].name, statement.sides(fine, settled.values))
    assert plan is not None
    began = time.monotonic()
    polished = polish(settled.matrix, settled.cost, plan[1], effort)
    seconds["polish"] = time.monotonic() - began
    final = tuple(as_planned(each, scales_of(fine, settled.matrix), polished) for each in reached)
    outcome = Outcome(status, final, polished, settled.matrix, settled.ending.message, seconds)
    return Apart(outcome, fine, found.kernel.places, loses)


@dataclass(frozen=True, slots=True)
class _Settled:
    """The plan of one aim on all slices of the last kernel, and the compiled program it is of."""

    ending: Ending
    matrix: Matrix
    cost: Floats

    @property
    def values(self) -> Floats | None:
        return self.ending.solution


def _asks(aim: Aim, effort: Effort, until: tuple[float, float], merged: bool) -> Callable[[Program], Ask]:
    """How a kernel's program is searched: as every program is, but for some of the gap that settling merged slices may need;
    `until` is the deadline, and seconds more as long as there is no plan."""

    def ask(program: Program) -> Ask:
        asked = ask_of(aim, Scales(program.problem, program.core, program.ledgers, program.space.size), effort, *until)
        return replace(asked, gap=SEARCHED_SHARE * asked.gap) if merged else asked

    return ask


def _settled(
    found: Decomposed,
    statement: Statement,
    aim: Aim,
    effort: Effort,
    until: tuple[float, float],
    plan: tuple[Program, Floats] | None,
    tell: Callable[[News], None],
    stop: Callable[[], bool],
) -> _Settled:
    kernel = found.kernel
    ending = certified(found.ending, aim, kernel.matrix, statement.merged)
    finer = statement.finer(kernel.fine, kernel.program)
    if finer is None:
        audit(kernel.matrix, kernel.cost)
        return _Settled(ending, kernel.matrix, kernel.cost)
    matrix, cost = compile_matrix(kernel.fine.model, kernel.fine.space), statement.cost(kernel.fine)
    audit(matrix, cost)
    if ending.status in (Status.INFEASIBLE, Status.UNBOUNDED):
        return _Settled(ending, matrix, cost)
    ask = ask_of(aim, scales_of(kernel.fine, matrix), effort, *until)
    settle = Settle(kernel.fine.problem, kernel.fine.core, matrix, cost, ask, tell, stop)
    before = None if plan is None else carry(plan[1], plan[0], kernel.fine)
    spread = None if ending.solution is None else finer.spread(ending.solution)
    return _Settled(settle.settle(spread, before, ending), matrix, cost)
