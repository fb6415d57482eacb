"""Least carbon: what the plan emits as long as its running cost counts, and what is in what it builds.

    minimise  sum over p of running_years[p] * carbon_t_per_year[p]  +  embodied_t[last]

The stock standing at the end holds every increment once. Modules embody the same wherever they stand: the gap is measured
against what running emits, a thousand tonnes at the least.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.family import Floats
from siting.objectives.aim import Aim, Scales, hold_value, ledger_cost

KT_PER_T: Final = 1e-3
NO_CARBON_KT: Final = 1.0


def running(scales: Scales) -> Floats:
    """kt CO2e that running emits, of each column."""
    return KT_PER_T * ledger_cost(scales.ledgers.carbon_t_per_year, scales.problem.time.running_years, scales.columns)


def coefficients(scales: Scales) -> Floats:
    """kt CO2e of each column."""
    last = np.zeros(len(scales.core.period))
    last[-1] = KT_PER_T
    return running(scales) + ledger_cost(scales.ledgers.embodied_t, last, scales.columns)


def judged(scales: Scales, solution: Floats) -> float:
    """What running emits, a thousand tonnes at the least."""
    return max(float(running(scales) @ solution), NO_CARBON_KT)


def hold(scales: Scales, solution: Floats) -> None:
    """Row `held_carbon`: no more carbon than found."""
    hold_value(LEAST_CARBON, "held_carbon", scales, solution)


LEAST_CARBON = Aim("least_carbon", "least carbon", "kt CO2e", False, coefficients, judged, hold, needs=("carbon",))
