"""Least cost: present value of capital and running cost.

    minimise  sum over p of capital_factor[p] * (capital[p] - capital[p - 1])  +  running_years[p] * running[p]

The running cost of the last period is paid for `operating_years`. IT hardware costs the same wherever it stands: the gap
is measured against the rest, the controllable cost.
"""

from __future__ import annotations

from siting.family import Floats
from siting.objectives.aim import Aim, Scales, controllable_cost, hold_value, present_value


def hold(scales: Scales, solution: Floats) -> None:
    """Row `held_cost`: no dearer than the plan found."""
    hold_value(LEAST_COST, "held_cost", scales, solution)


LEAST_COST = Aim("least_cost", "least cost at that compute", "MUSD", False, present_value, controllable_cost, hold)
