"""GeoPackage read as what it is, an SQLite file: cells keep the type they were stored with, nothing is converted on the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pandas as pd
import shapely
from shapely.errors import ShapelyError

from siting.cells import did_you_mean, row_places
from siting.errors import Fault
from siting.geo import CRS
from siting.layers.raw import RawLayer, RefusedError, object_array, parse_crs

_ENVELOPE_BYTES: Final[dict[int, int]] = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_UNKNOWN_SRS: Final = (0, -1)


def read_geopackage(path: Path, name: str, file: str, sublayer: str) -> tuple[RawLayer, list[Fault]]:
    """One layer of a GeoPackage as a raw layer, with the faults of single rows. Raises RefusedError."""
    journal = path.with_name(path.name + "-wal")
    if journal.is_file() and journal.stat().st_size:
        found, remedy = "changes that are not written into the file yet (-wal)", "Close it in the other program, then run again"
        raise RefusedError(Fault("L054", file, "", "", found, "a file nobody is writing", remedy))
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as base:
            base.execute("PRAGMA trusted_schema = OFF")
            return _read(base, name, file, sublayer)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise RefusedError(_unreadable(file, str(error))) from None


def _unreadable(file: str, why: str) -> Fault:
    return Fault("L055", file, "", "", f"not a readable GeoPackage ({why[:120]})", "a whole GeoPackage", "Export it again")


def _read(base: sqlite3.Connection, name: str, file: str, sublayer: str) -> tuple[RawLayer, list[Fault]]:
    state = base.execute("PRAGMA integrity_check(1)").fetchone()
    if state is None or state[0] != "ok":
        raise RefusedError(_unreadable(file, str(state[0] if state else "no answer").splitlines()[0]))
    table = _layer_name(base, file, sublayer)
    geometry = base.execute("SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (table,)).fetchone()
    columns = base.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
    names = [str(column[1]) for column in columns]
    flags = {str(column[1]) for column in columns if str(column[2]).upper() == "BOOLEAN"}
    row_numbers = {str(column[1]) for column in columns if column[5] and str(column[1]) != "id"}
    kept = [column for column in names if column not in row_numbers and (geometry is None or column != geometry[0])]
    cells = base.execute(f"SELECT {', '.join(_quoted(column) for column in names)} FROM {_quoted(table)}").fetchall()
    order = {column: place for place, column in enumerate(names)}
    rows = pd.DataFrame(
        {column: object_array([_cell(row[order[column]], column in flags) for row in cells]) for column in kept},
        index=range(len(cells)),
    )
    places = tuple(row_places(rows, "feature"))
    if geometry is None:
        return RawLayer(name, file, rows, None, places), []
    with _known_columns(file):
        blobs = [row[order[geometry[0]]] for row in cells]
    shapes, faults, told = _shapes(blobs, file, places)
    return RawLayer(name, file, rows, object_array(shapes), places, told, _crs(base, int(geometry[1]), file)), faults


@contextmanager
def _known_columns(file: str) -> Iterator[None]:
    try:
        yield
    except KeyError as missing:
        raise RefusedError(_unreadable(file, f"no geometry column {missing}")) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _layer_name(base: sqlite3.Connection, file: str, sublayer: str) -> str:
    listed = base.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') ORDER BY table_name"
    )
    names = [str(row[0]) for row in listed]
    shown = ", ".join(names) or "none"
    if sublayer and sublayer not in names:
        remedy = did_you_mean(sublayer, names)
        raise RefusedError(Fault("L053", file, "", sublayer, "no such layer", f"one of: {shown}", remedy))
    if sublayer:
        return sublayer
    if len(names) != 1:
        remedy = f"Name one as {file}#layer"
        raise RefusedError(
            Fault("L052", file, "", "", f"{len(names)} layers: {shown}", "one layer, or one that is named", remedy)
        )
    return names[0]


def _cell(value: Any, flag: bool) -> Any:
    if flag and value in (0, 1):
        return bool(value)
    return value.hex() if isinstance(value, bytes) else value


def _crs(base: sqlite3.Connection, srs: int, file: str) -> CRS | None:
    """The CRS of an SRS number; None where the file says that it is undefined."""
    if srs in _UNKNOWN_SRS:
        return None
    found = base.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (srs,)
    ).fetchone()
    if found is None:
        return None
    organization, number, definition = found
    text = f"EPSG:{number}" if str(organization).upper() == "EPSG" else str(definition)
    return parse_crs(text, file, f"srs_id {srs}")


def _shapes(blobs: list[Any], file: str, places: tuple[str, ...]) -> tuple[list[Any], list[Fault], frozenset[int]]:
    shapes: list[Any] = []
    faults: list[Fault] = []
    told = set()
    for row, blob in enumerate(blobs):
        try:
            shapes.append(None if blob is None else _shape(blob))
        except (ValueError, IndexError, TypeError, ShapelyError):
            shapes.append(None)
            told.add(row)
            remedy = "Repair the layer in a GIS and export it again"
            faults.append(Fault("L022", file, places[row], "geometry", "an unreadable geometry", "GeoPackage geometry", remedy))
    return shapes, faults, frozenset(told)


def _shape(blob: bytes) -> Any:
    """The geometry of a GeoPackage blob: header of 8 bytes, envelope, then well-known binary."""
    if blob[:2] != b"GP":
        raise ValueError("no GeoPackage geometry")
    flags = blob[3]
    shape = shapely.from_wkb(blob[8 + _ENVELOPE_BYTES[(flags >> 1) & 7] :])
    return shapely.force_2d(shape)
