"""A model for a user's own layers: what is there, what is missing, what is assumed, written down with its reasons.

Nothing is guessed: a layer is found by its name and a column by its name. What is missing but needed is told, all at once,
and then nothing is written; what is missing and not needed is told too, with what the plan then assumes or leaves out.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from siting.cells import closest, shown
from siting.errors import Fault, InputError, OutputError, input_error
from siting.families import FAMILIES
from siting.families.connectivity import CONNECTIVITY
from siting.families.fibre import FIBRE
from siting.families.satellite import SATELLITE
from siting.family import Family
from siting.layers.columnar import read_parquet, read_vector
from siting.layers.delimited import read_csv
from siting.layers.geojson import read_geojson
from siting.layers.geopackage import read_geopackage
from siting.layers.raw import RefusedError
from siting.layers.read import read_layers
from siting.layers.schema import TABLES
from siting.layers.source import FORMATS, LayerSource
from siting.model_text import ModelDraft, model_text
from siting.scenario.layers import ALWAYS_NEEDED, MADE_OTHERWISE
from siting.scenario.places import ENDINGS, MODEL_FILE, RESERVED_NAMES
from siting.scenario.settings import NAME_PATTERN
from siting.table import Table

ASSUMED: Final[Mapping[str, str]] = {"climate": "15 degC is taken at every site and in every season"}
"""What the program assumes without a layer, so that the families that read it can stay on."""
WITHOUT: Final[Mapping[str, str]] = {
    "lines": "the map shows no existing lines",
    "basemap": "the map shows no borders and rivers",
    "demand": "no round-trip times are told",
    "exclusions": "nothing is excluded: clusters may be put into parks and lakes",
    "candidates": "candidates are made from the other layers, by the rules in [candidates]",
}
"""What a plan lacks without a layer."""
_ABSENT: Final = ("L062",)


@dataclass(frozen=True, slots=True)
class NewModel:
    """The model file that was written, and what a person should know of it, one sentence a note."""

    path: Path
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """The path and the notes, one a line."""
        return "\n".join([f"wrote {self.path}", *(f"* {note}" for note in self.notes)])


def new_model(name: str, layers_dir: Path, into: Path) -> NewModel:
    """Write `<into>/models/<name>/model.toml` for the layers of a folder (or of one GeoPackage).

    Layers are files named after our layers (`sources.geojson`) or layers of a GeoPackage of those names. Raises InputError
    with all faults where a needed layer or column is missing or wrong, and OutputError where the model exists already or
    cannot be written; then nothing is written.
    """
    layers_dir = into / os.path.expanduser(layers_dir)
    folder = _model_folder(name, into)
    found, strangers, faults = find_layers(layers_dir, into)
    faults += list(_missing(found, strangers, layers_dir))
    faults += _unsound(found, layers_dir)
    if any(not fault.warning for fault in faults):
        raise input_error(faults)
    off = families_off(found)
    notes = tuple(_notes(found, strangers, off, faults, folder, into))
    text = model_text(_draft(name, found, layers_dir, folder, off))
    _write_once(folder / MODEL_FILE, text)
    return NewModel(folder / MODEL_FILE, notes)


def _write_once(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all. Raises OutputError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _model_folder(name: str, into: Path) -> Path:
    if not re.fullmatch(NAME_PATTERN, name) or name in RESERVED_NAMES:
        expected = "letters, digits, . _ and -, beginning with a letter or digit; not base or compare"
        raise input_error([Fault("S022", "", "", "name", shown(name), expected, "Choose another name")])
    folder = into / "models" / name
    if (folder / MODEL_FILE).exists() or (folder / MODEL_FILE).is_symlink():
        raise OutputError(f"{folder / MODEL_FILE} exists already: choose another name, or move it away")
    return folder


def find_layers(layers_dir: Path, into: Path) -> tuple[dict[str, LayerSource], tuple[str, ...], list[Fault]]:
    """Layers by name, in schema order, what else lies there, and layers that stand there twice."""
    if not layers_dir.exists():
        remedy = "Name the folder your layers are in"
        return {}, (), [Fault("S026", str(layers_dir), "", "", "no such folder", "a folder with layers", remedy)]
    options: dict[str, list[LayerSource]] = {}
    strangers: list[str] = []
    for path in [layers_dir] if layers_dir.is_file() else sorted(layers_dir.iterdir()):
        if path.suffix.lower() not in FORMATS or not path.is_file():
            continue
        names = _sublayers(path) if path.suffix.lower() == ".gpkg" else ()
        if path.stem in TABLES and len(names) < 2:
            options.setdefault(path.stem, []).append(LayerSource(path.stem, _shown(path, into), path))
        for sublayer in names if len(names) > 1 or path.stem not in TABLES else ():
            if sublayer in TABLES:
                source = LayerSource(sublayer, f"{_shown(path, into)}#{sublayer}", path, sublayer)
                options.setdefault(sublayer, []).append(source)
            else:
                strangers.append(f"{path.name}#{sublayer}")
        if not names and path.stem not in TABLES:
            strangers.append(path.name)
    faults = [
        Fault("S027", str(layers_dir), "", name, ", ".join(source.path for source in sources), "one file a layer", "Keep one")
        for name, sources in options.items()
        if len(sources) > 1
    ]
    return {name: options[name][0] for name in TABLES if name in options}, tuple(strangers), faults


def _sublayers(path: Path) -> tuple[str, ...]:
    """Names of the layers of a GeoPackage; none where it is not readable, which the reader then tells."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as base:
            rows = base.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name").fetchall()
    except sqlite3.Error:
        return ()
    return tuple(str(row[0]) for row in rows if not str(row[0]).startswith(("gpkg_", "rtree_", "layer_styles")))


