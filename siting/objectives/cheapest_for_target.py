"""Cheapest for a target: present value of capital and running cost of the MW asked for in each period.

    minimise  sum over p of capital_factor[p] * (capital[p] - capital[p - 1])  +  running_years[p] * running[p]
    where     sum over i, k of it_mw[k] * modules[i, k, p]  >=  target.it_mw[p]                     (family `target`)

The rows belong to the family, so that every other aim can be asked for a target as well. The gap is measured as that of the
least cost: against the cost without IT hardware.
"""

from __future__ import annotations

from siting.family import Floats
from siting.objectives.aim import Aim, Scales, controllable_cost, hold_value, present_value


def hold(scales: Scales, solution: Floats) -> None:
    """Row `held_target_cost`: no dearer than the plan found."""
    hold_value(CHEAPEST_FOR_TARGET, "held_target_cost", scales, solution)


CHEAPEST_FOR_TARGET = Aim(
    "cheapest_for_target",
    "least cost of the MW asked for",
    "MUSD",
    False,
    present_value,
    controllable_cost,
    hold,
    needs=("target",),
)
