"""What the classical models are asked with: costs between places of demand and candidate sites, checked as a whole.

Costs are a matrix (places in rows, sites in columns), a DataFrame whose labels are the ids, or `distances` between two
GeoDataFrames of points. Degrees are never taken for distances.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.cells import at_most, shown
from siting.errors import Fault, input_error
from siting.family import Floats
from siting.geo import geodesic_km, lonlat, planar_km, to_wgs84

MOST: Final = 20
"""Faults of one kind that are told one by one."""
Measure = Literal["geodesic", "planar"]


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances in km (places, sites), and the frames of points they were measured between; ids are the frames' indexes."""

    km: Floats
    places: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame


@dataclass(frozen=True, slots=True)
class Ways:
    """Checked costs (places, sites) with the ids of both; frames where costs are distances between frames."""

    cost: Floats
    place_ids: tuple[Hashable, ...]
    site_ids: tuple[Hashable, ...]
    places: gpd.GeoDataFrame | None
    sites: gpd.GeoDataFrame | None


def fault(code: str, what: str, where: str, value: str, expected: str, remedy: str) -> Fault:
    """A fault of an argument."""
    return Fault(code, what, where, "", value, expected, remedy)


def distances(places: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, measure: Measure = "geodesic") -> Distances:
    """Distances in km between points: geodesics of the ellipsoid from any CRS, or straight lines in the plane of a projected
    CRS. Raises InputError with all faults: frames that are no points, have no CRS or different ones, ids that come twice,
    and a plane asked for where coordinates are degrees."""
    faults = [*_frame_faults(places, "places"), *_frame_faults(sites, "sites")]
    if measure not in ("geodesic", "planar"):
        faults.append(fault("F001", "measure", "", shown(measure), "geodesic or planar", "Name one of them"))
    if faults:
        raise input_error(faults)
    assert places.crs is not None
    assert sites.crs is not None
    if places.crs != sites.crs:
        found = f"{places.crs.to_string()} and {sites.crs.to_string()}"
        remedy = "Bring one to the other: sites.to_crs(places.crs)"
        faults.append(fault("F002", "places and sites", "", found, "one coordinate reference system", remedy))
    elif measure == "planar" and not places.crs.is_projected:
        remedy = 'Ask for measure="geodesic", or bring both to a projected CRS of the region with to_crs'
        found = f"{places.crs.to_string()}, whose coordinates are degrees"
        faults.append(fault("F003", "places and sites", "", found, "a projected CRS: degrees are no distances", remedy))
    if faults:
        raise input_error(faults)
    if measure == "planar":
        return Distances(planar_km(places, sites), places, sites)
    one, other = lonlat(to_wgs84(places)), lonlat(to_wgs84(sites))
    km = geodesic_km(one[:, None, 0], one[:, None, 1], other[None, :, 0], other[None, :, 1])
    return Distances(km, places, sites)


def _frame_faults(frame: Any, name: str) -> list[Fault]:
    if not isinstance(frame, gpd.GeoDataFrame):
        found = type(frame).__name__
        return [fault("F004", name, "", found, "a GeoDataFrame of points", "Give costs as a matrix where there is no geometry")]
    faults = _id_faults(list(frame.index), name)
    if not len(frame):
        faults.append(fault("F005", name, "", "no rows", "at least one point", "Check the filter before"))
    if frame.crs is None:
        faults.append(fault("F006", name, "", "no coordinate reference system", "a known CRS", "Use set_crs"))
    bare = frame.geometry.isna() | frame.geometry.is_empty
    kinds = np.where(bare, "nothing", frame.geometry.geom_type.fillna("nothing"))
    for row in np.flatnonzero(kinds != "Point")[:MOST].tolist():
        where, remedy = f"row {row} (id {frame.index[row]})", "Use representative_point() of an area, and drop what is empty"
        faults.append(fault("F007", name, where, str(kinds[row]), "a point", remedy))
    return faults


def _id_faults(ids: Sequence[Hashable], name: str) -> list[Fault]:
    index = pd.Index(list(ids), dtype=object)
    twice = index[index.duplicated()].unique()
    return [fault("F008", name, "", f"id {label} more than once", "ids that are unique", "Rename one") for label in twice[:MOST]]


