"""Cash by month: the money of each period spread over its months, beside what is signed for them.

A module is paid for in three parts: 20 % when it is ordered, 50 % when it is delivered, 30 % when it is energised (FACTS 6,
judgement). All capital of a period, lines and land too, follows the modules it adds:

    lead      =  mean of lead_months of the modules added, weighted by their MW of IT, in whole months
    energised    evenly over the months of the period from the first in which a module with that lead can be
    delivered    `DELIVERY_MONTHS` before that, ordered `lead` before

What would be due before the period begins is paid in equal parts over all its months, since a period has no other money than
its own; where it adds no module, so is everything. So the months of a period add up to its capital, as the cash flow tells it.
Running cost, where the budget counts it, is paid in equal parts. The cap of a month is a twelfth of the budget of a year; its
total is what is signed until then, at most the budget of the programme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from siting.family import Floats, Timeline
from siting.plan.schema import CASH_MONTHS
from siting.units import MONTHS_PER_YEAR

ORDER_SHARE: Final = 0.2
DELIVERY_SHARE: Final = 0.5
ENERGISED_SHARE: Final = 0.3
DELIVERY_MONTHS: Final = 2


def cash_months_table(
    time: Timeline,
    start: str,
    modules: pd.DataFrame,
    cashflow: pd.DataFrame,
    lead_months: Mapping[str, float],
    budget: Mapping[str, Any] | None,
) -> pd.DataFrame:
    """Planned spend and cap by month, and both in all. `modules` and `cashflow` are tables of the plan, `start` the first
    month as "2027-01", `lead_months` by module type; without a `budget` there is no cap."""
    counted = cashflow if budget is not None and budget["count_running"] else cashflow[cashflow["kind"] == "capital"]
    by_kind = counted.groupby(["period", "kind"])["musd"].sum()
    spent = []
    for name, first, months in zip(time.periods, time.start_month.tolist(), time.months.tolist(), strict=True):
        shares = month_shares(months, first, mean_lead(modules[modules["period"] == name], lead_months))
        capital, running = (float(by_kind.get((name, kind), 0.0)) for kind in ("capital", "running"))
        spent.append(capital * shares + running / months)
    each = np.concatenate(spent)
    periods = np.repeat(np.array(time.periods, dtype=object), time.months)
    cap = np.full(len(each), np.nan if budget is None else budget["period_musd_per_year"] / MONTHS_PER_YEAR)
    signed = np.cumsum(cap) if budget is None else np.minimum(np.cumsum(cap), budget["total_musd"])
    labels = month_labels(start, len(each))
    columns = (labels, periods, each, cap, np.cumsum(each), signed)
    return pd.DataFrame(dict(zip(CASH_MONTHS.names, columns, strict=True)))


def mean_lead(modules: pd.DataFrame, lead_months: Mapping[str, float]) -> int | None:
    """Lead time of the modules a period adds, in whole months; None where it adds none."""
    added = modules[modules["added"] > 0]
    if not len(added):
        return None
    mw = added["it_mw"].to_numpy(float) / added["count"].to_numpy(float) * added["added"].to_numpy(float)
    lead = np.array([lead_months[name] for name in added["module"]], dtype=np.float64)
    return round(float(mw @ lead / mw.sum()))


def month_shares(months: int, first: int, lead: int | None) -> Floats:
    """Share of a period's capital that falls in each of its months; it begins `first` months into the programme."""
    if lead is None:
        return np.full(months, 1.0 / months)
    soonest = min(max(lead - first, 0), months - 1)
    energised = np.arange(soonest, months)
    shares = np.zeros(months)
    for part, before in ((ORDER_SHARE, lead), (DELIVERY_SHARE, min(DELIVERY_MONTHS, lead)), (ENERGISED_SHARE, 0)):
        due = energised - before
        each = part / len(energised)
        np.add.at(shares, due[due >= 0], each)
        shares += each * float((due < 0).sum()) / months
    return shares


def month_labels(start: str, months: int) -> Sequence[str]:
    """Months from the first on, as "2027-01"."""
    return [str(month) for month in pd.period_range(start, periods=months, freq="M")]
