"""Existing lines for the map: clipped to the region, joined, simplified. Nothing is computed from this layer."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from siting.regions import raw
from siting.regions.ids import place_code, unique
from siting.regions.log import Entry
from siting.regions.northwest.grid import CLASSES, DIRECT_CURRENT

SIMPLIFY_DEGREES: Final = 0.005
SHORTEST_KM: Final = 1.0
LINE_STRING: Final = 1
GEOD: Final = Geod(ellps="WGS84")
KV: Final = {one.source_name: one.kv for one in CLASSES}


def geodesic_km(lines: np.ndarray) -> np.ndarray:
    """Length of each line on the ellipsoid, in km."""
    return np.array([GEOD.geometry_length(line) / 1000.0 for line in lines])


def joined_pieces(lines: np.ndarray, outline: shapely.Geometry) -> np.ndarray:
    """Lines clipped to the outline and joined end to end, as plain LineStrings."""
    clipped = shapely.intersection(lines, outline)
    parts = shapely.get_parts(clipped)
    parts = parts[(shapely.get_type_id(parts) == LINE_STRING) & ~shapely.is_empty(parts)]
    merged = shapely.line_merge(shapely.multilinestrings(shapely.from_wkb(np.unique(shapely.to_wkb(parts)))))
    return np.asarray(shapely.get_parts(shapely.normalize(merged)))


def build_lines(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `lines` layer."""
    lines = raw.layer(sources, raw.LINES)
    outline = shapely.simplify(region.geometry.iloc[0], 0.001)
    shapely.prepare(outline)
    lines = lines[shapely.intersects(lines.geometry.to_numpy(), outline)]
    frames, entries = [], []
    for volt_class, group in lines.groupby("volt_class", sort=True):
        pieces = joined_pieces(shapely.normalize(group.geometry.to_numpy()), outline)
        length = geodesic_km(pieces)
        short = length < SHORTEST_KM
        kv = KV.get(str(volt_class), 0.0)
        word = f"{kv:.0f} kV" if kv else ("direct current" if volt_class == DIRECT_CURRENT else "voltage not known")
        reason = f"{word}: {len(group)} lines joined to {len(pieces)} pieces; {int(short.sum())} under 1 km not drawn"
        entries.append(Entry("lines", word.replace(" ", "-"), "merged", reason))
        middle = shapely.line_interpolate_point(pieces[~short], 0.5, normalized=True)
        codes = [place_code(y, x) for x, y in shapely.get_coordinates(middle)]
        frames.append(
            gpd.GeoDataFrame(
                {"id": [f"line-{kv:.0f}-{code}" for code in codes], "name": word, "kv": kv, "length_km": length[~short]},
                geometry=shapely.simplify(pieces[~short], SIMPLIFY_DEGREES),
                crs=raw.WGS84,
            )
        )
    frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=raw.WGS84)
    frame["id"] = unique(frame["id"].tolist())
    return frame, entries
