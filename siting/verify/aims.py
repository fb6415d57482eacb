"""Aims: the values the run claims, recomputed from the plan, and the sizes their gaps are measured against.

    most_compute         sum over p of compute_years[p] * MW at work[p]                                of itself
    earliest             sum over p of years[p] * left[p] / (all years) * MW at work[p]                of itself
    least_cost           present value: sum over p of capital_factor[p] * (capital[p] - capital[p - 1])
    cheapest_for_target      +  running_years[p] * running[p]                                          less IT hardware
    least_strain         sum over p of compute_years[p] * strain_h[p]                                  at least 1 h a year
    least_carbon         (sum over p of running_years[p] * t a year[p]  +  embodied t[last]) / 1000    of running, at least 1 kt
    most_value           12 * worth of a MW-month * (MW-years at work, standing ones after the last period) - present value
                                                             the larger of itself and the cost without IT hardware

left[p] are the years from the middle of the period to the end of the programme.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from siting.verify import hardware, money
from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.report import Floats, Judge, Rule, places

VALUE = Rule("V411", "aims.value", "an aim's value is what the plan reaches")
BOUND = Rule("V412", "aims.bound", "no plan is better than the bound")
GAP = Rule("V413", "aims.gap", "the gap is the way from value to bound", "share")
ASKED = Rule("V414", "aims.asked", "the aims are those asked for, in their order, and are met where the gap says so")
FILE: Final = "plan.json"
UPWARD: Final = {
    "most_compute": True,
    "least_cost": False,
    "cheapest_for_target": False,
    "earliest": True,
    "least_strain": False,
    "least_carbon": False,
    "most_value": True,
}
"""Aims this checker knows, and whether more is better."""
KT_PER_T: Final = 1e-3
NO_STRAIN_H: Final = 1.0
NO_CARBON_KT: Final = 1.0
NOTHING: Final = 1e-6
"""A value of less of its size is nothing, and its gross gap says nothing."""
GAP_SLACK: Final = 2e-6


def compute_value(built: Built) -> float:
    """Discounted MW-years of IT within the periods."""
    return float(built.question.clock.compute_years @ compute_mw(built).sum(axis=0))


def compute_mw(built: Built) -> Floats:
    """MW of IT of performance 1 at work on the mean of each period (I, P)."""
    asked = built.question.asked
    effective = asked.module_numbers("it_mw") * asked.module_numbers("performance")
    found: Floats = np.einsum("ikp,k->ip", built.modules, effective) + built.total("compute_mw")
    return found


def cost_value(built: Built, found: tuple[Item, ...]) -> float:
    """Present value of capital and running cost [MUSD]."""
    clock = built.question.clock
    capital, running = (money.total(found, kind, len(clock.periods)) for kind in ("capital", "running"))
    return float(clock.capital_factor @ np.diff(capital, prepend=0.0) + clock.running_years @ running)


def earliness(built: Built) -> float:
    """MW-years delivered so far, on the mean over the programme."""
    years = built.question.clock.years
    left = np.cumsum(years[::-1])[::-1] - 0.5 * years
    return float((years * left / years.sum()) @ compute_mw(built).sum(axis=0))


def strain_value(built: Built) -> tuple[float, float]:
    """Hours of full use in stressed hours, and what their gap is measured against."""
    years = built.question.clock.compute_years
    value = float(built.total("strain_h") @ years)
    return value, max(value, NO_STRAIN_H * float(years.sum()))


def carbon_value(built: Built) -> tuple[float, float]:
    """kt CO2e of running and building, and what their gap is measured against."""
    running = KT_PER_T * float(built.total("carbon_t_per_year") @ built.question.clock.running_years)
    return running + KT_PER_T * float(built.total("embodied_t")[-1]), max(running, NO_CARBON_KT)


def worth(built: Built) -> float:
    """What compute is worth [MUSD]: at work within the periods, standing after them."""
    asked, clock = built.question.asked, built.question.clock
    effective = asked.module_numbers("it_mw") * asked.module_numbers("performance")
    standing = float(np.einsum("ik,k->", built.modules[:, :, -1], effective))
    years = compute_value(built) + (clock.running_years[-1] - clock.compute_years[-1]) * standing
    return 12.0 * asked.number("objective", "compute_value_musd_per_mw_month") * float(years)


def values(built: Built) -> dict[str, tuple[float, float]]:
    """Every aim's value and the size its gap is measured against."""
    found = money.items(built)
    cost = cost_value(built, found)
    controllable = cost - cost_value(built, tuple(item for item in found if item.line == hardware.IT_HARDWARE))
    compute, early, value = compute_value(built), earliness(built), worth(built) - cost
    return {
        "most_compute": (compute, compute),
        "least_cost": (cost, controllable),
        "cheapest_for_target": (cost, controllable),
        "earliest": (early, early),
        "least_strain": strain_value(built),
        "least_carbon": carbon_value(built),
        "most_value": (value, max(abs(value), controllable)),
    }


def check(built: Built, judge: Judge) -> None:
    """Hold the claimed values, bounds and gaps to the plan."""
    aims = built.folder.plan.get("aims", [])
    names = [str(aim.get("name")) for aim in aims]
    asked = built.question.asked
    order = asked.names("objective", "aims")
    judge.holds(ASKED, [tuple(names) == order], FILE, "aims", places(("", [""])), lambda _: ", ".join(names))
    own = values(built)
    for aim in aims:
        spare = asked.number("objective", "tolerance_share") if str(aim.get("name")) in order[:-1] else 0.0
        _check_aim(aim, own.get(str(aim.get("name"))), asked.number("effort", "gap") + spare, judge)


def _check_aim(aim: Mapping[str, Any], own: tuple[float, float] | None, gap_asked: float, judge: Judge) -> None:
    name = str(aim.get("name"))
    where = places(("aim", [name]))
    if own is None:
        judge.fault(VALUE, FILE, f"aim {name}", "name", name, "an aim this checker knows")
        return
    value, size = own
    claimed, bound, gap, gross = (_number(aim.get(key)) for key in ("value", "bound", "gap", "gross_gap"))
    judge.equal(VALUE, [claimed], [value], FILE, "value", where, size=size)
    ahead = bound - claimed if UPWARD[name] else claimed - bound
    judge.at_least(BOUND, [ahead], [0.0], FILE, "bound", where, size=max(abs(claimed), size))
    if abs(claimed) > NOTHING * size:
        judge.equal(GAP, [gross], [max(ahead, 0.0) / max(abs(claimed), 1e-9)], FILE, "gross_gap", where, slack=GAP_SLACK)
    judge.equal(GAP, [gap], [max(ahead, 0.0) / max(size, 1e-9)], FILE, "gap", where, slack=GAP_SLACK)
    judge.equal(ASKED, [_number(aim.get("asked_gap"))], [gap_asked], FILE, "asked_gap", where)
    met = gap <= gap_asked + 1e-6
    judge.holds(ASKED, [bool(aim.get("met")) == met], FILE, "met", where, lambda _: str(aim.get("met")))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
