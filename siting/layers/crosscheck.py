"""What only shows when layers are laid over each other or a column is looked at as a whole."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting import geo
from siting.cells import MOST_FAULTS, at_most, closest, id_text, is_literal, is_missing, is_nested, is_text, numbers, shown
from siting.errors import Fault
from siting.layers.raw import RawLayer
from siting.table import Field, Table

Frames = Mapping[str, gpd.GeoDataFrame | pd.DataFrame]

FAR_KM: Final = 300.0
"""A layer of which nothing lies within this distance of the region is taken for misplaced."""
SCALE_RATIO: Final = 1e4
"""A value this many times the median of its column is taken for another unit."""
SAME_PLACE_KM: Final = 0.001
_SCALED: Final = ("MUSD", "MW", "GW", "Gbps", "ha")
_ESSENTIAL: Final = ("zones", "sources", "substations", "candidates")
RESERVED: Final = ("geometry", "added_by", "excluded_by")
"""Columns that are set once a layer is read; a file may not bring them."""
_SWAPPED: Final = "The coordinates look swapped: GeoJSON is [lon, lat]"
MOST_IDS: Final = 20
MOST_COMPARED: Final = 100_000
"""Names compared at most to find the nearest ones of a column."""


def _listed(ids: list[str]) -> str:
    rest = f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else ""
    return ", ".join(ids[:MOST_IDS]) + rest


def reference_faults(raws: Mapping[str, RawLayer], tables: Mapping[str, Table]) -> list[Fault]:
    """Cells that name a row of another layer that is not there, with the nearest name."""
    faults: list[Fault] = []
    for name, raw in raws.items():
        for field in tables[name].fields:
            if not field.refers_to or field.name not in raw.rows or field.refers_to not in raws:
                continue
            key = "id" if "id" in tables[field.refers_to].names else field.refers_to.removesuffix("s")
            target = raws[field.refers_to].rows
            if key not in target:
                continue
            known = {
                id_text(value) for value, empty in zip(target[key].tolist(), is_missing(target[key]), strict=True) if not empty
            }
            faults.extend(_dangling(raw, field, key, known))
    return faults


def _dangling(raw: RawLayer, field: Field, key: str, known: set[str]) -> list[Fault]:
    """The cells of one column whose text is not among the known ones."""
    cells = raw.rows[field.name]
    if is_text(cells).all() and cells.isin(list(known)).all():
        return []
    skipped = is_missing(cells) | is_nested(cells)
    words = ["" if skip else id_text(value) for value, skip in zip(cells, skipped, strict=True)]
    rows = [row for row, word in enumerate(words) if not skipped[row] and word not in known]
    asked = list(dict.fromkeys(words[row] for row in rows[:MOST_FAULTS]))[: max(3, MOST_COMPARED // max(1, len(known)))]
    near = {word: closest(word, known) for word in asked}
    faults = []
    for row in rows[:MOST_FAULTS]:
        name = near.get(words[row], "")
        remedy = f'The nearest is "{name}"' if name else f"Layer {field.refers_to} has no such {key}"
        expected = f"a {key} of layer {field.refers_to}"
        faults.append(Fault("L063", raw.file, raw.places[row], field.name, shown(cells.iloc[row]), expected, remedy))
    if len(rows) > MOST_FAULTS:
        where, expected = f"{len(rows) - MOST_FAULTS} more rows", f"a {key} of layer {field.refers_to}"
        faults.append(Fault("L063", raw.file, where, field.name, "the same", expected, ""))
    return faults


def scale_warnings(raw: RawLayer, table: Table) -> list[Fault]:
    """Values so far above the median of their column that another unit is likely."""
    warnings: list[Fault] = []
    for field in table.fields:
        if field.kind != "number" or not field.unit.startswith(_SCALED) or field.name not in raw.rows:
            continue
        values = numbers(raw.rows[field.name])
        positive = np.isfinite(values) & (values > 0)
        if positive.sum() < 3:
            continue
        median = float(np.median(values[positive]))
        rows = np.flatnonzero(positive & (values >= SCALE_RATIO * median))
        found = [
            Fault(
                "L047",
                raw.file,
                raw.places[row],
                field.name,
                f"{values[row]:g}, {values[row] / median:.3g} times the median {median:g}",
                f"values of one unit, {field.unit}",
                "Check the unit of this value",
                True,
            )
            for row in rows
        ]
        warnings.extend(at_most(found))
    return warnings


def position_faults(frames: Frames, files: Mapping[str, str]) -> list[Fault]:
    """Layers that lie elsewhere than the region, and features whose coordinates fit it only when swapped."""
    region = frames.get("region")
    if not isinstance(region, gpd.GeoDataFrame) or not len(region):
        return []
    area = region.geometry.to_numpy()
    layers = {name: frame for name, frame in frames.items() if isinstance(frame, gpd.GeoDataFrame) and len(frame)}
    looks = {name: _look(frame, area) for name, frame in layers.items() if name != "region"}
    if len(looks) > 1 and all(mirrored.all() for _, mirrored in looks.values()):
        found, expected = "a region that all other layers fit only when its coordinates are swapped", "longitude first"
        return [Fault("L011", files["region"], "", "geometry", found, expected, _SWAPPED)]
    faults: list[Fault] = []
    for name, (km, mirrored) in looks.items():
        ids, expected = layers[name]["id"].astype(str), "features near the region"
        if mirrored.any():
            where = f"ids {_listed(ids[mirrored].tolist())}"
            found = f"{int(mirrored.sum())} of {len(ids)} features {km[mirrored].min():.0f} km or more outside the region"
            faults.append(Fault("L011", files[name], where, "geometry", found, expected, _SWAPPED))
        elif (km > FAR_KM).all():
            found = f"all {len(ids)} features {km.min():.0f} km or more outside the region"
            remedy, warning = "Check the CRS and whether the layer is the right one", name not in _ESSENTIAL
            faults.append(Fault("L012", files[name], "", "geometry", found, expected, remedy, warning))
    return faults


def _look(frame: gpd.GeoDataFrame, area: NDArray[np.object_]) -> tuple[geo.Floats, NDArray[np.bool_]]:
    """How far each feature lies from the region in km, and whether it is far but inside when its coordinates are swapped."""
    spots = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    _, km = geo.nearest_polygons(spots, area)
    mirrored = (km > FAR_KM) & (np.abs(spots[:, 0]) <= 90.0)
    mirrored[mirrored] = geo.points_in_polygons(spots[mirrored][:, ::-1], area) >= 0
    return km, mirrored


def candidate_faults(frames: Frames, files: Mapping[str, str], own_exclusions: gpd.GeoDataFrame | None) -> list[Fault]:
    """Candidates that can never be chosen, and candidates that stand at one place."""
    candidates, region = frames.get("candidates"), frames.get("region")
    if not isinstance(candidates, gpd.GeoDataFrame) or not len(candidates):
        return []
    file, spots, ids = files["candidates"], geo.lonlat(candidates), candidates["id"].astype(str)
    faults = []
    outside = np.zeros(len(candidates), dtype=np.bool_)
    if isinstance(region, gpd.GeoDataFrame) and len(region):
        outside = geo.points_in_polygons(spots, region.geometry.to_numpy()) < 0
    if outside.any():
        found = f"{int(outside.sum())} of {len(candidates)} candidates outside the region"
        where, remedy = f"ids {_listed(ids[outside].tolist())}", "They are never chosen: remove them or enlarge the region"
        faults.append(Fault("L059", file, where, "geometry", found, "candidates inside", remedy, not bool(outside.all())))
    if own_exclusions is not None and len(own_exclusions):
        barred = (geo.points_in_polygons(spots, own_exclusions.geometry.to_numpy()) >= 0) & ~outside
        if barred.any():
            found = f"{int(barred.sum())} of {len(candidates)} candidates inside exclusions"
            where, remedy = f"ids {_listed(ids[barred].tolist())}", "They are never chosen: remove them or the exclusion"
            faults.append(Fault("L059", file, where, "geometry", found, "candidates on free ground", remedy, True))
    return [*faults, *_same_places(spots, ids.tolist(), file)]


def _same_places(spots: geo.Floats, ids: list[str], file: str) -> list[Fault]:
    """Candidates less than a metre apart."""
    i, j, _ = geo.within(spots, spots, SAME_PLACE_KM)
    partners: dict[int, list[int]] = defaultdict(list)
    for one, other in zip(i.tolist(), j.tolist(), strict=True):
        if one < other:
            partners[one].append(other)
    told: set[int] = set()
    faults = []
    for one, others in partners.items():
        if one in told:
            continue
        told.update(others)
        names = _listed([ids[one], *(ids[other] for other in others)])
        remedy = "Merge them into one with the summed land, or move one"
        faults.append(Fault("L061", file, f"ids {names}", "geometry", "the same place", "one candidate a place", remedy, True))
    return at_most(faults)


def literal_faults(raw: RawLayer, table: Table, needed: frozenset[str]) -> list[Fault]:
    """What the table does not look at but cannot stand: literals without a value, objects in columns that are read, and
    columns of names that are set later."""
    faults = [
        Fault("L067", raw.file, "", name, "a column of this name", "another name, this one is set later", "Rename the column")
        for name in RESERVED
        if name in raw.rows
    ]
    for column in (str(name) for name in raw.rows.columns if name not in table.names):
        cells = raw.rows[column]
        for row in np.flatnonzero(is_literal(cells)):
            remedy = "JSON knows no NaN or Infinity: give a value or null"
            found = str(cells.iloc[row])
            faults.append(Fault("L048", raw.file, raw.places[row], column, found, "a finite number", remedy))
        for row in np.flatnonzero(is_nested(cells)) if column in needed else ():
            found = shown(cells.iloc[row])
            faults.append(Fault("L051", raw.file, raw.places[row], column, found, "one value", "Flatten it: one value a column"))
    return at_most(faults)


def cell_text(value: Any) -> str:
    """A cell of a user's own column as text; objects and lists as JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return id_text(value)
