"""CSV read strictly: UTF-8, comma, one header, as many cells in each line; numbers are numbers only as a whole."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from siting.cells import NotFinite, at_most, row_place, shown
from siting.errors import Fault
from siting.geo import WGS84
from siting.layers.geojson import decode_text
from siting.layers.raw import RawLayer, RefusedError, object_array
from siting.table import Table

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WHOLE: Final = re.compile(r"[+-]?\d{1,18}")
_PLAIN: Final = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d*)?([eE][+-]?\d+)?")
_LITERALS: Final = ("nan", "inf", "+inf", "-inf", "infinity", "-infinity", "+infinity")
_FLAGS: Final[dict[str, bool]] = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
_PLACES: Final = (("lon", "lat"), ("longitude", "latitude"), ("x", "y"))


def read_csv(data: bytes, name: str, file: str, table: Table) -> tuple[RawLayer, list[Fault]]:
    """The lines of a CSV file as a raw layer; layers of points from `lon` and `lat` (or `x` and `y`). Raises RefusedError."""
    header, lines, numbers = _lines(decode_text(data, file), file)
    columns = {column: [line[place] for line in lines] for place, column in enumerate(header)}
    identifiers = columns.get("id", [None] * len(lines))
    places = tuple(row_place("line", number, key or None) for number, key in zip(numbers, identifiers, strict=True))
    shapes, faults, told = None, list[Fault](), frozenset[int]()
    if table.shape != "None":
        axes = next((pair for pair in _PLACES if pair[0] in columns and pair[1] in columns), None)
        if table.shape != "Point" or axes is None:
            remedy = "Add the columns lon and lat" if table.shape == "Point" else "Export it as GeoPackage or GeoJSON"
            raise RefusedError(Fault("L068", file, "line 1", "", "CSV without geometry", f"a layer of {table.shape}s", remedy))
        shapes, faults, told = _points(columns.pop(axes[0]), columns.pop(axes[1]), axes, file, places)
    kinds = {field.name: field.kind for field in table.fields}
    cells = {column: _typed(values, kinds.get(column, "")) for column, values in columns.items()}
    rows = pd.DataFrame({column: object_array(values) for column, values in cells.items()}, index=range(len(lines)))
    return RawLayer(name, file, rows, shapes, places, told, None, WGS84), faults


def _lines(text: str, file: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Header, lines and their numbers. Raises RefusedError with every ragged line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines, numbers = [], []
    try:
        header = [column.strip() for column in next(reader, [])]
        for line in reader:
            if line:
                lines.append(line)
                numbers.append(reader.line_num)
    except csv.Error as error:
        raise RefusedError(
            Fault("L043", file, f"line {reader.line_num}", "", f"not CSV ({error})", "CSV", "Export it again")
        ) from None
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise RefusedError(
            Fault("L043", file, "line 1", "", "cells parted by semicolon or tab", "commas", "Export it with commas")
        )
    faults = [
        Fault("L010", file, "line 1", column, "the column twice", "each column once", "Keep one")
        for column in sorted({column for column in header if header.count(column) > 1})
    ]
    for line, number in zip(lines, numbers, strict=True):
        if len(line) != len(header):
            remedy = "Quote cells that hold a comma" if len(line) > len(header) else "The file may be cut short: export it again"
            faults.append(Fault("L043", file, f"line {number}", "", f"{len(line)} cells", f"{len(header)} cells", remedy))
    if faults:
        raise RefusedError(*at_most(faults))
    return header, lines, numbers


def _typed(values: list[str], kind: str) -> list[Any]:
    """Cells of one column: declared numbers and flags as such, unknown columns as numbers where every cell is one."""
    if kind in ("number", "whole"):
        return [_number(value) for value in values]
    if kind == "flag":
        return [None if value == "" else _FLAGS.get(value.strip().lower(), value) for value in values]
    if kind == "" and any(values) and all(value == "" or _PLAIN.fullmatch(value) for value in values):
        return [_number(value) for value in values]
    return [None if value == "" else value for value in values]


def _number(value: str) -> Any:
    bare = value.strip()
    if bare == "":
        return None
    if _WHOLE.fullmatch(bare):
        return int(bare)
    if _NUMBER.fullmatch(bare):
        return float(bare)
    return NotFinite(bare) if bare.lower() in _LITERALS else value


def _points(
    east: list[str], north: list[str], axes: tuple[str, str], file: str, places: tuple[str, ...]
) -> tuple[Any, list[Fault], frozenset[int]]:
    shapes: list[Any] = []
    faults = []
    told = set()
    for row, pair in enumerate(zip(east, north, strict=True)):
        shapes.append(None)
        cells = [_number(text) for text in pair]
        bad = [axis for axis, cell in zip(axes, cells, strict=True) if not isinstance(cell, int | float) or not np.isfinite(cell)]
        if not bad:
            shapes[row] = shapely.Point(cells)
        elif any(cell is not None for cell in cells):
            told.add(row)
            found = shown(pair[axes.index(bad[0])])
            faults.append(Fault("L021", file, places[row], bad[0], found, "a finite number", "Write coordinates as bare numbers"))
    return object_array(shapes), at_most(faults), frozenset(told)
