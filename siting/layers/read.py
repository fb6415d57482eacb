"""Reading layers without silent harm: every file through the door, every cell and shape held to its table, all faults at once.

What comes out is WGS 84, has the declared columns in the declared types, the user's further columns behind them, and is sorted
by id, so that neither format, CRS nor order of features can change a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from siting.cells import did_you_mean
from siting.errors import Fault, input_error
from siting.geo import WGS84
from siting.layers import crosscheck
from siting.layers.columnar import read_parquet, read_vector
from siting.layers.delimited import read_csv
from siting.layers.edits import (
    ADDED_BY,
    AddPolygons,
    RowEdit,
    apply_edits,
    clashes,
    conflicts,
    stacked,
    unknown_layers,
    with_identifiers,
)
from siting.layers.geojson import read_geojson
from siting.layers.geopackage import read_geopackage
from siting.layers.postgis import read_postgis
from siting.layers.profiles import profile_faults, scale_faults
from siting.layers.raw import RawLayer, RefusedError
from siting.layers.schema import TABLES
from siting.layers.shapes import settle_crs, settle_shapes
from siting.layers.source import LayerSource, door_faults, file_digest, format_faults, is_database
from siting.table import Table

Frame = gpd.GeoDataFrame | pd.DataFrame
ALWAYS = ("region", "zones", "sources")
"""Layers no model can do without."""
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Layers:
    """Checked layers by name, read-only. `digests` are SHA-256 of the files, `crs_found` the CRS each file was in."""

    frames: Mapping[str, Frame]
    sources: tuple[LayerSource, ...]
    digests: Mapping[str, str]
    warnings: tuple[Fault, ...]
    crs_found: Mapping[str, str]

    def __getitem__(self, name: str) -> Frame:
        """One layer. Raises KeyError with the names of the layers there are."""
        if name not in self.frames:
            raise KeyError(f"no layer {name}; there are {', '.join(self.frames)}")
        return self.frames[name]

    def get(self, name: str) -> Frame | None:
        """One layer, or None where the model has none of that name."""
        return self.frames.get(name)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One layer on its way: raw rows, the frame once everything in it is right, what was found."""

    table: Table
    raw: RawLayer | None
    frame: Frame | None
    faults: tuple[Fault, ...]
    digest: str
    crs: str


def read_layers(
    sources: Sequence[LayerSource],
    *,
    roots: Sequence[Path],
    allow_outside: bool = False,
    strict: bool = False,
    edits: Sequence[RowEdit | AddPolygons] = (),
    repair: bool = False,
    needed: Mapping[str, frozenset[str]] | None = None,
) -> Layers:
    """Read, check and lay over each other all layers of a model.

    `roots` are the folders files may lie in unless `allow_outside`; `edits` are applied before any check; `repair` lets polygons
    that cross themselves be mended; `needed` names the layers, and columns beyond the schema's, that the model uses (without
    it, every layer that the schema does not call optional). Raises InputError with the faults of all layers; warnings are
    kept in the answer, or are faults too where `strict`.
    """
    cells = [edit for edit in edits if isinstance(edit, RowEdit)]
    added = [edit for edit in edits if isinstance(edit, AddPolygons)]
    faults = [*_name_faults(sources), *conflicts(cells), *unknown_layers(cells, [source.name for source in sources])]
    known = {source.name: source for source in sources if source.name in TABLES}
    door = _Door(tuple(roots), allow_outside, repair)
    columns = needed or {}
    readings = {
        name: _read_layer(known[name], TABLES[name], door, cells, columns.get(name, frozenset()))
        for name in TABLES
        if name in known
    }
    faults += _missing_layers(readings, needed)
    own = readings["exclusions"].frame if "exclusions" in readings else None
    digests = {name: reading.digest for name, reading in readings.items()}
    crs_found = {name: reading.crs for name, reading in readings.items() if reading.crs}
    for addition in added:
        extra = _read_added(addition, door)
        readings[addition.layer] = _joined(readings.get(addition.layer), extra)
        digests[addition.source.file] = extra.digest
        crs_found[addition.source.file] = extra.crs
    faults += [fault for reading in readings.values() for fault in reading.faults]
    faults += _cross_faults(readings, own)
    errors = [fault for fault in faults if not fault.warning]
    warnings = [fault for fault in faults if fault.warning]
    if strict:
        # A repair that the scenario allows is a note, not a doubt.
        errors += [replace(fault, warning=False) for fault in warnings if fault.code != "L026"]
        warnings = [fault for fault in warnings if fault.code == "L026"]
    if errors:
        raise input_error([*errors, *warnings])
    frames = {name: reading.frame for name, reading in readings.items() if reading.frame is not None}
    return Layers(
        MappingProxyType(frames),
        (*sources, *(addition.source for addition in added)),
        MappingProxyType(digests),
        tuple(warnings),
        MappingProxyType(crs_found),
    )


