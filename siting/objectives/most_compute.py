"""Most compute: discounted MW-years of IT available within the periods.

    maximise  sum over i, k, p of compute_years[p] * it_mw[k] * modules[i, k, p]

What stands in a period counts for the whole of it. Held for later aims as MW of IT in each period: a cheaper plan may not
trade early megawatts for late ones.
"""

from __future__ import annotations

import numpy as np

from siting.arrays import Term
from siting.family import Floats
from siting.objectives.aim import Aim, Scales


def coefficients(scales: Scales) -> Floats:
    """MW-years of each module column."""
    values: Floats = np.zeros(scales.columns)
    values[scales.core.modules.columns] = scales.problem.modules.it_mw[None, :, None] * scales.problem.time.compute_years
    return values


def judged(scales: Scales, solution: Floats) -> float:
    """The compute itself."""
    return float(coefficients(scales) @ solution)


def hold(scales: Scales, solution: Floats) -> None:
    """Rows `held_compute`: at least the MW of IT found, in each period."""
    core = scales.core
    counts = np.rint(solution[core.modules.columns])
    reached = np.einsum("ikp,k->p", counts, core.module_it_mw)
    period = np.arange(len(core.period))
    core.sheet.rows(
        "held_compute",
        [core.period],
        [Term(period[None, None, :], core.modules.columns, core.module_it_mw[None, :, None])],
        lower=reached,
    )


MOST_COMPUTE = Aim("most_compute", "most compute within the limits", "MW-years", True, coefficients, judged, hold)
