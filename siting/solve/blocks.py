"""The compiled matrix cut at the sites: what is local to one site, and the coupling rows in which sites meet. Columns that
belong to no site (a programme's own) make one more block, numbered after the last site.

For prices pi on the coupling rows (pi > 0 speaks for the lower side, pi < 0 for the upper side)

    L(pi)  =  sum over r of pi[r] * (row_lower[r] if pi[r] > 0 else row_upper[r])
              +  sum over sites of min { (cost - A' pi) x : x in the site's block }

is a lower bound of the whole problem, with x relaxed or whole in the blocks: any block may be solved alone. A block whose
minimum is above 0 may be left out of the sum, which only makes the bound weaker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, hstack

from siting.solve.job import Floats, Ints, Model

if TYPE_CHECKING:
    from siting.program.matrix import Matrix

SAFETY = 1e-6
"""Relative margin taken off every claimed bound, for rounding."""
HOLDS_WITHIN = 1e-5


@dataclass(frozen=True, slots=True)
class Block:
    """One site: its columns in the whole matrix, its local model, and its part of the coupling rows (columns x rows)."""

    site: int
    columns: Ints
    model: Model
    touch: csr_array


@dataclass(frozen=True, slots=True)
class Split:
    """A matrix cut into blocks. `coupling` (rows of the matrix), their bounds, and one block for each site with columns, the
    programme's own last."""

    coupling: Ints
    row_lower: Floats
    row_upper: Floats
    blocks: tuple[Block, ...]

    @property
    def everything(self) -> tuple[int, ...]:
        """Numbers of all blocks."""
        return tuple(block.site for block in self.blocks)

    def clean(self, prices: Floats) -> Floats:
        """Prices without those that speak for a side the row does not have, or that are only noise."""
        kept = np.where(np.abs(prices) > 1e-9, prices, 0.0)
        kept = np.where((kept > 0) & ~np.isfinite(self.row_lower), 0.0, kept)
        return np.asarray(np.where((kept < 0) & ~np.isfinite(self.row_upper), 0.0, kept))

    def rows_value(self, prices: Floats) -> float:
        """The part of L(pi) that the coupling rows give."""
        side = np.where(prices > 0, self.row_lower, self.row_upper)
        used = prices != 0
        return float(prices[used] @ side[used])


def split(matrix: Matrix, cost: Floats, sites: int) -> Split:
    """Cut a matrix at its sites."""
    owners = np.where(matrix.owner < 0, sites, matrix.owner)
    count = sites + 1
    rows = csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))
    row_of = np.repeat(np.arange(matrix.rows), np.diff(matrix.start))
    owner = owners[matrix.column]
    least, most = np.full(matrix.rows, count), np.full(matrix.rows, -1)
    np.minimum.at(least, row_of, owner)
    np.maximum.at(most, row_of, owner)
    coupling = np.flatnonzero(most > least)
    coupling = coupling[~_never_binding(matrix, coupling)]
    local = np.flatnonzero((most == least) & (most >= 0))
    order = local[np.argsort(least[local], kind="stable")]
    columns = np.argsort(owners, kind="stable")
    row_at = np.searchsorted(least[order], np.arange(count + 1))
    column_at = np.searchsorted(owners[columns], np.arange(count + 1))
    by_site = rows[order][:, columns].tocsr()
    touch = rows[coupling][:, columns].T.tocsr()
    blocks = tuple(
        _block(
            matrix,
            cost,
            site,
            columns[column_at[site] : column_at[site + 1]],
            order[row_at[site] : row_at[site + 1]],
            by_site,
            touch,
            (int(row_at[site]), int(row_at[site + 1])),
            (int(column_at[site]), int(column_at[site + 1])),
        )
        for site in range(count)
        if column_at[site + 1] > column_at[site]
    )
    return Split(coupling, matrix.row_lower[coupling], matrix.row_upper[coupling], blocks)


def _never_binding(matrix: Matrix, coupling: Ints) -> NDArray[np.bool_]:
    """Coupling rows that no values of the columns within their bounds can break."""
    low = np.where(matrix.value > 0, matrix.lower[matrix.column], matrix.upper[matrix.column])
    high = np.where(matrix.value > 0, matrix.upper[matrix.column], matrix.lower[matrix.column])
    with np.errstate(invalid="ignore"):
        least = np.add.reduceat(np.append(matrix.value * low, 0.0), matrix.start[:-1])[coupling]
        most = np.add.reduceat(np.append(matrix.value * high, 0.0), matrix.start[:-1])[coupling]
    return np.asarray((least >= matrix.row_lower[coupling]) & (most <= matrix.row_upper[coupling]))


