"""How arrays come to HiGHS: one call, for every route that has arrays."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def passed(
    cost: Floats,
    lower: Floats,
    upper: Floats,
    row_lower: Floats,
    row_upper: Floats,
    start: Any,
    column: Any,
    value: Any,
    kind: Any,
) -> Any:
    """Arrays handed over to HiGHS."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    status = solver.passModel(
        len(lower), len(row_lower), len(value), int(highspy.MatrixFormat.kRowwise), 1, 0.0, cost, lower, upper, row_lower,
        row_upper, start, column, value, kind,
    )  # fmt: skip
    assert status != highspy.HighsStatus.kError
    assert (solver.getNumRow(), solver.getNumNz()) == (len(row_lower), len(value))
    return solver
