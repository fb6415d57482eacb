"""One more module at one site, all else held: small linear programs cut from the solved rows.

For a site, its columns of the last period are free, everything else stays as it is in the plan, so that each row keeps the
room that the others leave. What stands at the site stands on, and one more of the smallest module joins it:

    minimise  sum over limits of weight[r] * short[r]     such that all rows hold with short[r] more room

New choices (lines, laterals, terminals) are relaxed; the size of a line is cut to what the site can draw, so that a whole
line is paid for where one line carries the load. The weights tell limits apart where one may stand in for another
(`siting.plan.loosened`). A second program asks for the least capital that puts some MW there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csc_array, csr_array

from siting.family import Flags, Floats, Ints
from siting.plan.loosened import SHORT, idle_rows, open_ended, small_model, useful_lines, weights
from siting.plan.row_kinds import Kind, RowKinds, row_kinds
from siting.program.assemble import Program
from siting.program.matrix import Matrix
from siting.solve.batch import Batch, Small
from siting.solve.job import Model, Status

SHORTFALL_MUSD_PER_MW: Final = 1e4


@dataclass(frozen=True, slots=True)
class Shortage:
    """A row of the matrix without room, and how much is missing in its unit."""

    row: int
    amount: float


@dataclass(frozen=True, slots=True)
class OneMore:
    """What one more of the smallest module lacks at a site. `known` is false where the small program had no answer."""

    site: int
    known: bool
    shortages: tuple[Shortage, ...]


@dataclass(frozen=True, slots=True)
class Rank:
    """The least capital for `it_mw` at a site (what stands there included), in MUSD of the last period's stock."""

    site: int
    it_mw: float
    capital_musd: float


@dataclass(frozen=True, slots=True)
class _Cut:
    """A site's free columns, the `own` first ones, then the programme's, and the rows they touch: entries, rows' sides,
    columns' bounds."""

    own: int
    columns: Ints
    rows: Ints
    row: Ints
    column: Ints
    value: Floats
    row_lower: Floats
    row_upper: Floats