@dataclass(frozen=True, slots=True)
class _Door:
    roots: tuple[Path, ...]
    allow_outside: bool
    repair: bool


def _name_faults(sources: Sequence[LayerSource]) -> list[Fault]:
    faults = []
    names = [source.name for source in sources]
    for place, source in enumerate(sources):
        if source.name not in TABLES:
            remedy = did_you_mean(source.name, TABLES)
            faults.append(Fault("L065", source.file, "", source.name, "no such layer", "one of " + ", ".join(TABLES), remedy))
        elif source.name in names[:place]:
            faults.append(Fault("L064", source.file, "", source.name, "the layer twice", "each layer once", "Keep one"))
    return faults


def _missing_layers(readings: Mapping[str, _Reading], needed: Mapping[str, frozenset[str]] | None) -> list[Fault]:
    if needed is None:
        wanted = [table.name for table in TABLES.values() if not table.optional]
    else:
        wanted = [name for name in TABLES if name in needed or name in ALWAYS]
    return [
        Fault("L062", "", "", name, "no such layer", f"a layer of {TABLES[name].meaning}", "Name its file in the scenario")
        for name in wanted
        if name not in readings and (needed is None or not TABLES[name].optional)
    ]


def _read_raw(source: LayerSource, table: Table, door: _Door) -> tuple[RawLayer, list[Fault], str]:
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


def _read_layer(
    source: LayerSource, table: Table, door: _Door, edits: Sequence[RowEdit], needed: frozenset[str], added: bool = False
) -> _Reading:
    """One layer with everything that can be said of it alone."""
    try:
        raw, faults, digest = _read_raw(source, table, door)
    except RefusedError as refused:
        return _Reading(table, None, None, refused.faults, "", "")
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
    return _Reading(table, raw, frame, tuple(faults), digest, crs_text)


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


def _read_added(addition: AddPolygons, door: _Door) -> _Reading:
    table = TABLES[addition.layer]
    reading = _read_layer(replace(addition.source, name=addition.layer), table, door, (), frozenset(), added=True)
    if reading.frame is None:
        return reading
    return replace(reading, frame=reading.frame.assign(**{ADDED_BY: addition.source.file}))


def _joined(own: _Reading | None, extra: _Reading) -> _Reading:
    """A layer and the polygons added to it."""
    if own is None:
        return extra
    faults = (*own.faults, *extra.faults)
    if own.frame is None or extra.frame is None or extra.raw is None:
        return replace(own, frame=None, faults=faults)
    taken = clashes(own.frame["id"], extra.raw)
    frame = stacked(own.frame, extra.frame).sort_values("id", kind="stable").reset_index(drop=True)
    return replace(own, frame=frame, faults=(*faults, *taken))


def _cross_faults(readings: Mapping[str, _Reading], own_exclusions: Frame | None) -> list[Fault]:
    """Faults between layers, as far as the layers can be laid over each other."""
    raws = {name: reading.raw for name, reading in readings.items() if reading.raw is not None}
    frames = {name: reading.frame for name, reading in readings.items() if reading.frame is not None}
    files = {name: raw.file for name, raw in raws.items()}
    faults = crosscheck.reference_faults(raws, TABLES)
    misplaced = crosscheck.position_faults(frames, files)
    faults += misplaced
    if not any(fault.file == files.get("candidates") for fault in misplaced):
        exclusions = own_exclusions if isinstance(own_exclusions, gpd.GeoDataFrame) else None
        faults += crosscheck.candidate_faults(frames, files, exclusions)
    profiles = frames.get("profiles")
    if profiles is not None:
        faults += scale_faults(
            profiles, _used(frames, "sources", "profile"), _used(frames, "zones", "load_profile"), files["profiles"]
        )
    return faults


def _used(frames: Mapping[str, Frame], layer: str, column: str) -> set[str]:
    values: Iterable[object] = frames[layer][column] if layer in frames else ()
    return {str(value) for value in values}
