"""Small programs, solved again and again in the process that asks: blocks at new prices, masters, choices, dispatch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import highspy
import numpy as np

from siting.errors import SolverFailed
from siting.solve.branch import NODES, Branching, Cheaper, Relaxed
from siting.solve.highs import PRIMAL, STATUS, SURE, pass_model
from siting.solve.job import Model, Status

BLOCK_ITERATIONS: Final = 1_000_000
"""Of the simplex method over one block, several hundred times what any has needed: more are no progress."""
LOOSE_MARGIN: Final = 1e-4
"""Taken off the minimum of a block that was solved with HiGHS' own tolerance, several times what was seen to be too good."""
SMALL_MIP: Final = {
    "presolve": "off",
    "mip_detect_symmetry": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
}
"""What pays off only in larger programs than a site's block: without it blocks take a third of the time."""
OVER: Final = (highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kSolutionLimit)
"""How a whole block ends whose time or nodes are over."""
WHOLE_NODES: Final = 20_000
"""Nodes that a whole block may take: a limit that does not depend on the machine, as its seconds do."""
QUICK_SECONDS: Final = 1.5
QUICK_MIP: Final = {"mip_heuristic_run_feasibility_jump": False, "mip_heuristic_run_root_reduced_cost": False}
"""How long a choice is looked for without what takes HiGHS long at the root. Of nine choices in eight worlds of
`tests.bench.scale` five ended so, in 0.1 to 0.9 s, one of them in 0.6 where it took 2.6 with it; the others need it."""
CHOICE_GAP: Final = 1e-4
CHOICE_NODES: Final = 5000
"""Relative gap that a whole choice may leave, and nodes that it may take."""
CHOICE_PATIENCE: Final = 4.0
"""Times the seconds of a choice that it may take while it knows nothing good."""
ASIDE: Final = highspy.HighsBasisStatus.kLower
INSIDE: Final = highspy.HighsBasisStatus.kBasic
"""What a column and a row are that are new to a basis."""


