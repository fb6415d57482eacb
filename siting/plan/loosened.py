"""Pieces of small programs that ask what is missing: lines cut to size, bounds that only repeat other rows taken off."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from siting.family import Flags, Floats, Ints
from siting.plan.row_kinds import Kind, RowKinds
from siting.program.assemble import Program, largest_line_mw
from siting.program.matrix import Matrix
from siting.solve.job import Model

SHORT: Final = 1e-6
"""Room that is missing, relative to a row's size, from which on it counts."""
LIMIT_WEIGHT: Final = 1e3
"""Of one unit short in a row of size 1; a row of size 100 or more weighs a hundredth of it."""
LARGEST_SIZE: Final = 100.0
UNSERVED_WEIGHT: Final = 1e5
MONEY_WEIGHT: Final = 1e-3
UNSERVED: Final = frozenset({"workload.served_energy", "workload.flexible_energy", "workload.firm", "workload.firm_load"})


def weights(rows: RowKinds) -> Floats:
    """What a unit short in each row weighs. Power is missing where it comes from rather than as load that goes unserved,
    and where there is much rather than where there is none; money is missing only where nothing else can spare it."""
    weight = np.where(rows.kind == Kind.MONEY, MONEY_WEIGHT, LIMIT_WEIGHT / np.clip(rows.size, 1.0, LARGEST_SIZE))
    unserved = np.array([family.name in UNSERVED for family in rows.families], dtype=bool)
    return np.where(unserved[rows.family], UNSERVED_WEIGHT, weight)


def open_ended(program: Program, matrix: Matrix) -> Floats:
    """Upper bounds of the columns; flows and lines lose those that only repeat what their supply point offers."""
    upper = matrix.upper.copy()
    for variable in (program.core.flow_mw, program.core.line_mw):
        columns = variable.columns.ravel()
        upper[columns[upper[columns] == variable.upper_values]] = np.inf
    return upper


def idle_rows(matrix: Matrix) -> Flags:
    """Rows that only repeat others and would stand in the way: modules of a type within the site's limit, and the size of
    lines of a site that may not draw anything (rows)."""
    idle = np.zeros(matrix.rows, dtype=bool)
    entries = np.diff(matrix.start)
    for family in matrix.families:
        span = slice(family.first, family.last)
        if family.name == "module_open":
            idle[span] = True
        elif family.name == "line_size":
            idle[span] = entries[span] < 2
    return idle


def useful_lines(program: Program, matrix: Matrix, row: Ints, column: Ints, value: Floats, site_mw: Floats) -> Floats:
    """Entries of the matrix with the largest useful line cut to what a site of `site_mw` (I) can draw, whatever its point
    offers: a whole line is then paid for where one line carries the load."""
    network = program.problem.network
    unlimited = replace(program.problem, network=replace(network, available_mw=np.full_like(network.available_mw, np.inf)))
    largest = largest_line_mw(program.core, unlimited, program.ledgers, site_mw)
    family = next((rows for rows in matrix.families if rows.name == "line_size"), None)
    if family is None or not len(largest):
        return value
    link_of = np.full(matrix.columns, -1)
    link_of[program.core.line.columns] = np.arange(len(largest))[:, None]
    mine = (row >= family.first) & (row < family.last) & (link_of[column] >= 0)
    useful = largest[link_of[column[mine]]]
    cut = value.copy()
    cut[mine] = np.where(np.isfinite(useful), -useful, value[mine])
    return cut


def small_model(
    *,
    cost: Floats,
    lower: Floats,
    upper: Floats,
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    value: Floats,
    row_lower: Floats,
    row_upper: Floats,
) -> Model:
    """A model from single entries, nothing whole."""
    entries = coo_array((value, (row, column)), shape=(len(row_lower), len(lower))).tocsr()
    return Model(
        cost=cost,
        lower=lower,
        upper=upper,
        integer=np.zeros(len(lower), dtype=bool),
        start=entries.indptr.astype(np.int32),
        column=entries.indices.astype(np.int32),
        value=np.asarray(entries.data, dtype=np.float64),
        row_lower=row_lower,
        row_upper=row_upper,
    )
