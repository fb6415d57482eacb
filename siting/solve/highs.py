"""The door to HiGHS, in a process of its own: reads one Job from standard input, streams what happens, ends.

`siting.solve.child` starts it (`siting.own_process`) and is the other end. Every model status of HiGHS is mapped; a
status that is not in the map is a failure, never a guess. A parent that closes the pipe or writes a byte stops the solve.
"""

from __future__ import annotations

import math
import os
import resource
import sys
import threading
import time
from typing import Any, Final

import highspy
import numpy as np

from siting.solve.job import Answer, Found, Job, Model, Progress, Status
from siting.solve.wire import read_message, write_message

STATUS: Final[dict[Any, Status]] = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.NO_SOLUTION_IN_LIMIT,
    highspy.HighsModelStatus.kIterationLimit: Status.NO_SOLUTION_IN_LIMIT,
    highspy.HighsModelStatus.kSolutionLimit: Status.NO_SOLUTION_IN_LIMIT,
    highspy.HighsModelStatus.kInterrupt: Status.INTERRUPTED,
    highspy.HighsModelStatus.kHighsInterrupt: Status.INTERRUPTED,  # type: ignore[attr-defined]
    highspy.HighsModelStatus.kUnboundedOrInfeasible: Status.SOLVER_FAILED,
    highspy.HighsModelStatus.kMemoryLimit: Status.SOLVER_FAILED,
    highspy.HighsModelStatus.kNotset: Status.SOLVER_FAILED,
    highspy.HighsModelStatus.kLoadError: Status.REFUSED,
    highspy.HighsModelStatus.kModelError: Status.REFUSED,
    highspy.HighsModelStatus.kPresolveError: Status.SOLVER_FAILED,
    highspy.HighsModelStatus.kSolveError: Status.SOLVER_FAILED,
    highspy.HighsModelStatus.kPostsolveError: Status.SOLVER_FAILED,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kObjectiveBound: Status.SOLVER_FAILED,
    highspy.HighsModelStatus.kObjectiveTarget: Status.SOLVER_FAILED,
    highspy.HighsModelStatus.kUnknown: Status.SOLVER_FAILED,
}
REFUSED_VERSIONS: Final = ("1.14.0",)
SURE: Final = {
    "output_flag": False,
    "threads": 1,
    "dual_feasibility_tolerance": 1e-9,
    "simplex_dual_edge_weight_strategy": 1,
}
"""For blocks: with HiGHS' own tolerance of 1e-7 costs below it are overlooked, and bounds come out too good by some 1e-5."""
PRIMAL: Final = 4
"""HiGHS' number of the primal simplex method: the better one from an old basis at new costs."""
PATIENCE: Final = 5.0
"""Times the seconds of a relaxed block that it gets anew, by the dual method, where the primal one has come to no end."""
ROUGH: Final = 1e-3
"""Tolerance of the first-order method: for prices, not for bounds, which are taken at any prices."""
ROUGH_ITERATIONS: Final = 20_000
PROGRESS_SECONDS: Final = 0.5
ROWWISE: Final = int(highspy.MatrixFormat.kRowwise)
MINIMISE: Final = int(highspy.ObjSense.kMinimize)


def version() -> str:
    """Version of HiGHS."""
    return str(highspy.Highs().version())  # type: ignore[no-untyped-call]


def solve(job: Job, tell: Any, stop: threading.Event) -> Answer:
    """Solve one job in this process. `tell` gets Progress and Found on the way; `stop` ends the solve early."""
    began = time.monotonic()
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    refusal = _prepare(solver, job)
    if refusal:
        return _empty(job, Status.REFUSED, refusal, began)
    _listen(solver, job, tell, stop, began)
    watcher = threading.Thread(target=_watch, args=(solver, stop), daemon=True)
    watcher.start()
    run_status = solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")
        run_status = solver.run()
    return _answer(solver, job, run_status, began)