def ways(costs: Any) -> tuple[Ways | None, list[Fault]]:
    """Costs as they were given, read and checked: what could be read, and all faults."""
    if isinstance(costs, Distances):
        places, sites = tuple(costs.places.index), tuple(costs.sites.index)
        return Ways(costs.km, places, sites, costs.places, costs.sites), []
    given = costs if isinstance(costs, pd.DataFrame) else pd.DataFrame(_matrix(costs))
    try:
        cost = given.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        found = "values that are no numbers"
        return None, [fault("F009", "costs", "", found, "a matrix of numbers, places in rows, sites in columns", "Convert them")]
    if not cost.size:
        expected = "at least one place in rows and one site in columns"
        return None, [fault("F005", "costs", "", f"{cost.shape[0]} by {cost.shape[1]} cells", expected, "Give more")]
    places, sites = tuple(given.index), tuple(given.columns)
    faults = [*_id_faults(places, "rows of costs"), *_id_faults(sites, "columns of costs")]
    cells = []
    for row, column in np.argwhere(~np.isfinite(cost) | (cost < 0))[: 10 * MOST].tolist():
        where, value = f"row {row} (id {places[row]}), column {column} (id {sites[column]})", cost[row, column]
        remedy = "Give a cost or drop the place" if np.isnan(value) else "Correct the cell"
        cells.append(fault("F010", "costs", where, f"{value:g}", "a finite number of at least 0", remedy))
    return Ways(cost, places, sites, None, None), [*faults, *at_most(cells, MOST)]


def _matrix(costs: Any) -> Any:
    array = np.asarray(costs)
    return array if array.ndim == 2 else np.zeros((0, 0))


def numbers(
    values: Any, name: str, ids: Sequence[Hashable], frame: gpd.GeoDataFrame | None, default: float
) -> tuple[Floats, list[Fault]]:
    """One number of at least 0 for each id: from a sequence in their order, a Series by id, a column of the frame by name, one
    number for all, or the default where nothing is given; with all faults."""
    if values is None:
        return np.full(len(ids), default), []
    if isinstance(values, str):
        if frame is None or values not in frame:
            there = "there is no frame" if frame is None else "columns " + ", ".join(map(str, frame.columns))
            return np.full(len(ids), default), [
                fault("F011", name, "", f'"{values}", {there}', "the name of a column", "Name one")
            ]
        values = frame[values].to_numpy()
    if isinstance(values, pd.Series):
        missing = [label for label in ids if label not in values.index]
        if missing:
            found = "no value for " + ", ".join(map(str, missing[:MOST]))
            return np.full(len(ids), default), [fault("F012", name, "", found, "a value for every id", "Add them")]
        values = values.reindex(pd.Index(list(ids))).to_numpy()
    try:
        array = np.asarray(values, dtype=np.float64)
        array = np.full(len(ids), float(array)) if array.ndim == 0 else array
    except (TypeError, ValueError):
        return np.full(len(ids), default), [fault("F009", name, "", shown(values), "numbers", "Convert them")]
    if array.shape != (len(ids),):
        found = "shape " + " x ".join(map(str, array.shape))
        return np.full(len(ids), default), [fault("F012", name, "", found, f"{len(ids)} values", "Give one for each")]
    faults = []
    for place in np.flatnonzero(np.isnan(array) | (array < 0) | (np.isinf(array) & np.isfinite(default))).tolist():
        expected = "a number of at least 0" if np.isinf(default) else "a finite number of at least 0"
        faults.append(fault("F013", name, f"row {place} (id {ids[place]})", f"{array[place]:g}", expected, "Correct it"))
    return array, at_most(faults, MOST)


def whole(value: Any, name: str, least: int, most: int, what: str) -> list[Fault]:
    """Faults of a count."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if is_whole and least <= value <= most:
        return []
    return [fault("F014", name, "", shown(value), f"a whole number from {least} to {most}", f"There are {most} {what}")]


def positive(value: Any, name: str, least: float = 0.0) -> list[Fault]:
    """Faults of a number that must be finite and at least so much."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool) and np.isfinite(value) and value >= least:
        return []
    return [fault("F015", name, "", shown(value), f"a finite number of at least {least:g}", "Correct it")]
