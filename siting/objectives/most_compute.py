"""Most compute: discounted MW-years of IT at work within the periods.

    maximise  sum over i, p of compute_years[p] * compute_mw[i, p]

compute_mw is what all families have added to that ledger: modules by their performance, less what waits for power. Held for
later aims in each period: a cheaper plan may not trade early megawatts for late ones.
"""

from __future__ import annotations

import numpy as np

from siting.arrays import Term
from siting.family import Floats
from siting.objectives.aim import Aim, Scales

HELD_SHARE = 1.0 - 1e-9
"""Of what is reached: a row that holds it to the last bit would be broken by rounding."""


def coefficients(scales: Scales) -> Floats:
    """MW-years of each column."""
    values: Floats = np.zeros(scales.columns)
    years = scales.problem.time.compute_years
    for entry in scales.ledgers.compute_mw.entries:
        np.add.at(values, entry.columns, entry.coefficients * years[entry.at % len(years)])
    return values


def judged(scales: Scales, solution: Floats) -> float:
    """The compute itself."""
    return float(coefficients(scales) @ solution)


def hold(scales: Scales, solution: Floats) -> None:
    """Rows `held_compute`: at least the MW at work that are found, in each period."""
    core, ledger = scales.core, scales.ledgers.compute_mw
    reached = ledger.filled(solution).sum(axis=0)
    periods = len(core.period)
    terms = [Term(entry.at % periods, entry.columns, entry.coefficients) for entry in ledger.entries]
    core.sheet.rows("held_compute", [core.period], terms, lower=HELD_SHARE * reached)


MOST_COMPUTE = Aim("most_compute", "most compute within the limits", "MW-years", True, coefficients, judged, hold)
