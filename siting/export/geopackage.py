"""`plan.gpkg`: every layer and table of the plan with default styles and the run record, the same by content on each run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from siting.errors import OutputError
from siting.export.cells import Cell, Floats, column_cells, known_columns, number_or_none, text, written_columns
from siting.export.geojson import require_wgs84
from siting.export.qgis import STYLES, qml
from siting.layers.schema import TABLES
from siting.plan.record import Plan, RunRecord
from siting.plan.schema import PLAN_TABLES
from siting.table import Table

_DATE: Final = "2000-01-01T00:00:00.000Z"
"""Date written wherever the format wants one: content must not depend on the day."""
_KINDS: Final[Mapping[str, str]] = {"text": "object", "number": "float64", "whole": "Int64", "flag": "boolean"}
_FIRST_MULTIPART: Final = 4
"""Geometry types of shapely from which on they have parts."""
_BASE_LAYERS: Final = (
    "region", "zones", "exclusions", "basemap", "lines", "substations", "sources", "pops", "gateways", "demand", "climate",
)  # fmt: skip
_ATTRIBUTES: Final = (
    "modules", "cashflow", "cash_months", "limits", "latency", "link_periods", "data_periods", "equipment", "given", "programme",
)  # fmt: skip


def write(plan: Plan, folder: Path) -> tuple[str, ...]:
    """Write `plan.gpkg` and return its name. Raises OutputError where a layer does not hold what was written."""
    path = folder / "plan.gpkg"
    path.unlink(missing_ok=True)
    counts: dict[str, int] = {}
    with _options():
        for name, frame, table, columns in _layers(plan):
            _write_layer(frame, table, columns, path, name)
            counts[name] = len(frame)
        for name in _ATTRIBUTES:
            frame, table = getattr(plan, name), PLAN_TABLES[name]
            pyogrio.write_dataframe(_typed(frame, table, written_columns(frame, table)), path, layer=name, driver="GPKG")
            counts[name] = len(frame)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("PRAGMA synchronous = OFF")
        _write_styles(base, [name for name, *_ in _layers(plan) if name in STYLES])
        _write_record(base, record_rows(plan.record))
    _compare(path, counts)
    return (path.name,)


def record_rows(record: RunRecord) -> list[tuple[str, str]]:
    """The run record as (key, value) text; what may differ between identical runs is left out."""
    rows = [
        ("model", record.model),
        ("title", record.title),
        ("what_ifs", "; ".join(record.what_ifs)),
        ("status", record.status),
        ("exit_code", str(record.exit_code)),
        ("proven", "true" if record.proven else "false"),
        ("seed", str(record.seed)),
        ("periods", "; ".join(record.periods)),
        ("it_mw", "; ".join(repr(number_or_none(value)) for value in record.it_mw)),
    ]
    for aim in record.aims:
        facts = {name: number_or_none(getattr(aim, name)) for name in ("value", "bound", "gap", "gross_gap", "asked_gap")}
        rows.append(
            (f"aim.{aim.name}", json.dumps({"title": aim.title, "unit": aim.unit, **facts}, ensure_ascii=False, allow_nan=False))
        )
    rows += [(f"value.{value.path}", f"{value.value} {value.unit}".strip() + f" ({value.origin})") for value in record.values]
    rows += [(f"version.{name}", version) for name, version in sorted(record.versions.items())]
    rows += [(f"digest.{name}", digest) for name, digest in sorted(record.digests.items())]
    rows += [(f"size.{name}", str(size)) for name, size in sorted(record.sizes.items())]
    rows += [(f"note.{number}", note) for number, note in enumerate(record.notes, 1)]
    return [(text(key), text(value)) for key, value in rows]


def _layers(plan: Plan) -> Iterator[tuple[str, gpd.GeoDataFrame, Table, tuple[str, ...]]]:
    """Every layer with geometry, its table and the columns that are written; lowest on a map first."""
    for name in _BASE_LAYERS:
        frame = plan.layers.get(name)
        if isinstance(frame, gpd.GeoDataFrame):
            yield name, frame, TABLES[name], known_columns(frame, TABLES[name])
    found = (
        ("data_links", plan.data_links, "data_links"),
        ("power_links", plan.power_links, "power_links"),
        ("sites", plan.sites, "sites"),
        ("chosen_sites", plan.chosen, "sites"),
    )
    for name, frame, of in found:
        more = tuple(plan.site_columns) if of == "sites" else ()
        yield name, frame, PLAN_TABLES[of], written_columns(frame, PLAN_TABLES[of], more)


def _write_layer(frame: gpd.GeoDataFrame, table: Table, columns: Sequence[str], path: Path, name: str) -> None:
    require_wgs84(frame)
    shapes, geometry_type = _one_type(shapely.force_2d(frame.geometry.to_numpy()), table)
    geometry = gpd.GeoSeries(shapes, crs=4326)
    layer = gpd.GeoDataFrame(_typed(frame, table, columns), geometry=geometry)
    pyogrio.write_dataframe(
        layer, path, layer=name, driver="GPKG", geometry_type=geometry_type, dataset_options={"VERSION": "1.2"}
    )


def _one_type(shapes: NDArray[np.object_], table: Table) -> tuple[NDArray[np.object_], str]:
    """The shapes as one geometry type, as GeoPackage layers want: multi where any is."""
    single = {"Point": "Point", "Line": "LineString", "Polygon": "Polygon"}[table.shape]
    if not (shapely.get_type_id(shapes) >= _FIRST_MULTIPART).any():
        return shapes, single
    whole = np.empty(len(shapes), dtype=object)
    whole[:] = [_multi(shape) for shape in shapes]
    return whole, f"Multi{single}"


def _multi(shape: BaseGeometry | None) -> BaseGeometry | None:
    if isinstance(shape, Point):
        return MultiPoint([shape])
    if isinstance(shape, LineString):
        return MultiLineString([shape])
    return MultiPolygon([shape]) if isinstance(shape, Polygon) else shape


def _typed(frame: pd.DataFrame, table: Table, columns: Sequence[str]) -> pd.DataFrame:
    """The columns in their order, each with the type its table declares, missing text as null."""
    kinds = {field.name: field.kind for field in table.fields}
    typed = {}
    for name in columns:
        values = column_cells(frame[name])
        kind = _KINDS[kinds[name]] if name in kinds else _dtype_of(values)
        typed[name] = pd.Series(values, dtype=kind)
    return pd.DataFrame(typed, columns=list(columns), index=range(len(frame)))


def _dtype_of(values: Sequence[Cell] | Floats) -> str:
    if isinstance(values, np.ndarray):
        return "float64"
    found = {type(value) for value in values if value is not None}
    if found == {bool}:
        return "boolean"
    if found == {int}:
        return "Int64"
    return "float64" if found and found <= {int, float} else "object"


def _write_styles(base: sqlite3.Connection, names: Sequence[str]) -> None:
    base.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT, f_table_schema TEXT, "
        "f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, "
        "description TEXT, owner TEXT, ui TEXT, update_time DATETIME)"
    )
    rows = [("", "", name, "geom", name, qml(STYLES[name]), "", 1, f"default style of {name}", "", None, _DATE) for name in names]
    base.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
        "styleSLD, useAsDefault, description, owner, ui, update_time) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        rows,
    )
    _register(base, "layer_styles")


def _write_record(base: sqlite3.Connection, rows: Sequence[tuple[str, str]]) -> None:
    base.execute(
        "CREATE TABLE run_record (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL)"
    )
    base.executemany("INSERT INTO run_record (key, value) VALUES (?, ?)", rows)
    _register(base, "run_record")


def _register(base: sqlite3.Connection, name: str) -> None:
    base.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
        "VALUES (?, 'attributes', ?, '', ?, 0)",
        (name, name, _DATE),
    )


@contextmanager
def _options() -> Iterator[None]:
    """A fixed date, as equal plans give equal bytes; and no wait for the disk after each of some twenty layers, as a folder is
    synchronised once, when it is whole."""
    options = {"OGR_CURRENT_DATE": _DATE, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _compare(path: Path, counts: Mapping[str, int]) -> None:
    with closing(sqlite3.connect(path)) as base:
        found = {name: base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in counts}
    wrong = [f"{name} {found[name]} of {count}" for name, count in counts.items() if found[name] != count]
    if wrong:
        raise OutputError(f"{path.name} does not hold what was written: {', '.join(wrong)}")