class Neighbourhood:
    """A solved program, ready to be cut site by site."""

    def __init__(self, program: Program, matrix: Matrix, values: Floats) -> None:
        self.program, self.matrix, self.values = program, matrix, values
        self.rows: RowKinds = row_kinds(program, matrix)
        self.smallest = int(np.argmin(program.core.module_it_mw))
        self.now_mw: Floats = np.einsum(
            "ik,k->i", np.rint(values[program.core.modules.columns[:, :, -1]]), program.core.module_it_mw
        )
        self._activity = matrix.activity(values)
        free = np.flatnonzero(last_period(program, matrix))
        owner = np.where(matrix.owner < 0, len(program.core.site), matrix.owner)[free]
        order = np.argsort(owner, kind="stable")
        self._columns = free[order]
        self._at = np.searchsorted(owner[order], np.arange(len(program.core.site) + 2))
        everything = csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))
        self._entries: csc_array = everything.tocsc()[:, self._columns]
        self._upper = open_ended(program, matrix)
        self._weights = weights(self.rows)
        self._idle = idle_rows(matrix)

    def one_more(self, sites: Ints, batch: Batch) -> list[OneMore]:
        """What one more of the smallest module lacks at each of some sites."""
        lines = self._line_entries(self.now_mw + self.program.core.module_it_mw[self.smallest])
        cuts = [self._cut(int(site), lines) for site in sites]
        models = [self._elastic(cut, int(site)) for cut, site in zip(cuts, sites, strict=True)]
        ends = batch.solve(models)
        return [self._read(int(site), cut, end) for site, cut, end in zip(sites, cuts, ends, strict=True)]

    def rank(self, sites: Ints, it_mw: float, batch: Batch) -> list[Rank]:
        """The least capital for up to `it_mw` (or the site's limit) at each of some sites, money aside; sites where the
        small program has no answer are left out."""
        core, problem = self.program.core, self.program.problem
        target = np.maximum(self.now_mw, np.minimum(it_mw, problem.limit_mw))
        capital = self._capital_musd()
        lines = self._line_entries(target)
        models = [self._least_capital(self._cut(int(site), lines), int(site), capital, float(target[site])) for site in sites]
        ranks = []
        for site, end in zip(sites, batch.solve(models), strict=True):
            if end.status is Status.OPTIMAL and end.solution is not None:
                short = float(end.solution[-1])
                paid = end.objective - SHORTFALL_MUSD_PER_MW * short
                placed = float(target[site]) - short
                if placed >= core.module_it_mw[self.smallest] - 1e-6:
                    ranks.append(Rank(int(site), placed, paid))
        return ranks

    # ---- cutting

    def _line_entries(self, site_mw: Floats) -> Floats:
        """The entries, with the largest useful line cut to what a site of `site_mw` can draw."""
        entries = self._entries
        column = np.repeat(self._columns, np.diff(entries.indptr))
        return useful_lines(self.program, self.matrix, entries.indices.astype(np.int64), column, entries.data, site_mw)

    def _cut(self, site: int, entries: Floats) -> _Cut:
        start, count = self._entries.indptr, len(self.program.core.site)
        mine = np.arange(self._at[site], self._at[site + 1])
        place = np.concatenate([mine, np.arange(self._at[count], self._at[count + 1])])
        columns, size = self._columns[place], (start[place + 1] - start[place]).astype(np.int64)
        column = np.repeat(np.arange(len(place)), size)
        span = np.arange(size.sum()) + np.repeat(start[place] - (np.cumsum(size) - size), size)
        row, value = self._entries.indices[span].astype(np.int64), entries[span]
        rows, place = np.unique(row, return_inverse=True)
        own = np.bincount(place, self._entries.data[span] * self.values[columns[column]], minlength=len(rows))
        others = self._activity[rows] - own
        return _Cut(
            own=len(mine),
            columns=columns,
            rows=rows,
            row=place,
            column=column,
            value=value,
            row_lower=self.matrix.row_lower[rows] - others,
            row_upper=self.matrix.row_upper[rows] - others,
        )

    def _bounds(self, cut: _Cut, site: int, added: int, *, more: bool) -> tuple[Floats, Floats]:
        """Column bounds of a cut: what stands stands on, the site is open, `added` smallest modules join; with `more` as
        many modules as rows allow."""
        core = self.program.core
        lower, upper = self.matrix.lower[cut.columns].copy(), self._upper[cut.columns].copy()
        stock = np.searchsorted(cut.columns[: cut.own], core.modules.columns[site, :, -1])
        standing = np.rint(self.values[core.modules.columns[site, :, -1]])
        choices = self.matrix.integer[cut.columns]
        lower[choices] = np.maximum(lower, np.rint(self.values[cut.columns]))[choices]
        if not more:
            upper[stock] = standing
        lower[stock[self.smallest]] += added
        upper[stock[self.smallest]] = max(upper[stock[self.smallest]], lower[stock[self.smallest]])
        opened = int(np.searchsorted(cut.columns[: cut.own], core.open.columns[site, -1]))
        lower[opened] = upper[opened] = 1.0
        return lower, upper

    # ---- the two small programs

    def _elastic(self, cut: _Cut, site: int) -> Model:
        lower, upper = self._bounds(cut, site, 1, more=False)
        kind, weight = self.rows.kind[cut.rows], self._weights[cut.rows]
        idle = self._idle[cut.rows]
        elastic = np.flatnonzero(kind != Kind.STRUCTURE)
        above = elastic[np.isfinite(cut.row_upper[elastic])]
        below = elastic[np.isfinite(cut.row_lower[elastic])]
        slack_row = np.concatenate([above, below])
        slack_sign = np.concatenate([np.full(len(above), -1.0), np.full(len(below), 1.0)])
        columns = len(cut.columns)
        return small_model(
            cost=np.concatenate([np.zeros(columns), weight[slack_row]]),
            lower=np.concatenate([lower, np.zeros(len(slack_row))]),
            upper=np.concatenate([upper, np.full(len(slack_row), np.inf)]),
            row=np.concatenate([cut.row, slack_row]),
            column=np.concatenate([cut.column, columns + np.arange(len(slack_row))]),
            value=np.concatenate([cut.value, slack_sign]),
            row_lower=np.where(idle, -np.inf, cut.row_lower),
            row_upper=np.where(idle, np.inf, cut.row_upper),
        )

    def _least_capital(self, cut: _Cut, site: int, capital: Floats, target: float) -> Model:
        lower, upper = self._bounds(cut, site, 1, more=True)
        core = self.program.core
        free = (self.rows.kind[cut.rows] == Kind.MONEY) | self._idle[cut.rows]
        stock = np.searchsorted(cut.columns[: cut.own], core.modules.columns[site, :, -1])
        columns, rows = len(cut.columns), len(cut.rows)
        return small_model(
            cost=np.append(capital[cut.columns], SHORTFALL_MUSD_PER_MW),
            lower=np.append(lower, 0.0),
            upper=np.append(upper, np.inf),
            row=np.concatenate([cut.row, np.full(len(stock) + 1, rows)]),
            column=np.concatenate([cut.column, stock, [columns]]),
            value=np.concatenate([cut.value, core.module_it_mw, [1.0]]),
            row_lower=np.append(np.where(free, -np.inf, cut.row_lower), target),
            row_upper=np.append(np.where(free, np.inf, cut.row_upper), np.inf),
        )

    def _capital_musd(self) -> Floats:
        """Capital of each column in the last period (columns)."""
        capital = np.zeros(self.matrix.columns)
        last = len(self.program.core.period) - 1
        for entry in self.program.ledgers.capital_musd.entries:
            at_last = entry.at == last
            np.add.at(capital, entry.columns[at_last], entry.coefficients[at_last])
        return capital

    # ---- reading

    def _read(self, site: int, cut: _Cut, end: Small) -> OneMore:
        if end.status is not Status.OPTIMAL or end.solution is None:
            return OneMore(site, False, ())
        kind = self.rows.kind[cut.rows]
        elastic = np.flatnonzero(kind != Kind.STRUCTURE)
        above = elastic[np.isfinite(cut.row_upper[elastic])]
        below = elastic[np.isfinite(cut.row_lower[elastic])]
        short = np.zeros(len(cut.rows))
        np.add.at(short, np.concatenate([above, below]), end.solution[len(cut.columns) :])
        missing = np.flatnonzero(short > SHORT * np.maximum(1.0, self.rows.size[cut.rows]))
        found = [Shortage(int(cut.rows[place]), float(short[place])) for place in missing]
        return OneMore(site, True, tuple(found) + self._barred(site))

    def _barred(self, site: int) -> tuple[Shortage, ...]:
        """The row that bounds modules of the smallest type, where somebody has fixed their column."""
        core = self.program.core
        column = int(core.modules.columns[site, self.smallest, -1])
        variable_upper = core.modules.upper_values[column - core.modules.first]
        wanted = float(np.rint(self.values[column])) + 1.0
        if self.matrix.upper[column] >= min(wanted, variable_upper):
            return ()
        family = next(rows for rows in self.matrix.families if rows.name == "module_open")
        return (Shortage(family.first + column - core.modules.first, wanted - float(self.matrix.upper[column])),)


def last_period(program: Program, matrix: Matrix) -> Flags:
    """Columns of the last period, and those that know no periods (columns)."""
    free = np.ones(matrix.columns, dtype=bool)
    for variable in matrix.space.variables:
        for place, axis in enumerate(variable.axes):
            if axis is program.core.period:
                period = np.indices(variable.shape)[place]
                free[variable.columns[period < len(axis) - 1]] = False
    return free
