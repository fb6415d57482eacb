"""Cash by month: each month's share of its period's money, and the cap beside it.

A period's capital is paid 20 % at order, 50 % at delivery (two months before power, or the lead time where that is less) and
30 % at power; power comes evenly over the months of the period from the first that the lead time leaves, the lead time being the
MW-weighted mean of the modules added in whole months. Parts due before the period are spread over it evenly, as is all of it
where no module is added, and running cost where the budget counts it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify import money
from siting.verify.built import Built
from siting.verify.report import ROUNDING, Floats, Judge, Rule, rows

FILE: Final = "cash_months.csv"
MONTHS = Rule("V421", "cash.months", "there is a row for each month, in its period")
SPENT = Rule("V422", "cash.spent", "a month spends its share of the period's money", "MUSD")
PERIOD = Rule("V423", "cash.period", "the months of a period add up to its money", "MUSD")
CAP = Rule("V424", "cash.cap", "the cap of a month is a twelfth of a year's budget", "MUSD")
TOTAL = Rule("V425", "cash.total", "totals are what the months until then add up to, at most what is signed in all", "MUSD")
PARTS: Final = ((0.2, None), (0.5, 2), (0.3, 0))
"""Share of the capital, and how many months before power it is due; None is the lead time."""


def check(built: Built, judge: Judge) -> None:
    """Hold the months to the money and the budget."""
    clock, table = built.question.clock, built.folder.tables["cash_months"]
    names = [name for name, months in zip(clock.periods, clock.months, strict=True) for _ in range(int(months))]
    labels = _labels(str(built.question.asked.value("start")), len(names))
    whole = list(table["month"]) == labels and list(table["period"]) == names
    judge.holds(MONTHS, [whole], FILE, "month", rows("", ["all months"]))
    if not whole:
        return
    where = rows("month", labels)
    capital, running = period_money(built)
    spent = np.concatenate([c * s + r / len(s) for c, r, s in zip(capital, running, shares(built), strict=True)])
    size = np.abs(spent).max(initial=0.0)
    judge.equal(SPENT, table["spent_musd"], spent, FILE, "spent_musd", where, slack=len(clock.periods) * ROUNDING, size=size)
    by_period = np.array([table["spent_musd"][table["period"] == name].sum() for name in clock.periods])
    slack = ROUNDING * clock.months
    judge.equal(PERIOD, by_period, capital + running, FILE, "spent_musd", rows("period", clock.periods), slack=slack, size=size)
    _check_caps(built, spent, judge)


def _check_caps(built: Built, spent: Floats, judge: Judge) -> None:
    asked, table = built.question.asked, built.folder.tables["cash_months"]
    where = rows("month", list(table["month"]))
    cap, most = np.full(len(spent), np.nan), np.inf
    if asked.on("budget"):
        cap, most = (
            np.full(len(spent), asked.number("budget", "period_musd_per_year") / 12.0),
            asked.number("budget", "total_musd"),
        )
    judge.equal(CAP, table["cap_musd"], cap, FILE, "cap_musd", where)
    size = np.abs(spent).sum()
    judge.equal(TOTAL, table["spent_total_musd"], np.cumsum(spent), FILE, "spent_total_musd", where, size=size)
    judge.equal(TOTAL, table["cap_total_musd"], np.minimum(np.cumsum(cap), most), FILE, "cap_total_musd", where)


def period_money(built: Built) -> tuple[Floats, Floats]:
    """Capital and counted running cost of each period (P)."""
    asked, clock = built.question.asked, built.question.clock
    found = money.items(built)
    capital = np.diff(money.total(found, "capital", len(clock.periods)), prepend=0.0)
    if asked.on("budget") and asked.flag("budget", "count_running"):
        return capital, money.total(found, "running", len(clock.periods)) * clock.years
    return capital, np.zeros(len(capital))


def shares(built: Built) -> list[Floats]:
    """Share of its period's capital that falls in each month, by period."""
    asked, clock = built.question.asked, built.question.clock
    it_mw, lead = asked.module_numbers("it_mw"), asked.module_numbers("lead_months")
    added = np.maximum(np.diff(built.modules, axis=2, prepend=0.0), 0.0).sum(axis=0) * it_mw[:, None]
    found = []
    for p, months in enumerate(clock.months.astype(int)):
        if added[:, p].sum() <= 0:
            found.append(np.full(months, 1.0 / months))
            continue
        wait = round(float(added[:, p] @ lead / added[:, p].sum()))
        soonest = min(max(wait - int(clock.start_month[p]), 0), months - 1)
        share = np.zeros(months)
        for part, before in PARTS:
            ahead = wait if before is None else min(before, wait)
            for month in range(soonest, months):
                at = [month - ahead] if month >= ahead else list(range(months))
                share[at] += part / (months - soonest) / len(at)
        found.append(share)
    return found


def _labels(start: str, months: int) -> list[str]:
    year, month = (int(part) for part in start.split("-"))
    return [f"{year + (month - 1 + n) // 12:04d}-{(month - 1 + n) % 12 + 1:02d}" for n in range(months)]
