"""Risk: what the dearest hydrology years cost beyond the mean.

    cost[h]  =  sum over the slices of year h of MW * hours * price / probability of h / 1e6
    premium  >=  mean of cost over the dearest years that make up tail_share of all  -  mean of cost over all
    line "risk"  =  weight * premium                                                        a year

Where a plan is weighed by its cost the premium is no more than that.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.part import Part
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Floats, Judge, Rule, rows

PREMIUM = Rule("V481", "risk.premium", "what the worst years cost beyond the mean is not told too small", "MUSD")
FILE: Final = "programme.csv"
ITEM: Final = "risk_premium_musd"


def on(built: Built) -> bool:
    """Whether bad years weigh anything."""
    return built.question.asked.number("risk", "weight") > 0.0


def cost_musd(built: Built) -> Floats:
    """What energy costs in each hydrology year (H, P)."""
    clock = built.question.clock
    price = built.points.price_usd_per_mwh[built.link_point]
    by_slice = np.einsum("lpt,lt,t->pt", built.flow_mw, price, clock.hours) / 1e6
    found = np.zeros((len(clock.year_share), by_slice.shape[0]))
    for year, share in enumerate(clock.year_share):
        found[year] = by_slice[:, clock.year_of == year].sum(axis=1) / share
    return found


def premium_musd(cost: Floats, share: Floats, tail: float) -> Floats:
    """Mean of the dearest years that make up `tail` of all, less the mean of all (P); cost (H, P)."""
    found = np.zeros(cost.shape[1])
    for period in range(cost.shape[1]):
        dearest = np.argsort(-cost[:, period])
        before = np.cumsum(share[dearest]) - share[dearest]
        counted = np.clip(tail - before, 0.0, share[dearest])
        found[period] = counted @ cost[dearest, period] / tail - share @ cost[:, period]
    return found


def items(built: Built) -> tuple[Item, ...]:
    """The weight on bad years, which is no site's."""
    if not on(built):
        return ()
    nobody: Ints = np.array([-1], dtype=np.int64)
    weight = built.question.asked.number("risk", "weight")
    return (Item("risk", "running", nobody, weight * built.programme(ITEM)[None, :]),)


def check(built: Built, judge: Judge) -> None:
    """Hold the premium to the flows."""
    if not on(built):
        return
    clock, cost = built.question.clock, cost_musd(built)
    least = premium_musd(cost, clock.year_share, built.question.asked.number("risk", "tail_share"))
    slack = 1e2 * ROUNDING * (1 + len(built.link_ids))
    size = cost.max(axis=0, initial=0.0)
    where = rows("period", clock.periods)
    judge.at_least(PREMIUM, built.programme(ITEM), least, FILE, "amount", where, slack=slack, size=size)


PART: Final = Part("risk", check, money=items, items=(ITEM,))
