"""The ground the plan stands on: the region's own layers as a base map, so that no tile and no request is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import geopandas as gpd
import pandas as pd

from siting.export import palette
from siting.export.cells import records
from siting.export.webmap.layer import Json, Key, MapLayer, Swatch, drawn, limited, told
from siting.layers.schema import TABLES

GROUND: Final = "Ground"
SUPPLY: Final = "Supply"
DATA: Final = "Data and users"

MOST_FEATURES: Final = 8000
"""Lines that are drawn, those of the highest voltage first: what a browser takes with ease."""
MOST_POINTS: Final = 3000
"""Points of a layer that are drawn: those the plan uses, then the largest."""

Layers = Mapping[str, gpd.GeoDataFrame | pd.DataFrame]


def backdrop(layers: Layers) -> list[MapLayer]:
    """What lies below everything and is not toggled: the study area, borders, coast and rivers."""
    found = []
    if (region := _layer(layers, "region")) is not None:
        styles: tuple[Json, ...] = (
            {"type": "fill", "paint": {"fill-color": palette.LAND}},
            {"type": "line", "paint": {"line-color": palette.BORDER, "line-width": 1.2}},
        )
        swatch = Swatch("area", palette.LAND)
        found.append(MapLayer("region", "Study area", GROUND, swatch, drawn(region, _plain(region)), styles))
    if (lines := _layer(layers, "basemap")) is not None:
        colors = {"river": palette.RIVER, "border": palette.BORDER, "coast": palette.BORDER}
        kinds = lines["kind"].astype(str).tolist()
        features = drawn(lines, [{"c": colors.get(kind, palette.BORDER), "w": 1.1 if kind == "river" else 0.9} for kind in kinds])
        line: Json = {"type": "line", "paint": {"line-color": ["get", "c"], "line-width": ["get", "w"]}, "layout": _ROUND}
        found.append(MapLayer("basemap", "Borders and rivers", GROUND, Swatch("line", palette.RIVER), features, (line,)))
    return found


def ground(layers: Layers, used: frozenset[str] = frozenset()) -> list[MapLayer]:
    """The layers of the region to toggle, lowest first; those the region lacks are left out. Points with an id in `used` are
    drawn whatever else is too much."""
    made = (_zones(layers), _exclusions(layers), _lines(layers), *_points(layers, used), *_plants(layers, used))
    return [layer for layer in made if layer is not None]


_LINE_WIDTHS: Final = (1.5, 1.0, 0.6)
_ROUND: Final[Json] = {"line-cap": "round", "line-join": "round"}


def _layer(layers: Layers, name: str) -> gpd.GeoDataFrame | None:
    frame = layers.get(name)
    return frame if isinstance(frame, gpd.GeoDataFrame) and len(frame) else None


def _plain(frame: gpd.GeoDataFrame) -> list[Json]:
    return [{} for _ in range(len(frame))]


def _zones(layers: Layers) -> MapLayer | None:
    frame = _layer(layers, "zones")
    if frame is None:
        return None
    styles: tuple[Json, ...] = (
        {"type": "fill", "paint": {"fill-color": palette.ZONE_FILL, "fill-opacity": 0.35}},
        {
            "type": "line",
            "paint": {"line-color": palette.ZONE_EDGE, "line-width": 1.0, "line-dasharray": [4, 2.5]},
            "layout": _ROUND,
        },
    )
    swatch = Swatch("area", palette.ZONE_FILL, palette.ZONE_EDGE)
    cards = told(frame, TABLES["zones"], "Grid zone")
    return MapLayer("zones", "Grid zones", GROUND, swatch, drawn(frame, _plain(frame)), styles, cards)


def _exclusions(layers: Layers) -> MapLayer | None:
    frame = _layer(layers, "exclusions")
    if frame is None:
        return None
    kinds = frame["kind"].astype(str).tolist() if "kind" in frame.columns else ["other"] * len(frame)
    known = [kind if kind in palette.EXCLUSIONS else "other" for kind in kinds]
    features = drawn(frame, [{"c": palette.EXCLUSIONS[kind]} for kind in known])
    style: Json = {"type": "fill", "paint": {"fill-color": ["get", "c"], "fill-opacity": 0.75}}
    tally = Counter(known)
    kinds = [kind for kind in palette.EXCLUSIONS if tally[kind]]
    keys = tuple(Key(Swatch("area", palette.EXCLUSIONS[kind], palette.EXCLUSIONS[kind]), kind, tally[kind]) for kind in kinds)
    swatch = Swatch("area", palette.EXCLUSIONS["park"])
    cards = told(frame, TABLES["exclusions"], "No cluster may stand here")
    return MapLayer("exclusions", "Excluded areas", GROUND, swatch, features, (style,), cards, keys)


def _lines(layers: Layers) -> MapLayer | None:
    whole = _layer(layers, "lines")
    if whole is None:
        return None
    frame, left_out = limited(whole, MOST_FEATURES, "kv")
    volts = [0.0 if pd.isna(kv) else float(kv) for kv in frame["kv"].tolist()]
    classes = [next(n for n, (least, _, _) in enumerate(palette.LINE_CLASSES) if kv >= least) for kv in volts]
    looks = [{"c": palette.LINE_CLASSES[n][1], "w": _LINE_WIDTHS[n], "kv": kv} for n, kv in zip(classes, volts, strict=True)]
    width = ["interpolate", ["linear"], ["zoom"], 4, ["*", 0.6, ["get", "w"]], 10, ["*", 2.2, ["get", "w"]]]
    style: Json = {
        "type": "line",
        "paint": {"line-color": ["get", "c"], "line-width": width},
        "layout": {**_ROUND, "line-sort-key": ["get", "kv"]},
    }
    tally = Counter(classes)
    named = [(n, color, words) for n, (_, color, words) in enumerate(palette.LINE_CLASSES) if tally[n]]
    keys = tuple(Key(Swatch("line", color), words, tally[n]) for n, color, words in named)
    cards = told(frame, TABLES["lines"], "Existing transmission line")
    swatch = Swatch("line", palette.LINE_CLASSES[0][1])
    return MapLayer("lines", "Existing lines", GROUND, swatch, drawn(frame, looks), (style,), cards, keys, left_out=left_out)


_POINTS: Final = (
    # layer, label, group, what a card says, shape, colour, size in pixels, shown at first, drawn first where too many
    ("substations", "Interconnection points", SUPPLY, "Point of interconnection", "square", palette.STATION, 5.0, False, "kv"),
    ("demand", "Users (cities)", DATA, "Users of inference", "circle", palette.INK, 5.0, True, "population"),
    ("pops", "Points of presence", DATA, "Point of presence", "triangle", palette.FIBRE, 9.0, False, ""),
    ("gateways", "Satellite gateways", DATA, "Satellite gateway", "pentagon", palette.SATELLITE, 11.0, True, "capacity_gbps"),
)


def _points(layers: Layers, used: frozenset[str]) -> list[MapLayer]:
    found = []
    for name, label, group, tag, shape, color, size, on, largest in _POINTS:
        whole = _layer(layers, name)
        if whole is not None:
            frame, left_out = limited(whole, MOST_POINTS, largest, used)
            features = drawn(frame, [{"c": color, "r": size / 2} for _ in range(len(frame))])
            cards = told(frame, TABLES[name], tag)
            style = symbols(shape, color, size)
            found.append(MapLayer(name, label, group, Swatch(shape, color), features, (style,), cards, on=on, left_out=left_out))
    return found


def _plants(layers: Layers, used: frozenset[str]) -> list[MapLayer]:
    frame = _layer(layers, "sources")
    if frame is None:
        return []
    kinds = frame["kind"].astype(str)
    looks = {"hydro": ("Hydro plants", "diamond", palette.HYDRO), "solar": ("Solar plants", "square", palette.SOLAR)}
    found = []
    for kind in dict.fromkeys([*looks, *sorted(set(kinds))]):
        part = frame[kinds == kind]
        if len(part):
            label, shape, color = looks.get(kind, (f"{kind} plants".capitalize(), "pentagon", palette.OTHER_SUPPLY))
            found.append(_plants_of(part, kind, label, Swatch(shape, color), used))
    return found


def _plants_of(whole: gpd.GeoDataFrame, kind: str, label: str, swatch: Swatch, used: frozenset[str]) -> MapLayer:
    frame, left_out = limited(whole, MOST_POINTS, "capacity_mw", used)
    sizes = [6.0 + 0.28 * max(float(record["capacity_mw"] or 0.0), 0.0) ** 0.5 for record in records(frame, ("capacity_mw",))]
    features = drawn(frame, [{"c": swatch.fill, "s": round(size / 10.0, 3), "r": round(size / 2, 2)} for size in sizes])
    style = symbols(swatch.shape, swatch.fill, 10.0, scaled=True)
    cards = tuple(replace(card, tag=f"{kind.capitalize()} plant") for card in told(frame, TABLES["sources"], ""))
    return MapLayer(f"plants-{kind}", label, SUPPLY, swatch, features, (style,), cards, left_out=left_out)


def symbols(shape: str, color: str, size: float, *, scaled: bool = False) -> Json:
    """A MapLibre symbol layer drawing one of the page's icons `size` pixels wide, times the feature's `s` where scaled."""
    factor: list[object] | float = ["get", "s"] if scaled else 1.0
    steps: Sequence[object] = ["interpolate", ["linear"], ["zoom"], 4, ["*", 0.75, factor], 10, ["*", 1.8, factor]]
    return {
        "type": "symbol",
        "layout": {
            "icon-image": f"{shape}/{color}/{size:g}",
            "icon-size": steps,
            "icon-allow-overlap": True,
            "icon-ignore-placement": True,
        },
        "paint": {"icon-opacity": 0.85},
    }
