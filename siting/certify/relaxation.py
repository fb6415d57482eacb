"""Hints from HiGHS: the multipliers of a relaxed block, or those that show it cannot be met. Nothing it says is believed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import highspy
import numpy as np

from siting.arrays import Floats
from siting.certify.safe import Block

TOLERANCE: Final = 1e-9
NUDGE: Final = 1e-7
"""Taken off the cost of a column without a bound, so that the multipliers leave its reduced cost a little above 0."""
OPTIMAL: Final = highspy.HighsModelStatus.kOptimal
INFEASIBLE: Final = highspy.HighsModelStatus.kInfeasible
ROWWISE: Final = int(highspy.MatrixFormat.kRowwise)
MINIMISE: Final = int(highspy.ObjSense.kMinimize)


@dataclass(frozen=True, slots=True)
class Hint:
    """Multipliers (rows) and a solution (columns). `possible` is False where the multipliers should prove that nothing meets
    the rows; there may be neither where the solver gave up."""

    multipliers: Floats
    solution: Floats | None
    possible: bool


class Relaxation:
    """The relaxation of one block, kept warm while the bounds of its columns change."""

    def __init__(self, block: Block) -> None:
        self._rows = len(block.row_lower)
        self._columns = np.arange(len(block.cost), dtype=np.int32)
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        options = {
            "output_flag": False,
            "threads": 1,
            "primal_feasibility_tolerance": TOLERANCE,
            "dual_feasibility_tolerance": TOLERANCE,
        }
        for name, value in options.items():
            self._solver.setOptionValue(name, value)
        cost = block.cost - NUDGE * np.isinf(block.upper) + NUDGE * np.isinf(block.lower)
        self._solver.passModel(
            len(block.cost), self._rows, block.rows.nnz, ROWWISE, MINIMISE, 0.0, cost, block.lower, block.upper,
            block.row_lower, block.row_upper, block.rows.indptr.astype(np.int32), block.rows.indices.astype(np.int32),
            block.rows.data, np.zeros(len(block.cost), np.int32),
        )  # fmt: skip

    def hint(self, lower: Floats, upper: Floats, seconds: float, iterations: int = 0) -> Hint:
        """What the relaxation over a box gives, within so many seconds and, where not 0, simplex iterations."""
        solver = self._solver
        solver.changeColsBounds(len(self._columns), self._columns, lower, upper)
        solver.setOptionValue("time_limit", solver.getRunTime() + max(seconds, 0.01))
        solver.setOptionValue("simplex_iteration_limit", iterations or 2**31 - 1)
        solver.run()
        status = solver.getModelStatus()
        if status == INFEASIBLE:
            return Hint(self._ray(), None, False)
        point = solver.getSolution()
        duals = np.array(point.row_dual) if point.dual_valid else np.zeros(self._rows)
        solution = np.array(point.col_value) if point.value_valid and status == OPTIMAL else None
        return Hint(duals if len(duals) == self._rows else np.zeros(self._rows), solution, True)

    def _ray(self) -> Floats:
        ray = np.zeros(self._rows)
        try:
            _, known, found = self._solver.getDualRay()
        except (TypeError, ValueError, RuntimeError):
            return ray
        if not known or found is None or len(found) != self._rows:
            return ray
        size = float(np.abs(found).max(initial=0.0))
        return np.asarray(found, dtype=np.float64) / size if 0.0 < size < math.inf else ray
