"""GeoParquet, FlatGeobuf and shapefiles, through the libraries that read them."""

from __future__ import annotations

import io
import json
import re
import warnings
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from siting.cells import row_places
from siting.errors import Fault
from siting.geo import CRS
from siting.layers.raw import RawLayer, RefusedError, object_array, on_earth, parse_crs

_BROKEN: Final = (OSError, ValueError, IndexError, RuntimeError, shapely.errors.ShapelyError)
"""What the reader raises on files that are cut short or damaged."""


def _unreadable(file: str, kind: str, error: Exception) -> RefusedError:
    found = f"not a readable {kind} ({str(error).splitlines()[0][:120] if str(error) else type(error).__name__})"
    return RefusedError(Fault("L060", file, "", "", found, f"a whole {kind}", "Export it again"))


def read_parquet(data: bytes, name: str, file: str) -> tuple[RawLayer, list[Fault]]:
    """A GeoParquet or plain Parquet file as a raw layer. Raises RefusedError."""
    try:
        content = pq.ParquetFile(io.BytesIO(data)).read()
        frame = content.replace_schema_metadata(None).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise _unreadable(file, "Parquet file", error) from None
    frame = frame.drop(columns=[column for column in frame.columns if re.fullmatch(r"__index_level_\d+__", str(column))])
    meta = (content.schema.metadata or {}).get(b"geo")
    if meta is None:
        return _raw(name, file, frame, None, None, None), []
    try:
        geo = json.loads(meta)
        column = geo["primary_column"]
        about = geo["columns"][column]
        if about.get("encoding") != "WKB":
            raise ValueError(f"geometry encoding {about.get('encoding')}")
        shapes = shapely.from_wkb(frame.pop(column).to_numpy(dtype=object, na_value=None))
    except (KeyError, ValueError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise _unreadable(file, "GeoParquet file", error) from None
    if about.get("edges", "planar") != "planar":
        raise RefusedError(Fault("L060", file, "", "edges", str(about["edges"]), "planar edges", "Export it with planar edges"))
    crs = parse_crs(json.dumps(about["crs"]), file, "geo metadata") if about.get("crs") is not None else None
    return _raw(name, file, frame, shapes, crs, CRS.from_user_input("OGC:CRS84") if "crs" not in about else None), []


def read_vector(path: Path, name: str, file: str, kind: str) -> tuple[RawLayer, list[Fault]]:
    """A FlatGeobuf or shapefile as a raw layer; what the reader warns of becomes warnings. Raises RefusedError."""
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            frame = pyogrio.read_dataframe(path, on_invalid="raise")
            stated = int(pyogrio.read_info(path, force_feature_count=True)["features"])
    except (*_BROKEN, DataSourceError, DataLayerError) as error:
        raise _unreadable(file, kind, error) from None
    if stated != len(frame):
        raise _unreadable(file, kind, ValueError(f"{len(frame)} of {stated} features can be read"))
    faults = [Fault("L069", file, "", "", str(warning.message)[:120], "", "Check the layer", True) for warning in heard]
    if not isinstance(frame, gpd.GeoDataFrame):
        return _raw(name, file, frame, None, None, None), faults
    shapes = frame.geometry.to_numpy()
    return _raw(name, file, pd.DataFrame(frame.drop(columns=frame.geometry.name)), shapes, on_earth(frame.crs), None), faults


def _raw(name: str, file: str, frame: pd.DataFrame, shapes: Any, crs: CRS | None, default: CRS | None) -> RawLayer:
    rows = frame.reset_index(drop=True)
    if not rows.columns.is_unique:
        column = str(rows.columns[rows.columns.duplicated()][0])
        raise RefusedError(Fault("L010", file, "", column, "the column twice", "each column once", "Keep one"))
    for column in rows.columns:
        if not isinstance(rows[column].dtype, np.dtype) and not pd.api.types.is_string_dtype(rows[column].dtype):
            rows[column] = rows[column].astype(object)
    flat = None if shapes is None else object_array(list(shapely.force_2d(np.asarray(shapes, dtype=object))))
    return RawLayer(name, file, rows, flat, tuple(row_places(rows, "feature")), frozenset(), crs, default)
