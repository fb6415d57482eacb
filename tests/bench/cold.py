"""HiGHS on a compiled program, cold: no start, its own defaults, one thread."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import highspy
import numpy as np

from siting.arrays import Floats
from siting.program.matrix import Matrix
from tests.bench.routes import held


def solve_to_gap(
    matrix: Matrix, cost: Floats, judged: Callable[[Floats], float], gap: float, seconds: float, seed: int
) -> dict[str, Any]:
    """Seconds until `|value - bound| <= gap * judged(solution)`, or until the limit; the gap reached, None without a plan;
    whether it was reached in time; and whether it was the limit that ended the solve. Minimises."""
    solver = held(matrix, cost)
    for name, value in (("time_limit", seconds), ("threads", 1), ("random_seed", seed), ("mip_rel_gap", 0.0)):
        solver.setOptionValue(name, value)
    state: dict[str, Any] = {"bound": -math.inf, "value": math.inf, "size": 0.0, "reached": False}
    began = time.monotonic()

    def improved(event: Any) -> None:
        solution = np.asarray(event.data_out.mip_solution)
        state["value"], state["size"] = float(event.data_out.objective_function_value), judged(solution)

    def asked(event: Any) -> None:
        state["bound"] = max(state["bound"], float(event.data_out.mip_dual_bound))
        if state["size"] > 0 and state["value"] - state["bound"] <= gap * state["size"]:
            state["reached"] = True
            event.interrupt()

    solver.cbMipImprovingSolution.subscribe(improved)
    solver.cbMipInterrupt.subscribe(asked)
    solver.run()
    taken = time.monotonic() - began
    info = solver.getInfo()
    state["bound"] = max(state["bound"], float(info.mip_dual_bound))
    known = state["size"] > 0 and math.isfinite(state["bound"])
    reached = (state["value"] - state["bound"]) / state["size"] if known else None
    status = solver.getModelStatus()
    done = bool(state["reached"] or status == highspy.HighsModelStatus.kOptimal)
    return {"seconds": taken, "gap": reached, "reached": done, "late": not done and status == highspy.HighsModelStatus.kTimeLimit}
