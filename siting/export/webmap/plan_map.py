"""`map.html`: the plan on its ground, with the reasons a click away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import geopandas as gpd

from siting.export import palette
from siting.export.cells import Cell, counts, records, says, text
from siting.export.shown import MOST_PASSED_OVER, left_out, left_out_words
from siting.export.webmap import library
from siting.export.webmap.decided import (
    GROUP,
    chosen_layer,
    data_layers,
    passed_layer,
    power_layers,
    radius,
)
from siting.export.webmap.document import Entry, Label, MapDocument, document_page
from siting.export.webmap.ground import DATA, GROUND, SUPPLY, backdrop, ground
from siting.export.webmap.layer import MapLayer
from siting.export.webmap.own_power import own_power_layers, ring_widths
from siting.export.words import amount, gusd, key_figures, order_of, proof, verdict
from siting.plan.record import Plan

_MOST_CITIES: Final = 40
_LAYERS_OF_THE_MODEL: Final = "Base map: the model's own layers, WGS 84; their sources and licences are named beside them."
_LANDMARKS: Final = 8
_BEFORE_SITES: Final = 1e6
"""Rank that places the names of the largest cities before those of sites: without them nobody knows the ground."""


def write(plan: Plan, folder: Path) -> tuple[str, ...]:
    """Write `map.html` and return its name."""
    path = folder / "map.html"
    path.write_bytes(map_page(plan).encode())
    return (path.name,)


def map_page(plan: Plan) -> str:
    """The map of a plan as one self-contained page."""
    return document_page(_document(plan))


def _document(plan: Plan) -> MapDocument:
    record = plan.record
    figures = key_figures(plan)
    passed = passed_layer(plan)
    used = frozenset((*plan.power_links["supply_id"].astype(str), *plan.data_links["target_id"].astype(str)))
    below = [*ground(plan.layers, used), *data_layers(plan), *power_layers(plan)]
    layers = [*below, *([passed] if passed else []), *own_power_layers(plan), chosen_layer(plan)]
    return MapDocument(
        title=text(record.title),
        subtitle=subtitle(plan),
        badge=(verdict(record), record.proven),
        figures=(
            ("IT load", amount(figures.it_mw, "MW")),
            ("Capital", gusd(figures.capital_musd)),
            ("All-in, MUSD per MW", amount(figures.musd_per_mw)),
            ("Sites", f"{figures.chosen:,} of {figures.candidates:,}"),
        ),
        periods=tuple((name, f"{amount(mw)} MW") for name, mw in zip(record.periods, record.it_mw, strict=True)),
        backdrop=tuple(backdrop(plan.layers)),
        layers=tuple(layers),
        groups=(GROUP, SUPPLY, DATA, GROUND),
        labels=(*_site_labels(plan), *city_labels(plan.layers.get("demand"))),
        entries=_entries(plan),
        list_title="Chosen sites",
        sizes=tuple((f"{mw} MW", radius(mw)) for mw in (20, 100, 200)),
        notes=(*(proof(aim) for aim in record.aims), *not_drawn(layers), *(text(note) for note in record.notes)),
        attribution=attribution(plan.layers.get("region")),
        counted=("chosen",),
        list_note=_not_shown(plan),
    )


def not_drawn(layers: Iterable[MapLayer]) -> tuple[str, ...]:
    """A sentence for each layer with features that are too many to draw."""
    short = [layer for layer in layers if layer.left_out]
    return tuple(f"{layer.label}: {layer.left_out:,} more are not drawn here; all are in plan.gpkg." for layer in short)


def _not_shown(plan: Plan) -> str:
    """How many candidates the map leaves out, "" where it shows all."""
    count = left_out(plan)
    return f"The map shows the {MOST_PASSED_OVER} best of those passed over. {left_out_words(count)}" if count else ""


def subtitle(plan: Plan) -> str:
    """Model and what-ifs in a line."""
    record = plan.record
    edits = ", ".join(text(name) for name in record.what_ifs)
    span = " to ".join(dict.fromkeys((record.periods[0], record.periods[-1]))) if record.periods else ""
    return " · ".join(part for part in (text(record.model), f"what if: {edits}" if edits else "base", span) if part)


def attribution(region: object) -> str:
    """Whose data and whose library the map shows: the region's own words where it brings them."""
    own = ""
    if isinstance(region, gpd.GeoDataFrame) and "attribution" in region.columns and len(region):
        own = says(next(iter(records(region, ("attribution",)))), "attribution")
    return f"{own or _LAYERS_OF_THE_MODEL} Drawn with MapLibre GL JS {library.version()} (BSD-3-Clause)."


def city_labels(demand: object) -> tuple[Label, ...]:
    """Names of the largest places of the users."""
    if not isinstance(demand, gpd.GeoDataFrame) or "name" not in demand.columns:
        return ()
    rows = list(records(demand, [name for name in ("name", "population") if name in demand.columns]))
    points = zip(rows, demand.geometry.x.tolist(), demand.geometry.y.tolist(), strict=True)
    labels = [Label(says(row, "name"), lon, lat, "city", counts(row, "population") / 1e9) for row, lon, lat in points]
    largest = sorted(labels, key=lambda one: (-one.rank, one.text))[:_MOST_CITIES]
    return tuple(replace(one, rank=one.rank + _BEFORE_SITES if n < _LANDMARKS else one.rank) for n, one in enumerate(largest))


def _site_labels(plan: Plan) -> list[Label]:
    frame = plan.chosen
    rows = records(frame, ("id", "name", "it_mw", "first_period"))
    points = zip(rows, frame.geometry.x.tolist(), frame.geometry.y.tolist(), strict=True)
    rings = ring_widths(plan)
    return [_site_label(row, lon, lat, plan.record.periods, rings.get(says(row, "id"), 0.0)) for row, lon, lat in points]


def _site_label(row: Mapping[str, Cell], lon: float, lat: float, periods: tuple[str, ...], ring: float) -> Label:
    it_mw = counts(row, "it_mw")
    name = says(row, "name") or says(row, "id")
    return Label(name, lon, lat, "site", 1.0 + it_mw, order_of(periods, row["first_period"]), radius(it_mw) + ring)


def _entries(plan: Plan) -> tuple[Entry, ...]:
    frame = plan.chosen
    kinds = ("hydro", "solar", "grid")
    found = []
    rows = records(frame, ("id", "name", "it_mw", "first_period", *(f"{kind}_share" for kind in kinds)))
    for number, (row, lon, lat) in enumerate(zip(rows, frame.geometry.x.tolist(), frame.geometry.y.tolist(), strict=True)):
        first = says(row, "first_period")
        note = f"{amount(counts(row, 'it_mw'), 'MW')} · {first}"
        shares = tuple((kind, counts(row, f"{kind}_share"), palette.SUPPLY[kind]) for kind in kinds)
        since = order_of(plan.record.periods, row["first_period"])
        found.append(Entry("chosen", number, says(row, "name") or says(row, "id"), note, lon, lat, since, shares))
    return tuple(found)
