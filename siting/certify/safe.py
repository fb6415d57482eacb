"""Lower bounds of a block's minimum that rounding can only lower (Neumaier and Shcherbina, Math. Program. 99 (2004) 283-296).

For a block  minimise d x,  L <= A x <= U,  l <= x <= u  and *any* multipliers y of its rows (y > 0 for the lower side)

    min d x  >=  sum over rows of y[i] * (L[i] if y[i] > 0 else U[i])  +  sum over columns of min { r[j] x : l[j] <= x <= u[j] }
    r  =  d - A' y

so multipliers from a solver are only a hint. d is known up to `error`; every product and sum is taken with a bound of its own
rounding error, and the errors are subtracted at the end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.arrays import Floats

UNIT = 2.0**-53
"""Half the distance from 1 to the next larger number: the relative error of one operation."""
SPARE = 1.01
"""Covers products of errors, and the rounding of the error bounds themselves."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `cost` (n) of its columns at the prices, each right within `error` (n); its rows in CSR form. `site` is the id
    of its site, "" for what belongs to none."""

    site: str
    cost: Floats
    error: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    rows: csr_array
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True, slots=True)
class Bound:
    """A safe lower bound and, for each column, bounds of its reduced cost (n)."""

    value: float
    least: Floats
    most: Floats


class Rounded:
    """Safe bounds of one block, at any multipliers and any narrower bounds of its columns."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._turned = block.rows.T.tocsr()
        self._sizes = abs(self._turned)
        self._count = SPARE * UNIT * (np.diff(self._turned.indptr) + 3.0)

    def bound(self, multipliers: Floats, lower: Floats, upper: Floats, *, cost: bool = True) -> Bound:
        """The bound over a box; without `cost`, of the block whose columns cost nothing: above 0 it proves that no point of the
        box meets the rows. Where numbers are too large to compute with, -inf."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._bound(multipliers, lower, upper, cost=cost)

    def _bound(self, multipliers: Floats, lower: Floats, upper: Floats, *, cost: bool) -> Bound:
        block = self._block
        y = _with_right_sign(multipliers, block.row_lower, block.row_upper)
        start, error = (block.cost, block.error) if cost else (np.zeros(len(block.cost)), np.zeros(len(block.cost)))
        reduced = start - self._turned @ y
        error = error + self._count * (np.abs(start) + self._sizes @ np.abs(y))
        least, most = reduced - error, reduced + error
        side = np.where(y > 0, block.row_lower, block.row_upper)
        used = y != 0
        terms = np.concatenate([y[used] * side[used], _box_minima(least, most, lower, upper)])
        return Bound(sum_down(terms), least, most)


def _with_right_sign(multipliers: Floats, row_lower: Floats, row_upper: Floats) -> Floats:
    """Multipliers without those that are no numbers or speak for a side the row does not have."""
    y = np.where(np.isfinite(multipliers), multipliers, 0.0)
    y = np.where((y > 0) & ~np.isfinite(row_lower), 0.0, y)
    return np.asarray(np.where((y < 0) & ~np.isfinite(row_upper), 0.0, y))


def _box_minima(least: Floats, most: Floats, lower: Floats, upper: Floats) -> Floats:
    """For each column the least of r x over least <= r <= most and lower <= x <= upper."""
    at_upper = np.where(np.isinf(upper), np.where(least < 0, -np.inf, np.inf), np.minimum(least * upper, most * upper))
    at_lower = np.where(np.isinf(lower), np.where(most > 0, -np.inf, np.inf), np.minimum(least * lower, most * lower))
    found = np.minimum(at_upper, at_lower)
    return np.asarray(np.where(found == np.inf, 0.0, found))


def sum_down(terms: Floats) -> float:
    """A lower bound of the sum of numbers, each the rounded result of at most one product; -inf where one is no number."""
    if np.isnan(terms).any() or (len(terms) and np.min(terms) == -np.inf):
        return -math.inf
    error = SPARE * UNIT * math.fsum(np.abs(terms).tolist()) + len(terms) * math.ulp(0.0)
    return math.nextafter(math.nextafter(math.fsum(terms.tolist()), -math.inf) - error, -math.inf)