def _quiet(**options: float) -> Any:
    """A solver that says nothing and takes one core."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        solver.setOptionValue(name, value)
    return solver


class BlockPricer:
    """Prices blocks one after the other. A relaxed one goes on from the basis of its last time, or at first from that of a block
    of the same shape, so that answers depend on what was asked before and on nothing else. `count` is the number of blocks."""

    def __init__(self, count: int) -> None:
        self._bases: list[Any] = [None] * count
        self._roots: list[Any] = [None] * count
        self._alike: dict[tuple[int, int], Any] = {}
        self._relaxed = self._fresh()
        self._relaxed.setOptionValue("presolve", "off")
        self._warm = self._fresh()
        self._warm.setOptionValue("presolve", "off")
        self._warm.setOptionValue("simplex_strategy", PRIMAL)
        self._branching = self._fresh()
        self._branching.setOptionValue("presolve", "off")
        self._plain = self._fresh()
        self._plain.setOptionValue("dual_feasibility_tolerance", 1e-7)

    def _fresh(self) -> Any:
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in SURE.items():
            solver.setOptionValue(name, value)
        solver.setOptionValue("simplex_iteration_limit", BLOCK_ITERATIONS)
        return solver

    def relaxed(self, model: Model, place: int) -> float:
        """Minimum of the block of that number with the integers relaxed, inf where there is none. A block that cannot be solved
        so tightly is solved with HiGHS' own tolerance, and its minimum counts a little less. Raises RuntimeError where HiGHS does
        not answer for sure."""
        own, shape = self._bases[place], (len(model.cost), len(model.row_lower))
        basis = self._alike.get(shape) if own is None else own
        for solver, margin in ((self._relaxed if own is None else self._warm, 0.0), (self._plain, LOOSE_MARGIN)):
            if pass_model(solver, model, relax=True) == highspy.HighsStatus.kError:
                raise RuntimeError("HiGHS refuses the block")
            if basis is not None and margin == 0:
                solver.setBasis(basis)
            run_status, status = solver.run(), solver.getModelStatus()
            if run_status == highspy.HighsStatus.kError:
                continue
            if status == highspy.HighsModelStatus.kOptimal:
                self._bases[place] = self._alike[shape] = solver.getBasis() if margin == 0 else None
                value = float(solver.getInfo().objective_function_value)
                return value - margin * max(1.0, abs(value))
            if status == highspy.HighsModelStatus.kInfeasible and margin > 0:
                return math.inf
        raise RuntimeError(f"the block ended as {self._plain.modelStatusToString(status)}")

    def whole(self, model: Model, absolute_gap: float, seconds: float) -> tuple[float, Any]:
        """(lower bound of the minimum, a solution) with whole numbers, (inf, None) where there is none. Raises RuntimeError where
        HiGHS does not answer."""
        solver = self._fresh()
        gaps = {"time_limit": seconds, "mip_max_nodes": WHOLE_NODES, "mip_rel_gap": 1e-6, "mip_abs_gap": max(absolute_gap, 1e-6)}
        for name, value in {**gaps, **SMALL_MIP}.items():
            solver.setOptionValue(name, value)
        if pass_model(solver, model, relax=False) == highspy.HighsStatus.kError:
            raise RuntimeError("HiGHS refuses the block")
        run_status, status = solver.run(), solver.getModelStatus()
        if run_status != highspy.HighsStatus.kError and status == highspy.HighsModelStatus.kInfeasible:
            return math.inf, None
        found, over = solver.getSolution(), status in OVER
        if over and run_status != highspy.HighsStatus.kError and not found.value_valid:
            return float(solver.getInfo().mip_dual_bound), None
        sure = over or status == highspy.HighsModelStatus.kOptimal
        if run_status == highspy.HighsStatus.kError or not sure or not found.value_valid:
            raise RuntimeError(f"the whole block ended as {solver.modelStatusToString(status)}")
        bound = solver.getInfo().mip_dual_bound if model.integer.any() else solver.getInfo().objective_function_value
        return float(bound), np.array(found.col_value)

    def cheaper(self, model: Model, place: int, known: float, absolute_gap: float, nodes: int = NODES) -> Cheaper:
        """Whether the block of that number, with its site open, can be cheaper than what is known, by branch and bound."""
        if pass_model(self._branching, model, relax=True) == highspy.HighsStatus.kError:
            raise RuntimeError("HiGHS refuses the block")
        if self._roots[place] is not None:
            self._branching.setBasis(self._roots[place])
        warm = _Warm(self._branching)
        found = Branching(warm, model, known, absolute_gap, nodes).run()
        if warm.root is not None:
            self._roots[place] = warm.root
        return found


class _Warm:
    """The relaxed block that a solver holds, solved again and again from its last basis; `root` is the first it has reached."""

    def __init__(self, solver: Any) -> None:
        self._solver = solver
        self.root: Any = None

    def within(self, columns: Any, lower: Any, upper: Any, cutoff: float) -> Relaxed | float:
        """As `siting.solve.branch.Relaxation` says."""
        solver = self._solver
        solver.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)
        run_status, status = solver.run(), solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return math.inf
        if run_status == highspy.HighsStatus.kError or status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"the whole block ended as {solver.modelStatusToString(status)}")
        minimum = float(solver.getInfo().objective_function_value)
        if self.root is None:
            self.root = solver.getBasis()
        if minimum >= cutoff:
            return minimum
        point = solver.getSolution()
        return Relaxed(minimum, np.array(point.col_value), np.array(point.col_dual))


@dataclass(frozen=True, slots=True)
class Basis:
    """Where each column and row of a linear program stands: HiGHS' own words, which nobody else need read."""

    columns: Any
    rows: Any


