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
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from siting.errors import Fault
from siting.layers.schema import TABLES
from siting.table import Field, Table
from siting.verify.asked import Asked
from siting.verify.report import CannotCheck, Flags, Floats

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
Row = Mapping[str, Any]
Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as columns of equal length, in the declared types, and its shapes in WGS 84. Numbers that are missing are NaN."""

    columns: Mapping[str, NDArray[Any]]
    shapes: Shapes

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def numbers(self, name: str) -> Floats:
        """A column of numbers."""
        found: Floats = self.columns[name].astype(np.float64)
        return found

    def texts(self, name: str) -> list[str]:
        """A column of texts, "" where missing."""
        return [str(each) for each in self.columns[name]]

    def flags(self, name: str) -> Flags:
        """A column of flags."""
        found: Flags = self.columns[name].astype(np.bool_)
        return found

    def where(self, which: Flags) -> Layer:
        """Some of the rows."""
        return Layer({name: values[which] for name, values in self.columns.items()}, self.shapes[which])

    @property
    def ids(self) -> list[str]:
        """Identifiers of the rows."""
        return self.texts("id")

    @property
    def lon(self) -> Floats:
        """Longitudes of points."""
        found: Floats = shapely.get_x(self.shapes).astype(np.float64)
        return found

    @property
    def lat(self) -> Floats:
        """Latitudes of points."""
        found: Floats = shapely.get_y(self.shapes).astype(np.float64)
        return found


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers by name; `faults` tells files that are not those of the run."""

    found: Mapping[str, Layer]
    faults: tuple[Fault, ...]

    def get(self, name: str) -> Layer:
        """A layer, without rows where the model has none. `own_exclusions` are those of the region alone."""
        return self.found.get(name) or _typed([], [], TABLES[name.removeprefix("own_")], name)

    def has(self, name: str) -> bool:
        """Whether the model has this layer."""
        return name in self.found


def read_layers(asked: Asked, digests: Mapping[str, str], folder: Path, root: Path | None) -> Layers:
    """Read what the scenario names. `digests` are SHA-256 by layer name where the scenario does not say them.

    Raises CannotCheck for a layer that can not be found or read.
    """
    edits = asked.values.get("edits", ())
    found: dict[str, Layer] = {}
    faults: list[Fault] = []
    for name, entry in asked.value("layers").items():
        if name in NEEDED:
            path = _find(entry, asked.file, folder, root)
            faults.extend(_changed(path, str(entry.get("sha256") or digests.get(name, ""))))
            rows, shapes = _read(path, entry, TABLES[name])
            own = [edit for edit in edits if edit["layer"] == name]
            found[name] = _typed(_edited(rows, own), shapes, TABLES[name], str(path))
    if "exclusions" in found:
        found["own_exclusions"] = found["exclusions"]
    for entry in asked.values.get("exclude", ()):
        path = _find(entry, asked.file, folder, root)
        faults.extend(_changed(path, str(entry.get("sha256") or digests.get(str(entry.get("name")), ""))))
        found["exclusions"] = _stacked(found.get("exclusions"), _extra(path, entry))
    return Layers(found, tuple(faults))


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _find(entry: Row, file: str, folder: Path, root: Path | None) -> Path:
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
    wanted = f"{expected} (input.hash: the layer as it was when the run was made)"
    return [Fault("V005", str(path), "", "sha256", found, wanted, "")]


def _read(path: Path, entry: Row, table: Table) -> tuple[list[Row], list[Any]]:
    """Rows and shapes of a file, in WGS 84. Raises CannotCheck where it can not be read."""
    crs = str(entry.get("crs") or "")
    try:
        if path.suffix == ".csv" and (table.shape == "None" or crs in WGS84):
            return _read_csv(path, table)
        if path.suffix in (".geojson", ".json") and crs in WGS84:
            found = _read_geojson(path)
            if found is not None:
                return found
        return _read_other(path, crs, str(entry.get("sublayer") or ""))
    except (OSError, ValueError, KeyError, TypeError) as error:
        told = f"{type(error).__name__}: {error}"
        raise CannotCheck(Fault("V005", str(path), "", "", told, "a layer that can be read", "")) from error


