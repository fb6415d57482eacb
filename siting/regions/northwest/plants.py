"""Hydro and solar plants of 10 MW and more: cleaned yearly factors, twins made one, what is unused.

    mean_output_mw = mean over the usable years of (generation / (capacity * 8760 h)) * capacity
    unused_mw      = (best usable year's factor - mean factor) * capacity                              (estimated)

Usable years leave out years without a number, years of no output at all (outage) and, for solar, years below a factor of
0.15 and first years below 0.8 of the later median (built during the year). Factors above 1 count as 1. A plant with no usable
year takes the median factor of its kind. Energy a zone cannot export is not added to `unused_mw`: interface limits say what
may flow, not what did.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.regions import raw
from siting.regions.ids import unique
from siting.regions.log import Entry
from siting.regions.northwest.basins import COLUMBIA_BASINS, basin_of
from siting.regions.northwest.twins import merge_twins
from siting.regions.northwest.zones import nearest_zone

YEARS: Final = tuple(range(2013, 2020))
GENERATION: Final = [f"generation_gwh_{year}" for year in YEARS]
KINDS: Final = {"Hydro": "hydro", "Solar": "solar"}
SMALLEST_MW: Final = 10.0
BORDER_KM: Final = 5.0
WINDOW_DEGREES: Final = 0.5
FAILED_SOLAR_FACTOR: Final = 0.15
PARTIAL_YEAR_OF_MEDIAN: Final = 0.8
FAR_FROM_LINES_KM: Final = 10.0
SUSPECT: Final = MappingProxyType(
    {"USA0060352": "latitude 35.348, its sister Boulder Solar II lies at 35.850: perhaps a slipped digit"}
)
"""Rows whose place looks wrong but cannot be mended from the source: kept as published."""
ZONE_OVERRIDES: Final = MappingProxyType({"USA0003013": "p15"})
"""Hells Canyon lies on the Oregon bank; with Brownlee and Oxbow upstream it is one complex in south-west Idaho's network."""


