"""Terms of rows, and how they become compressed rows without sorting where their shape allows it.

A term is `coefficients * columns` added to flat `rows`, the three broadcast together. Most terms have one of two shapes:

* *stacked*: they meet every row of the family in order, each as often (a module of every type, a flow of every slice). Such
  terms are written side by side into one array, a row of it a row of the program.
* *scattered*: anything else (links that end at a point). Those are counted into their rows in one pass.

Numbers of rows and columns come from one `ruler`, an array 0, 1, 2, ... that everybody looks at and nobody may write to.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Number = float | NDArray[np.floating[Any]]
Small = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Term:
    """`coefficients * columns` added to the flat `rows`; the three are broadcast together."""

    rows: Ints
    columns: Ints
    coefficients: Number

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the three broadcast together."""
        return np.broadcast(self.rows, self.columns, self.coefficients).shape


@dataclass(frozen=True, slots=True)
class CsrRows:
    """Rows in compressed form: `start` (rows + 1), `column` and `value` (non-zeros), columns rising within a row."""

    start: Small
    column: Small
    value: Floats


class _Ruler:
    """0, 1, 2, ... as far as anybody has asked."""

    def __init__(self) -> None:
        self._marks: Ints = np.arange(0, dtype=np.int64)

    def __call__(self, first: int, count: int) -> Ints:
        if first + count > len(self._marks):
            self._marks = np.arange(max(first + count, 2 * len(self._marks), 1 << 16), dtype=np.int64)
            self._marks.flags.writeable = False
        return self._marks[first : first + count]


ruler = _Ruler()
"""`ruler(first, count)`: the numbers from `first` on, to be read only."""


def compress(terms: Sequence[Term], rows: int, columns: int) -> CsrRows:
    """Terms added up into compressed rows; coefficients that cancel to 0 leave no entry."""
    added = sorted(_added(terms), key=lambda term: int(term.columns.flat[0]))
    stacked = _stacked(added, rows, columns) if rows else None
    return _scattered(added, rows, columns) if stacked is None else stacked


def _added(terms: Sequence[Term]) -> list[Term]:
    """Terms that meet the same rows and columns made one; none that is empty."""
    alike: defaultdict[tuple[Any, ...], list[Term]] = defaultdict(list)
    for term in terms:
        shape = term.shape
        if 0 in shape:
            continue
        others = alike[shape, term.rows.shape, term.columns.shape, int(term.columns.flat[0]), int(term.columns.flat[-1])]
        for place, other in enumerate(others):
            if _equal(term.columns, other.columns) and _equal(term.rows, other.rows):
                both = np.asarray(other.coefficients) + np.asarray(term.coefficients)
                others[place] = Term(other.rows, other.columns, both)
                break
        else:
            others.append(term)
    return [term for others in alike.values() for term in others]


def _equal(one: Ints, other: Ints) -> bool:
    """Whether two arrays of one shape hold the same; at a glance where they look at the same memory."""
    return (_address(one) == _address(other) and one.strides == other.strides) or bool((one == other).all())


def _address(values: NDArray[Any]) -> int:
    return int(values.__array_interface__["data"][0])


def _stacked(terms: Sequence[Term], rows: int, columns: int) -> CsrRows | None:
    """The rows of terms that all meet every row in order, each as often; None where one does not, or columns do not rise."""
    if not terms or not all(_meets_all(term.rows, rows) for term in terms):
        return None
    widths = [math.prod(term.shape) // rows for term in terms]
    width = sum(widths)
    column, value = np.empty((rows, width), np.int32), np.empty((rows, width))
    first = 0
    for term, own in zip(terms, widths, strict=True):
        _write(column, first, own, term.columns, term)
        _write(value, first, own, np.asarray(term.coefficients), term)
        first += own
    if width > 1 and not (column[:, 1:] > column[:, :-1]).all():
        return None
    start = np.arange(0, rows * width + 1, width, dtype=np.int32)
    return _without_zeros(CsrRows(start, column.reshape(-1), value.reshape(-1)), columns)


def _meets_all(at: Ints, rows: int) -> bool:
    """Whether the rows of a term are 0, 1, 2, ... to the last."""
    if at.size != rows or at.flat[0] != 0 or at.flat[-1] != rows - 1:
        return False
    flat = at.reshape(-1)
    return _address(flat) == _address(ruler(0, rows)) or bool((flat[1:] - flat[:-1] == 1).all())


def _write(stack: NDArray[Any], first: int, width: int, values: NDArray[Any], term: Term) -> None:
    """A term into columns `first` to `first + width` of a stack, axes along which its rows are broadcast side by side."""
    if values.ndim == 0:
        stack[:, first : first + width] = values
        return
    shape = term.shape
    if width == 1 and values.size == len(stack):
        stack[:, first] = values.reshape(-1)
        return
    own = (1,) * (len(shape) - term.rows.ndim) + term.rows.shape
    along = [axis for axis, size in enumerate(own) if size == shape[axis]]
    across = [axis for axis, size in enumerate(own) if size != shape[axis]]
    whole = np.broadcast_to(values, shape).transpose([*along, *across])
    target = stack.reshape(*(shape[axis] for axis in along), stack.shape[1])[..., first : first + width]
    np.reshape(target, whole.shape, copy=False)[...] = whole


def _scattered(terms: Sequence[Term], rows: int, columns: int) -> CsrRows:
    """The rows of any terms, counted into their rows and sorted only where columns do not rise by themselves."""
    sizes = [math.prod(term.shape) for term in terms]
    row = np.empty(sum(sizes), np.int32)
    column, value = np.empty(len(row), np.int32), np.empty(len(row))
    first = 0
    for term, size in zip(terms, sizes, strict=True):
        part, shape = slice(first, first + size), term.shape
        for target, source in ((row, term.rows), (column, term.columns), (value, term.coefficients)):
            target[part].reshape(shape)[...] = source
        first += size
    start = np.zeros(rows + 1, np.int32)
    np.cumsum(np.bincount(row, minlength=rows), out=start[1:])
    if rows > 1:
        order = _order(row, rows)
        column, value = column[order], value[order]
    found = CsrRows(start, column, value)
    return _without_zeros(found if _rises(found) else _sorted(found, columns), columns)


def _order(row: Small, rows: int) -> Ints:
    """Places in the order of their rows, those of a row as they come; numpy counts numbers of 16 bits, without comparing."""
    order = row.astype(np.uint16).argsort(kind="stable")
    return order if rows <= 1 << 16 else order[(row[order] >> 16).astype(np.uint16).argsort(kind="stable")]


def _rises(rows: CsrRows) -> bool:
    """Whether the columns rise within every row."""
    rising = rows.column[1:] > rows.column[:-1]
    ends = rows.start[1:-1]
    rising[ends[(ends > 0) & (ends < len(rows.column))] - 1] = True
    return bool(rising.all())


def _sorted(rows: CsrRows, columns: int) -> CsrRows:
    """Columns sorted within rows, those that come twice added up."""
    matrix = csr_array((rows.value, rows.column, rows.start), shape=(len(rows.start) - 1, columns))
    matrix.sum_duplicates()
    return CsrRows(matrix.indptr, matrix.indices, matrix.data)


def _without_zeros(rows: CsrRows, columns: int) -> CsrRows:
    if rows.value.all():
        return rows
    matrix = csr_array((rows.value, rows.column, rows.start), shape=(len(rows.start) - 1, columns))
    matrix.eliminate_zeros()
    return CsrRows(matrix.indptr, matrix.indices, matrix.data)
