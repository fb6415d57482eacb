"""Writing a region so that equal content is equal bytes: schema column order, rows sorted by id, fixed decimals, LF."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.errors import SitingError
from siting.layers.schema import TABLES
from siting.regions.log import BuildLog
from siting.table import Field, Table

POINT_DECIMALS = 5
SHAPE_DECIMALS = 4
VALUE_DECIMALS = {"MW": 3, "share": 4, "kV": 1, "km": 2, "degC": 2, "people": 0, "h": 1, "Gbps": 3}


def _decimals(field: Field) -> int:
    return VALUE_DECIMALS.get(field.unit, 5)


def _cell(value: Any, field: Field) -> str | float | int | bool | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if field.kind == "text":
        return str(value)
    if field.kind == "flag":
        return bool(value)
    if field.kind == "whole":
        return int(value)
    return round(float(value), _decimals(field)) + 0.0


def _columns(table: Table, frame: pd.DataFrame) -> tuple[Field, ...]:
    missing = [field.name for field in table.fields if field.name not in frame.columns and not field.optional]
    unknown = [name for name in frame.columns if name not in (*table.names, "geometry")]
    if missing or unknown:
        raise SitingError(f"layer {table.name}: columns missing {missing}, not in the schema {unknown}")
    return tuple(field for field in table.fields if field.name in frame.columns)


def tidy(geometry: np.ndarray, shape: str) -> np.ndarray:
    """Geometries as they are written: rounded, valid, parts in a fixed order, rings by the right-hand rule of RFC 7946."""
    if shape == "Point":
        return np.asarray(shapely.set_precision(geometry, 10.0**-POINT_DECIMALS))
    if shape == "Line":
        rounded = shapely.transform(geometry, lambda xy: np.round(xy, SHAPE_DECIMALS))
        return np.asarray(shapely.normalize(shapely.remove_repeated_points(rounded)))
    return np.asarray(shapely.orient_polygons(shapely.normalize(shapely.set_precision(geometry, 10.0**-SHAPE_DECIMALS))))


def _rounded(coordinates: Any, decimals: int) -> Any:
    if isinstance(coordinates, (list, tuple)):
        return [_rounded(part, decimals) for part in coordinates]
    return round(float(coordinates), decimals) + 0.0


def layer_text(name: str, frame: gpd.GeoDataFrame) -> str:
    """One layer as GeoJSON text, one feature a line, sorted by id. Raises SitingError for wrong columns or empty shapes."""
    table = TABLES[name]
    fields = _columns(table, frame)
    ordered = frame.sort_values("id", kind="stable")
    geometry = tidy(ordered.geometry.to_numpy(), table.shape)
    if bool(np.any(shapely.is_empty(geometry) | ~shapely.is_valid(geometry))) or not ordered["id"].is_unique:
        raise SitingError(f"layer {name}: an empty or invalid shape, or an id used twice")
    decimals = POINT_DECIMALS if table.shape == "Point" else SHAPE_DECIMALS
    columns = [ordered[field.name].tolist() for field in fields]
    lines = []
    for number, shape in enumerate(geometry):
        found = {field.name: _cell(column[number], field) for field, column in zip(fields, columns, strict=True)}
        outline = shapely.geometry.mapping(shape)
        feature = {
            "type": "Feature",
            "id": found["id"],
            "properties": found,
            "geometry": {"type": outline["type"], "coordinates": _rounded(outline["coordinates"], decimals)},
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def profiles_text(profiles: pd.DataFrame) -> str:
    """The profile table as CSV text, sorted by profile, month, hour; five decimals."""
    ordered = profiles.sort_values(["profile", "month", "hour"], kind="stable")
    rows = zip(ordered["profile"], ordered["month"], ordered["hour"], ordered["value"], strict=True)
    return _csv(("profile", "month", "hour", "value"), [(p, int(m), int(h), f"{v:.5f}") for p, m, h, v in rows])


def log_text(log: BuildLog) -> str:
    """The build log as CSV text, sorted."""
    return _csv(("layer", "id", "action", "reason"), [(e.layer, e.id, e.action, e.reason) for e in sorted(log.entries)])


def _csv(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def write_region(out: Path, layers: Mapping[str, gpd.GeoDataFrame], profiles: pd.DataFrame, log: BuildLog) -> None:
    """Write `<layer>.geojson`, `profiles.csv` and `build-log.csv` into `out`; all text is made before a file is touched."""
    texts = {f"{name}.geojson": layer_text(name, frame) for name, frame in layers.items()}
    texts["profiles.csv"] = profiles_text(profiles)
    texts["build-log.csv"] = log_text(log)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_bytes(text.encode("utf-8"))
