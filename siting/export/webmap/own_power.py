"""Power that stands at the sites themselves, as rings around them: solar fields, batteries, generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from siting.export import palette
from siting.export.cells import records, says
from siting.export.standing import BATTERY_MW, FIELD_MW, GENERATORS, at_sites
from siting.export.webmap.decided import GROUP, mw_by_period, radius, zoomed
from siting.export.webmap.layer import Json, MapLayer, Swatch, drawn
from siting.export.words import order_of
from siting.plan.record import Plan

_RING: Final = 2.6
_LOOKS: Final = (
    # layer, label, items, colour; the outermost ring first
    ("own-generators", "Generators at sites", GENERATORS, palette.ENGINE),
    ("own-batteries", "Batteries at sites", (BATTERY_MW,), palette.BATTERY),
    ("own-solar", "Solar fields at sites", (FIELD_MW,), palette.OWN_SOLAR),
)
"""Rings from the outside in: each is a disc that those after it and the site cover in its middle."""
_LEAST_MW: Final = 0.05


def own_power_layers(plan: Plan) -> list[MapLayer]:
    """One layer a kind of equipment that stands anywhere; a ring is there from the period in which the first of it stands."""
    standing, periods = mw_by_period(plan), plan.record.periods
    found = []
    for place, (key, label, items, color) in enumerate(_LOOKS):
        since = _since(plan, items)
        frame = plan.chosen[plan.chosen["id"].isin(list(since))]
        if frame.empty:
            continue
        wider = _RING * (len(_LOOKS) - place)
        facts: list[Json] = []
        for row in records(frame, ("id",)):
            site = says(row, "id")
            sizes = [radius(standing[site].get(period, 0.0)) + wider for period in periods]
            facts.append({"from": since[site], "c": color, "r": sizes[-1], **{f"r{n}": size for n, size in enumerate(sizes)}})
        style: Json = {
            "type": "circle",
            "paint": {
                "circle-color": color,
                "circle-radius": zoomed(["get", "r"]),
                "circle-stroke-color": "#ffffff",
                "circle-stroke-width": 0.6,
            },
        }
        grows = {"circle-radius": [zoomed(["get", f"r{n}"]) for n in range(len(periods))]}
        swatch = Swatch("ring", "#ffffff", color)
        found.append(MapLayer(key, label, GROUP, swatch, drawn(frame, facts), (style,), by_period=True, periodic=grows))
    return found


def ring_widths(plan: Plan) -> Mapping[str, float]:
    """Pixels by which the rings of a site reach beyond it."""
    return {
        site: _RING * (len(_LOOKS) - place)
        for place, (_, _, items, _) in reversed(tuple(enumerate(_LOOKS)))
        for site in _since(plan, items)
    }


def _since(plan: Plan, items: Sequence[str]) -> Mapping[str, int]:
    """Sites that have any of the items, with the number of the period in which the first of them stands."""
    stock, periods = at_sites(plan), plan.record.periods
    since: dict[str, int] = {}
    for item in items:
        for site, by in stock.get(item, {}).items():
            there = [order_of(periods, period) for period, value in by.items() if value > _LEAST_MW]
            if there:
                since[site] = min(since.get(site, len(periods)), *there)
    return since
