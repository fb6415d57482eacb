"""Most value: what compute is worth less what it costs.

    maximise  12 * compute_value_musd_per_mw_month * worth  -  present value of capital and running cost
    worth  =  sum over i, p of compute_years[p] * compute_mw[i, p]
              +  (running_years[last] - compute_years[last]) * sum over i, k of it_mw[k] * performance[k] * modules[i, k, last]

compute_mw is what is at work on the mean of a period, so a month earlier is worth a month. After the last period all that
stands is at work, as long as its running cost is paid. Worth a MW-month: IT-16. The gap is measured against the larger of the
value and the cost without IT hardware: the value may be close to nothing where the work hardly pays.
"""

from __future__ import annotations

import numpy as np

from siting.family import Floats
from siting.objectives.aim import Aim, Scales, controllable_cost, hold_value, ledger_cost, present_value
from siting.units import MONTHS_PER_YEAR

STANDING = "modules"
"""Label of the modules standing in the ledger of compute."""


def coefficients(scales: Scales) -> Floats:
    """MUSD of value of each column."""
    time, ledger = scales.problem.time, scales.ledgers.compute_mw
    tail = np.zeros(len(time.years))
    tail[-1] = time.running_years[-1] - time.compute_years[-1]
    years = ledger_cost(ledger, time.compute_years, scales.columns) + ledger_cost(ledger, tail, scales.columns, only=STANDING)
    return MONTHS_PER_YEAR * scales.problem.compute_value_musd_per_mw_month * years - present_value(scales)


def judged(scales: Scales, solution: Floats) -> float:
    """The larger of the value and the controllable cost."""
    return max(abs(float(coefficients(scales) @ solution)), controllable_cost(scales, solution))


def hold(scales: Scales, solution: Floats) -> None:
    """Row `held_value`: no less value than found."""
    hold_value(MOST_VALUE, "held_value", scales, solution)


MOST_VALUE = Aim("most_value", "most value of compute less its cost", "MUSD", True, coefficients, judged, hold, asks=True)
