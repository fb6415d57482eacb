"""Aims: the values the run claims, recomputed from the plan.

    most_compute  =  sum over p of compute_years[p] * MW at work[p]
    least_cost    =  sum over p of capital_factor[p] * (capital[p] - capital[p - 1])  +  running_years[p] * running[p]

The gap of compute is of the compute; that of cost leaves IT hardware out, which costs the same wherever it stands.
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
UPWARD: Final = {"most_compute": True, "least_cost": False}
"""Aims this checker knows, and whether more is better."""
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


def check(built: Built, judge: Judge) -> None:
    """Hold the claimed values, bounds and gaps to the plan."""
    found = money.items(built)
    aims = built.folder.plan.get("aims", [])
    names = [str(aim.get("name")) for aim in aims]
    asked = built.question.asked.names("objective", "aims")
    judge.holds(ASKED, [tuple(names) == asked], FILE, "aims", places(("", [""])), lambda _: ", ".join(names))
    cost = cost_value(built, found)
    hardware_cost = cost_value(built, tuple(item for item in found if item.line == hardware.IT_HARDWARE))
    values = {"most_compute": (compute_value(built), 0.0), "least_cost": (cost, hardware_cost)}
    for aim in aims:
        _check_aim(aim, values.get(str(aim.get("name"))), judge)


def _check_aim(aim: Mapping[str, Any], own: tuple[float, float] | None, judge: Judge) -> None:
    name = str(aim.get("name"))
    where = places(("aim", [name]))
    if own is None:
        judge.fault(VALUE, FILE, f"aim {name}", "name", name, "an aim this checker knows")
        return
    value, same = own
    claimed, bound, gap, gross = (_number(aim.get(key)) for key in ("value", "bound", "gap", "gross_gap"))
    judge.equal(VALUE, [claimed], [value], FILE, "value", where)
    ahead = bound - claimed if UPWARD[name] else claimed - bound
    judge.at_least(BOUND, [ahead], [0.0], FILE, "bound", where, size=abs(claimed))
    judge.equal(GAP, [gross], [max(ahead, 0.0) / max(abs(claimed), 1e-9)], FILE, "gross_gap", where, slack=GAP_SLACK)
    judge.equal(GAP, [gap], [max(ahead, 0.0) / max(abs(claimed - same), 1e-9)], FILE, "gap", where, slack=GAP_SLACK)
    met = gap <= _number(aim.get("asked_gap")) + 1e-6
    judge.holds(ASKED, [bool(aim.get("met")) == met], FILE, "met", where, lambda _: str(aim.get("met")))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
