"""All aims of a scenario, one after the other, and how it all ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from siting.arrays import ArrayConstraint
from siting.errors import SolverFailed
from siting.objectives import Aim
from siting.objectives.aim import Scales
from siting.program.assemble import Program
from siting.program.matrix import Matrix, audit, compile_matrix
from siting.solve.blocks import restrict
from siting.solve.certificate import Certificate, held_rows
from siting.solve.child import Bench
from siting.solve.course import WHOLE_AT_MOST, Ask, Ending, News
from siting.solve.finer import Finer
from siting.solve.job import Floats, Ints, Job, Options, Status
from siting.solve.search import Search
from siting.solve.settle import Settle
from siting.solve.start import hold_integers

SEARCHED_SHARE = 0.9
"""Share of the gap asked that the search on merged slices must meet, so that something is left for settling."""
SETTLING_SHARES = (0.25, 0.1)
"""Share of the first and of every later aim's time that is kept for settling its plan on all slices; a later aim keeps as long as
settling took before, but no more than `SETTLING_MOST`."""
SETTLING_MOST = 0.5
FIRST_SHARE = 0.75
"""Share of all the time that the first aim may use, since without its plan there is nothing."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: gap asked of every aim, seconds and memory in all, kernel size, seed and threads; `whole_at_most` are the
    non-zeros up to which a program is searched as a whole; `engine` is chosen by who calls, `workers` price candidates, or
    Dask's (`dask`)."""

    gap: float = 0.02
    time_limit_s: float = 180.0
    memory_gb: float = 3.0
    seed: int = 0
    threads: int = 1
    kernel_sites: int = 40
    whole_at_most: int = WHOLE_AT_MOST
    engine: str = "auto"
    workers: int = 2
    dask: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """How one aim ended, in its own unit. `gap` is relative to what the aim is judged by, `gross_gap` to its value; the
    certificate proves the bound, None where there is none."""

    aim: Aim
    value: float
    bound: float
    gap: float
    gross_gap: float
    status: Status
    seconds: float
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a solve. `values` are the solution over all columns of `matrix`, polished, or None where there is no plan."""

    status: Status
    reached: tuple[Reached, ...]
    values: Floats | None
    matrix: Matrix
    message: str
    seconds: dict[str, float]


def solve(
    program: Program,
    aims: Sequence[Aim],
    effort: Effort,
    tell: Callable[[News], None] | None = None,
    stop: Callable[[], bool] | None = None,
    finer: Finer | None = None,
) -> Outcome:
    """Solve the aims in order, each holding what the ones before reached; then polish the last plan. The time is shared: the
    first aim may use up to three quarters of it, every other but the last up to half of what is left, but all of it as long as
    there is no plan.

    With `finer` the search runs on its merged program and every plan is settled on its fine one, which is `program`.
    """
    stop = stop or never
    deadline = time.monotonic() + effort.time_limit_s
    searched = program if finer is None else finer.merged
    best, begin, kernel, seconds = None, None, None, dict[str, float]()
    matrix = compile_matrix(program.model, program.space)
    merged = matrix if finer is None else compile_matrix(searched.model, searched.space)
    reached: list[Reached] = []
    message, status, settling = "", Status.OPTIMAL, 0.0
    for place, aim in enumerate(aims):
        began = time.monotonic()
        scales, weight = scales_of(program, matrix), -1.0 if aim.maximise else 1.0
        cost = weight * aim.coefficients(scales)
        audit(matrix, cost)
        merged_scales = scales if finer is None else scales_of(searched, merged)
        merged_cost = weight * aim.coefficients(merged_scales)
        share = FIRST_SHARE if place == 0 else 0.5
        end = deadline if place == len(aims) - 1 else began + share * (deadline - began)
        kept = 0.0 if finer is None else kept_for_settling(end - began, place, settling)
        ask = ask_of(aim, merged_scales, effort, end - kept, deadline - end)
        ask = ask if finer is None else replace(ask, gap=SEARCHED_SHARE * ask.gap)
        search = Search(searched.problem, searched.core, merged, merged_cost, ask, tell or silent, stop)
        ending = certified(search.run(begin, kernel), aim, merged, finer is not None)
        if finer is not None and ending.status not in (Status.INFEASIBLE, Status.UNBOUNDED):
            until = end if best is not None or ending.solution is None else 0.5 * (end + deadline)
            ask = ask_of(aim, scales, effort, until, deadline - until)
            settle = Settle(program.problem, program.core, matrix, cost, ask, tell or silent, stop)
            found = None if ending.solution is None else finer.spread(ending.solution)
            from_now = time.monotonic()
            ending = settle.settle(found, best, ending)
            settling = max(settling, time.monotonic() - from_now)
        seconds[aim.name] = time.monotonic() - began
        reached.append(reached_of(aim, ending, weight, seconds[aim.name]))
        message = ending.message or message
        if ending.solution is None:
            return Outcome(ending.status, tuple(reached), best, matrix, message, seconds)
        best, kernel, status = ending.solution, ending.kernel, worse(status, ending.status)
        begin = best if finer is None else finer.averaged(best)
        if place < len(aims) - 1:
            aim.hold(scales, best)
            matrix = compile_matrix(program.model, program.space)
            if finer is not None:
                _hold_merged(finer, aim, merged_scales, begin)
            merged = matrix if finer is None else compile_matrix(searched.model, searched.space)
    assert best is not None
    began = time.monotonic()
    polished = polish(matrix, cost, best, effort)
    seconds["polish"] = time.monotonic() - began
    reached = [as_planned(each, scales_of(program, matrix), polished) for each in reached]
    return Outcome(status, tuple(reached), polished, matrix, message, seconds)


def kept_for_settling(seconds: float, place: int, before: float) -> float:
    """Seconds of an aim's time (the first aim has place 0) that are kept for settling, where settling took so long before."""
    return max(SETTLING_SHARES[min(place, 1)] * seconds, min(before, SETTLING_MOST * seconds))


