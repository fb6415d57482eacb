"""Numbers of the report computed from the plan's tables: energy by season, cost by period, round-trip times."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import geopandas as gpd

from siting.export import palette
from siting.export.cells import counts, records, says
from siting.export.report.charts import Series
from siting.export.words import heading
from siting.plan.record import Plan

MWH_PER_GWH: Final = 1000.0
_LINE_COLORS: Final = (
    "#3d5a73",
    "#6f94b3",
    "#a9c2d6",
    "#b3401f",
    "#d8896b",
    "#6d4b97",
    "#b39ac9",
    "#8a9a5b",
    "#c7b26a",
    "#8d949c",
)
_WANTED_CITIES: Final = ("Seattle", "Portland", "San Francisco", "Salt Lake City")
_MOST_CITIES: Final = 6


def cost_series(plan: Plan, kind: str) -> list[Series]:
    """Money by period, one series a line of the cash flow; a line with no money at all is left out. MUSD."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in records(plan.cashflow, ("period", "line", "kind", "musd")):
        if row["kind"] == kind:
            sums[says(row, "line")][says(row, "period")] += counts(row, "musd")
    spent = [(line, values) for line, values in sums.items() if any(values.values())]
    return [
        Series(heading(line), _LINE_COLORS[n % len(_LINE_COLORS)], tuple(values[period] for period in plan.record.periods))
        for n, (line, values) in enumerate(spent)
    ]


def seasons(plan: Plan) -> tuple[str, ...]:
    """Seasons in their order."""
    return tuple(dict.fromkeys(plan.record.slice_season))


def energy_series(plan: Plan) -> list[Series]:
    """Energy delivered to the sites in the last period by season, one series a kind of supply, and what is unserved. GWh."""
    record = plan.record
    hours = dict(zip(record.slices, record.slice_hours, strict=True))
    season = dict(zip(record.slices, record.slice_season, strict=True))
    built = records(plan.power_links, ("id", "kind", "loss_share"))
    links = {says(row, "id"): (says(row, "kind"), counts(row, "loss_share")) for row in built}
    last = record.periods[-1] if record.periods else ""
    gwh: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in records(plan.dispatch, ("entity", "id", "period", "slice", "mw")):
        piece = says(row, "slice")
        if row["period"] != last or piece not in hours or row["entity"] == "served":
            continue
        kind, loss = links.get(says(row, "id"), ("other", 0.0)) if row["entity"] == "link" else ("not served", 0.0)
        gwh[kind][season[piece]] += counts(row, "mw") * (1.0 - loss) * hours[piece] / MWH_PER_GWH
    order = [*palette.SUPPLY, *sorted(set(gwh) - set(palette.SUPPLY) - {"not served"}), "not served"]
    colors = {**palette.SUPPLY, "not served": "#c9ccd1"}
    return [
        Series(kind, colors.get(kind, palette.OTHER_SUPPLY), tuple(gwh[kind][name] for name in seasons(plan)))
        for kind in order
        if kind in gwh
    ]


def round_trips(plan: Plan) -> tuple[list[str], dict[str, list[str]]]:
    """Names of the places of users that are shown, and for each chosen site its best times to them, in words."""
    best: dict[tuple[str, str], tuple[float, str]] = {}
    names: dict[str, str] = {}
    for row in records(plan.latency, ("site_id", "demand_id", "demand_name", "kind", "rtt_ms")):
        site, place = says(row, "site_id"), says(row, "demand_id")
        names.setdefault(place, says(row, "demand_name") or place)
        found = (counts(row, "rtt_ms"), says(row, "kind"))
        best[(site, place)] = min(best.get((site, place), found), found)
    places = _places(plan, names)
    sites = [str(site) for site in plan.chosen["id"].tolist()]
    table = {site: [_time(best.get((site, place))) for place in places] for site in sites}
    return [names[place] for place in places], table


def _time(found: tuple[float, str] | None) -> str:
    return "–" if found is None else f"{found[0]:.0f} ms {found[1]}"


def _places(plan: Plan, names: dict[str, str]) -> list[str]:
    wanted = [key for city in _WANTED_CITIES for key, name in names.items() if name.startswith(city)]
    demand = plan.layers.get("demand")
    people: dict[str, float] = {}
    if isinstance(demand, gpd.GeoDataFrame) and "population" in demand.columns:
        people = {says(row, "id"): counts(row, "population") for row in records(demand, ("id", "population"))}
    largest = sorted(names, key=lambda key: (-people.get(key, 0.0), key))
    return list(dict.fromkeys([*wanted, *largest]))[: max(_MOST_CITIES, len(wanted))]


def pue_range(plan: Plan) -> tuple[float, float] | None:
    """Lowest and highest yearly mean power usage effectiveness of the chosen sites, None where no family gives one."""
    columns = [name for name in plan.site_columns if name.startswith("pue")]
    values = [float(value) for name in columns[:1] for value in plan.chosen[name].dropna().tolist()]
    return (min(values), max(values)) if values else None