def _shown(path: Path, into: Path) -> str:
    return path.relative_to(into).as_posix() if path.is_relative_to(into) else str(path)


def _missing(found: Mapping[str, LayerSource], strangers: Sequence[str], layers_dir: Path) -> Iterator[Fault]:
    """Needed layers that are not there, each with the nearest name that is, and with the columns it must have."""
    if not layers_dir.exists():
        return
    for name in ALWAYS_NEEDED:
        if name in found:
            continue
        table = TABLES[name]
        stems = {re.sub(r"\.\w+(#|$)", r"\1", stranger).rsplit("#", 1)[-1]: stranger for stranger in strangers}
        near = closest(name, stems)
        columns = ", ".join(field.name for field in table.fields if not field.optional)
        hint = f'If "{stems[near]}" is it, rename it. ' if near else ""
        what = "a table" if table.shape == "None" else f"a layer of {table.shape}s"
        remedy = f"{hint}Add {name}{'.csv' if table.shape == 'None' else '.geojson'} with the columns {columns}"
        yield Fault("S026", str(layers_dir), "", name, "no such layer", f"{what}: {table.meaning}", remedy)


def _unsound(found: Mapping[str, LayerSource], layers_dir: Path) -> list[Fault]:
    """Everything wrong inside the layers, warnings too; missing layers are told elsewhere."""
    off = families_off(found)
    needed: dict[str, set[str]] = {}
    for family in FAMILIES:
        for layer, fields in family.reads.items() if family.name not in off else ():
            needed.setdefault(layer, set()).update(field.name for field in fields if not field.optional)
    columns = {layer: frozenset(names) for layer, names in needed.items()}
    roots = (layers_dir if layers_dir.is_dir() else layers_dir.parent,)
    try:
        return list(read_layers(tuple(found.values()), roots=roots, needed=columns).warnings)
    except InputError as error:
        return [fault for fault in error.faults if fault.code not in _ABSENT]


def families_off(found: Mapping[str, LayerSource]) -> tuple[str, ...]:
    """Families that cannot work with these layers; without any data path, connectivity cannot be asked for either."""
    off = [family.name for family in FAMILIES if any(True for _ in _lacking(family, found))]
    if FIBRE.name in off and SATELLITE.name in off:
        off.append(CONNECTIVITY.name)
    return tuple(off)


def _lacking(family: Family, found: Mapping[str, LayerSource]) -> Iterator[str]:
    for layer in family.reads:
        if layer not in found and layer not in ASSUMED and layer not in WITHOUT and layer not in ALWAYS_NEEDED:
            yield layer


