"""A design of a site: what its block would build, as whole numbers, and all that this leaves to decide.

A block priced whole proposes one. How the rest is used, slice by slice, is not settled by that: with share s of the design and y
for the columns that are not whole

    cost   =  cost[0] * s + cost[1:] @ y
    use    =  use @ (s, y)                                  of the rows that sites share
    where  row_lower  <=  rows @ (s, y)  <=  row_upper,  y >= 0

and all sides are 0 or infinite, so that the same rows hold for any share. A master made of designs knows every way to run what
would be built, where one of points only knows those that some block happened to answer: prices settle in a few passes, not in
dozens, because rows of the same source in different slices no longer have to be learnt one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from siting.solve.job import Floats, Ints, Model

ROUNDS: Final = 4
"""Times that bounds of columns are propagated: a line, its capacity, what flows and what is stored."""
FORGIVEN: Final = 1e-3
"""By how much the point of a design may break a row once its whole columns are rounded. Designs prove nothing."""
USED: Final = 1e-9
"""Size up to which a column counts as 0."""


@dataclass(frozen=True, slots=True)
class Design:
    """A design: its site (position among all candidates), the whole columns that are not 0 by their Pyomo names, and its program
    over (share, columns left); `use` is (shared rows it may use, columns) and `number` tells which rows those are. `point` is
    what the block that proposed it would do (columns, its share 1)."""

    site: int
    chosen: Mapping[str, float]
    cost: Floats
    number: Ints
    use: csr_array
    rows: csr_array
    row_lower: Floats
    row_upper: Floats
    point: Floats

    @property
    def key(self) -> tuple[int, tuple[tuple[str, float], ...]]:
        """Equal for designs that are the same."""
        return self.site, tuple(sorted(self.chosen.items()))


def design_of(block: Model, touch: csr_array, number: Ints, solution: Floats, site: int, chosen: Mapping[str, float]) -> Design:
    """The design of a block's solution. `block` has its own costs, not those at some prices; `touch` is what its columns use of
    shared rows (columns, rows) and `number` numbers those rows."""
    whole = np.where(block.integer, np.rint(solution), 0.0)
    entries = csr_array((block.value, block.column, block.start), shape=(len(block.row_lower), len(block.cost)))
    lower, upper = np.where(block.integer, whole, block.lower), np.where(block.integer, whole, block.upper)
    bounded = _reached(entries, block, lower, upper)
    left = np.flatnonzero(~block.integer & (bounded > USED))
    implied = _reached(entries, block, lower, np.where(block.integer, whole, np.inf))
    rows, row_lower, row_upper = _rows(entries, block, whole, left, implied, solution[left])
    use = vstack([csr_array((touch.T @ whole)[None, :]), touch[left]], format="csc")
    used = np.flatnonzero(np.diff(use.indptr))
    return Design(
        site=site,
        chosen=chosen,
        cost=np.concatenate([[block.cost @ whole], block.cost[left]]),
        number=number[used],
        use=csr_array(use[:, used].T),
        rows=rows,
        row_lower=row_lower,
        row_upper=row_upper,
        point=np.concatenate([[1.0], solution[left]]),
    )


def _reached(entries: csr_array, block: Model, lower: Floats, upper: Floats) -> Floats:
    """The most that columns can be, by the rows and these bounds."""
    upper, against = upper.copy(), -entries
    for _ in range(ROUNDS):
        propagate(entries, block.row_upper, lower, upper)
        propagate(against, -block.row_lower, lower, upper)
    return upper


def _rows(
    entries: csr_array, block: Model, whole: Floats, left: Ints, implied: Floats, point: Floats
) -> tuple[csr_array, Floats, Floats]:
    """The rows of a design and their sides: those of the block, and a row for each bound that no row implies. What a solution is
    short of by whole numbers that are not quite whole is forgiven, so that a design never rules out its own point."""
    fixed, mine = entries @ whole, entries[:, left]
    done = mine @ point
    below, above = block.row_lower - fixed, block.row_upper - fixed
    below = np.where((done < below) & (done > below - FORGIVEN), done, below)
    above = np.where((done > above) & (done < above + FORGIVEN), done, above)
    held = np.diff(mine.indptr) > 0
    same = held & (block.row_lower == block.row_upper)
    kinds = (
        (same, np.where(np.abs(done - above) < FORGIVEN, done, above), 0.0, 0.0),
        (held & ~same & np.isfinite(block.row_upper), above, -np.inf, 0.0),
        (held & ~same & np.isfinite(block.row_lower), below, 0.0, np.inf),
    )
    parts, lower, upper = [], [np.zeros(0)], [np.zeros(0)]
    for kept, side, least, most in kinds:
        at = np.flatnonzero(kept)
        parts.append(hstack([csr_array(-side[at][:, None]), mine[at]], format="csr"))
        lower.append(np.full(len(at), least))
        upper.append(np.full(len(at), most))
    one = csr_array((np.ones(len(left)), (np.arange(len(left)), np.arange(len(left)))), shape=(len(left), len(left)))
    capped = np.flatnonzero((block.upper[left] < implied[left] - USED) & np.isfinite(block.upper[left]))
    least_of = np.flatnonzero(block.lower[left] > 0)
    for at, side, least, most in ((capped, block.upper, -np.inf, 0.0), (least_of, block.lower, 0.0, np.inf)):
        parts.append(hstack([csr_array(-side[left[at]][:, None]), one[at]], format="csr"))
        lower.append(np.full(len(at), least))
        upper.append(np.full(len(at), most))
    return vstack(parts, format="csr"), np.concatenate(lower), np.concatenate(upper)


def propagate(entries: csr_array, side: Floats, lower: Floats, upper: Floats) -> None:
    """Lower the upper bounds of columns that rows `entries @ x <= side` leave no room for."""
    row = np.repeat(np.arange(entries.shape[0]), np.diff(entries.indptr))
    value, column = entries.data, entries.indices
    with np.errstate(invalid="ignore"):
        least = np.where(value > 0, lower[column], upper[column]) * value
        of_others = np.bincount(row, least, minlength=entries.shape[0])[row] - least
        room = (side[row] - of_others) / value
    counts = (value > 0) & np.isfinite(room)
    np.minimum.at(upper, column[counts], np.maximum(room[counts], lower[column[counts]]))
