"""The master of the site-wise decomposition: which mix of the sites' designs is best, and what that says of prices.

    minimise    sum over designs d of cost[d] @ x[d]  +  sum over rows r of high[r] * lack[r] - low[r] * excess[r]
    where       row_lower[r]  <=  sum over d of use[d, r] @ x[d]  +  lack[r]  -  excess[r]  <=  row_upper[r]
                x[d] = (share[d], its columns left) as `siting.solve.designs` has it
                sum over the designs d of a site of share[d]  <=  1, and = 1 where the site cannot do nothing

What a row lacks is bought at `high`, what it has in excess sold at `low`: so its price stays between the two, near the prices
that the relaxed program gave (FORMULATION 4; without that the first masters, which know few designs, ask for absurd prices).
Its value is the best bound that the designs so far leave possible within the box, its prices are where to look for it.

Designs that no mix wants make it slow and tell it nothing: it begins with those in use and those that lack least to pay, and goes
on with those left out that pay at the prices it finds, until there are none.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import block_diag, csr_array, diags_array, hstack, vstack

from siting.solve.designs import Design
from siting.solve.job import Floats, Ints, Model
from siting.solve.shared import Shared
from siting.solve.small import ASIDE, INSIDE, Basis, solve_mixed, solve_priced

NEAR_SHARE: Final = 1.6
FAMILY_SHARE: Final = 0.15
"""How far a price may be from its centre: a share of it and one of the largest of its row family, where it is contested by a few
sites only."""
COMMON_NEAR_SHARE: Final = 0.02
"""The same, as a share of the largest price of its row family, where the row is common to all."""
COMMON_SHARE: Final = 0.5
"""Share of the sites that touch the most common row, from which on a row counts as common to all."""
BROKEN_LEAST: Final = 0.1
"""What it costs to break all of a row whose family has no price in a whole choice, as a share of what everything costs."""
USED: Final = 1e-4
"""Share from which on a design counts as used."""
OTHERS_LEAST: Final = 20
FRESH_MOST: Final = 60
"""Designs that are mixed besides those in use, at least, and as many more at most as nobody has mixed yet."""
LEARNT: Final = 0.01
"""Share from which on a mix teaches how a design is run: less is mostly noise, divided by little."""
ROUNDS: Final = 4
PAYS: Final = 1e-5
"""Times that designs left out are asked whether they would make the mix better, and from which share of it they do."""
WAYS: Final = 3
"""Ways to run a design that are remembered: its block's own and the last ones."""
EMPTY: Final = np.zeros(0)
ROWS: Final = "rows"
LACK: Final = "lack"
EXCESS: Final = "excess"
"""What a mix has of each shared row."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """The best mix: prices by number of shared row, and the share of each site that its designs have together (by site)."""

    objective: float
    prices: Floats
    share: dict[int, float]


@dataclass(frozen=True, slots=True)
class _Round:
    """A mix of the designs that were live, and by how much each of all designs costs more than its site gains (designs; one below
    0 would make the mix better)."""

    mixed: Mixed
    lacking: Floats


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to run a design: what it costs, and what it uses of the design's rows."""

    cost: float
    use: Floats

    def like(self, other: _Way) -> bool:
        """Whether it is the same but for rounding."""
        return math.isclose(self.cost, other.cost, rel_tol=1e-9, abs_tol=1e-6) and np.allclose(self.use, other.use, atol=1e-6)


class _Standing:
    """Where the columns and rows of mixes stood when they were last in one, so that the next begins there."""

    def __init__(self, count: int) -> None:
        self._shared = {ROWS: np.full(count, INSIDE), LACK: np.full(count, ASIDE), EXCESS: np.full(count, ASIDE)}
        self._sites: dict[int, object] = {}
        self._designs: dict[int, Basis] = {}

    def of(self, live: Ints, designs: list[Design], rows: Ints, sites: Ints) -> Basis | None:
        """The basis to begin a mix with; None where nothing is known."""
        if not self._designs:
            return None
        known = [self._designs.get(at) or _aside(design) for at, design in zip(live.tolist(), designs, strict=True)]
        counted = np.array([self._sites.get(site, INSIDE) for site in sites.tolist()], dtype=object)
        return Basis(
            np.concatenate([*(part.columns for part in known), self._shared[LACK][rows], self._shared[EXCESS][rows]]),
            np.concatenate([self._shared[ROWS][rows], counted, *(part.rows for part in known)]),
        )

    def learn(self, basis: Basis, live: Ints, designs: list[Design], rows: Ints, sites: Ints) -> None:
        """Remember where a mix ended."""
        column = np.cumsum([0, *(len(design.cost) for design in designs)])
        row = len(rows) + len(sites) + np.cumsum([0, *(len(design.row_lower) for design in designs)])
        for number, at in enumerate(live.tolist()):
            mine = slice(column[number], column[number + 1]), slice(row[number], row[number + 1])
            self._designs[at] = Basis(basis.columns[mine[0]], basis.rows[mine[1]])
        self._sites.update(zip(sites.tolist(), basis.rows[len(rows) : len(rows) + len(sites)].tolist(), strict=True))
        last = int(column[-1])
        self._shared[ROWS][rows] = basis.rows[: len(rows)]
        self._shared[LACK][rows] = basis.columns[last : last + len(rows)]
        self._shared[EXCESS][rows] = basis.columns[last + len(rows) :]


