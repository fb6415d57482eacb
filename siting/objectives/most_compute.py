"""Most compute: discounted MW-years of IT at work within the periods.

    maximise  sum over i, p of compute_years[p] * compute_mw[i, p]

compute_mw is what all families have added to that ledger: modules by their performance, less what waits for power. Held for
later aims in each period: a cheaper plan may not trade early megawatts for late ones.
"""

from __future__ import annotations

from siting.arrays import Term
from siting.family import Floats
from siting.objectives.aim import Aim, Scales, ledger_cost


def coefficients(scales: Scales) -> Floats:
    """MW-years of each column."""
    return ledger_cost(scales.ledgers.compute_mw, scales.problem.time.compute_years, scales.columns)


def judged(scales: Scales, solution: Floats) -> float:
    """The compute itself."""
    return float(coefficients(scales) @ solution)


def hold(scales: Scales, solution: Floats) -> None:
    """Rows `held_compute`: at least the MW at work that are found, in each period, but for the share that may be given away."""
    core, ledger = scales.core, scales.ledgers.compute_mw
    reached = ledger.filled(solution).sum(axis=0)
    periods = len(core.period)
    terms = [Term(entry.at % periods, entry.columns, entry.coefficients) for entry in ledger.entries]
    core.sheet.rows("held_compute", [core.period], terms, lower=(1.0 - scales.given_away_share) * reached)


MOST_COMPUTE = Aim("most_compute", "most compute within the limits", "MW-years", True, coefficients, judged, hold, asks=True)
