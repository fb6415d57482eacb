"""The layers a run was made from, read again: files found, digests compared, edits applied, exclusions added.

GeoJSON and CSV are read here; other formats and files in another CRS go through geopandas.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape

from siting.errors import Fault
from siting.layers.schema import TABLES
from siting.table import Table
from siting.verify.asked import Asked
from siting.verify.report import CannotCheck

NEEDED: Final = (
    "region",
    "zones",
    "sources",
    "substations",
    "pops",
    "gateways",
    "demand",
    "exclusions",
    "climate",
    "profiles",
    "candidates",
)
"""Layers a rule looks at."""
WGS84: Final = ("", "EPSG:4326", "OGC:CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84", "WGS 84", "WGS84")


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers by name, in the declared types, WGS 84; `faults` tells files that are not those of the run."""

    frames: Mapping[str, pd.DataFrame]
    faults: tuple[Fault, ...]

    def get(self, name: str) -> pd.DataFrame:
        """A layer, empty with its declared columns where the model has none."""
        if name in self.frames:
            return self.frames[name]
        empty = pd.DataFrame({field.name: [] for field in TABLES[name].fields})
        return gpd.GeoDataFrame(empty, geometry=[], crs=4326) if TABLES[name].shape != "None" else empty


def read_layers(asked: Asked, digests: Mapping[str, str], folder: Path, root: Path | None) -> Layers:
    """Read what the scenario names. `digests` are SHA-256 by layer name where the scenario does not say them.

    Raises CannotCheck for a layer that can not be found or read.
    """
    entries = asked.value("layers")
    edits = asked.values.get("edits", ())
    frames: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name, entry in entries.items():
        if name not in NEEDED:
            continue
        path = _find(entry, asked.file, folder, root)
        faults.extend(_changed(path, str(entry.get("sha256") or digests.get(name, ""))))
        raw = _read(path, entry, TABLES[name])
        frames[name] = _typed(_edited(raw, [edit for edit in edits if edit["layer"] == name]), TABLES[name], path)
    more = [_extra(entry, digests, faults, asked.file, folder, root) for entry in asked.values.get("exclude", ())]
    if more:
        frames["exclusions"] = _stacked(frames.get("exclusions"), more)
    return Layers(frames, tuple(faults))


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _find(entry: Mapping[str, Any], file: str, folder: Path, root: Path | None) -> Path:
    name = str(entry.get("file") or entry["path"])
    bases = [root] if root is not None else [Path.cwd(), *folder.resolve().parents]
    for base in bases:
        if (base / name).is_file():
            return base / name
    looked = ", ".join(str(base) for base in bases[:4])
    raise CannotCheck(Fault("V005", file, "", f"layers.{entry.get('name', '')}", name, "a file", f"Looked in {looked}."))


def _changed(path: Path, expected: str) -> list[Fault]:
    found = digest(path)
    if not expected or found == expected:
        return []
    return [
        Fault("V005", str(path), "", "sha256", found, f"{expected} (input.hash: the layer as it was when the run was made)", "")
    ]


def _read(path: Path, entry: Mapping[str, Any], table: Table) -> pd.DataFrame:
    crs, sublayer = str(entry.get("crs") or ""), str(entry.get("sublayer") or "")
    try:
        if path.suffix == ".csv":
            return _read_csv(path, crs, table)
        if path.suffix in (".geojson", ".json"):
            found = _read_geojson(path)
            if found is not None and crs in WGS84:
                return found
        frame = (
            gpd.read_parquet(path) if path.suffix in (".parquet", ".geoparquet") else gpd.read_file(path, layer=sublayer or None)
        )
        if crs not in WGS84:
            frame = frame.set_crs(crs, allow_override=True)
        return frame.to_crs(4326)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotCheck(
            Fault("V005", str(path), "", "", f"{type(error).__name__}: {error}", "a layer that can be read", "")
        ) from error


def _read_geojson(path: Path) -> gpd.GeoDataFrame | None:
    """Features as rows; None where the file names a CRS of its own."""
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    if "crs" in document and document["crs"] is not None:
        return None
    records, shapes = [], []
    for feature in document["features"]:
        properties = dict(feature.get("properties") or {})
        if "id" not in properties and "id" in feature:
            properties["id"] = feature["id"]
        records.append(properties)
        shapes.append(shapely.force_2d(shape(feature["geometry"])) if feature["geometry"] else None)
    return gpd.GeoDataFrame(pd.DataFrame(records), geometry=np.array(shapes, dtype=object), crs=4326)


def _read_csv(path: Path, crs: str, table: Table) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    kinds = {field.name: field.kind for field in table.fields}
    columns = {
        name: [_cell(line[name], kinds.get(name, "text")) for line in lines] for name in (lines[0] if lines else table.names)
    }
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    if table.shape == "None":
        return frame
    east, north = ("lon", "lat") if "lon" in frame else ("x", "y")
    points = shapely.points([float(v) for v in frame[east]], [float(v) for v in frame[north]])
    placed = gpd.GeoDataFrame(frame, geometry=points, crs=4326 if crs in WGS84 else crs)
    return placed.to_crs(4326)


def _cell(text: str, kind: str) -> Any:
    if text.strip() == "":
        return None
    if kind in ("number", "whole"):
        return float(text)
    return text.strip().lower() == "true" if kind == "flag" else text


def _edited(frame: pd.DataFrame, edits: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    changed = frame.copy()
    for edit in edits:
        column = str(edit["column"])
        cells = (
            changed[column].astype(object)
            if column in changed
            else pd.Series([None] * len(changed), index=changed.index, dtype=object)
        )
        cells[changed["id"].map(_id) == str(edit["id"])] = edit["value"]
        changed[column] = cells
    return changed


def _id(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _typed(frame: pd.DataFrame, table: Table, path: Path) -> pd.DataFrame:
    faults = [fault for fault in table.check(frame, str(path)) if not fault.warning]
    if faults:
        raise CannotCheck(faults[0])
    typed = table.coerce(frame)
    if table.shape == "Polygon":
        typed["geometry"] = shapely.make_valid(typed["geometry"].to_numpy())
    return typed.reset_index(drop=True)


def _extra(
    entry: Mapping[str, Any], digests: Mapping[str, str], faults: list[Fault], file: str, folder: Path, root: Path | None
) -> gpd.GeoDataFrame:
    path = _find(entry, file, folder, root)
    faults.extend(_changed(path, str(entry.get("sha256") or digests.get(str(entry.get("name")), ""))))
    found = _read(path, entry, TABLES["exclusions"])
    names = found["name"].astype(str) if "name" in found else pd.Series([path.stem] * len(found))
    ids = found["id"].map(_id) if "id" in found else pd.Series([f"{path.stem}-{n}" for n in range(1, len(found) + 1)])
    shapes = shapely.make_valid(found["geometry"].to_numpy())
    return gpd.GeoDataFrame({"id": list(ids), "name": list(names), "kind": "other"}, geometry=list(shapes), crs=4326)


def _stacked(own: pd.DataFrame | None, more: Sequence[gpd.GeoDataFrame]) -> pd.DataFrame:
    frames = [frame[["id", "name", "kind", "geometry"]] for frame in ([own] if own is not None else []) + list(more)]
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=4326)
