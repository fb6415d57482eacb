"""Cells of a table as they stand in a file: what they hold, how they are shown, and whether identifiers collide."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import Fault

Flags = NDArray[np.bool_]

ID_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MOST_FAULTS: Final = 100
"""Faults told one by one for each column and kind; the rest are counted."""


@dataclass(frozen=True, slots=True)
class NotFinite:
    """A number literal without a value, as it stood in a file: NaN, Infinity, -Infinity."""

    literal: str

    def __str__(self) -> str:
        """The literal."""
        return self.literal


def closest(word: str, options: Iterable[str]) -> str:
    """The option most like the word; "" where none is near."""
    near = difflib.get_close_matches(word, sorted(set(options)), n=1, cutoff=0.5)
    return near[0] if near else ""


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """`Did you mean "...?"`, or "" where nothing is near."""
    near = closest(word, options)
    return f'Did you mean "{near}"?' if near else ""


def at_most(faults: list[Fault], most: int = MOST_FAULTS) -> list[Fault]:
    """The first faults of one file, and a count of the rest."""
    if len(faults) <= most:
        return faults
    last = faults[most]
    rest = f"{len(faults) - most} more faults like these"
    return [
        *faults[:most],
        Fault(last.code, last.file, "", "", rest, "", "Correct the first ones, then check again", last.warning),
    ]


def printable(text: str) -> str:
    """The text with control and direction characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


def shown(value: Any) -> str:
    """A cell as text for a message: quoted and escaped text, cut at 80 characters."""
    if isinstance(value, str):
        text = printable(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, dict | list | tuple):
        text = "an object" if isinstance(value, dict) else "a list"
    else:
        text = printable(str(value))
    return text if len(text) <= 80 else text[:77] + "..."


def row_places(frame: pd.DataFrame, noun: str = "row") -> list[str]:
    """Where each row stands: "row 4 (id S-07)", counted from 1."""
    if "id" not in frame:
        return [f"{noun} {position}" for position in range(1, len(frame) + 1)]
    return [row_place(noun, position, value) for position, value in enumerate(frame["id"].tolist(), start=1)]


def row_place(noun: str, position: int, identifier: Any) -> str:
    """Where one row stands; the id is left out where there is none."""
    if identifier is None or isinstance(identifier, dict | list):
        return f"{noun} {position}"
    return f"{noun} {position} (id {printable(id_text(identifier))[:60]})"


def is_missing(values: pd.Series) -> Flags:
    """Which cells hold no value: None, NaN or NA."""
    return values.isna().to_numpy(dtype=np.bool_)


def id_text(value: Any) -> str:
    """An identifier as text: 7 and 7.0 become "7"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number(value: Any) -> float:
    """The float of a numeric cell; NaN for anything else."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | Decimal | np.integer | np.floating):
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def numbers(values: pd.Series) -> NDArray[np.float64]:
    """The floats of a column (n); NaN where a cell is no number, infinite where it is too large for one."""
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred == "string":
        return np.full(len(values), np.nan)
    if inferred in ("floating", "integer", "mixed-integer-float"):
        try:
            return values.to_numpy(dtype=np.float64, na_value=np.nan)
        except OverflowError:
            pass
    return np.fromiter((number(value) for value in values.tolist()), np.float64, len(values))


def is_text(values: pd.Series) -> Flags:
    """Which cells are text."""
    if pd.api.types.infer_dtype(values, skipna=False) == "string":
        return np.ones(len(values), dtype=np.bool_)
    return np.fromiter((isinstance(value, str) for value in values.tolist()), np.bool_, len(values))


def is_literal(values: pd.Series) -> Flags:
    """Which cells are number literals without a value."""
    if values.dtype != object:
        return np.zeros(len(values), dtype=np.bool_)
    return np.fromiter((isinstance(value, NotFinite) for value in values), np.bool_, len(values))


def is_nested(values: pd.Series) -> Flags:
    """Which cells hold an object or a list."""
    if values.dtype != object:
        return np.zeros(len(values), dtype=np.bool_)
    return np.fromiter((isinstance(value, dict | list | tuple | set | np.ndarray) for value in values), np.bool_, len(values))


def is_id(values: pd.Series) -> Flags:
    """Which cells fit the pattern of identifiers as text; cells that are neither text nor number do."""
    return np.fromiter(
        (not isinstance(v, str | int | float) or bool(ID_PATTERN.fullmatch(id_text(v))) for v in values.tolist()),
        np.bool_,
        len(values),
    )


def id_faults(values: pd.Series, file: str, spots: Sequence[str]) -> list[Fault]:
    """Identifiers that are equal, or become equal as text or after Unicode composition (NFC)."""
    if is_text(values).all() and values.is_unique and "".join(values.tolist()).isascii():
        return []
    groups: dict[str, list[int]] = defaultdict(list)
    for row, (value, missing) in enumerate(zip(values.tolist(), is_missing(values), strict=True)):
        if not missing:
            groups[unicodedata.normalize("NFC", id_text(value))].append(row)
    faults = []
    for rows in (rows for rows in groups.values() if len(rows) > 1):
        raw = [values.iloc[row] for row in rows]
        where = ", ".join(spots[row] for row in rows[:5])
        if len({isinstance(value, str) for value in raw}) > 1:
            code, found, remedy = "L007", f"{shown(raw[0])} and {shown(raw[1])}, equal as text", "Use one type for all ids"
        elif len({id_text(value) for value in raw}) > 1:
            code, found, remedy = "L009", f"{shown(raw[0])}, equal after Unicode composition (NFC)", "Rename one"
        else:
            code, found, remedy = "L005", f"{shown(raw[0])}, {len(rows)} times", "Make ids unique"
        faults.append(Fault(code, file, where, "id", found, "an id that no other row has", remedy))
    return at_most(faults)
