"""Programs over designs and the rows that sites share: what a mix of designs and a whole choice among them have in common.

columns     those of each design, or one for each way to run it; then what each shared row lacks, and what it has in excess
rows        the shared rows; one a site, that counts its designs; then those of the designs
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import block_diag, csr_array, diags_array, hstack, vstack

from siting.solve.designs import Design
from siting.solve.job import Floats, Ints, Model
from siting.solve.shared import Shared

EMPTY: Final = np.zeros(0)
NOBODY: Final = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Field:
    """Who meets in a program: the numbers of its shared rows, its sites (positions among all), and the place among these of each
    design's site (designs)."""

    rows: Ints
    sites: Ints
    place: Ints


def field_of(designs: Sequence[Design], shared: Shared) -> Field:
    """The shared rows that designs use or that ask for something, and the sites of the designs."""
    asked = np.flatnonzero(((shared.row_lower > 0) | (shared.row_upper < 0)) & shared.priced)
    rows = np.union1d(asked, np.concatenate([NOBODY, *(design.number for design in designs)]))
    return Field(rows, *np.unique(np.array([design.site for design in designs], dtype=np.int64), return_inverse=True))


def mix_of(
    designs: Sequence[Design], field: Field, shared: Shared, acting: Ints, high: Floats, low: Floats
) -> tuple[Model, Ints]:
    """The program of a mix, and the first column of each design, one more at the end. What a row lacks is bought at `high`, what
    it has in excess sold at `low` (by number of shared row)."""
    first = np.cumsum([0, *(len(design.cost) for design in designs)])
    entries = [design.use.tocoo() for design in designs]
    column = [part.col + start for part, start in zip(entries, first[:-1].tolist(), strict=True)]
    row = [np.searchsorted(field.rows, design.number)[part.row] for design, part in zip(designs, entries, strict=True)]
    at = np.concatenate([NOBODY, *row]), np.concatenate([NOBODY, *column])
    value = np.concatenate([EMPTY, *(part.data for part in entries)])
    use = csr_array((value, at), shape=(len(field.rows), int(first[-1])))
    own = block_diag([design.rows for design in designs], format="csr") if designs else csr_array((0, 0))
    counted = csr_array((np.ones(len(designs)), (field.place, first[:-1])), shape=(len(field.sites), int(first[-1])))
    cost = np.concatenate([*(design.cost for design in designs), high[field.rows], -low[field.rows]])
    lower = np.concatenate([EMPTY, *(design.row_lower for design in designs)])
    upper = np.concatenate([EMPTY, *(design.row_upper for design in designs)])
    return _model(field, shared, acting, _wide(use, vstack([counted, own])), cost, 0, lower, upper), first


def choice_of(use: csr_array, cost: Floats, place: Ints, field: Field, shared: Shared, acting: Ints, penalty: Floats) -> Model:
    """The program of a whole choice: at most one way a site, at what each costs (ways) with what it uses (shared rows of the
    field, ways), its site at this place in the field. What rows lack or have in excess costs a penalty (rows)."""
    count = len(cost)
    counted = csr_array((np.ones(count), (place, np.arange(count))), shape=(len(field.sites), count))
    return _model(field, shared, acting, _wide(use, counted), np.concatenate([cost, penalty, penalty]), count, EMPTY, EMPTY)


def _model(
    field: Field, shared: Shared, acting: Ints, entries: csr_array, cost: Floats, whole: int, lower: Floats, upper: Floats
) -> Model:
    """A program over shared rows, one row a site, and rows of its own with these sides; the first columns whole."""
    columns = entries.shape[1]
    least = np.where(np.isin(field.sites, acting), 1.0, -np.inf)
    return Model(
        cost=cost,
        lower=np.zeros(columns),
        upper=np.where(np.arange(columns) < whole, 1.0, np.inf),
        integer=np.arange(columns) < whole,
        start=entries.indptr.astype(np.int32),
        column=entries.indices.astype(np.int32),
        value=np.asarray(entries.data, dtype=np.float64),
        row_lower=np.concatenate([shared.row_lower[field.rows], least, lower]),
        row_upper=np.concatenate([shared.row_upper[field.rows], np.ones(len(field.sites)), upper]),
    )


def _wide(shared: csr_array, others: csr_array) -> csr_array:
    """Shared rows with a column for what each lacks and one for what it has in excess, and other rows below them."""
    one = diags_array(np.ones(shared.shape[0]))
    none = csr_array((others.shape[0], 2 * shared.shape[0]))
    return csr_array(vstack([hstack([shared, one, -one]), hstack([others, none])]))