def _notes(
    found: Mapping[str, LayerSource],
    strangers: Sequence[str],
    off: Sequence[str],
    warnings: Sequence[Fault],
    folder: Path,
    into: Path,
) -> Iterator[str]:
    for name, table in TABLES.items():
        if name in found:
            yield from _column_notes(found[name], table)
        else:
            yield f"layer {name} is not there: " + (ASSUMED.get(name) or WITHOUT.get(name) or _off_by(name))
    for family in FAMILIES:
        if family.name in off:
            reason = ", ".join(_lacking(family, found)) or "fibre and satellite"
            yield f"family {family.name} is switched off: it needs {reason}"
    for stranger in strangers:
        near = closest(re.sub(r"\.\w+$", "", stranger.rsplit("#", 1)[-1]), TABLES)
        yield f"{stranger} is not used: it has the name of no layer" + (f"; if it is {near}, rename it" if near else "")
    yield from (fault.sentence() for fault in warnings)
    outside = sorted({str(source.resolved.parent) for source in found.values() if not _within(source.resolved, (folder, into))})
    for place in outside:
        yield f"{place} lies outside the project: runs of this model need --allow-outside"
    if MADE_OTHERWISE in found:
        yield "candidates are your own: the rules in [candidates] fill only columns they lack"


def _within(path: Path, roots: Sequence[Path]) -> bool:
    return any(path.resolve().is_relative_to(root.resolve()) for root in roots)


def _off_by(layer: str) -> str:
    readers = [family.name for family in FAMILIES if layer in family.reads]
    return f"{' and '.join(readers)} cannot run" if readers else "nothing needs it"


def _column_notes(source: LayerSource, table: Table) -> Iterator[str]:
    """Columns that are missing and filled, and columns nobody reads whose name is near to a missing one."""
    columns = _columns(source, table)
    missing = [field for field in table.fields if field.optional and field.name not in columns]
    yield f"layer {table.name}: {source.path}, columns {', '.join(columns) or 'none'}"
    for field in missing:
        filled = (
            "it stays empty"
            if field.default in (None, "")
            else f"{field.default} is used{f' [{field.unit}]' if field.unit else ''}"
        )
        guess = f"; in a built-in region it is estimated: {field.estimated}" if field.estimated else ""
        near = closest(field.name, [column for column in columns if column not in table.names])
        hint = f'; if column "{near}" is it, rename it' if near else ""
        yield f"layer {table.name}: column {field.name} is not there, {filled} ({field.meaning}){guess}{hint}"


def _columns(source: LayerSource, table: Table) -> tuple[str, ...]:
    """Column names of a layer that has been read before, its geometry left out."""
    path, kind = source.resolved, FORMATS[source.resolved.suffix.lower()]
    try:
        if kind == "geojson":
            raw, _ = read_geojson(path.read_bytes(), source.name, source.path)
        elif kind == "csv":
            raw, _ = read_csv(path.read_bytes(), source.name, source.path, table)
        elif kind == "parquet":
            raw, _ = read_parquet(path.read_bytes(), source.name, source.path)
        elif kind == "geopackage":
            raw, _ = read_geopackage(path, source.name, source.path, source.sublayer)
        else:
            raw, _ = read_vector(path, source.name, source.path, kind)
    except RefusedError as refused:
        raise input_error(refused.faults) from None
    return tuple(str(column) for column in raw.rows.columns)


def _draft(name: str, found: Mapping[str, LayerSource], layers_dir: Path, folder: Path, off: Sequence[str]) -> ModelDraft:
    """The facts the text is written from. Layers of plain names come by the region folder, others one by one."""
    in_folder = layers_dir.is_dir()
    named = {}
    for layer, source in found.items():
        if in_folder and source.resolved.suffix in ENDINGS and not source.sublayer and source.resolved.stem == layer:
            continue
        path = Path(os.path.relpath(source.resolved, folder)).as_posix()
        named[layer] = f"{path}#{source.sublayer}" if source.sublayer else path
    region = Path(os.path.relpath(layers_dir, folder)).as_posix() if in_folder and len(named) < len(found) else ""
    missing = {layer: WITHOUT.get(layer) or ASSUMED.get(layer) or _off_by(layer) for layer in TABLES if layer not in found}
    reasons = {family.name: ", ".join(_lacking(family, found)) for family in FAMILIES if family.name in off}
    return ModelDraft(name, region, named, reasons, missing, MADE_OTHERWISE in found)