def _prepare(solver: Any, job: Job) -> str:
    """Options and hand-over; a sentence where HiGHS did not take the model as it is."""
    options = job.options
    settings: dict[str, Any] = {
        "output_flag": False,
        "threads": options.threads,
        "random_seed": options.seed,
        "time_limit": float(options.seconds),
        "mip_rel_gap": options.relative_gap,
        "mip_abs_gap": max(options.absolute_gap, 1e-6),
        "primal_feasibility_tolerance": options.feasibility,
        "mip_feasibility_tolerance": options.feasibility,
        "presolve": "choose" if options.presolve else "off",
    }
    if not options.reduced:
        settings["mip_heuristic_run_root_reduced_cost"] = False
    if options.nodes:
        settings["mip_max_nodes"] = options.nodes
    if options.interior:
        settings |= {"solver": "ipm", "run_crossover": "off", "ipm_optimality_tolerance": 1e-6}
    if options.rough:
        settings |= {"solver": "pdlp", "kkt_tolerance": ROUGH, "pdlp_iteration_limit": ROUGH_ITERATIONS}
    for name, value in settings.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            return f"HiGHS refuses the option {name} = {value}"
    passed = pass_model(solver, job.model, options.relax)
    if passed == highspy.HighsStatus.kError:
        return "HiGHS refuses the model"
    if (solver.getNumRow(), solver.getNumCol()) != (len(job.model.row_lower), len(job.model.lower)):
        return f"HiGHS holds {solver.getNumRow()} x {solver.getNumCol()} of {len(job.model.row_lower)} x {len(job.model.lower)}"
    if solver.getNumNz() != len(job.model.value):
        return f"HiGHS holds {solver.getNumNz()} of {len(job.model.value)} coefficients"
    if job.start is not None and not options.relax:
        _give_start(solver, job.start)
    return ""


def pass_model(solver: Any, model: Model, relax: bool) -> Any:
    """Hand a model over as arrays, which is some ten times faster than filling a model object. Answers HiGHS' status."""
    kinds = np.zeros(len(model.lower), np.int32) if relax else model.integer.astype(np.int32)
    return solver.passModel(
        len(model.lower), len(model.row_lower), len(model.value), ROWWISE, MINIMISE, 0.0, model.cost, model.lower, model.upper,
        model.row_lower, model.row_upper, model.start, model.column, model.value, kinds,
    )  # fmt: skip


def _give_start(solver: Any, start: Any) -> None:
    known = np.flatnonzero(~np.isnan(start))
    if len(known) == len(start):
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
    elif len(known):
        solver.setSolution(len(known), known.astype(np.int32), start[known])


def _listen(solver: Any, job: Job, tell: Any, stop: threading.Event, began: float) -> None:
    last = [0.0]

    def interrupt(event: Any) -> None:
        now = time.monotonic()
        if stop.is_set():
            event.data_in.user_interrupt = True
        if now - last[0] >= PROGRESS_SECONDS:
            last[0] = now
            out = event.data_out
            tell(Progress(job.name, _finite(out.mip_primal_bound), _finite(out.mip_dual_bound), now - began))

    def simple_interrupt(event: Any) -> None:
        if stop.is_set():
            event.data_in.user_interrupt = True

    def improving(event: Any) -> None:
        tell(Found(job.name, float(event.data_out.objective_function_value), np.array(event.data_out.mip_solution)))

    solver.cbMipInterrupt.subscribe(interrupt)
    solver.cbSimplexInterrupt.subscribe(simple_interrupt)
    solver.cbIpmInterrupt.subscribe(simple_interrupt)
    if not job.options.relax:
        solver.cbMipImprovingSolution.subscribe(improving)


def _watch(solver: Any, stop: threading.Event) -> None:
    stop.wait()
    solver.cancelSolve()


