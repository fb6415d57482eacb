"""Least cost: present value of capital and running cost.

    minimise  sum over p of capital_factor[p] * (capital[p] - capital[p - 1])  +  running_years[p] * running[p]

The running cost of the last period is paid for `operating_years`. IT hardware costs the same wherever it stands: the gap
is measured against the rest, the controllable cost.
"""

from __future__ import annotations

import numpy as np

from siting.arrays import Term
from siting.family import IT_HARDWARE, Floats
from siting.objectives.aim import Aim, Scales, increments, ledger_cost


def coefficients(scales: Scales) -> Floats:
    """MUSD of present value of each column."""
    time = scales.problem.time
    capital = ledger_cost(scales.ledgers.capital_musd, increments(time.capital_factor), scales.columns)
    return capital + ledger_cost(scales.ledgers.running_musd, time.running_years, scales.columns)


def judged(scales: Scales, solution: Floats) -> float:
    """Controllable cost of a solution: present value less IT hardware."""
    factors = increments(scales.problem.time.capital_factor)
    hardware = ledger_cost(scales.ledgers.capital_musd, factors, scales.columns, only=IT_HARDWARE)
    return float((coefficients(scales) - hardware) @ solution)


def hold(scales: Scales, solution: Floats) -> None:
    """Row `held_cost`: no dearer than the plan found."""
    cost = coefficients(scales)
    used = np.flatnonzero(cost)
    scales.core.sheet.rows(
        "held_cost",
        [scales.core.sheet.axis("cost", ["total"])],
        [Term(np.zeros(len(used), np.int64), used, cost[used])],
        upper=float(cost @ solution) * (1 + 1e-9),
    )


LEAST_COST = Aim("least_cost", "least cost at that compute", "MUSD", False, coefficients, judged, hold)
