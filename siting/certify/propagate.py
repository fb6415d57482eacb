"""Bounds of columns that follow from the rows, rounded outwards: what a row leaves a column when all others do their best."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.sparse import csr_array

from siting.arrays import Floats
from siting.certify.safe import Block

ROUNDS: Final = 4
SPARE: Final = 1e-9
"""Share of the sizes met by which every bound is widened, for rounding; far above the errors of the sums."""
WORTH: Final = 1e-3
"""Share of its width by which the bound of a column that may be broken must move to count."""


class Tightening:
    """Narrower boxes of one block."""

    def __init__(self, block: Block) -> None:
        self._block = block
        rows: csr_array = block.rows
        self._row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        self._column, self._value = rows.indices, rows.data
        self._start = rows.indptr[:-1]
        self._full = np.diff(rows.indptr) > 0

    def begin(self) -> tuple[Floats, Floats]:
        """The bounds of the block itself, narrowed."""
        lower, upper = self._block.lower.copy(), self._block.upper.copy()
        whole = self._block.integer
        lower[whole], upper[whole] = np.ceil(lower[whole] - SPARE), np.floor(upper[whole] + SPARE)
        return self.follow(lower, upper)

    def follow(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Bounds that follow from these; a lower one above its upper one says that no point is left."""
        for _ in range(ROUNDS):
            new_lower, new_upper = self._once(lower, upper)
            moved = (new_lower > lower) | (new_upper < upper)
            lower, upper = new_lower, new_upper
            if not moved.any() or (lower > upper).any():
                break
        return lower, upper

    def _once(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        block = self._block
        if not len(self._value):
            return lower, upper
        up = self._value > 0
        low = np.where(up, lower[self._column], upper[self._column]) * self._value
        high = np.where(up, upper[self._column], lower[self._column]) * self._value
        top = self._room(low, block.row_upper)
        bottom = -self._room(-high, -block.row_lower)
        with np.errstate(invalid="ignore", over="ignore"):
            most = np.where(up, top / self._value, bottom / self._value)
            least = np.where(up, bottom / self._value, top / self._value)
        most, least = _not_nan(most, np.inf), _not_nan(least, -np.inf)
        most += SPARE * np.maximum(np.abs(most), 1.0)
        least -= SPARE * np.maximum(np.abs(least), 1.0)
        new_upper, new_lower = upper.copy(), lower.copy()
        np.minimum.at(new_upper, self._column, most)
        np.maximum.at(new_lower, self._column, least)
        return self._settled(lower, upper, new_lower, new_upper)

    def _room(self, least: Floats, side: Floats) -> Floats:
        """For each entry, what `sum <= side` leaves it when the others are at their least, widened by its rounding."""
        endless = np.isinf(least)
        finite = np.where(endless, 0.0, least)
        sums, sizes, counts = self._sums(finite), self._sums(np.abs(finite)), self._sums(endless.astype(np.float64))
        others = sums[self._row] - finite
        room = side[self._row] - others + SPARE * (sizes[self._row] + np.abs(np.where(np.isinf(side), 0.0, side))[self._row])
        alone = counts[self._row] - endless
        return np.asarray(np.where(alone > 0, np.inf, room))

    def _sums(self, values: Floats) -> Floats:
        found = np.add.reduceat(np.append(values, 0.0), self._start)
        return np.asarray(np.where(self._full, found, 0.0))

    def _settled(self, lower: Floats, upper: Floats, new_lower: Floats, new_upper: Floats) -> tuple[Floats, Floats]:
        """Whole columns to whole bounds; others move only where it is worth it, so that rounding does not creep."""
        whole = self._block.integer
        new_lower[whole], new_upper[whole] = np.ceil(new_lower[whole] - 1e-6), np.floor(new_upper[whole] + 1e-6)
        with np.errstate(invalid="ignore"):
            width = np.where(np.isfinite(upper - lower), WORTH * (upper - lower), 0.0)
            new_upper = np.where(whole | (upper - new_upper > width), new_upper, upper)
            new_lower = np.where(whole | (new_lower - lower > width), new_lower, lower)
        return new_lower, new_upper


def _not_nan(values: Floats, instead: float) -> Floats:
    return np.asarray(np.where(np.isnan(values), instead, values))