def solve_priced(model: Model, begin: Basis | None = None, seconds: float = math.inf) -> tuple[float, Any, Any, Basis] | None:
    """(objective, solution, row duals, basis) of a linear program, None where it takes longer; `begin` is a basis to begin with,
    which may be one of a program that is only alike. Raises SolverFailed where it has no optimum."""
    if seconds <= 0:
        return None
    until = time.monotonic() + seconds
    for first in (begin, None) if begin is not None else (None,):
        left = max(0.0, until - time.monotonic())
        solver = _quiet(time_limit=left if first is None else 0.5 * left)
        if pass_model(solver, model, relax=True) == highspy.HighsStatus.kError:
            raise SolverFailed("HiGHS refuses the master")
        if first is not None:
            solver.setOptionValue("simplex_strategy", PRIMAL)
            basis = highspy.HighsBasis()
            basis.col_status, basis.row_status = list(first.columns), list(first.rows)
            basis.valid = basis.alien = True
            solver.setBasis(basis)
        run_status, status = solver.run(), solver.getModelStatus()
        if run_status != highspy.HighsStatus.kError and status == highspy.HighsModelStatus.kOptimal:
            found, ended = solver.getSolution(), solver.getBasis()
            reached = Basis(np.array(ended.col_status, dtype=object), np.array(ended.row_status, dtype=object))
            objective = float(solver.getInfo().objective_function_value)
            return objective, np.array(found.col_value), np.array(found.row_dual), reached
        if first is None and status == highspy.HighsModelStatus.kTimeLimit:
            return None
    raise SolverFailed(f"the master ended as {solver.modelStatusToString(status)}")


def solve_mixed(model: Model, seconds: float, enough: float, at_once: float = -math.inf, left: float = 0.0) -> Any:
    """A good solution of a small program with whole numbers, None where none was found in the time: one that costs no more than
    `at_once`, or than the best and what may be `left`, is good as soon as it is found, after so many seconds one is that costs no
    more than what is `enough`; CHOICE_PATIENCE times as many are the most. A quick try comes first, and counts where it ends by
    itself."""
    ended, solution = _mixed(model, QUICK_SECONDS, at_once, left, **QUICK_MIP)
    if ended and solution is not None:
        return solution
    patient = CHOICE_PATIENCE * seconds
    return _mixed(model, patient, lambda running: enough if running > seconds else at_once, left)[1]


def _mixed(
    model: Model, seconds: float, good: float | Callable[[float], float], left: float, **options: float
) -> tuple[bool, Any]:
    """(whether it came to its end before its time was over, the solution found or None); `good` is what a solution may cost to be
    taken as soon as it is found, or that by the seconds it has run."""
    limits = {"mip_rel_gap": CHOICE_GAP, "mip_abs_gap": left, "mip_max_nodes": CHOICE_NODES}
    solver = _quiet(time_limit=seconds, **limits, **options)

    def end_with_enough(event: Any) -> None:
        known = event.data_out
        if known.mip_primal_bound <= (good(known.running_time) if callable(good) else good):
            event.data_in.user_interrupt = True

    solver.cbMipInterrupt.subscribe(end_with_enough)
    if pass_model(solver, model, relax=False) == highspy.HighsStatus.kError:
        raise SolverFailed("HiGHS refuses the master")
    if solver.run() == highspy.HighsStatus.kError:
        return False, None
    known = solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return solver.getModelStatus() not in OVER, np.array(solver.getSolution().col_value) if known else None


def solve_small(model: Model, seconds: float) -> tuple[str, float, Any]:
    """(status, objective, solution or None) of a small model with its integers relaxed."""
    solver = _quiet(time_limit=seconds)
    if pass_model(solver, model, relax=True) == highspy.HighsStatus.kError:
        return str(Status.REFUSED), math.nan, None
    run_status = solver.run()
    status = STATUS.get(solver.getModelStatus(), Status.SOLVER_FAILED)
    if run_status == highspy.HighsStatus.kError or status is not Status.OPTIMAL:
        failed = run_status == highspy.HighsStatus.kError
        return str(Status.SOLVER_FAILED if failed else status), math.nan, None
    return str(status), float(solver.getInfo().objective_function_value), np.array(solver.getSolution().col_value)
