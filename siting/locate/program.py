"""A classical model as a case of the program: sites that open, one period, no modules to choose, no power, no data.

`assemble` states it, `compile_matrix` compiles it, the door to HiGHS solves it. What is small is solved in this process for a
moment, since a process of its own takes longer to start than most textbook instances take to solve; whatever is larger, or not
done by then, goes to the watched process with the time that is left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from siting.errors import SolverFailed
from siting.family import Facts, Family, Floats, Knobs, Modules, Network, Problem, Timeline
from siting.objectives.aim import Scales
from siting.objectives.least_cost import LEAST_COST
from siting.program.assemble import Program, assemble
from siting.program.matrix import audit, compile_matrix
from siting.solve.blocks import whole
from siting.solve.child import Bench
from siting.solve.highs import solve as solve_here
from siting.solve.job import Answer, Job, Model, Options, Status

HERE_NONZEROS: Final = 200_000
HERE_SECONDS: Final = 2.0
ENDS: Final = (Status.OPTIMAL, Status.INFEASIBLE)


@dataclass(frozen=True, slots=True)
class Stated:
    """The families of a model with their facts and knobs, over sites with these ids; `opened` (I) must open."""

    sites: tuple[str, ...]
    families: tuple[Family, ...]
    facts: Mapping[str, Facts]
    knobs: Mapping[str, Knobs]
    opened: Floats

    def program(self) -> Program:
        """The Pyomo program, an ordinary model that can be printed, extended and solved elsewhere."""
        count = len(self.sites)
        problem = Problem(
            site_ids=self.sites,
            site_names=self.sites,
            site_zones=("",) * count,
            lon=np.zeros(count),
            lat=np.zeros(count),
            limit_mw=np.ones(count),
            time=_one_period(),
            modules=_one_module(),
            network=_no_network(),
            facts=self.facts,
            notes=(),
        )
        program = assemble(problem, self.families, self.knobs)
        program.core.open.lower_values[:] = self.opened
        return program


@dataclass(frozen=True, slots=True)
class Solution:
    """How a program ended: `values` by component name where there are any. `bound` is below its least cost."""

    status: Status
    objective: float
    bound: float
    values: Mapping[str, Floats] | None


def solved(stated: Stated, seconds: float, gap: float, step: float, start: Mapping[str, Floats] | None = None) -> Solution:
    """A stated model at least cost. `step` is the least difference between two different costs, 0 where none is known;
    `start` has values of variables by component name. Raises SolverFailed."""
    program = stated.program()
    matrix = compile_matrix(program.model, program.space)
    cost = LEAST_COST.coefficients(Scales(program.problem, program.core, program.ledgers, matrix.columns))
    audit(matrix, cost)
    options = Options(relative_gap=max(gap, 1e-9), absolute_gap=0.99 * step, seconds=seconds, feasibility=1e-9)
    answer = _answered(whole(matrix, cost), options, _start_of(program, matrix.columns, start))
    if answer.status in (Status.SOLVER_FAILED, Status.REFUSED, Status.UNBOUNDED):
        raise SolverFailed(f"HiGHS ended with {answer.status}: {answer.message}")
    if answer.solution is None:
        bound = np.inf if answer.status is Status.INFEASIBLE else answer.bound
        return Solution(answer.status, np.inf, bound, None)
    values = np.where(matrix.integer, np.rint(answer.solution), answer.solution)
    named = {variable.name: values[variable.columns][..., 0] for variable in program.space.variables if len(variable)}
    return Solution(answer.status, float(cost @ values), answer.bound, named)


def _start_of(program: Program, columns: int, start: Mapping[str, Floats] | None) -> Floats | None:
    if start is None:
        return None
    values: Floats = np.zeros(columns)
    for variable in program.space.variables:
        if variable.name in start:
            values[variable.columns] = start[variable.name][:, None]
    values[program.core.modules.columns] = values[program.core.open.columns][:, None]
    return values


def _answered(model: Model, options: Options, start: Floats | None) -> Answer:
    if len(model.value) <= HERE_NONZEROS:
        began, stop = time.monotonic(), threading.Event()
        try:
            here = replace(options, seconds=min(options.seconds, HERE_SECONDS))
            answer = solve_here(Job("locate", model, here, start), _silent, stop)
        finally:
            stop.set()
        left = options.seconds - (time.monotonic() - began)
        if answer.status in ENDS or left < 0.5:
            return answer
        start = start if answer.solution is None else answer.solution
        options = replace(options, seconds=left)
    bench = Bench(_silent)
    try:
        child = bench.start(Job("locate", model, options, start))
        bench.wait([child])
    finally:
        bench.close()
    assert child.answer is not None
    return child.answer


def _silent(news: object) -> None:
    """For those who do not listen."""


def ids(prefix: str, places: Sequence[int]) -> tuple[str, ...]:
    """Names of sites or places in the program, by their position in what was given."""
    return tuple(f"{prefix}{place}" for place in places)


def _one_period() -> Timeline:
    one, first = np.ones(1), np.zeros(1, np.int64)
    return Timeline(
        periods=("all",),
        start_month=first,
        months=first + 12,
        years=one,
        start_years=np.zeros(1),
        capital_factor=one,
        compute_years=one,
        running_years=one,
        slices=("year",),
        seasons=("year",),
        season_of=first,
        block_of=first,
        hours=8760.0 * one,
        block_h=24.0,
        before=first,
        hydrology=("mean",),
        hydrology_of=first,
        hydrology_share=one,
        water_factor=one,
    )


def _one_module() -> Modules:
    """What stands at an open site: one of it, at no cost of its own."""
    one, none = np.ones(1), np.zeros(1)
    return Modules(("facility",), one, none, none, none, none, none, one, none, none)


def _no_network() -> Network:
    none, nowhere = np.zeros(0), np.zeros(0, np.int64)
    return Network((), (), (), (), (), none, none, none, np.zeros((0, 1, 1)), np.zeros((0, 1)), (), nowhere, nowhere, none)
