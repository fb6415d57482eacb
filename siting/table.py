"""Tables declared once: name, type, unit, bounds and meaning of every column, and the check that holds a frame to them.

`Table.check` answers with *all* faults of a frame in our own sentences (file, feature, field, found, expected, remedy).
The declaration is turned into a pandera schema, which finds the failing cells; the wording is ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.cells import (
    MOST_FAULTS,
    NotFinite,
    closest,
    did_you_mean,
    id_faults,
    id_text,
    is_id,
    is_literal,
    is_missing,
    is_nested,
    is_text,
    number,
    numbers,
    row_places,
    shown,
)
from siting.errors import Fault

Kind = Literal["text", "number", "whole", "flag"]
Shape = Literal["Point", "Line", "Polygon", "None"]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `optional` columns may be missing as a whole (then `default` fills them); `estimated` names the method
    where a built-in region estimates the number instead of reading it from a source."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    optional: bool = False
    default: str | float | int | bool | None = None
    refers_to: str = ""
    estimated: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A layer or table of our schema: its geometry type and its columns. Column `id` is unique where it exists."""

    name: str
    shape: Shape
    meaning: str
    fields: tuple[Field, ...]
    optional: bool = False

    def field(self, name: str) -> Field:
        """The declaration of one column. Raises KeyError for a column the table does not have."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no column {name}")

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in their stated order."""
        return tuple(field.name for field in self.fields)

    def check(self, frame: pd.DataFrame, file: str, places: Sequence[str] | None = None) -> list[Fault]:
        """All faults and warnings of the columns of a frame. `places[n]` says where row n stands in the file.

        Cells may be raw values of any type; None, NaN and NA are missing. Columns the table does not know are not looked at.
        """
        spots = list(places) if places is not None else row_places(frame)
        rows = frame.reset_index(drop=True)
        faults = [_missing_column(field, rows, file) for field in self.fields if field.name not in rows and not field.optional]
        present = [field for field in self.fields if field.name in rows]
        for field, problem, at in _failing_cells(present, rows):
            faults.extend(_cell_faults(field, problem, rows[field.name], at, file, spots))
        if "id" in self.names and "id" in rows:
            faults.extend(id_faults(rows["id"], file, spots))
        return faults

    def coerce(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A checked frame with the declared types: text `str`, number float64, whole int64, flag bool.

        Missing optional columns and cells take the default; where the default is None they stay missing (text NaN, number NaN).
        Other columns are kept behind the declared ones.
        """
        typed = frame.copy()
        for field in self.fields:
            column = frame[field.name] if field.name in frame else pd.Series([None] * len(frame), index=frame.index, dtype=object)
            typed[field.name] = _coerced(field, column)
        rest = [name for name in typed.columns if name not in self.names]
        return typed[[*self.names, *rest]]


def _has_kind(field: Field, values: pd.Series, found: NDArray[np.float64]) -> Flags:
    """Which cells hold the declared kind (a number without a finite value is still a number)."""
    if field.kind in ("number", "whole"):
        return ~np.isnan(found) | is_literal(values)
    if field.kind == "flag":
        return np.fromiter(
            (isinstance(v, bool | np.bool_) or (isinstance(v, int | np.integer) and v in (0, 1)) for v in values),
            np.bool_,
            len(values),
        )
    return is_text(values) | ~np.isnan(found)


def _held(field: Field, values: pd.Series) -> dict[str, Flags]:
    """For each check of a column the cells that pass; missing cells fail only the first."""
    missing, nested, found = is_missing(values), is_nested(values), numbers(values)
    passes = {"filled": ~missing, "nested": ~nested, "kind": missing | nested | _has_kind(field, values, found)}
    if field.kind in ("number", "whole"):
        low = -np.inf if field.at_least is None else field.at_least
        high = np.inf if field.at_most is None else field.at_most
        passes["finite"] = ~np.isinf(found) & ~is_literal(values)
        passes["range"] = ~np.isfinite(found) | ((found >= low) & (found <= high))
    if field.kind == "whole":
        passes["whole"] = ~np.isfinite(found) | (np.where(np.isfinite(found), found, 0.0) % 1.0 == 0.0)
    if field.one_of:
        known = values.isin(field.one_of).to_numpy(dtype=np.bool_)
        passes["listed"] = missing | known | ~(is_text(values) | ~np.isnan(found))
    if field.name == "id":
        passes["id"] = is_id(values)
    return passes


def _failing_cells(fields: Sequence[Field], rows: pd.DataFrame) -> list[tuple[Field, str, list[int]]]:
    """(field, what is wrong, rows) for every column and check that fails, in the table's order."""
    passes = {field.name: _held(field, rows[field.name]) for field in fields}
    failing = [field for field in fields if not all(held.all() for held in passes[field.name].values())]
    if not failing:
        return []
    import pandera.pandas as pa  # a second of import that right frames do not need

    def column(field: Field) -> Any:
        checks = [
            pa.Check(lambda values, held=held: pd.Series(held, index=values.index), name=name, ignore_na=False)
            for name, held in passes[field.name].items()
        ]
        return pa.Column(None, checks, nullable=True)

    try:
        pa.DataFrameSchema({field.name: column(field) for field in failing}).validate(rows[[f.name for f in failing]], lazy=True)
    except pa.errors.SchemaErrors as found:
        return _grouped(found.failure_cases, {field.name: field for field in failing})
    raise TypeError("cells fail their checks and no schema says which")


def _grouped(cases: pd.DataFrame, fields: dict[str, Field]) -> list[tuple[Field, str, list[int]]]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for column, check, index in zip(cases["column"], cases["check"], cases["index"], strict=True):
        if column not in fields or index is None or check not in _WORDS:
            raise TypeError(f"the check {check} of column {column} could not be run")
        groups[(str(column), str(check))].append(int(index))
    order = {name: place for place, name in enumerate(fields)}
    return [(fields[name], check, sorted(at)) for (name, check), at in sorted(groups.items(), key=lambda item: order[item[0][0]])]


_WORDS: Final[dict[str, str]] = {
    "filled": "L003",
    "nested": "L051",
    "kind": "L001",
    "finite": "L048",
    "range": "L044",
    "whole": "L002",
    "listed": "L045",
    "id": "L006",
}
"""What is wrong with a cell -> the code of the fault."""

_KINDS: Final[dict[Kind, str]] = {"text": "text", "number": "a number", "whole": "a whole number", "flag": "true or false"}


def _expected(field: Field, problem: str) -> str:
    """What a cell of the column should hold, in words."""
    unit = f" in {field.unit}" if field.unit else ""
    if problem == "listed":
        return "one of " + ", ".join(field.one_of)
    if problem == "id":
        return "letters, digits, dot, dash and underscore, a letter or digit first"
    if problem in ("nested", "kind"):
        return _KINDS[field.kind] + unit
    if problem in ("finite", "range"):
        bounds = [
            f">= {field.at_least:g}" if field.at_least is not None else "",
            f"<= {field.at_most:g}" if field.at_most is not None else "",
        ]
        return " ".join(["a finite number", " and ".join(bound for bound in bounds if bound)]).strip() + unit
    return _KINDS[field.kind] + unit


def _remedy(field: Field, problem: str, value: Any) -> str:
    """What to do about a cell."""
    if problem == "filled":
        return f"The default {shown(field.default)} is used" if field.optional else "Give a value"
    if problem == "nested":
        return "Flatten it: one value a column"
    if problem == "kind" and isinstance(value, str) and field.kind in ("number", "whole"):
        bare = re.sub(r"[,'’\s_]", "", value)
        return (
            f"Write {bare}"
            if re.fullmatch(r"[+-]?\d+(\.\d+)?", bare)
            else "Write a bare number without quotes, unit or thousands sign"
        )
    if problem == "listed" and isinstance(value, str):
        return did_you_mean(value, field.one_of)
    if problem == "range" and field.unit.startswith("MUSD") and number(value) < 0:
        return "A subsidy is not a negative price: lower the price by it, down to 0, or raise budget.total_musd by the sum"
    if problem == "finite":
        return "JSON knows no NaN or Infinity: give a value or null" if isinstance(value, NotFinite) else "Give a finite value"
    return "Correct the value"


def _cell_faults(field: Field, problem: str, values: pd.Series, at: list[int], file: str, spots: Sequence[str]) -> list[Fault]:
    """One fault for each failing cell, at most MOST_FAULTS and a count of the rest."""
    warning = problem == "filled" and field.optional
    if warning and (field.default is None or field.kind == "text"):
        return []
    code, expected = _WORDS[problem], _expected(field, problem)
    faults = []
    for row in at[:MOST_FAULTS]:
        value = values.iloc[row]
        found = "no value" if problem == "filled" else shown(value)
        faults.append(Fault(code, file, spots[row], field.name, found, expected, _remedy(field, problem, value), warning))
    if len(at) > MOST_FAULTS:
        faults.append(Fault(code, file, f"{len(at) - MOST_FAULTS} more rows", field.name, "the same", expected, "", warning))
    return faults


def _missing_column(field: Field, rows: pd.DataFrame, file: str) -> Fault:
    names = [str(name) for name in rows.columns]
    near = closest(field.name, names)
    found = f'the nearest column is "{near}"' if near else "columns " + ", ".join(names[:12])
    return Fault(
        "L004", file, "", field.name, f"no such column; {found}", _expected(field, ""), f"Add the column: {field.meaning}"
    )


def _coerced(field: Field, column: pd.Series) -> pd.Series:
    """One checked column in its declared type."""
    missing = is_missing(column)
    if field.kind == "number":
        fill = np.nan if field.default is None else float(field.default)
        return pd.Series(np.where(missing, fill, numbers(column)), index=column.index)
    if field.kind in ("whole", "flag"):
        cells = [field.default if empty else value for value, empty in zip(column, missing, strict=True)]
        return pd.Series(cells, index=column.index).astype("int64" if field.kind == "whole" else "bool")
    if not missing.any() and is_text(column).all():
        return column.astype("str")
    texts = [field.default if empty else id_text(value) for value, empty in zip(column, missing, strict=True)]
    return pd.Series(texts, index=column.index, dtype="str")
