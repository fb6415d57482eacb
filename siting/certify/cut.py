"""The compiled matrix cut at the sites once more, by this package's own code, and the reduced cost of every column at given
prices with a bound of its rounding error.

A row stays in a block where all its columns belong to one site (or to none at all). Every other row is left out of the blocks,
priced or not: leaving out a row only lowers a minimum. A price on a row that stays is as good as any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.arrays import Floats, Ints
from siting.certify.safe import SPARE, UNIT, Block
from siting.program.matrix import Matrix

MET: int = -2
"""Owner of a row that several sites meet in."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A matrix with its columns and rows in the order of their owners: the block of place s (sites, then what belongs to none)
    has columns `column_at[s]` to `column_at[s + 1]` of `columns`, rows alike."""

    matrix: Matrix
    columns: Ints
    column_at: Ints
    rows: Ints
    row_at: Ints
    inside: csr_array


def owners_of_rows(matrix: Matrix, sites: int) -> Ints:
    """For each row the block it belongs to: a site, `sites` for what belongs to none, MET for several, -1 for an empty row."""
    owner = np.where(matrix.owner < 0, sites, matrix.owner)[matrix.column]
    row = np.repeat(np.arange(matrix.rows), np.diff(matrix.start))
    found = np.full(matrix.rows, -1, dtype=np.int64)
    found[row] = owner
    several = np.zeros(matrix.rows, dtype=bool)
    several[row[owner != found[row]]] = True
    return np.where(several, MET, found)


def cut(matrix: Matrix, sites: int, owner: Ints) -> Cut:
    """Cut a matrix into blocks; `owner` as `owners_of_rows` tells, MET for rows to be left out."""
    of_column = np.where(matrix.owner < 0, sites, matrix.owner)
    columns = np.argsort(of_column, kind="stable")
    mine = np.flatnonzero(owner >= 0)
    rows = mine[np.argsort(owner[mine], kind="stable")]
    places = np.arange(sites + 2)
    entries = csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))
    inside = entries[rows][:, columns].tocsr()
    inside.sort_indices()
    return Cut(matrix, columns, np.searchsorted(of_column[columns], places), rows, np.searchsorted(owner[rows], places), inside)


def reduced(matrix: Matrix, cost: Floats, rows: Ints, prices: Floats) -> tuple[Floats, Floats]:
    """cost - A' prices over the priced rows, and how far each is from the exact value at most (columns). Prices too large to
    compute with give numbers that are not finite."""
    entries = csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))
    priced = entries[rows].T.tocsr()
    with np.errstate(over="ignore", invalid="ignore"):
        found = cost - priced @ prices
        sizes = abs(priced) @ np.abs(prices)
        error = np.where(sizes > 0, SPARE * UNIT * (np.diff(priced.indptr) + 3.0) * (np.abs(cost) + sizes), 0.0)
    return np.asarray(found), np.asarray(error)


def blocks(parts: Cut, cost: Floats, error: Floats, names: Sequence[str]) -> Iterator[Block]:
    """The blocks of all owners with columns, `names` by place, at the reduced cost of every column."""
    return (block for block, _ in blocks_with_rows(parts, cost, error, names))


def blocks_with_rows(parts: Cut, cost: Floats, error: Floats, names: Sequence[str]) -> Iterator[tuple[Block, Ints]]:
    """The same, each with the rows of the matrix it has."""
    matrix = parts.matrix
    for place, name in enumerate(names):
        columns = parts.columns[parts.column_at[place] : parts.column_at[place + 1]]
        first, last = parts.row_at[place], parts.row_at[place + 1]
        if not len(columns):
            continue
        rows = parts.rows[first:last]
        begin = int(parts.column_at[place])
        piece = parts.inside[first:last]
        block = Block(
            site=name,
            cost=cost[columns],
            error=error[columns],
            lower=matrix.lower[columns],
            upper=matrix.upper[columns],
            integer=matrix.integer[columns],
            rows=csr_array((piece.data, piece.indices - begin, piece.indptr), shape=(len(rows), len(columns))),
            row_lower=matrix.row_lower[rows],
            row_upper=matrix.row_upper[rows],
        )
        yield block, rows


def without_rows(block: Block, kept: NDArray[np.bool_]) -> Block:
    """A block with some of its rows only."""
    return replace(block, rows=block.rows[kept], row_lower=block.row_lower[kept], row_upper=block.row_upper[kept])


def rows_value(prices: Floats, lower: Floats, upper: Floats) -> float:
    """Exactly what the priced rows add, rounded down; -inf where it is too large for a number. Priced sides must be finite."""
    side = np.where(prices > 0, lower, upper)
    exact = sum((Fraction(price) * Fraction(at) for price, at in zip(prices.tolist(), side.tolist(), strict=True)), Fraction(0))
    try:
        found = float(exact)
    except OverflowError:
        return -np.inf
    return found if Fraction(found) <= exact else float(np.nextafter(found, -np.inf))


def whole(matrix: Matrix) -> Cut:
    """All of a matrix as one block."""
    rows = np.flatnonzero(np.diff(matrix.start) > 0)
    columns = np.arange(matrix.columns)
    entries = csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))
    return Cut(matrix, columns, np.array([0, matrix.columns]), rows, np.array([0, len(rows)]), entries[rows].tocsr())
