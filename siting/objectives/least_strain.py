"""Least strain: hours of full use that the plan adds to substations in stressed hours.

    minimise  sum over p of compute_years[p] * strain_h[p]

strain_h[p] is what families add to that ledger: hours a year x flow / rating. Less than an hour a year in all is no strain: the
gap is measured against no less.
"""

from __future__ import annotations

from typing import Final

from siting.family import Floats
from siting.objectives.aim import Aim, Scales, hold_value, ledger_cost

NO_STRAIN_H: Final = 1.0


def coefficients(scales: Scales) -> Floats:
    """Hours of full use of each column."""
    return ledger_cost(scales.ledgers.strain_h, scales.problem.time.compute_years, scales.columns)


def judged(scales: Scales, solution: Floats) -> float:
    """The strain itself, an hour a year at the least."""
    return max(float(coefficients(scales) @ solution), NO_STRAIN_H * float(scales.problem.time.compute_years.sum()))


def hold(scales: Scales, solution: Floats) -> None:
    """Row `held_strain`: no more strain than found."""
    hold_value(LEAST_STRAIN, "held_strain", scales, solution)


LEAST_STRAIN = Aim(
    "least_strain", "least strain on the grid", "h of full use", False, coefficients, judged, hold, needs=("grid_strain",)
)
