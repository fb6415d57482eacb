"""Numbers of the report computed from the plan's tables: energy by season, cost by period, round-trip times."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

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
NOT_SERVED: Final = "not served"
_OUTPUT: Final = "_output_mw"
_NO_GWH: Final = 1e-6
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
    """Energy that arrives or is made at the sites in the last period by season, one series a kind, and what is unserved. GWh."""
    last = plan.record.periods[-1] if plan.record.periods else ""
    gwh = _energy(plan)
    return _series(gwh[gwh["period"] == last], "season", seasons(plan))


def energy_by_period(plan: Plan) -> list[Series]:
    """As `energy_series`, of a year as it runs in each period."""
    return _series(_energy(plan), "period", plan.record.periods)


def _energy(plan: Plan) -> pd.DataFrame:
    """GWh a year by kind, period and season. Batteries move energy and make none: they are not among the kinds."""
    record = plan.record
    rows = plan.dispatch
    loss = dict(zip(plan.power_links["id"], plan.power_links["loss_share"], strict=True))
    supply = dict(zip(plan.power_links["id"], plan.power_links["kind"].astype(str), strict=True))
    entity = rows["entity"].astype(str)
    made = entity.str.endswith(_OUTPUT)
    kind = np.where(entity == "link", rows["id"].map(supply).fillna("other"), np.where(entity == "unserved", NOT_SERVED, ""))
    kind = np.where(made, entity.map({item: source_words(item) for item in sorted(set(entity[made]))}), kind)
    hours = rows["slice"].map(dict(zip(record.slices, record.slice_hours, strict=True)))
    arrives = 1.0 - np.where(entity == "link", rows["id"].map(loss).fillna(0.0).astype(float), 0.0)
    frame = pd.DataFrame(
        {
            "kind": kind.astype(str),
            "period": rows["period"].astype(str),
            "season": rows["slice"].map(dict(zip(record.slices, record.slice_season, strict=True))),
            "gwh": rows["mw"].astype(float) * arrives * hours.astype(float) / MWH_PER_GWH,
        }
    )
    known = frame[(frame["kind"] != "") & hours.notna()]
    return pd.DataFrame(known.groupby(["kind", "period", "season"], sort=False)["gwh"].sum().reset_index())


def source_words(item: str) -> str:
    """What makes power at a site, from its item of the dispatch: "gas engine"."""
    return heading(item.removesuffix(_OUTPUT)).lower().replace("onsite", "on-site")


def _series(gwh: pd.DataFrame, column: str, names: tuple[str, ...]) -> list[Series]:
    own = {source_words(item): color for item, color in palette.OWN_POWER.items()}
    colors = {**palette.SUPPLY, **own, NOT_SERVED: "#c9ccd1"}
    sums = gwh.groupby(["kind", column])["gwh"].sum().to_dict()
    there = dict.fromkeys(gwh["kind"].tolist())
    order = [*palette.SUPPLY, *own, *sorted(set(there) - set(colors)), NOT_SERVED]
    made = (
        Series(
            kind, colors.get(kind, palette.OTHER_SUPPLY), tuple(max(float(sums.get((kind, name), 0.0)), 0.0) for name in names)
        )
        for kind in order
        if kind in there
    )
    return [one for one in made if one.name not in own or any(value > _NO_GWH for value in one.values)]


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