def _aside(design: Design) -> Basis:
    return Basis(np.full(len(design.cost), ASIDE), np.full(len(design.row_lower), INSIDE))


class Master:
    """Designs so far, and the mix of them; `until` (monotonic seconds) it may take."""

    def __init__(self, shared: Shared, prices: Floats, acting: Ints, until: float = math.inf) -> None:
        self._shared, self._acting, self._until = shared, acting, until
        self._designs: list[Design] = []
        self._ways: list[list[_Way]] = []
        self._known: dict[object, int] = {}
        self._share: Floats = np.zeros(0)
        self._live: Ints = np.zeros(0, np.int64)
        self._mixed: Mixed | None = None
        self._last = Mixed(math.inf, prices, {})
        self._size = 0.0
        self._standing = _Standing(shared.count)
        self._prices = prices
        self.move(prices)

    def move(self, prices: Floats) -> None:
        """Set the box around these prices."""
        shared = self._shared
        self._most = np.zeros(int(shared.family.max(initial=-1)) + 1)
        np.maximum.at(self._most, shared.family, np.abs(prices))
        common = shared.touched_by >= COMMON_SHARE * shared.touched_by.max(initial=0)
        most = self._most[shared.family]
        width = np.where(common, COMMON_NEAR_SHARE * most, NEAR_SHARE * np.abs(prices) + FAMILY_SHARE * most)
        low, high = prices - width, prices + width
        self._low = np.where(np.isfinite(shared.row_upper), low, np.maximum(low, 0.0))
        self._high = np.where(np.isfinite(shared.row_lower), high, np.minimum(high, 0.0))
        self._mixed = None

    def dearer(self, prices: Floats, mixed: Floats, share: float) -> Floats:
        """Prices at which more would be proposed of what a mix buys at the edge of the box: dearer by a share of the largest of
        the row's family, or less cheap. Nothing changes where the mix lacks nothing."""
        rises = (mixed >= self._high - 1e-6 * np.abs(mixed)) & (self._high > self._low) & np.isfinite(self._shared.row_lower)
        return self._shared.clean(prices + np.where(rises, share * self._most[self._shared.family], 0.0))

    def add(self, designs: Iterable[Design]) -> int:
        """Take designs; answers how many were new to the last mix. Of those known a new way to run them is learnt."""
        new, mixed = 0, set(self._live.tolist())
        for design in designs:
            place = self._known.setdefault(design.key, len(self._designs))
            if place == len(self._designs):
                self._designs.append(design)
                self._ways.append([])
            new += place not in mixed
            self._learn(place, design.point)
        if new:
            self._mixed = None
        return new

    def mix(self, left: float = 0.0) -> Mixed:
        """The best mix of the designs so far, within what may be `left`; the last one where the time is over, with an infinite
        objective where there was none. Raises SolverFailed where the master has no optimum."""
        if self._mixed is None:
            self._mixed = self._mix(left)
        return self._mixed

    def _mix(self, left: float) -> Mixed:
        self._live = self._chosen_live()
        for _ in range(ROUNDS):
            found = self._mix_live()
            if found is None:
                break
            self._last = found.mixed
            missing = np.setdiff1d(np.flatnonzero(found.lacking < -PAYS * abs(found.mixed.objective)), self._live)
            if -float(found.lacking[missing].sum()) <= left:
                break
            self._live = np.union1d(self._live, missing)
        return self._last

    def _mix_live(self) -> _Round | None:
        """The best mix of the designs that are live; None where the time was over before."""
        live, designs = self._live, [self._designs[place] for place in self._live.tolist()]
        rows, sites, place = self._rows(designs), *self._sites(live)
        if not len(rows) and not len(sites):
            return _Round(Mixed(0.0, np.zeros(self._shared.count), {}), np.zeros(len(self._designs)))
        model, first = self._mixing(designs, rows, sites, place)
        found = solve_priced(model, self._standing.of(live, designs, rows, sites), self._until - time.monotonic())
        if found is None:
            return None
        objective, solution, duals, basis = found
        self._standing.learn(basis, live, designs, rows, sites)
        self._size = abs(objective)
        prices = np.zeros(self._shared.count)
        prices[rows] = duals[: len(rows)]
        self._prices = self._shared.clean(prices)
        self._share = np.zeros(len(self._designs))
        self._share[live] = solution[first[:-1]]
        for number in np.flatnonzero(self._share[live] > LEARNT).tolist():
            part = solution[first[number] : first[number + 1]]
            self._learn(int(live[number]), part / part[0])
        share = np.bincount(place, weights=self._share[live], minlength=len(sites))
        worth, held = self._worth(), dict(zip(sites.tolist(), duals[len(rows) : len(rows) + len(sites)].tolist(), strict=True))
        lacking = worth - np.array([min(held.get(design.site, 0.0), 0.0) for design in self._designs])
        return _Round(Mixed(objective, self._prices, dict(zip(sites.tolist(), share.tolist(), strict=True))), lacking)

    def _learn(self, place: int, point: Floats) -> None:
        """A way to run a design, if it is none of those known. The first, its block's own, is never forgotten."""
        design, ways = self._designs[place], self._ways[place]
        way = _Way(float(design.cost @ point), np.asarray(design.use @ point))
        if not any(way.like(other) for other in ways):
            self._ways[place] = [*ways[:1], *ways[1:][2 - WAYS :], way]

    def _chosen_live(self) -> Ints:
        """The designs to mix: those in use, those of sites that cannot do nothing, and the others that lack least to pay."""
        share = np.append(self._share, np.zeros(len(self._designs) - len(self._share)))
        sites = np.array([design.site for design in self._designs], dtype=np.int64)
        live = (share > USED) | np.isin(sites, self._acting)
        most = max(OTHERS_LEAST, int(live.sum())) + min(FRESH_MOST, len(self._designs) - len(self._share))
        others = np.flatnonzero(~live)
        if len(others) > most:
            worth, (_, place) = self._worth(), np.unique(sites, return_inverse=True)
            best = np.zeros(int(place.max(initial=-1)) + 1)
            np.minimum.at(best, place, worth)
            others = others[np.argsort((worth - best[place])[others], kind="stable")][:most]
        live[others] = True
        return np.flatnonzero(live)

    def _worth(self) -> Floats:
        """What each design costs at the prices of the last mix, run in the best of the ways known (designs)."""
        return np.array(
            [
                min(way.cost - float(self._prices[design.number] @ way.use) for way in ways)
                for design, ways in zip(self._designs, self._ways, strict=True)
            ]
        )

    @property
    def complete(self) -> bool:
        """Whether every site that cannot do nothing has a design: before, a mix tells nothing of the bound."""
        return bool(np.isin(self._acting, [design.site for design in self._designs]).all())

    def whole_mix(self, seconds: float, spare: float, times: float) -> dict[str, float]:
        """Whole columns (by Pyomo name) of the best choice of one design a site, run as in one of the ways known, that exceeds
        what is asked by a share. What it breaks of the rows costs so many `times` the dearest price of their family, so it is
        little; empty if nothing is found."""
        rows, sites, place = self._rows(self._designs), *self._sites(np.arange(len(self._designs)))
        if not len(sites):
            return {}
        of = np.repeat(np.arange(len(self._designs)), [len(ways) for ways in self._ways])
        ways = [way for ways in self._ways for way in ways]
        use = csr_array(
            (
                np.concatenate([way.use for way in ways]),
                np.searchsorted(rows, np.concatenate([self._designs[at].number for at in of.tolist()])),
                np.cumsum([0, *(len(way.use) for way in ways)]),
            ),
            shape=(len(ways), len(rows)),
        ).T
        sides = np.maximum(np.abs(self._shared.row_lower[rows]), np.abs(self._shared.row_upper[rows]))
        least = BROKEN_LEAST * self._size / np.where(np.isfinite(sides) & (sides > 0), sides, 1.0)
        penalty = np.maximum(times * self._most[self._shared.family[rows]], least)
        cost = np.concatenate([[way.cost for way in ways], penalty, penalty])
        model = self._model(
            rows, sites, _wide(csr_array(use), _counted(place[of], np.arange(len(of)), len(of), len(sites))), cost, len(of)
        )
        asks = np.flatnonzero(model.row_lower[: len(rows)] > 0)
        model.row_lower[asks] *= 1.0 + spare
        chosen = solve_mixed(model, seconds)
        found: dict[str, float] = {}
        for way in np.flatnonzero(chosen[: len(of)] > 0.5).tolist() if chosen is not None else []:
            found.update(self._designs[int(of[way])].chosen)
        return found

    def ever_chosen(self) -> set[str]:
        """Pyomo names of the whole columns that any design has."""
        return {name for design in self._designs for name in design.chosen}

    def _rows(self, designs: list[Design]) -> Ints:
        """Numbers of the rows that designs use or that ask for something."""
        shared = self._shared
        asked = np.flatnonzero(((shared.row_lower > 0) | (shared.row_upper < 0)) & shared.priced)
        return np.union1d(asked, np.unique(np.concatenate([asked[:0], *(design.number for design in designs)])))

    def _sites(self, designs: Ints) -> tuple[Ints, Ints]:
        """Sites of some designs, and the place of each design's site among them."""
        return np.unique(np.array([self._designs[at].site for at in designs.tolist()], dtype=np.int64), return_inverse=True)

    def _mixing(self, designs: list[Design], rows: Ints, sites: Ints, place: Ints) -> tuple[Model, Ints]:
        """The program of a mix, and the first column of each design, one more at the end."""
        first = np.cumsum([0, *(len(design.cost) for design in designs)])
        entries = [design.use.tocoo() for design in designs]
        column = [part.col + start for part, start in zip(entries, first[:-1].tolist(), strict=True)]
        row = [np.searchsorted(rows, design.number)[part.row] for design, part in zip(designs, entries, strict=True)]
        value = [part.data for part in entries]
        none = np.zeros(0, np.int64)
        use = csr_array(
            (np.concatenate([np.zeros(0), *value]), (np.concatenate([none, *row]), np.concatenate([none, *column]))),
            shape=(len(rows), int(first[-1])),
        )
        own = block_diag([design.rows for design in designs], format="csr") if designs else csr_array((0, 0))
        counted = _counted(place, first[:-1], int(first[-1]), len(sites))
        cost = np.concatenate([*(design.cost for design in designs), self._high[rows], -self._low[rows]])
        sides = [
            np.concatenate([np.zeros(0), *part]) for part in zip(*((d.row_lower, d.row_upper) for d in designs), strict=True)
        ]
        lower, upper = sides or (np.zeros(0), np.zeros(0))
        return self._model(rows, sites, _wide(use, vstack([counted, own])), cost, 0, lower, upper), first

    def _model(
        self, rows: Ints, sites: Ints, entries: csr_array, cost: Floats, whole: int, lower: Floats = EMPTY, upper: Floats = EMPTY
    ) -> Model:
        """A program over shared rows, one row a site, and rows of its own with these sides; the first columns whole."""
        shared, columns = self._shared, entries.shape[1]
        counted = np.where(np.isin(sites, self._acting), 1.0, -np.inf)
        return Model(
            cost=cost,
            lower=np.zeros(columns),
            upper=np.where(np.arange(columns) < whole, 1.0, np.inf),
            integer=np.arange(columns) < whole,
            start=entries.indptr.astype(np.int32),
            column=entries.indices.astype(np.int32),
            value=np.asarray(entries.data, dtype=np.float64),
            row_lower=np.concatenate([shared.row_lower[rows], counted, lower]),
            row_upper=np.concatenate([shared.row_upper[rows], np.ones(len(sites)), upper]),
        )


def _counted(site: Ints, column: Ints, columns: int, sites: int) -> csr_array:
    """One row a site that counts some of its columns."""
    return csr_array((np.ones(len(site)), (site, column)), shape=(sites, columns))


def _wide(shared: csr_array, others: csr_array) -> csr_array:
    """Shared rows with a column for what each lacks and one for what it has in excess, and other rows below them."""
    one = diags_array(np.ones(shared.shape[0]))
    none = csr_array((others.shape[0], 2 * shared.shape[0]))
    return csr_array(vstack([hstack([shared, one, -one]), hstack([others, none])]))
