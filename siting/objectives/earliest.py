"""Earliest: compute at work as early in the programme as can be.

    maximise  sum over i, p of years[p] * left[p] / horizon * compute_mw[i, p]

years[p] is the length of the period, left[p] the years from its middle to the end of the programme, horizon the length of all
periods. That is what the programme has delivered so far, in MW-years, on the mean over all its moments: a MW at work from the
first month counts from then on, one of the last month hardly. Nothing is discounted. After `most_compute` it settles which of
the plans of as much compute is there first; after a target, which reaches it first.
"""

from __future__ import annotations

import numpy as np

from siting.family import Floats, Timeline
from siting.objectives.aim import Aim, Scales, hold_value, ledger_cost


def ahead_years(time: Timeline) -> Floats:
    """What a MW at work through each period (P) adds to the mean of what is delivered so far [years]."""
    horizon = float(time.years.sum())
    left = horizon - (time.start_years + 0.5 * time.years)
    return np.asarray(time.years * left / horizon)


def coefficients(scales: Scales) -> Floats:
    """MW-years of each column."""
    return ledger_cost(scales.ledgers.compute_mw, ahead_years(scales.problem.time), scales.columns)


def judged(scales: Scales, solution: Floats) -> float:
    """The compute itself."""
    return float(coefficients(scales) @ solution)


def hold(scales: Scales, solution: Floats) -> None:
    """Row `held_earliness`: as much delivered on the mean of the programme."""
    hold_value(EARLIEST, "held_earliness", scales, solution)


EARLIEST = Aim(
    "earliest", "compute as early as can be", "MW-years delivered so far, mean", True, coefficients, judged, hold, asks=True
)