def scales_of(program: Program, matrix: Matrix) -> Scales:
    """What aims may look at."""
    return Scales(program.problem, program.core, program.ledgers, matrix.columns)


def _hold_merged(finer: Finer, aim: Aim, scales: Scales, solution: Floats) -> None:
    """Hold an aim in the merged program at what the fine plan has reached."""
    before = set(finer.merged.model.component_map())
    aim.hold(scales, solution)
    for name in set(finer.merged.model.component_map()) - before:
        if isinstance(finer.merged.model.component(name), ArrayConstraint):
            finer.same_held(name)


def silent(news: object) -> None:
    """For those who do not listen."""


def never() -> bool:
    """For those whom nobody stops."""
    return False


def ask_of(aim: Aim, scales: Scales, effort: Effort, deadline: float, without_plan_s: float = 0.0) -> Ask:
    """How to search for an aim until a deadline, and so many seconds more as long as there is no plan."""
    return Ask(
        name=aim.name.replace("_", " "),
        gap=effort.gap,
        deadline=deadline,
        memory_gb=effort.memory_gb,
        threads=effort.threads,
        seed=effort.seed,
        kernel_sites=effort.kernel_sites,
        judged=lambda solution: aim.judged(scales, solution),
        whole_at_most=effort.whole_at_most,
        without_plan_s=without_plan_s,
    )


def reached_of(aim: Aim, ending: Ending, weight: float, seconds: float) -> Reached:
    """How an aim ended, in its own unit."""
    value, bound = weight * ending.objective, weight * ending.bound
    gross = _gap(value, bound, abs(value))
    return Reached(aim, value, bound, ending.gap, gross, ending.status, seconds, ending.certificate)


def certified(ending: Ending, aim: Aim, searched: Matrix, merged: bool) -> Ending:
    """The ending with the whole certificate: whose it is, and what was held of earlier aims."""
    if ending.certificate is None:
        return ending
    held = held_rows(searched)
    whole = replace(ending.certificate, aim=aim.name, held=held, merged=merged, maximise=aim.maximise)
    return replace(ending, certificate=whole)


def as_planned(reached: Reached, scales: Scales, solution: Floats) -> Reached:
    """An aim's end with the value that the last plan gives it: later aims may better an earlier one by the way."""
    value = float(reached.aim.coefficients(scales) @ solution)
    judged = abs(reached.aim.judged(scales, solution))
    gap, gross = _gap(value, reached.bound, judged), _gap(value, reached.bound, abs(value))
    return replace(reached, value=value, gap=gap, gross_gap=gross)


def _gap(value: float, bound: float, size: float) -> float:
    if not math.isfinite(value) or not math.isfinite(bound):
        return math.inf
    return abs(value - bound) / size if size > 0 else (0.0 if abs(value - bound) <= 1e-9 else math.inf)


def worse(one: Status, other: Status) -> Status:
    """The status that is further from proven."""
    order = (Status.OPTIMAL, Status.FEASIBLE_GAP, Status.INTERRUPTED)
    return max(one, other, key=lambda status: order.index(status) if status in order else len(order))


def polish(matrix: Matrix, cost: Floats, solution: Floats, effort: Effort) -> Floats:
    """Round the whole columns, hold them, and solve the rest again at tight tolerances. Raises SolverFailed where the
    rounded plan does not hold."""
    columns: Ints = _columns_in_use(matrix, solution)
    if not len(columns):
        return np.zeros(matrix.columns)
    model, _ = restrict(matrix, cost, columns)
    bench = Bench(silent)
    try:
        for feasibility in (1e-9, 1e-7):
            options = Options(
                relax=True,
                seconds=60.0,
                memory_gb=effort.memory_gb,
                threads=effort.threads,
                seed=effort.seed,
                feasibility=feasibility,
            )
            child = bench.start(Job(f"polish-{feasibility:g}", hold_integers(model, solution[columns]), options))
            bench.wait([child])
            if child.answer is not None and child.answer.status is Status.OPTIMAL and child.answer.solution is not None:
                polished: Floats = np.zeros(matrix.columns)
                polished[columns] = np.clip(child.answer.solution, matrix.lower[columns], matrix.upper[columns])
                return polished
    finally:
        bench.close()
    raise SolverFailed("the plan does not hold once its whole numbers are rounded")


def _columns_in_use(matrix: Matrix, solution: Floats) -> Ints:
    """All columns of the owners that have anything in the solution, and those that are nobody's."""
    used = np.unique(matrix.owner[np.abs(solution) > 1e-9])
    return np.flatnonzero(np.isin(matrix.owner, used) | (matrix.owner < 0))
