"""One value on its way into a file: missing is null, numbers are finite and rounded, text is valid Unicode.

Every writer of this package takes its values from here, so the same number looks the same in every file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import OutputError
from siting.table import Table

Cell = str | float | int | bool | None
Floats = NDArray[np.float64]

DECIMALS: Final = 6
"""Decimals kept of any number: 1 W of a MW, 1 USD of a MUSD, 0.1 m of a degree."""

_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")


def text(value: str) -> str:
    """The text with what no file can hold (NUL, lone surrogates) replaced by the replacement character."""
    return _UNWRITABLE.sub("�", value)


def number(value: float) -> float:
    """A finite float rounded to DECIMALS, never minus zero. Raises OutputError for infinity and NaN."""
    if not math.isfinite(value):
        raise OutputError(f"a number of the plan is not finite: {value}")
    return round(float(value), DECIMALS) + 0.0


def number_or_none(value: float) -> float | None:
    """As `number`, with None for what is not finite: bounds and gaps before anything is proven."""
    return number(value) if math.isfinite(value) else None


def cell(value: Any) -> Cell:
    """A table cell as str, float, int, bool or None. Raises OutputError for infinity."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str):
        return text(value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return None if math.isnan(value) else number(float(value))
    return text(str(value))


def column_cells(column: pd.Series) -> list[Cell] | Floats:
    """A whole column as `cell` would write each of its values: plain numbers as one array, NaN where missing, anything else as a
    list. Raises OutputError for infinity."""
    if pd.api.types.is_float_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isinf(values).any():
            raise OutputError(f"a number of the plan is not finite: {column.name}")
        rounded: Floats = np.round(values, DECIMALS) + 0.0
        return rounded
    return [value if type(value) is str and not _UNWRITABLE.search(value) else cell(value) for value in column.tolist()]


def written_columns(frame: pd.DataFrame, table: Table, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Columns in the order they are written: the table's own, then `more`, then any others of the frame.

    Raises OutputError where a column of the table is missing.
    """
    present = [str(name) for name in frame.columns if str(name) != "geometry"]
    missing = [field.name for field in table.fields if field.name not in present and not field.optional]
    if missing:
        raise OutputError(f"the plan's table {table.name} lacks {', '.join(missing)}")
    wanted = [name for name in (*table.names, *more) if name in present]
    return tuple(dict.fromkeys([*wanted, *present]))


def known_columns(frame: pd.DataFrame, table: Table) -> tuple[str, ...]:
    """The columns of a region's layer that its table declares, in the table's order."""
    return tuple(name for name in table.names if name in frame.columns)


def records(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[dict[str, Cell]]:
    """The rows of a frame as mappings from column to cell, in the order of `columns`. Raises OutputError for infinity."""
    values = [frame[name].tolist() for name in columns]
    for row in zip(*values, strict=True):
        yield {name: cell(value) for name, value in zip(columns, row, strict=True)}


def says(record: Mapping[str, Cell], name: str) -> str:
    """A text cell of a record, "" where it is missing."""
    value = record.get(name)
    return "" if value is None else str(value)


def counts(record: Mapping[str, Cell], name: str) -> float:
    """A number cell of a record, 0 where it is missing."""
    value = record.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0