def select_plants(plants: pd.DataFrame, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """Hydro and solar plants of 10 MW and more in the region, with dams on its border river; what was left out is logged."""
    entries = [Entry("sources", str(one), "dropped", "no coordinates") for one in _unplaced(plants)["gppd_idnr"]]
    plants = plants.assign(name=plants["name"].astype(str).str.split().str.join(" "))
    placed = raw.points(plants[plants["latitude"].notna() & plants["longitude"].notna()], "longitude", "latitude")
    placed = raw.window(placed, region, WINDOW_DEGREES)
    outline = region.to_crs(raw.ALBERS).geometry.iloc[0]
    near = placed.to_crs(raw.ALBERS).distance(outline).to_numpy() / 1000.0
    inside = placed[near <= BORDER_KM].assign(border_km=near[near <= BORDER_KM]).reset_index(drop=True)
    idle = inside["capacity_mw"] <= 0
    for row in inside[idle].itertuples():
        entries.append(Entry("sources", str(row.gppd_idnr), "dropped", f"{row.name}: capacity 0 MW (announced or retired)"))
    ours = inside[~idle & inside["primary_fuel"].isin(list(KINDS))]
    small = ours["capacity_mw"] < SMALLEST_MW
    reason = (
        f"{int(small.sum())} hydro and solar plants below {SMALLEST_MW:.0f} MW, {ours.loc[small, 'capacity_mw'].sum():.0f} MW"
    )
    entries.append(Entry("sources", "below-10-mw", "dropped", reason))
    ours = ours[~small].assign(kind=ours["primary_fuel"].map(KINDS))
    outside = ours["border_km"] > 0
    for row in ours[outside].itertuples():
        taken = row.kind == "hydro"
        why = "a dam on the border river serves both banks" if taken else "a solar plant outside belongs to another zone"
        text = f"{row.name}: {row.border_km:.1f} km outside the zones; {why}"
        entries.append(Entry("sources", str(row.gppd_idnr), "kept" if taken else "dropped", text))
    kept = ours[~outside | (ours["kind"] == "hydro")]
    stored, stored_entries = _pumped_storage(kept)
    return kept[~stored].reset_index(drop=True), [*entries, *stored_entries]


def _unplaced(plants: pd.DataFrame) -> pd.DataFrame:
    return plants[(plants["latitude"].isna() | plants["longitude"].isna()) & plants["primary_fuel"].isin(list(KINDS))]


def _pumped_storage(plants: pd.DataFrame) -> tuple[pd.Series, list[Entry]]:
    """Which hydro plants are pumped storage: net generation below zero in some year."""
    stored = (plants["kind"] == "hydro") & (plants[GENERATION] < 0).any(axis=1)
    entries = [
        Entry("sources", str(row.gppd_idnr), "dropped", f"{row.name}: pumped storage (negative net generation)")
        for row in plants[stored].itertuples()
    ]
    if not bool(stored.any()):
        entries.append(
            Entry("sources", "pumped-storage", "kept", "no plant of the region has negative net generation in any year")
        )
    return stored, entries


def usable_factors(plants: pd.DataFrame) -> tuple[np.ndarray, list[Entry]]:
    """Yearly capacity factors, shape (plants, years), NaN where a year is not usable."""
    factors = plants[GENERATION].to_numpy(dtype=float) / (plants["capacity_mw"].to_numpy(dtype=float)[:, None] * 8.76)
    entries = []
    for row, (plant, name, kind) in enumerate(zip(plants["gppd_idnr"], plants["name"], plants["kind"], strict=True)):
        notes = _clean_row(factors[row], solar=kind == "solar")
        entries += [Entry("sources", str(plant), "repaired", f"{name}: {note}") for note in notes]
    return factors, entries


def _clean_row(factors: np.ndarray, *, solar: bool) -> list[str]:
    """Mend one plant's factors in place; say what was done."""
    notes = []
    for year in np.flatnonzero(factors > 1.0):
        notes.append(f"factor {factors[year]:.3f} in {YEARS[year]} clipped to 1")
        factors[year] = 1.0
    for year in np.flatnonzero(factors == 0.0):
        notes.append(f"no output in {YEARS[year]}: outage, year left out")
        factors[year] = np.nan
    if not solar:
        return notes
    for year in np.flatnonzero(factors < FAILED_SOLAR_FACTOR):
        notes.append(f"factor {factors[year]:.3f} in {YEARS[year]} below {FAILED_SOLAR_FACTOR}: first or failed year, left out")
        factors[year] = np.nan
    known = np.flatnonzero(~np.isnan(factors))
    if known.size >= 2 and factors[known[0]] < PARTIAL_YEAR_OF_MEDIAN * np.median(factors[known[1:]]):
        notes.append(f"factor {factors[known[0]]:.3f} in {YEARS[known[0]]}: first year in part, left out")
        factors[known[0]] = np.nan
    return notes


def build_sources(sources: Path, region: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `sources` layer."""
    table = raw.table(sources, raw.PLANTS.format(country="USA"))
    selected, entries = select_plants(table, region)
    selected = selected.sort_values("gppd_idnr", kind="stable").reset_index(drop=True)
    factors, mended = usable_factors(selected)
    plants, factors, merged = merge_twins(selected, factors)
    factors, assumed = fill_median(plants, factors)
    found = nearest_zone(plants, zones).to_numpy()
    plants["zone"] = [ZONE_OVERRIDES.get(code, zone) for code, zone in zip(plants["gppd_idnr"], found, strict=True)]
    doubts = [*_doubts(plants, found), *_far_from_lines(sources, plants)]
    mean = np.nanmean(factors, axis=1)
    best = np.nanmax(factors, axis=1)
    capacity = plants["capacity_mw"].to_numpy(dtype=float)
    states = dict(zip(zones["id"], zones["state"], strict=True))
    place = list(zip(plants["kind"], plants["zone"], plants.geometry.y, plants.geometry.x, strict=True))
    basin = [basin_of(zone, y, x) if kind == "hydro" else f"sun-{zone}" for kind, zone, y, x in place]
    frame = gpd.GeoDataFrame(
        {
            "id": unique([f"{kind}-{key}" for kind, key in zip(plants["kind"], plants["key"], strict=True)]),
            "name": plants["name"],
            "kind": plants["kind"],
            "zone": plants["zone"],
            "capacity_mw": capacity,
            "mean_output_mw": mean * capacity,
            "unused_mw": (best - mean) * capacity,
            "profile": [profile_of(kind, states[zone], b) for (kind, zone, _, _), b in zip(place, basin, strict=True)],
            "basin": basin,
        },
        geometry=plants.geometry,
        crs=raw.WGS84,
    )
    return frame, [*entries, *mended, *merged, *assumed, *doubts]


def _doubts(plants: pd.DataFrame, found: np.ndarray) -> list[Entry]:
    """Plants put into another zone than the one they were `found` in, and plants whose place looks wrong."""
    entries = []
    for code, name, old, new in zip(plants["gppd_idnr"], plants["name"], found, plants["zone"], strict=True):
        if new != old:
            words = f"{name}: on the border river, zone {old} -> {new} with its sister dams"
            entries.append(Entry("sources", str(code), "repaired", words))
        if code in SUSPECT:
            entries.append(Entry("sources", str(code), "kept", f"{name}: {SUSPECT[code]}"))
    return entries


def _far_from_lines(sources: Path, plants: gpd.GeoDataFrame) -> list[Entry]:
    """Plants far from every known line stay as published, but the log names them."""
    lines = raw.layer(sources, raw.LINES).to_crs(raw.ALBERS).geometry.to_numpy()
    spots = plants.to_crs(raw.ALBERS).geometry.to_numpy()
    gap_km = shapely.distance(spots, lines[shapely.STRtree(lines).nearest(spots)]) / 1000.0
    rows = [
        (str(plants["gppd_idnr"].iloc[row]), plants["name"].iloc[row], gap_km[row])
        for row in np.flatnonzero(gap_km > FAR_FROM_LINES_KM)
    ]
    return [
        Entry("sources", code, "kept", f"{name}: {gap:.0f} km from any line of 100 kV; fed at a lower voltage or misplaced")
        for code, name, gap in rows
    ]


def fill_median(plants: pd.DataFrame, factors: np.ndarray) -> tuple[np.ndarray, list[Entry]]:
    """Plants without any usable year take the median of the mean factors of their kind, in every year."""
    filled = factors.copy()
    entries = []
    bare = np.isnan(factors).all(axis=1)
    for row in np.flatnonzero(bare):
        kind = plants["kind"].iloc[row]
        fleet = (plants["kind"] == kind).to_numpy() & ~bare
        median = float(np.median(np.nanmean(factors[fleet], axis=1)))
        filled[row] = median
        text = f"{plants['name'].iloc[row]}: no usable year; median factor of {kind} plants, {median:.3f}"
        entries.append(Entry("sources", str(plants["gppd_idnr"].iloc[row]), "assumed", text))
    return filled, entries


def profile_of(kind: str, state: str, basin: str) -> str:
    """Profile id: hydro by whether the plant stands in the Columbia basin, solar by the state of its zone."""
    if kind == "solar":
        return f"solar-{state.lower()}"
    return "hydro-columbia" if basin in COLUMBIA_BASINS else "hydro-us"