def _block(
    matrix: Matrix,
    cost: Floats,
    site: int,
    columns: Ints,
    rows: Ints,
    by_site: csr_array,
    touch: csr_array,
    row_span: tuple[int, int],
    column_span: tuple[int, int],
) -> Block:
    part = by_site[row_span[0] : row_span[1]]
    model = Model(
        cost=cost[columns],
        lower=matrix.lower[columns],
        upper=matrix.upper[columns],
        integer=matrix.integer[columns],
        start=part.indptr.astype(np.int32),
        column=(part.indices - column_span[0]).astype(np.int32),
        value=np.asarray(part.data, dtype=np.float64),
        row_lower=matrix.row_lower[rows],
        row_upper=matrix.row_upper[rows],
    )
    return Block(site, columns, model, touch[column_span[0] : column_span[1]])


def restrict(matrix: Matrix, cost: Floats, columns: Ints) -> tuple[Model, Ints]:
    """The model over some columns, all others at 0, and the rows of the matrix it keeps. Rows that lose all their columns
    stay where 0 would break them, so that a restriction is never feasible by omission."""
    rows = csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))[:, columns].tocsr()
    broken_at_zero = (matrix.row_lower > 0) | (matrix.row_upper < 0)
    kept = np.flatnonzero((np.diff(rows.indptr) > 0) | broken_at_zero)
    part = rows[kept]
    model = Model(
        cost=cost[columns],
        lower=matrix.lower[columns],
        upper=matrix.upper[columns],
        integer=matrix.integer[columns],
        start=part.indptr.astype(np.int32),
        column=part.indices.astype(np.int32),
        value=np.asarray(part.data, dtype=np.float64),
        row_lower=matrix.row_lower[kept],
        row_upper=matrix.row_upper[kept],
    )
    return model, kept


def columns_of(matrix: Matrix, sites: Ints) -> Ints:
    """Columns of some sites, and those that belong to no site."""
    return np.flatnonzero(np.isin(matrix.owner, sites) | (matrix.owner < 0))


def holds(matrix: Matrix, solution: Floats) -> bool:
    """Whether a solution (all columns) is whole and meets every row and bound, but for rounding."""
    whole_enough = np.abs(solution - np.rint(solution))[matrix.integer].max(initial=0.0) <= HOLDS_WITHIN
    within = (solution >= matrix.lower - HOLDS_WITHIN).all() and (solution <= matrix.upper + HOLDS_WITHIN).all()
    activity = matrix.activity(solution)
    slack = HOLDS_WITHIN * np.maximum(1.0, np.abs(activity))
    met = (activity >= matrix.row_lower - slack).all() and (activity <= matrix.row_upper + slack).all()
    return bool(whole_enough and within and met)


def whole(matrix: Matrix, cost: Floats) -> Model:
    """The model over all columns."""
    return Model(
        cost,
        matrix.lower,
        matrix.upper,
        matrix.integer,
        matrix.start,
        matrix.column,
        matrix.value,
        matrix.row_lower,
        matrix.row_upper,
    )


def elastic(model: Model) -> Model:
    """What rows lack: the model with a slack above and one below for each row (appended in this order), the least sum of
    slacks for its cost, nothing whole."""
    rows, columns = len(model.row_lower), len(model.cost)
    entries = csr_array((model.value, model.column, model.start), shape=(rows, columns))
    slacks = diags_array(np.ones(rows))
    wide = hstack([entries, slacks, -slacks], format="csr")
    return Model(
        cost=np.concatenate([np.zeros(columns), np.ones(2 * rows)]),
        lower=np.concatenate([model.lower, np.zeros(2 * rows)]),
        upper=np.concatenate([model.upper, np.full(2 * rows, np.inf)]),
        integer=np.zeros(columns + 2 * rows, dtype=bool),
        start=wide.indptr.astype(np.int32),
        column=wide.indices.astype(np.int32),
        value=np.asarray(wide.data, dtype=np.float64),
        row_lower=model.row_lower,
        row_upper=model.row_upper,
    )
