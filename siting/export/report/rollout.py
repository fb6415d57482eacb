"""When the sites work: MW standing and at work by period, what each site waits for, what a month earlier is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from siting.export import palette
from siting.export.cells import Cell, counts, records, says
from siting.export.markup import Child, Html, el
from siting.export.report.blocks import section, table
from siting.export.report.charts import Series, stacked_bars
from siting.export.standing import WAITING_MW, given, given_in_all
from siting.export.words import amount, month_of
from siting.plan.record import Plan

_TOLD: Final = ("earliest_month", "gated_by", "month_earlier_musd", "fastest_mw_per_month")


def rollout(plan: Plan) -> Html | None:
    """MW by period and the first month of each site; None where no family tells of either."""
    there = [name for name in _TOLD if name in plan.site_columns]
    if not there:
        return None
    rows = list(records(plan.chosen, ("id", "name", "it_mw", "first_period", *there)))
    parts: list[Child] = [_chart(plan)]
    if "gated_by" in there:
        parts.append(el("p", _gates(rows)))
    order = sorted(rows, key=lambda row: (counts(row, "earliest_month"), -counts(row, "it_mw"), says(row, "id")))
    return section("Rollout", *parts, _first_months(plan, order, there))


def _chart(plan: Plan) -> Html:
    waiting = given_in_all(plan, given(plan).get(WAITING_MW))
    working = [max(mw - wait, 0.0) for mw, wait in zip(plan.record.it_mw, waiting, strict=True)]
    series = [
        Series("at work, mean of the period", palette.CHOSEN, tuple(working)),
        Series("standing at its end, not yet at work on the mean", palette.WAITING, waiting),
    ]
    return stacked_bars(plan.record.periods, series, "MW", "IT load standing at the end of each period, and at work in it")


def _gates(rows: Sequence[Mapping[str, Cell]]) -> str:
    """How much waits for what, in a sentence."""
    mw: dict[str, float] = defaultdict(float)
    sites: dict[str, int] = defaultdict(int)
    for row in rows:
        gate = says(row, "gated_by")
        if gate:
            mw[gate] += counts(row, "it_mw")
            sites[gate] += 1
    order = sorted(mw, key=lambda gate: (-mw[gate], gate))
    told = "; ".join(f"{gate}: {_sites(sites[gate])}, {amount(mw[gate], 'MW')}" for gate in order)
    worth = sum(counts(row, "month_earlier_musd") for row in rows)
    more = f" All of them one month earlier would be worth {amount(worth, 'MUSD')} of compute." if worth else ""
    return f"What the sites wait for before they first work: {told or 'nothing'}.{more}"


def _sites(number: int) -> str:
    return "1 site" if number == 1 else f"{number:,} sites"


def _first_months(plan: Plan, rows: Sequence[Mapping[str, Cell]], there: Sequence[str]) -> Html:
    heads = {
        "earliest_month": "First works",
        "gated_by": "Waits for",
        "month_earlier_musd": "One month earlier, MUSD",
        "fastest_mw_per_month": "Fastest, MW a month",
    }
    lines: list[list[Child]] = []
    for row in rows:
        told = [month_of(plan, counts(row, name)) if name == "earliest_month" else _cell(row[name]) for name in there]
        lines.append([says(row, "name") or says(row, "id"), amount(counts(row, "it_mw")), says(row, "first_period"), *told])
    numeric = {1, *(3 + n for n, name in enumerate(there) if name not in ("gated_by", "earliest_month"))}
    return table(["Site", "MW", "Opens", *(heads[name] for name in there)], lines, numeric)


def _cell(value: Cell) -> str:
    return "" if value is None else value if isinstance(value, str) else amount(float(value))
