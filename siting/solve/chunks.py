"""A chunk of candidates: their program stated alone, cut at the sites, and each site's block priced at given prices.

Rows over an axis of sites are a site's own. All others may be met in other chunks too; they are known everywhere by their
component and labels, and `Shared` numbers them over all chunks. Rows that only one site of all chunks touches are given back
to its block; rows whose sides differ between chunks are an error, as the row is then not the same.

A site either does nothing, which costs nothing, or it is open in the last period. So its block is solved with its site open: the
minimum is the lesser of that and 0, and what is lacking to 0 is known too. It bounds what the site is worth at other prices,
because the minimum rises where columns become dearer and falls by no more than what the cheaper ones can gain over their bounds:
a site far from paying is not solved again, and as prices settle few sites are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.arrays import ArrayConstraint
from siting.errors import SolverFailed
from siting.program.matrix import Matrix
from siting.solve.branch import NODES, Cheaper
from siting.solve.designs import Design, design_of, propagate
from siting.solve.job import Floats, Ints, Model
from siting.solve.shared import LOCAL, Component, Meeting
from siting.solve.small import BlockPricer
from siting.solve.tight import tightened

KNOWN: Final = 3
"""Earlier passes that are remembered."""
REMEMBERED: Final = 4
"""Solutions of each block that are remembered."""
WIDE_SHARE: Final = 0.9
"""Share of a chunk's sites that touch a row from which on it is the programme's own, not contested by a few."""
PROPAGATIONS: Final = 20
PROPOSED_NODES: Final = 100
"""Relaxations a block may take where only a proposal is asked for: the best found until then is one."""
CHUNKS: Final = 4
FEW: Final = 25
"""Chunks at least, so that several workers have something to do, and candidates from which on a chunk is worth its while."""
NOTHING: Final = 1e-9
"""Size up to which a value counts as 0: the block that does nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One pass: prices by number of shared row, and how to look at them.

    `whole_below`: the value below which blocks are priced whole, and those that must act at any, None for never; `whole_most` of
    them at most, those that pay most. `sites` (positions among all): those asked, None for all of the chunk. `overlooked`: the
    largest value below 0 that need not be looked into. `absolute_gap` and `seconds` are what a whole block may leave and take.
    With `opened` all sites asked are solved, whatever is known of them; so they are where `whole_below` is inf, which asks for
    proposals.
    """

    numbers: Ints
    prices: Floats
    whole_below: float | None = None
    sites: Ints | None = None
    overlooked: float = NOTHING
    whole_most: int = 1_000_000
    absolute_gap: float = 1e-4
    seconds: float = 20.0
    opened: bool = False

    @property
    def proposed(self) -> bool:
        """Whether proposals are asked for, not bounds."""
        return self.whole_below == math.inf

    @property
    def anyway(self) -> bool:
        """Whether sites are solved whatever is known of them; such a pass is not remembered."""
        return self.opened or self.proposed


@dataclass(frozen=True, slots=True)
class Priced:
    """Lower bounds of the blocks' minima with their sites open (sites of the chunk, in their order; inf where they cannot be),
    how many blocks were solved relaxed, and the designs that blocks solved whole propose."""

    site: Ints
    value: Floats
    relaxed: int
    designs: tuple[Design, ...]


class Chunk:
    """Some candidates, their blocks and what they share. `sites` are their positions among all candidates, in the order of the
    matrix's owners."""

    def __init__(self, matrix: Matrix, cost: Floats, sites: Ints) -> None:
        if (matrix.owner < 0).any():
            raise SolverFailed("a program with columns that belong to no site cannot be stated chunk by chunk")
        if (matrix.lower < 0).any():
            raise SolverFailed("a program with columns that may be below 0 cannot be stated chunk by chunk")
        self.sites = sites
        self._matrix: Matrix | None = matrix
        self._rows, self._components = _met_rows(matrix)
        self._order = np.argsort(matrix.owner, kind="stable")
        self._first = np.searchsorted(matrix.owner[self._order], np.arange(len(sites) + 1))
        self._cost = cost[self._order]
        self._lower, self._upper = matrix.lower[self._order], matrix.upper[self._order]
        self._integer = matrix.integer[self._order]
        place = np.empty(matrix.columns, dtype=np.int64)
        place[self._order] = np.arange(matrix.columns)
        opened = next(variable for variable in matrix.space.variables if variable.name == "open")
        self._open = place[opened.columns[:, -1]]
        self._variables = [(variable.name, variable) for variable in matrix.space.variables]
        self._variable_first = np.array(matrix.space.first)
        self._known: list[tuple[Floats, Floats]] = []
        self._solutions: list[list[Floats]] = [[] for _ in sites]
        self._tight: dict[int, Model] = {}
        self._pricer = BlockPricer(len(sites))

    def meeting(self) -> Meeting:
        """The rows that other chunks may share."""
        matrix = self._matrix
        assert matrix is not None
        low = np.where(matrix.value > 0, matrix.lower[matrix.column], matrix.upper[matrix.column]) * matrix.value
        high = np.where(matrix.value > 0, matrix.upper[matrix.column], matrix.lower[matrix.column]) * matrix.value
        least, most = (np.add.reduceat(np.append(part, 0.0), matrix.start[:-1])[self._rows] for part in (low, high))
        sides = matrix.row_lower[self._rows], matrix.row_upper[self._rows]
        return Meeting(self._components, *sides, least, most, _touched_by(matrix, self._rows))

    @property
    def met_rows(self) -> Ints:
        """Rows of the matrix that the meeting tells of."""
        return self._rows

    def settle(self, numbers: Ints) -> Ints:
        """Cut the blocks, now that the shared rows have their numbers (LOCAL for those of one site alone, DROPPED). Answers the
        sites (positions among all) that cannot do nothing."""
        matrix = self._matrix
        assert matrix is not None
        entries = csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))
        met = np.zeros(matrix.rows, dtype=bool)
        met[self._rows[numbers != LOCAL]] = True
        own = np.flatnonzero(~met & (np.diff(matrix.start) > 0))
        owner, last = _least_and_greatest(matrix)
        shared = own[owner[own] != last[own]]
        if len(shared):
            raise SolverFailed(f"{matrix.row_name(int(shared[0]))}: a row over an axis of sites touches two sites")
        owner = owner[own]
        order = np.argsort(owner, kind="stable")
        own, owner = own[order], owner[order]
        self._row_first = np.searchsorted(owner, np.arange(len(self.sites) + 1))
        self._own = entries[own][:, self._order].tocsr()
        self._own.sort_indices()
        self._row_lower, self._row_upper = matrix.row_lower[own], matrix.row_upper[own]
        priced = numbers >= 0
        self._numbers = numbers[priced]
        self._touch = entries[self._rows[priced]][:, self._order].T.tocsr()
        self._closed = self._upper_when_closed()
        self._use = self._touch.tocsc()
        self._most: dict[int, Floats | None] = {}
        self._matrix = None
        self._acting = self._who_must_act()
        return self.sites[self._acting]

    def _who_must_act(self) -> NDArray[np.bool_]:
        """Whether each site's block asks for something, so that doing nothing does not meet it (sites)."""
        columns = np.add.reduceat(np.append(self._lower > 0, False), self._first[:-1]).astype(bool)
        rows = np.append((self._row_lower > 0) | (self._row_upper < 0), False)
        asked = np.add.reduceat(rows, np.minimum(self._row_first[:-1], len(rows) - 1)) > 0
        return np.asarray(columns | (asked & (np.diff(self._row_first) > 0)))

    def _wide(self, change: Floats) -> list[tuple[int, Floats]]:
        """Of the priced rows whose price rises, those that nearly all sites touch with columns of one sign, and the most that
        each site can make of them: what a row of its block leaves for all of these columns together."""
        wide = np.flatnonzero((change > 0) & (np.diff(self._use.indptr) >= WIDE_SHARE * len(self.sites))).tolist()
        for row in wide:
            if row not in self._most:
                self._most[row] = self._most_of_row(row)
        return [(row, most) for row in wide if (most := self._most[row]) is not None]

    def _most_of_row(self, row: int) -> Floats | None:
        entries = slice(self._use.indptr[row], self._use.indptr[row + 1])
        columns, worth = self._use.indices[entries].astype(np.int64), self._use.data[entries]
        touching = len(np.unique(np.searchsorted(self._first, columns, "right")))
        if touching < WIDE_SHARE * len(self.sites) or (worth <= 0).any() or (self._lower[columns] < 0).any():
            return None
        return self._most_of(columns, worth)

    def _most_of(self, columns: Ints, worth: Floats) -> Floats:
        """The most of `worth @ x` over some columns that any one row of the block allows (sites)."""
        own = self._own
        row, of = np.repeat(np.arange(own.shape[0]), np.diff(own.indptr)), np.zeros(len(self._cost))
        of[columns] = worth
        mine = (of[own.indices] > 0) & (own.data > 0)
        least = np.where(mine, 0.0, np.where(own.data > 0, self._lower[own.indices], self._upper[own.indices]) * own.data)
        room = self._row_upper - np.bincount(row, least, minlength=own.shape[0])
        ratio = np.zeros(own.shape[0])
        np.maximum.at(ratio, row[mine], of[own.indices[mine]] / own.data[mine])
        site_of_row = np.repeat(np.arange(len(self.sites)), np.diff(self._row_first))
        asked = np.bincount(np.searchsorted(self._first, columns, "right") - 1, minlength=len(self.sites))
        whole = (np.bincount(row[mine], minlength=own.shape[0]) == asked[site_of_row]) & np.isfinite(room) & (ratio > 0)
        most = np.add.reduceat(np.append(of * np.where(of > 0, self._upper, 0.0), 0.0), self._first[:-1])
        np.minimum.at(most, site_of_row[whole], np.maximum(ratio[whole] * room[whole], 0.0))
        return most

    def _upper_when_closed(self) -> Floats:
        """The most that columns can be while their site stays closed, by propagating the sides of the blocks' rows (columns)."""
        upper = self._upper.copy()
        opened = np.concatenate([variable.columns.ravel() for name, variable in self._variables if name == "open"])
        upper[np.isin(self._order, opened)] = 0.0
        sides = ((self._own, self._row_upper), (-self._own, -self._row_lower))
        for _ in range(PROPAGATIONS):
            before = upper.copy()
            for entries, side in sides:
                propagate(entries, side, self._lower, upper)
            if not upper.any() or (before - upper <= NOTHING).all():
                break
        return np.where(upper > NOTHING, upper, 0.0)

    def price(self, asked: Asked) -> Priced:
        """Price the blocks. Raises SolverFailed where a block has no sure answer: never a stale value."""
        sites = np.arange(len(self.sites)) if asked.sites is None else np.flatnonzero(np.isin(self.sites, asked.sites))
        prices, whole = self._of_all(asked.numbers, asked.prices), list[tuple[int, Floats]]()
        values, relaxed = self._pass(prices, sites, asked, whole)
        if not asked.anyway:
            self._known = [*self._known[1 - KNOWN :], (prices, values)]
        return Priced(self.sites[sites], values[sites], relaxed, tuple(self._design(*proposed) for proposed in whole))

    def _pass(self, prices: Floats, sites: Ints, asked: Asked, whole: list[tuple[int, Floats]]) -> tuple[Floats, int]:
        """(lower bounds of the blocks' minima, number of blocks solved); those solved whole with their solutions in `whole`."""
        reduced = self._reduced(prices)
        values = np.full(len(self.sites), -np.inf) if asked.anyway else self._known_of(prices)
        gain = np.minimum(reduced, 0.0) * np.where(reduced < 0, self._closed, 0.0)
        closed = np.add.reduceat(np.append(gain, 0.0), self._first[:-1])
        live = sites if asked.anyway else sites[(values[sites] < -asked.overlooked) | self._acting[sites]]
        for site in live.tolist():
            values[site] = max(values[site], self._relaxed(site, reduced))
        if asked.whole_below is not None:
            paying = live[(values[live] < asked.whole_below) | self._acting[live]]
            for site in paying[np.argsort(values[paying], kind="stable")][: asked.whole_most].tolist():
                known = min(math.inf if asked.anyway or self._acting[site] else 0.0, self._least_known(site, reduced))
                if values[site] >= known - asked.absolute_gap:
                    continue
                bound, solution = self._whole(site, reduced, known, asked)
                values[site] = max(values[site], bound)
                if solution is not None:
                    self._solutions[site] = [*self._solutions[site][1 - REMEMBERED :], solution]
                    whole.append((site, solution))
        return np.where(closed < -NOTHING, np.minimum(values, closed), values), len(live)

    def _least_known(self, site: int, reduced: Floats) -> float:
        """What the best solution known of a block costs at these prices."""
        columns = slice(*self._first[site : site + 2])
        return min((float(reduced[columns] @ solution) for solution in self._solutions[site]), default=math.inf)

    def _reduced(self, prices: Floats) -> Floats:
        """Costs at these prices. Raises SolverFailed where one is no number: HiGHS would go on for ever."""
        reduced = np.asarray(self._cost - self._touch @ prices)
        wrong = np.flatnonzero(~np.isfinite(reduced))
        if len(wrong):
            raise SolverFailed(f"{self._name(int(self._order[wrong[0]]))} costs {reduced[wrong[0]]}, which is no number")
        return reduced

    def _known_of(self, prices: Floats) -> Floats:
        """What earlier passes say of the blocks' minima at these prices (sites): lower bounds, -inf where nothing is known."""
        best = np.full(len(self.sites), -np.inf)
        for before, values in self._known:
            change = prices - before
            gain = np.zeros(len(self.sites))
            for row, most in self._wide(change):
                gain += change[row] * most
                change[row] = 0.0
            better = np.asarray(self._touch @ change)
            column = better * np.where(better > NOTHING, self._upper, 0.0)
            lost = gain + np.add.reduceat(np.append(column, 0.0), self._first[:-1])
            never = np.isposinf(values)
            best = np.maximum(best, np.where(never, np.inf, np.where(never, 0.0, values) - lost))
        return best

    def _of_all(self, numbers: Ints, prices: Floats) -> Floats:
        """Prices of this chunk's rows, 0 for those that have none."""
        found = np.zeros(len(self._numbers))
        if len(numbers):
            place = np.minimum(np.searchsorted(numbers, self._numbers), len(numbers) - 1)
            found = np.where(numbers[place] == self._numbers, prices[place], 0.0)
        return found

    def _model(self, site: int, reduced: Floats) -> Model:
        """The block as it is."""
        columns, rows = slice(*self._first[site : site + 2]), slice(*self._row_first[site : site + 2])
        start = self._own.indptr[rows.start : rows.stop + 1]
        entries = slice(int(start[0]), int(start[-1]))
        return Model(
            cost=reduced[columns],
            lower=self._lower[columns].copy(),
            upper=self._upper[columns],
            integer=self._integer[columns],
            start=(start - start[0]).astype(np.int32),
            column=(self._own.indices[entries] - columns.start).astype(np.int32),
            value=np.asarray(self._own.data[entries], dtype=np.float64),
            row_lower=self._row_lower[rows],
            row_upper=self._row_upper[rows],
        )

    def _opened(self, site: int, reduced: Floats) -> Model | None:
        """The block with its site open, or as it is where the site must do something anyway; None where it cannot be open."""
        model = self._model(site, reduced)
        if not self._acting[site]:
            model.lower[int(self._open[site] - self._first[site])] = 1.0
        return None if (model.lower > model.upper).any() else model

    def _tightened(self, site: int, model: Model) -> Model:
        """A block with the rows that its whole columns imply."""
        if site not in self._tight:
            self._tight[site] = tightened(self._model(site, self._cost))
        return replace(self._tight[site], cost=model.cost, lower=model.lower)

    def _relaxed(self, site: int, reduced: Floats) -> float:
        model = self._opened(site, reduced)
        try:
            return math.inf if model is None else self._pricer.relaxed(model, site)
        except RuntimeError as error:
            raise SolverFailed(f"candidate {int(self.sites[site])}: {error}") from error

    def _whole(self, site: int, reduced: Floats, known: float, asked: Asked) -> tuple[float, Floats | None]:
        """(lower bound of the whole minimum or of 0, the best solution found that is cheaper than what is known)."""
        model = self._opened(site, reduced)
        if model is None:
            return math.inf, None
        try:
            nodes = PROPOSED_NODES if asked.proposed else NODES
            found = self._cheaper(site, self._tightened(site, model), known, asked.absolute_gap, nodes)
            if found.done or asked.proposed:
                return found.bound, found.solution
            free = self._tightened(site, self._model(site, reduced) if known <= 0 else model)
            bound, solution = self._pricer.whole(free, asked.absolute_gap, asked.seconds)
            return bound, solution if solution is not None and solution.any() else None
        except RuntimeError as error:
            raise SolverFailed(f"candidate {int(self.sites[site])}: {error}") from error

    def _cheaper(self, site: int, model: Model, known: float, gap: float, nodes: int) -> Cheaper:
        """What branching finds; nothing where one of its relaxations has no sure answer."""
        try:
            return self._pricer.cheaper(model, site, known, gap, nodes)
        except RuntimeError:
            return Cheaper(-math.inf, None, done=False)

    def _design(self, site: int, solution: Floats) -> Design:
        columns = slice(*self._first[site : site + 2])
        block = self._model(site, self._cost)
        chosen = np.flatnonzero(block.integer & (np.abs(solution) > 0.5))
        names = [self._name(int(column)) for column in self._order[columns][chosen]]
        named = dict(zip(names, np.rint(solution[chosen]).tolist(), strict=True))
        return design_of(block, self._touch[columns], self._numbers, solution, int(self.sites[site]), named)

    def _name(self, column: int) -> str:
        place = int(np.searchsorted(self._variable_first, column, "right")) - 1
        name, variable = self._variables[place]
        index = variable.index_at(column - int(self._variable_first[place]))
        return f"{name}[{','.join(index if isinstance(index, tuple) else (index,))}]"


