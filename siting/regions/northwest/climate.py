"""Air temperature at census areas: yearly mean from degree days, seasonal swing fitted to them, daily swing by dryness.

    mean_c = (65 F - (HDD - CDD) / 365 as a Fahrenheit difference) in degC

The seasonal swing A is the one for which a year of daily means, mean_c - A cos(2 pi (d - 17) / 365) with a normal day-to-day
scatter, has the heating degree days of the source; it is kept within 0.8 to 1.2 times the half range of the monthly climatology
at the nearest grid cell, and the scatter is 0.3 of that half range (estimated). The daily swing is 2 + 0.4 A within 3 and
8 degC: sea air damps both (estimated; about 5 degC at Seattle, 7 at Boise).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
from scipy.spatial import cKDTree
from scipy.special import ndtr

from siting.regions import raw
from siting.regions.log import Entry
from siting.regions.northwest.areas import census_areas
from siting.regions.northwest.connectivity import within_km
from siting.units import fahrenheit_to_celsius

MARGIN_KM: Final = 50.0
BASE_F: Final = 65.0
SCATTER_OF_GRID: Final = 0.3
SWING_OF_GRID: Final = (0.8, 1.2)
COLDEST_DAY: Final = 17
BISECTIONS: Final = 40


def heating_degree_days_c(mean_c: np.ndarray, swing_c: np.ndarray, scatter_c: np.ndarray) -> np.ndarray:
    """Yearly heating degree days (degC, base 65 F) of a sinusoid with normal scatter; shapes (points,)."""
    day = np.arange(365)
    daily = mean_c[:, None] - swing_c[:, None] * np.cos(2 * np.pi * (day - COLDEST_DAY) / 365)
    gap = (fahrenheit_to_celsius(BASE_F) - daily) / scatter_c[:, None]
    density = np.exp(-0.5 * gap**2) / np.sqrt(2 * np.pi)
    return np.asarray((scatter_c[:, None] * (gap * ndtr(gap) + density)).sum(axis=1))


def fitted_swing_c(mean_c: np.ndarray, heating_c: np.ndarray, half_range_c: np.ndarray) -> np.ndarray:
    """The swing, within the bounds of the grid's half range, whose sinusoid has the given heating degree days, by bisection."""
    low, high = half_range_c * SWING_OF_GRID[0], half_range_c * SWING_OF_GRID[1]
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        too_few = heating_degree_days_c(mean_c, middle, SCATTER_OF_GRID * half_range_c) < heating_c
        low, high = np.where(too_few, middle, low), np.where(too_few, high, middle)
    return np.asarray((low + high) / 2)


def grid_swing_c(sources: Path, points: gpd.GeoDataFrame) -> np.ndarray:
    """Half range of the monthly climatology at the nearest grid cell of each point."""
    grid = raw.table(sources, raw.TEMPERATURE)
    tree = cKDTree(grid[["lon", "lat"]].to_numpy(dtype=float))
    nearest = tree.query(np.column_stack([points.geometry.x, points.geometry.y]))[1]
    months = grid[[f"t{month:02d}" for month in range(1, 13)]].to_numpy(dtype=float)[nearest]
    return np.asarray((months.max(axis=1) - months.min(axis=1)) / 2)


def build_climate(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `climate` layer."""
    areas, repaired = census_areas(sources)
    areas = raw.window(areas, region, 2.0)
    areas = areas[within_km(areas, region, MARGIN_KM)]
    unsure = areas.loc[~areas["trusted"], "state"].astype(str).value_counts().sort_index()
    for state, number in unsure.items():
        words = f"{number} areas near the region: place in the source not to be trusted"
        repaired.append(Entry("climate", f"census-areas-{str(state).lower()}", "dropped", words))
    areas = areas[areas["trusted"]].reset_index(drop=True)
    heating, cooling = (areas[name].to_numpy(dtype=float) for name in ("hdd65_normals", "cdd65_normals"))
    mean = np.array([fahrenheit_to_celsius(BASE_F - gap / 365.0) for gap in heating - cooling])
    half_range = grid_swing_c(sources, areas)
    swing = fitted_swing_c(mean, heating / 1.8, half_range)
    frame = gpd.GeoDataFrame(
        {
            "id": [f"climate-{code.removeprefix('puma_')}" for code in areas["puma"]],
            "name": [
                f"census area {code.removeprefix('puma_')}, {state}"
                for code, state in zip(areas["puma"], areas["state"], strict=True)
            ],
            "mean_c": mean,
            "seasonal_swing_c": swing,
            "daily_swing_c": np.clip(2.0 + 0.4 * swing, 3.0, 8.0),
        },
        geometry=areas.geometry,
        crs=raw.WGS84,
    )
    missed = np.abs(heating_degree_days_c(mean, swing, SCATTER_OF_GRID * half_range) / (heating / 1.8) - 1.0) > 0.02
    words = f"climatology bounds the swing at {int(missed.sum())} of {len(frame)} points; others within 2 %"
    return frame, [*repaired, Entry("climate", "seasonal-swing", "assumed", words)]
