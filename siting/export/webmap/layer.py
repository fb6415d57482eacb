"""A layer of the map as the page's script takes it: features, how they are drawn, what a click tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from siting.export.cells import Cell, known_columns, records, says
from siting.export.geojson import geometry, require_wgs84
from siting.export.words import heading, shown
from siting.table import Table

MAP_DECIMALS: Final = 4
"""Decimals of map coordinates, about 10 m: the exact ones are in the GeoPackage."""
DRAWING_TOLERANCE_DEGREES: Final = 0.002
"""How far a drawn line or edge may leave the exact one, about 200 m."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Swatch:
    """How a layer looks in the legend: shape (circle, ring, diamond, square, triangle, pentagon, line, dash, area)."""

    shape: str
    fill: str
    edge: str = "#ffffff"

    def json(self) -> Json:
        """The swatch as plain types."""
        return {"shape": self.shape, "fill": self.fill, "edge": self.edge}


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the legend below a layer: swatch, words, how many."""

    swatch: Swatch
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Card:
    """What a click tells: title, a tag, rows of (name, value), shares drawn as one bar, paragraphs with headings, and more rows
    in `groups` (heading, rows) that open on a click."""

    title: str
    tag: str
    rows: tuple[tuple[str, str], ...] = ()
    shares: tuple[tuple[str, float, str], ...] = ()
    paragraphs: tuple[tuple[str, str], ...] = ()
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    def json(self) -> Json:
        """The card as plain types."""
        told = {"title": self.title, "tag": self.tag, "rows": self.rows, "shares": self.shares}
        return {**told, "paragraphs": self.paragraphs, "groups": self.groups}


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One layer. `features` hold the properties the styles read; `styles` are MapLibre layers without id and source;
    `cards` one a feature, empty where nothing is told; `periodic` paint properties that change with the period, one value
    a period; `by_period` shows only features whose `from` is not after the chosen period; `left_out` features are not drawn
    because there are too many."""

    id: str
    label: str
    group: str
    swatch: Swatch
    features: tuple[Json, ...]
    styles: tuple[Json, ...]
    cards: tuple[Card, ...] = ()
    keys: tuple[Key, ...] = ()
    on: bool = True
    by_period: bool = False
    periodic: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    left_out: int = 0

    def json(self) -> Json:
        """The layer as plain types."""
        return {
            "id": self.id,
            "label": self.label,
            "group": self.group,
            "swatch": self.swatch.json(),
            "count": len(self.features) + self.left_out,
            "left_out": self.left_out,
            "keys": [{"swatch": key.swatch.json(), "label": key.label, "count": key.count} for key in self.keys],
            "on": self.on,
            "by_period": self.by_period,
            "periodic": dict(self.periodic),
            "features": {"type": "FeatureCollection", "features": list(self.features)},
            "styles": list(self.styles),
            "cards": [card.json() for card in self.cards],
        }


def limited(frame: gpd.GeoDataFrame, most: int, by: str = "", used: frozenset[str] = frozenset()) -> tuple[gpd.GeoDataFrame, int]:
    """At most `most` rows, and how many are left out: those `used` by their id, then the largest by a column, or
    else evenly picked in their order."""
    left_out = max(len(frame) - most, 0)
    if not left_out:
        return frame, 0
    if by in frame.columns:
        size = frame[by].fillna(0.0).to_numpy(dtype=np.float64)
        idle = ~frame["id"].isin(list(used)).to_numpy() if used else np.ones(len(frame), dtype=np.bool_)
        numbers = np.sort(np.lexsort((-size, idle))[:most])
    else:
        numbers = np.linspace(0, len(frame) - 1, most).round().astype(np.int64)
    return frame.iloc[numbers], left_out


def drawn(frame: gpd.GeoDataFrame, properties: Sequence[Json]) -> tuple[Json, ...]:
    """The frame's shapes, simplified for drawing, with the properties and their number `i` among the cards."""
    require_wgs84(frame)
    shapes = [shape if shape is None else shapely.simplify(shape, DRAWING_TOLERANCE_DEGREES) for shape in frame.geometry]
    return tuple(
        {"type": "Feature", "properties": {"i": number, **facts}, "geometry": geometry(shape, MAP_DECIMALS)}
        for number, (shape, facts) in enumerate(zip(shapes, properties, strict=True))
    )


_NOT_TOLD: Final = ("id", "name", "profile", "load_profile")


def told(frame: gpd.GeoDataFrame, table: Table, tag: str) -> tuple[Card, ...]:
    """Cards of a region's layer: every declared column with its unit."""
    columns = known_columns(frame, table)
    heads = {name: (heading(name), table.field(name).unit) for name in columns if name not in _NOT_TOLD}
    return tuple(_card(record, heads, tag) for record in records(frame, columns))


def _card(record: Mapping[str, Cell], heads: Mapping[str, tuple[str, str]], tag: str) -> Card:
    rows = tuple((words, shown(record[name], unit)) for name, (words, unit) in heads.items() if record[name] not in (None, ""))
    return Card(says(record, "name") or says(record, "id"), tag, (*rows, ("Id", says(record, "id"))))