def _answer(solver: Any, job: Job, run_status: Any, began: float) -> Answer:
    info = solver.getInfo()
    status = STATUS.get(solver.getModelStatus(), Status.SOLVER_FAILED)
    message = str(solver.modelStatusToString(solver.getModelStatus()))
    if run_status == highspy.HighsStatus.kError:
        return _empty(job, Status.SOLVER_FAILED, f"HiGHS ended with an error: {message}", began)
    relaxed = job.options.relax or not job.model.integer.any()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    point = solver.getSolution() if feasible or job.options.rough else None
    solution = np.array(point.col_value) if point is not None and point.value_valid else None
    duals = np.array(point.row_dual) if relaxed and point is not None and point.dual_valid else None
    if relaxed:
        if status is not Status.OPTIMAL:
            solution = None
        sure = status is Status.OPTIMAL and not job.options.rough
        bound = float(info.objective_function_value) if sure else math.nan
    else:
        bound = _finite(info.mip_dual_bound)
        if status in (Status.NO_SOLUTION_IN_LIMIT, Status.INTERRUPTED) and solution is not None:
            status = Status.FEASIBLE_GAP if status is Status.NO_SOLUTION_IN_LIMIT else Status.INTERRUPTED
        if status is Status.OPTIMAL and solution is None and len(job.model.lower):
            status = Status.SOLVER_FAILED
    if status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.SOLVER_FAILED):
        solution = None
    objective = float(info.objective_function_value) if solution is not None else math.nan
    rows, columns, seconds = solver.getNumRow(), solver.getNumCol(), time.monotonic() - began
    return Answer(job.name, status, objective, bound, solution, duals, rows, columns, seconds, message)


def _empty(job: Job, status: Status, message: str, began: float) -> Answer:
    return Answer(job.name, status, math.nan, math.nan, None, None, 0, 0, time.monotonic() - began, message)


def _finite(value: float) -> float:
    return float(value) if abs(value) < highspy.kHighsInf else math.nan


class BlockSolver:
    """A site's block kept warm: priced again and again at new costs, relaxed or whole."""

    def __init__(self, model: Model, gap: float, seconds: float) -> None:
        self._model = model
        self._gap = gap
        self._seconds = seconds
        self._relaxed: Any = None
        self._whole: Any = None

    def price(self, cost: Any, relax: bool) -> tuple[float, Any]:
        """(lower bound of the block's minimum, a solution). Raises RuntimeError where HiGHS does not answer for sure."""
        if not (cost < -1e-9).any() and (self._model.row_lower <= 1e-9).all() and (self._model.lower == 0).all():
            return 0.0, np.zeros(len(cost))
        solver = self._warm(relax)
        run_status, status = self._run(solver, cost, self._seconds, anew=not relax)
        if relax and status == highspy.HighsModelStatus.kTimeLimit:
            self._relaxed = solver = self._fresh(True)
            solver.setOptionValue("simplex_dual_edge_weight_strategy", -1)
            run_status, status = self._run(solver, cost, PATIENCE * self._seconds)
        if relax:
            solver.setOptionValue("simplex_strategy", PRIMAL)
        timed_out = status == highspy.HighsModelStatus.kTimeLimit and not relax
        if run_status == highspy.HighsStatus.kError or (status != highspy.HighsModelStatus.kOptimal and not timed_out):
            raise RuntimeError(f"a site's block ended as {solver.modelStatusToString(status)}")
        info = solver.getInfo()
        bound = info.objective_function_value if relax or not self._model.integer.any() else info.mip_dual_bound
        return float(bound), np.array(solver.getSolution().col_value)

    def _run(self, solver: Any, cost: Any, seconds: float, *, anew: bool = False) -> tuple[Any, Any]:
        solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        if anew:
            solver.clearSolver()
        solver.setOptionValue("time_limit", solver.getRunTime() + seconds)
        return solver.run(), solver.getModelStatus()

    def _warm(self, relax: bool) -> Any:
        if relax:
            self._relaxed = self._relaxed or self._fresh(True)
            return self._relaxed
        self._whole = self._whole or self._fresh(False)
        return self._whole

    def _fresh(self, relax: bool) -> Any:
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in {**SURE, "mip_rel_gap": self._gap, "mip_abs_gap": 1e-4}.items():
            solver.setOptionValue(name, value)
        pass_model(solver, self._model, relax)
        return solver


def main() -> int:
    """The child process: one job in, messages out."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job: Job = read_message(sys.stdin.buffer)
    limit = int(job.options.memory_gb * 1.0e9) + 600_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    stop, lock = threading.Event(), threading.Lock()

    def tell(message: Any) -> None:
        with lock:
            write_message(out, message)

    def listen() -> None:
        sys.stdin.buffer.read(1)
        stop.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        answer = solve(job, tell, stop)
    except MemoryError:
        answer = _empty(job, Status.SOLVER_FAILED, f"out of memory: more than {job.options.memory_gb:g} GB", time.monotonic())
    tell(answer)
    return 0
