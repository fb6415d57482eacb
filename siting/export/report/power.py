"""What powers the sites: energy by period and season, what stands for it, and where."""

from __future__ import annotations

from typing import Final

from siting.export.cells import counts, records, says
from siting.export.markup import Child, Html, el, join
from siting.export.report.blocks import by_period, section, table
from siting.export.report.charts import stacked_bars
from siting.export.report.figures import MWH_PER_GWH, energy_by_period, energy_series, seasons
from siting.export.standing import INFERENCE_MW, TRAINING_MW, at_sites, meaning, some, summed
from siting.export.words import amount, heading, percent, shown
from siting.plan.record import Plan
from siting.units import unit_of

_WORK: Final = (INFERENCE_MW, TRAINING_MW)
_DISCHARGE: Final = "battery_discharge_mw"
_CHARGE: Final = "battery_charge_mw"
_OF_A_SITE: Final = ("standby_mw", "own_capacity_mw")
_A_PART: Final = ("_standby_mw", "_firm_mw", "_bridge_mw")
"""Endings of items that are a use of what another item says stands."""


def energy(plan: Plan) -> Html:
    """Energy by period and by season, what stands for it, and where."""
    last = plan.record.periods[-1] if plan.record.periods else ""
    series = energy_series(plan)
    total = sum(sum(one.values) for one in series)
    mix = ", ".join(f"{one.name} {percent(sum(one.values) / total)}" for one in series) if total else "no energy"
    charts = el(
        "div",
        stacked_bars(plan.record.periods, energy_by_period(plan), "GWh", "Energy of a year as it runs in each period"),
        stacked_bars(seasons(plan), series, "GWh", f"Energy delivered to the sites by season, {last}"),
        class_="pair",
    )
    words = el("p", f"Over the year {last}: {mix} of {amount(total, 'GWh')} needed.{_through_batteries(plan, last)}")
    return section("Power", charts, words, _standing(plan), _where(plan))


def _through_batteries(plan: Plan, period: str) -> str:
    given, taken = (_gwh(plan, item, period) for item in (_DISCHARGE, _CHARGE))
    if given <= 0.0:
        return ""
    return f" Batteries shift {amount(given, 'GWh')} of it and lose {amount(max(taken - given, 0.0), 'GWh')} on the way."


def _gwh(plan: Plan, item: str, period: str) -> float:
    rows = plan.dispatch[(plan.dispatch["entity"] == item) & (plan.dispatch["period"] == period)]
    hours = dict(zip(plan.record.slices, plan.record.slice_hours, strict=True))
    return float((rows["mw"].astype(float) * rows["slice"].map(hours).astype(float)).sum()) / MWH_PER_GWH


def _standing(plan: Plan) -> Html:
    """MW of tie-lines by kind and of all that stands for power at sites, by period."""
    kinds = dict(zip(plan.power_links["id"], plan.power_links["kind"].astype(str), strict=True))
    lines: dict[str, dict[str, float]] = {}
    for row in records(plan.link_periods, ("link_id", "period", "line_mw")):
        by = lines.setdefault(kinds.get(says(row, "link_id"), "other"), {})
        by[says(row, "period")] = by.get(says(row, "period"), 0.0) + counts(row, "line_mw")
    periods = plan.record.periods
    rows = [(f"Tie-lines to {kind}", "MW", tuple(by.get(period, 0.0) for period in periods)) for kind, by in lines.items()]
    for item, sites in at_sites(plan).items():
        values = summed(plan, sites)
        if item not in _WORK and some(values):
            rows.append((meaning(plan, item), unit_of(item), values))
    return join((el("h3", "What stands for it"), by_period(periods, rows)))


def _where(plan: Plan) -> Html | None:
    """Sites with power of their own, with what they have in the last period; None where no site has any."""
    last = plan.record.periods[-1] if plan.record.periods else ""
    items = {
        item: sites
        for item, sites in at_sites(plan).items()
        if item not in _WORK and not item.endswith(_A_PART) and some(summed(plan, sites)[-1:])
    }
    if not items:
        return None
    columns = [name for name in _OF_A_SITE if name in plan.site_columns]
    found: list[list[Child]] = []
    for row in records(plan.chosen, ("id", "name", *columns)):
        have = [items[item].get(says(row, "id"), {}).get(last, 0.0) for item in items]
        if any(value > 0.0 for value in have):
            own = [amount(value) if value else "–" for value in have]
            told = [shown(row[name], "share" if unit_of(name) == "share" else "") for name in columns]
            found.append([says(row, "name") or says(row, "id"), *own, *told])
    heads = [_head(name) for name in (*items, *columns)]
    title = el("h3", f"Where it stands at the sites, {last}")
    return join((title, table(["Site", *heads], found, set(range(1, 1 + len(heads)))))) if found else None


def _head(name: str) -> str:
    unit = unit_of(name)
    words = heading(name).replace("Onsite", "On-site")
    return f"{words}, {unit}" if unit and unit != "share" else words
