"""Money: every line of the cash flow recomputed from what stands, and the budget it has to keep.

The cash flow is undiscounted: capital of a period is the stock's cost less that of the period before, running cost is a
year's times the years of the period.

    spent[p]  =  capital[p] - capital[p - 1]   (+ years[p] * running[p] where running cost counts)
    spent[p]                   <=  period_musd_per_year * years[p]                    (carry_over = false)
    sum over q <= p of spent   <=  period_musd_per_year * sum over q <= p of years    (carry_over = true)
    sum of spent               <=  total_musd
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from siting.verify import energy, locks
from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places, rows

LINE = Rule("V401", "money.line", "a line of the cash flow is what its stocks and flows cost", "MUSD")
LINES = Rule("V402", "money.lines", "the cash flow has one row for each line and period")
PERIOD = Rule("V281", "budget.period", "capital of a period is within what is signed for it", "MUSD")
TOTAL = Rule("V282", "budget.total", "capital of all periods is within the total", "MUSD")
FILE: Final = "cashflow.csv"


def items(built: Built) -> tuple[Item, ...]:
    """Every line of every family that is on."""
    found = [item for part in built.parts for item in part.money(built)]
    return (*locks.less_what_exists(built, found), *energy.items(built))


def total(found: Sequence[Item], kind: str, periods: int) -> Floats:
    """Sum of one kind by period (P): the stock's capital, or running cost a year."""
    summed = np.zeros(periods)
    for item in found:
        if item.kind == kind:
            summed += item.musd.sum(axis=0)
    return summed


def check(built: Built, judge: Judge) -> None:
    """Hold the cash flow to what is recomputed, and the recomputed to the budget."""
    found = items(built)
    _check_cashflow(built, found, judge)
    if built.question.asked.on("budget"):
        _check_budget(built, judge)


def spent(item: Item, built: Built) -> Floats:
    """What a line spends in each period (P)."""
    stock = item.musd.sum(axis=0)
    return np.diff(stock, prepend=0.0) if item.kind == "capital" else stock * built.question.clock.years


def _check_cashflow(built: Built, found: Sequence[Item], judge: Judge) -> None:
    periods, table = built.question.clock.periods, built.folder.tables["cashflow"]
    written = {
        (row[0], row[1], row[2]): float(row[3])
        for row in zip(table["line"], table["kind"], table["period"], table["musd"], strict=True)
    }
    expected = {(item.line, item.kind, period): spent(item, built)[n] for item in found for n, period in enumerate(periods)}
    asked_for = [key for key, musd in expected.items() if key in written or abs(musd) > ROUNDING]
    judge.match(LINES, (", ".join(key) for key in written), (", ".join(key) for key in asked_for), FILE, "line")
    both = [key for key in expected if key in written]
    size = {(item.line, item.kind): float(np.abs(item.musd).sum()) for item in found}
    judge.equal(
        LINE,
        [written[key] for key in both],
        [expected[key] for key in both],
        FILE,
        "musd",
        rows("", [", ".join(key) for key in both]),
        size=[size[key[:2]] for key in both],
    )


def budget_sides(built: Built) -> tuple[Floats, Floats, tuple[float, float]]:
    """What counts against each period's budget and what is signed for it (P), and the same two over all periods."""
    asked, clock = built.question.asked, built.question.clock
    found = items(built)
    money = np.diff(total(found, "capital", len(clock.periods)), prepend=0.0)
    if asked.flag("budget", "count_running"):
        money = money + total(found, "running", len(clock.periods)) * clock.years
    signed = asked.number("budget", "period_musd_per_year") * clock.years
    whole = (float(money.sum()), asked.number("budget", "total_musd"))
    if asked.flag("budget", "carry_over"):
        return np.cumsum(money), np.cumsum(signed), whole
    return money, signed, whole


def _check_budget(built: Built, judge: Judge) -> None:
    used, signed, whole = budget_sides(built)
    judge.at_most(PERIOD, used, signed, FILE, "musd", rows("period", built.question.clock.periods))
    judge.at_most(TOTAL, [whole[0]], [whole[1]], FILE, "musd", places(("", ["all periods"])))