def _read_geojson(path: Path) -> tuple[list[Row], list[Any]] | None:
    """Features as rows; None where the file names a CRS of its own."""
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    if document.get("crs") is not None:
        return None
    rows = [{"id": each.get("id"), **(each.get("properties") or {})} for each in document["features"]]
    shapes = [shapely.force_2d(shape(each["geometry"])) if each["geometry"] else None for each in document["features"]]
    return list(rows), shapes


def _read_csv(path: Path, table: Table) -> tuple[list[Row], list[Any]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [{name: cell if cell.strip() else None for name, cell in line.items()} for line in csv.DictReader(stream)]
    if table.shape == "None":
        return list(rows), [None] * len(rows)
    east, north = ("lon", "lat") if rows and "lon" in rows[0] else ("x", "y")
    return list(rows), [shapely.Point(float(row[east] or "nan"), float(row[north] or "nan")) for row in rows]


def _read_other(path: Path, crs: str, sublayer: str) -> tuple[list[Row], list[Any]]:
    if path.suffix in (".parquet", ".geoparquet"):
        frame = gpd.read_parquet(path)
    elif path.suffix == ".csv":
        rows = _read_csv(path, TABLES["candidates"])
        frame = gpd.GeoDataFrame(list(rows[0]), geometry=np.array(rows[1], dtype=object), crs=crs)
    else:
        frame = gpd.read_file(path, layer=sublayer or None)
    if crs not in WGS84:
        frame = frame.set_crs(crs, allow_override=True)
    placed = frame.to_crs(4326)
    names = [str(name) for name in placed.columns if name != placed.geometry.name]
    cells = [dict(zip(names, row, strict=True)) for row in placed[names].itertuples(index=False, name=None)]
    return list(cells), [shapely.force_2d(each) for each in placed.geometry]


def _edited(rows: Sequence[Row], edits: Sequence[Row]) -> list[Row]:
    if not edits:
        return list(rows)
    by_id: dict[str, dict[str, Any]] = {}
    for edit in edits:
        by_id.setdefault(str(edit["id"]), {})[str(edit["column"])] = edit["value"]
    return [{**row, **by_id.get(_text(row.get("id")), {})} for row in rows]


def _typed(rows: Sequence[Row], shapes: Sequence[Any], table: Table, file: str) -> Layer:
    """The declared columns in their types. Raises CannotCheck for a cell that is not of its kind."""
    columns = {field.name: _column([row.get(field.name) for row in rows], field, file) for field in table.fields}
    kept = np.empty(len(shapes), dtype=object)
    kept[:] = [shapely.make_valid(each) for each in shapes] if table.shape == "Polygon" else list(shapes)
    return Layer(columns, kept)


def _column(cells: Sequence[Any], field: Field, file: str) -> NDArray[Any]:
    values = [field.default if _missing(cell) else cell for cell in cells]
    if field.kind == "text":
        return np.array([_text(value) for value in values], dtype=object)
    if field.kind == "flag":
        return np.array([value in (True, 1, "true", "True", "TRUE", "1") for value in values], dtype=np.bool_)
    numbers = np.array([_number(value) for value in values], dtype=np.float64)
    if not field.optional and np.isnan(numbers).any():
        row = int(np.argmax(np.isnan(numbers)))
        raise CannotCheck(Fault("V005", file, f"row {row + 1}", field.name, str(cells[row]), "a number", ""))
    return numbers


def _missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and np.isnan(cell))


def _number(value: Any) -> float:
    try:
        return float("nan") if value is None else float(value)
    except (TypeError, ValueError):
        return float("nan")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _extra(path: Path, entry: Row) -> Layer:
    """Polygons of a further file, with ids of their own where the file has none."""
    rows, shapes = _read(path, entry, TABLES["exclusions"])
    named = [{"id": _text(row.get("id")) or f"{path.stem}-{n}", "name": row.get("name")} for n, row in enumerate(rows, start=1)]
    return _typed(named, shapes, TABLES["exclusions"], str(path))


def _stacked(own: Layer | None, more: Layer) -> Layer:
    if own is None:
        return more
    columns = {name: np.concatenate([values, more.columns[name]]) for name, values in own.columns.items()}
    return Layer(columns, np.concatenate([own.shapes, more.shapes]))
