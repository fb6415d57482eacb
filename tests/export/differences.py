"""A difference of two plans made by hand: one site of every change."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from tests.export.small_plan import Mark, same

_ROWS = (
    ("c-columbia-01", "Near Vantage", "kept", 200.0, 200.0, -119.98, 46.95),
    ("c-snake-02", "Near Burbank", "grown", 70.0, 120.0, -118.90, 46.22),
    ("c-gorge-03", "Near The Dalles", "shrunk", 90.0, 70.0, -121.13, 45.58),
    ("c-boise-04", "Near Kuna", "dropped", 21.0, 0.0, -116.42, 43.45),
    ("c-okanogan-05", "Near Brewster", "added", 0.0, 50.0, -119.60, 48.12),
)


def small_difference(mark: Mark = same) -> gpd.GeoDataFrame:
    """Five sites, one of every change; `mark` is laid on the names."""
    rows = [(key, mark(name), change, a, b, a * 36.0, b * 36.5) for key, name, change, a, b, _, _ in _ROWS]
    columns = ["id", "name", "change", "it_mw_a", "it_mw_b", "capital_musd_a", "capital_musd_b"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=[Point(row[5], row[6]) for row in _ROWS], crs=4326)
