"""Twin plants: rows of the source that are one plant, made one."""

from __future__ import annotations

import re
from typing import Final

import geopandas as gpd
import numpy as np

from siting.regions import raw
from siting.regions.ids import plant_slug
from siting.regions.log import Entry

TWIN_KM: Final = 1.0
SERIES_TWIN_KM: Final = 16.0
SERIES_MARK: Final = re.compile(r"\s*(\((AZ|NV)\)|\b(\d|I{1,3}|A|B))\s*$")


def twin_groups(plants: gpd.GeoDataFrame) -> np.ndarray:
    """Group number of each plant: one kind within a kilometre, or hydro of one name but a number within 16 km, is one plant."""
    xy = raw.metric_xy(plants) / 1000.0
    stems = [SERIES_MARK.sub("", str(name)).strip() for name in plants["name"]]
    marked = [bool(SERIES_MARK.search(str(name))) for name in plants["name"]]
    kinds = plants["kind"].tolist()
    group = np.arange(len(plants))
    for one in range(len(plants)):
        gap = np.hypot(*(xy - xy[one]).T)
        for other in np.flatnonzero(gap < SERIES_TWIN_KM):
            series = kinds[one] == "hydro" and stems[one] == stems[other] and (marked[one] or marked[other])
            if kinds[one] == kinds[other] and (gap[other] < TWIN_KM or series):
                group[group == group[other]] = group[one]
    return group


def merged_names(names: list[str]) -> tuple[str, str]:
    """Name and name for the id of a group, largest member first: the shared stem of a series, else the largest's name."""
    if len(names) == 1:
        return names[0], names[0]
    stems = {SERIES_MARK.sub("", name).strip() for name in names}
    if len(stems) == 1:
        stem = stems.pop()
        return stem, stem
    return f"{names[0]} with {', '.join(names[1:])}", names[0]


def merge_twins(plants: gpd.GeoDataFrame, factors: np.ndarray) -> tuple[gpd.GeoDataFrame, np.ndarray, list[Entry]]:
    """One row and one factor row a group: MW summed, place of the largest, factors weighted by MW over members with data."""
    group = twin_groups(plants)
    capacity = plants["capacity_mw"].to_numpy(dtype=float)
    rows, merged, entries = [], [], []
    for number in np.unique(group):
        members = np.flatnonzero(group == number)
        order = sorted(members.tolist(), key=lambda one: (-plants["capacity_mw"].iloc[one], plants["name"].iloc[one]))
        row = plants.iloc[order[0]].copy()
        weight = np.where(np.isnan(factors[order]), 0.0, plants["capacity_mw"].to_numpy(dtype=float)[order, None])
        with np.errstate(invalid="ignore", divide="ignore"):
            merged.append(np.nansum(weight * factors[order], axis=0) / weight.sum(axis=0))
        row["capacity_mw"] = float(plants["capacity_mw"].iloc[order].sum())
        name, key = merged_names([str(plants["name"].iloc[one]) for one in order])
        row["name"], row["key"] = name, plant_slug(key)
        rows.append(row)
        for one in order[1:]:
            twin, whole = str(plants.loc[one, "name"]), str(plants.loc[order[0], "name"])
            text = f"{twin} ({capacity[one]:.1f} MW) made one with {whole}: twin plants"
            entries.append(Entry("sources", str(plants.loc[one, "gppd_idnr"]), "merged", text))
    return gpd.GeoDataFrame(rows, crs=plants.crs).reset_index(drop=True), np.array(merged), entries