def parts_of(count: int, size: int) -> list[Ints]:
    """Candidates dealt out to chunks of about `size`, of which there are some where there are candidates enough, so that every
    chunk is a sample of all."""
    chunks = max(1, min(CHUNKS, count // FEW), math.ceil(count / size))
    return [np.arange(first, count, chunks, dtype=np.int64) for first in range(chunks)]


def _met_rows(matrix: Matrix) -> tuple[Ints, tuple[Component, ...]]:
    """Rows of components without an axis of sites that have any columns, and what they are called."""
    rows: list[Ints] = [np.zeros(0, np.int64)]
    components = []
    filled = np.diff(matrix.start) > 0
    for family in matrix.families:
        component = family.component
        if not isinstance(component, ArrayConstraint):
            raise SolverFailed(f"{family.name}: ordinary Pyomo constraints cannot be stated chunk by chunk")
        if any(axis.of_sites for axis in component.axes):
            continue
        place = np.flatnonzero(filled[family.first : family.last])
        if not len(place):
            continue
        rows.append(family.first + place)
        flat = place if family.kept is None else family.kept[place]
        at = np.column_stack(np.unravel_index(flat, component.shape))
        components.append(Component(family.name, tuple(axis.labels for axis in component.axes), at))
    return np.concatenate(rows), tuple(components)


def _least_and_greatest(matrix: Matrix) -> tuple[Ints, Ints]:
    """Least and greatest owner of each row's columns; -1 for rows without any."""
    owner = matrix.owner[matrix.column]
    filled = np.diff(matrix.start) > 0
    least = np.minimum.reduceat(np.append(owner, np.iinfo(np.int64).max), matrix.start[:-1])
    greatest = np.maximum.reduceat(np.append(owner, -1), matrix.start[:-1])
    return np.where(filled, least, -1), np.where(filled, greatest, -1)


def _touched_by(matrix: Matrix, rows: Ints) -> Ints:
    """How many sites have columns in each of the rows."""
    entries = csr_array((np.ones(len(matrix.column), np.int8), matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))
    mine = entries[rows].tocoo()
    pairs = np.unique(mine.row.astype(np.int64) * (int(matrix.owner.max()) + 1) + matrix.owner[mine.col])
    return np.bincount(pairs // (int(matrix.owner.max()) + 1), minlength=len(rows))
