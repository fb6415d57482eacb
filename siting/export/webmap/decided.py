"""What the plan decides, as layers of the map: chosen and passed-over candidates, tie-lines, data links."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import geopandas as gpd

from siting.export import palette
from siting.export.cells import Cell, counts, records, says, written_columns
from siting.export.shown import best_passed, left_out
from siting.export.standing import at_sites
from siting.export.webmap.layer import Card, Json, MapLayer, Swatch, drawn
from siting.export.webmap.site_card import site_card
from siting.export.words import heading, limit_titles, order_of, shown
from siting.plan.record import Plan
from siting.plan.schema import DATA_LINKS, POWER_LINKS, SITES

GROUP: Final = "Plan"

_ROUND: Final[Json] = {"line-cap": "round", "line-join": "round"}


def radius(it_mw: float) -> float:
    """Radius in pixels, at the zoom of a region, of a site of so many MW: area grows with MW."""
    return round(3.0 + 0.72 * math.sqrt(max(it_mw, 0.0)), 2)


def zoomed(value: Any) -> list[Any]:
    """A MapLibre expression: a size that grows as one zooms in."""
    return ["interpolate", ["linear"], ["zoom"], 4, ["*", 0.8, value], 10, ["*", 1.8, value]]


def chosen_layer(plan: Plan) -> MapLayer:
    """The sites the plan builds, sized by the MW standing in the selected period."""
    periods = plan.record.periods
    standing = mw_by_period(plan)
    frame = plan.chosen
    rows = list(records(frame, written_columns(frame, SITES, tuple(plan.site_columns))))
    facts: list[Json] = []
    for row in rows:
        by_period = standing[str(row["id"])]
        sizes = {f"r{n}": radius(by_period.get(period, 0.0)) for n, period in enumerate(periods)}
        first = order_of(periods, row["first_period"])
        facts.append({"id": row["id"], "from": first, "c": palette.CHOSEN, "r": radius(counts(row, "it_mw")), **sizes})
    new = [["case", ["==", ["get", "from"], n], palette.INK, "#ffffff"] for n in range(len(periods))]
    periodic = {"circle-radius": [zoomed(["get", f"r{n}"]) for n in range(len(periods))], "circle-stroke-color": new}
    style: Json = {
        "type": "circle",
        "layout": {"circle-sort-key": ["-", 0, ["get", "r"]]},
        "paint": {
            "circle-color": palette.CHOSEN,
            "circle-opacity": 0.88,
            "circle-radius": zoomed(["get", "r"]),
            "circle-stroke-color": "#ffffff",
            "circle-stroke-width": 1.6,
        },
    }
    titles = limit_titles(plan)
    stock = at_sites(plan)
    cards = tuple(site_card(plan, row, standing[str(row["id"])], stock, titles) for row in rows)
    swatch = Swatch("circle", palette.CHOSEN)
    return MapLayer(
        "chosen", "Chosen sites", GROUP, swatch, drawn(frame, facts), (style,), cards, by_period=True, periodic=periodic
    )


def passed_layer(plan: Plan) -> MapLayer | None:
    """The best of the candidates the plan passes over; None where there are none."""
    frame = best_passed(plan)
    if frame.empty:
        return None
    rows = list(records(frame, written_columns(frame, SITES, tuple(plan.site_columns))))
    titles = limit_titles(plan)
    style: Json = {
        "type": "circle",
        "paint": {
            "circle-color": "#ffffff",
            "circle-opacity": 0.85,
            "circle-radius": zoomed(2.2),
            "circle-stroke-color": palette.PASSED_OVER,
            "circle-stroke-width": 1.0,
        },
    }
    features = drawn(frame, [{"id": row["id"], "c": "#ffffff", "r": 2.4} for row in rows])
    cards = tuple(site_card(plan, row, {}, {}, titles) for row in rows)
    swatch = Swatch("ring", "#ffffff", palette.PASSED_OVER)
    return MapLayer("passed", "Passed-over candidates", GROUP, swatch, features, (style,), cards, left_out=left_out(plan))


def power_layers(plan: Plan) -> list[MapLayer]:
    """Tie-lines, one layer a kind of supply."""
    words = {"grid": "Tie-lines to the grid", "solar": "Tie-lines to solar", "hydro": "Tie-lines to hydro"}
    frame = plan.power_links
    found = []
    kinds = frame["kind"].astype(str)
    for kind in dict.fromkeys([*words, *sorted(set(kinds))]):
        part = frame[kinds == kind]
        if len(part):
            color = palette.SUPPLY.get(kind, palette.OTHER_SUPPLY)
            found.append(_links(plan, part, f"power-{kind}", words.get(kind, f"Tie-lines: {kind}"), Swatch("line", color), 2.4))
    return found


def data_layers(plan: Plan) -> list[MapLayer]:
    """Fibre laterals and satellite links."""
    words = {"satellite": "Satellite links", "fibre": "Fibre laterals", "spur": "Fibre spurs to a neighbour"}
    looks = {
        "fibre": Swatch("line", palette.FIBRE),
        "spur": Swatch("line", palette.SPUR),
        "satellite": Swatch("dash", palette.SATELLITE),
    }
    kinds = plan.data_links["kind"].astype(str)
    return [
        _links(plan, plan.data_links[kinds == kind], f"data-{kind}", words[kind], looks[kind], 1.4)
        for kind in words
        if (kinds == kind).any()
    ]


def mw_by_period(plan: Plan) -> Mapping[str, dict[str, float]]:
    """Site -> period -> MW of IT standing."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in records(plan.modules, ("site_id", "period", "it_mw")):
        found[str(row["site_id"])][str(row["period"])] += counts(row, "it_mw")
    return found


def _links(plan: Plan, frame: gpd.GeoDataFrame, key: str, label: str, swatch: Swatch, width: float) -> MapLayer:
    table = POWER_LINKS if key.startswith("power") else DATA_LINKS
    rows = list(records(frame, written_columns(frame, table)))
    periods = plan.record.periods
    features = drawn(frame, [{"from": order_of(periods, row["first_period"]), "c": swatch.fill} for row in rows])
    names = {str(row["id"]): says(row, "name") for row in records(plan.chosen, ("id", "name"))}
    paint: Json = {"line-color": swatch.fill, "line-width": zoomed(width), "line-opacity": 0.9}
    if swatch.shape == "dash":
        paint["line-dasharray"] = [2, 2]
    style: Json = {"type": "line", "paint": paint, "layout": _ROUND if swatch.shape == "line" else {}}
    cards = tuple(_link_card(row, table.names, names) for row in rows)
    return MapLayer(key, label, GROUP, swatch, features, (style,), cards, by_period=True)


def _link_card(row: Mapping[str, Cell], columns: tuple[str, ...], names: Mapping[str, str]) -> Card:
    far = says(row, "supply_name") or says(row, "target_name")
    site = says(row, "site_id")
    skipped = ("id", "site_id", "supply_id", "supply_name", "target_id", "target_name", "kind", "first_period")
    table = POWER_LINKS if "supply_id" in row else DATA_LINKS
    rows = tuple(
        (heading(name), shown(row[name], table.field(name).unit))
        for name in columns
        if name not in skipped and row[name] not in (None, 0)
    )
    tag = f"{says(row, 'kind').capitalize()} link · from {says(row, 'first_period')}"
    return Card(f"{far} – {names.get(site) or site}", tag, rows)
