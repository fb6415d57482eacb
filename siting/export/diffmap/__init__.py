"""What differs between two plans, on the map: `diff.geojson` and `diff.html`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from siting.errors import OutputError
from siting.export.cells import Cell, counts, records, says, text, written_columns
from siting.export.geojson import write_layer
from siting.export.webmap.document import Entry, Label, MapDocument, document_page
from siting.export.webmap.ground import DATA, GROUND, SUPPLY, backdrop, ground, symbols
from siting.export.webmap.layer import Card, MapLayer, Swatch, drawn
from siting.export.webmap.plan_map import attribution, city_labels, not_drawn
from siting.export.words import amount, gusd
from siting.table import Field, Table

DIFFERENCE: Final = Table(
    "diff",
    "Point",
    "sites that either plan builds, and what became of them from plan a to plan b",
    (
        Field("id", "text", "candidate"),
        Field("name", "text", "name for people"),
        Field("change", "text", "from a to b", one_of=("kept", "grown", "shrunk", "dropped", "added")),
        Field("it_mw_a", "number", "IT load at the end in plan a", "MW"),
        Field("it_mw_b", "number", "IT load at the end in plan b", "MW"),
        Field("capital_musd_a", "number", "undiscounted capital in plan a", "MUSD"),
        Field("capital_musd_b", "number", "undiscounted capital in plan b", "MUSD"),
        Field("moved", "text", "what differs in its equipment, its work and its first working month", optional=True),
    ),
)

_GROUP: Final = "Sites"


@dataclass(frozen=True, slots=True)
class _Look:
    """How a change is drawn: shape and fill differ, not only the colour."""

    change: str
    shape: str
    color: str


_LOOKS: Final = (
    _Look("kept", "circle", "#7c8791"),
    _Look("grown", "triangle", "#1f6f8b"),
    _Look("shrunk", "down", "#c98a1b"),
    _Look("dropped", "gone", "#b3401f"),
    _Look("added", "plus", "#2f7d4f"),
)
_ICON_SIZE: Final = 16.0


def write_difference(
    diff: gpd.GeoDataFrame,
    labels: tuple[str, str],
    layers: Mapping[str, gpd.GeoDataFrame | pd.DataFrame],
    folder: Path,
    notes: Sequence[str] = (),
) -> tuple[str, ...]:
    """Write `diff.geojson` and `diff.html` and return their names.

    `diff` has the columns of `DIFFERENCE` in WGS 84, `labels` the names of plans a and b, `layers` the region's layers for
    the base map, `notes` sentences such as the inputs that differ. Raises OutputError for a change that is not known.
    """
    path = folder / "diff.html"
    names = (write_layer(diff, DIFFERENCE, folder / "diff.geojson"), path.name)
    path.write_bytes(difference_page(diff, labels, layers, notes).encode())
    return names


def difference_page(
    diff: gpd.GeoDataFrame,
    labels: tuple[str, str],
    layers: Mapping[str, gpd.GeoDataFrame | pd.DataFrame],
    notes: Sequence[str] = (),
) -> str:
    """The difference map as one self-contained page."""
    unknown = set(diff["change"].astype(str)) - {look.change for look in _LOOKS}
    if unknown:
        raise OutputError(f"a difference has changes {', '.join(sorted(unknown))}, which the map does not know")
    changes = [_layer(diff, look, labels) for look in _LOOKS]
    below = ground(layers)
    return document_page(
        MapDocument(
            title=f"{text(labels[0])} → {text(labels[1])}",
            subtitle="What differs between two plans",
            badge=(_tally(diff), True),
            figures=_figures(diff, labels),
            periods=(),
            backdrop=tuple(backdrop(layers)),
            layers=(*below, *changes),
            groups=(_GROUP, SUPPLY, DATA, GROUND),
            labels=(*_labels(diff), *city_labels(layers.get("demand"))),
            entries=_entries(diff),
            list_title="Sites, changed ones first",
            sizes=(),
            notes=(*(text(note) for note in notes), *not_drawn(below)),
            attribution=attribution(layers.get("region")),
            counted=tuple(layer.id for layer in changes),
        )
    )


def _rows(diff: gpd.GeoDataFrame) -> list[dict[str, Cell]]:
    return list(records(diff, written_columns(diff, DIFFERENCE)))


def _of(diff: gpd.GeoDataFrame, change: str) -> gpd.GeoDataFrame:
    return diff[diff["change"].astype(str) == change]


def _layer(diff: gpd.GeoDataFrame, look: _Look, labels: tuple[str, str]) -> MapLayer:
    part = _of(diff, look.change)
    rows = _rows(part)
    sizes = [_size(row) for row in rows]
    features = drawn(part, [{"c": look.color, "s": round(size, 3), "r": round(size * _ICON_SIZE / 2, 2)} for size in sizes])
    cards = tuple(_card(row, labels) for row in rows)
    swatch = Swatch(look.shape, look.color)
    style = symbols(look.shape, look.color, _ICON_SIZE, scaled=True)
    return MapLayer(f"diff-{look.change}", look.change.capitalize(), _GROUP, swatch, features, (style,), cards)


def _size(row: Mapping[str, Cell]) -> float:
    return 0.7 + 0.09 * math.sqrt(max(counts(row, "it_mw_a"), counts(row, "it_mw_b"), 0.0))


def _card(row: Mapping[str, Cell], labels: tuple[str, str]) -> Card:
    pairs = (("IT load", "it_mw", "MW"), ("Capital", "capital_musd", "MUSD"))
    rows = [
        (f"{title}, {text(label)}", amount(counts(row, f"{column}_{side}"), unit))
        for title, column, unit in pairs
        for side, label in zip("ab", labels, strict=True)
    ]
    moved = says(row, "moved")
    told = (("What moved", moved),) if moved else ()
    tag = says(row, "change").capitalize()
    return Card(says(row, "name") or says(row, "id"), tag, (*rows, ("Id", says(row, "id"))), paragraphs=told)


def _tally(diff: gpd.GeoDataFrame) -> str:
    found = [(len(_of(diff, look.change)), look.change) for look in _LOOKS]
    return ", ".join(f"{number:,} {change}" for number, change in found if number) or "no sites in either plan"


def _figures(diff: gpd.GeoDataFrame, labels: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    found = []
    for side, label in zip("ab", labels, strict=True):
        found.append((f"IT load, {text(label)}", amount(float(diff[f"it_mw_{side}"].fillna(0.0).sum()), "MW")))
        found.append((f"Capital, {text(label)}", gusd(float(diff[f"capital_musd_{side}"].fillna(0.0).sum()))))
    return (found[0], found[2], found[1], found[3])


def _moved(row: Mapping[str, Cell]) -> float:
    return counts(row, "it_mw_b") - counts(row, "it_mw_a")


def _labels(diff: gpd.GeoDataFrame) -> list[Label]:
    points = zip(_rows(diff), diff.geometry.x.tolist(), diff.geometry.y.tolist(), strict=True)
    return [
        Label(says(row, "name") or says(row, "id"), lon, lat, "site", 1.0 + abs(_moved(row)), clear=_size(row) * _ICON_SIZE / 2)
        for row, lon, lat in points
    ]


def _entries(diff: gpd.GeoDataFrame) -> tuple[Entry, ...]:
    found: list[tuple[float, str, Entry]] = []
    for look in _LOOKS:
        part = _of(diff, look.change)
        points = zip(_rows(part), part.geometry.x.tolist(), part.geometry.y.tolist(), strict=True)
        for number, (row, lon, lat) in enumerate(points):
            moved = _moved(row)
            change = f"{'+' if moved > 0 else ''}{amount(moved, 'MW')}" if moved else amount(counts(row, "it_mw_b"), "MW")
            name = says(row, "name") or says(row, "id")
            entry = Entry(f"diff-{look.change}", number, name, f"{look.change} · {change}", lon, lat)
            found.append((-abs(moved), says(row, "id"), entry))
    return tuple(entry for _, _, entry in sorted(found, key=lambda one: one[:2]))
