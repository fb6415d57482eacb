"""One layer: from its file through the door to a frame held to its table, with everything that can be said of it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from siting.errors import Fault
from siting.geo import WGS84
from siting.layers import crosscheck
from siting.layers.columnar import read_parquet, read_vector
from siting.layers.delimited import read_csv
from siting.layers.edits import RowEdit, apply_edits, with_identifiers
from siting.layers.geojson import read_geojson
from siting.layers.geopackage import read_geopackage
from siting.layers.postgis import read_postgis
from siting.layers.profiles import profile_faults
from siting.layers.raw import RawLayer, RefusedError
from siting.layers.shapes import settle_crs, settle_shapes
from siting.layers.source import LayerSource, door_faults, file_digest, format_faults, is_database
from siting.table import Table

Frame = gpd.GeoDataFrame | pd.DataFrame
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Door:
    """What files may be opened, and whether polygons that cross themselves may be repaired."""

    roots: tuple[Path, ...]
    allow_outside: bool
    repair: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One layer on its way: raw rows, the frame once everything in it is right, what was found."""

    table: Table
    raw: RawLayer | None
    frame: Frame | None
    faults: tuple[Fault, ...]
    digest: str
    crs: str


def _read_raw(source: LayerSource, table: Table, door: Door) -> tuple[RawLayer, list[Fault], str]:
    """The raw layer of a source, faults of its rows and the digest of its file. Raises RefusedError."""
    if is_database(source):
        return read_postgis(source)
    closed = door_faults(source, door.roots, door.allow_outside)
    if closed:
        raise RefusedError(*closed)
    path, file, name = source.resolved.resolve(), source.file, source.name
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        kind, odd = format_faults(source, head, path.stat().st_size)
        if odd:
            raise RefusedError(*odd)
        digest = file_digest(path, kind)
        data = path.read_bytes() if kind in ("geojson", "csv", "parquet") else b""
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise RefusedError(Fault("L042", file, "", "", found, "a readable file", "Check its permissions")) from None
    if kind == "geojson":
        return (*read_geojson(data, name, file), digest)
    if kind == "csv":
        return (*read_csv(data, name, file, table), digest)
    if kind == "parquet":
        return (*read_parquet(data, name, file), digest)
    if kind == "geopackage":
        return (*read_geopackage(path, name, file, source.sublayer), digest)
    return (*read_vector(path, name, file, kind), digest)


def read_one(
    source: LayerSource, table: Table, door: Door, edits: Sequence[RowEdit], needed: frozenset[str], added: bool = False
) -> Reading:
    """One layer with everything that can be said of it alone."""
    try:
        raw, faults, digest = _read_raw(source, table, door)
    except RefusedError as refused:
        return Reading(table, None, None, refused.faults, "", "")
    raw = with_identifiers(raw, source.resolved.stem) if added else raw
    raw, wrong = apply_edits(raw, edits, table)
    faults = [*faults, *wrong, *_row_faults(raw, table, needed)]
    shapes, crs_text = None, ""
    if table.shape != "None":
        if raw.shapes is None:
            found, remedy = "a table without geometry", "Name a layer with geometry"
            faults.append(Fault("L030", raw.file, "", "geometry", found, f"a layer of {table.shape}s", remedy))
        else:
            try:
                crs, unclear = settle_crs(raw, source.crs)
            except RefusedError as refused:
                crs, unclear = None, list(refused.faults)
            faults += unclear
            if crs is not None:
                crs_text = crs.to_string()
                shapes, odd = settle_shapes(raw, table.shape, crs, door.repair)
                faults += odd
    frame = None
    if not any(not fault.warning for fault in faults):
        frame = _frame(raw, table, shapes)
    return Reading(table, raw, frame, tuple(faults), digest, crs_text)


def _row_faults(raw: RawLayer, table: Table, needed: frozenset[str]) -> list[Fault]:
    """Faults of the cells and of the columns as a whole."""
    faults = []
    if not len(raw.rows):
        warning = table.optional and table.name != "candidates"
        remedy = "The layer is taken as empty" if warning else "There is nothing to choose from: bring features"
        faults.append(Fault("L034", raw.file, "", "", "0 features", "at least one feature", remedy, warning))
        if not len(raw.rows.columns):
            return faults
    if table.name == "region" and len(raw.rows) > 1:
        remedy = "Dissolve them into one MultiPolygon"
        faults.append(Fault("L033", raw.file, "", "", f"{len(raw.rows)} features", "one feature", remedy))
    faults += table.check(raw.rows, raw.file, raw.places)
    for column in sorted(needed - set(table.names) - set(map(str, raw.rows.columns))):
        faults.append(Fault("L004", raw.file, "", column, "no such column", "a column the model reads", "Add the column"))
    if table.name == "profiles":
        faults += profile_faults(raw.rows, raw.file)
    return [*faults, *crosscheck.literal_faults(raw, table, needed), *crosscheck.scale_warnings(raw, table)]


def _frame(raw: RawLayer, table: Table, shapes: object) -> Frame:
    """The checked layer in its declared types, sorted by id (profiles by profile, month and hour)."""
    typed = table.coerce(raw.rows)
    for name in typed.columns:
        if name not in table.names:
            typed[name] = _plain_column(typed[name])
    rest = sorted(str(name) for name in typed.columns if name not in table.names)
    typed = typed[[*table.names, *rest]]
    order = ["id"] if "id" in table.names else ["profile", "month", "hour"]
    if table.shape == "None":
        return typed.sort_values(order, kind="stable").reset_index(drop=True)
    frame = gpd.GeoDataFrame(typed, geometry=shapes, crs=WGS84)
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def _plain_column(column: pd.Series) -> pd.Series:
    """A further column of the user's in one type: as it is where its cells agree, else as text."""
    plain = column.infer_objects()
    if plain.dtype != object:
        return plain
    return pd.Series(
        [None if value is None else crosscheck.cell_text(value) for value in column], index=column.index, dtype="str"
    )
