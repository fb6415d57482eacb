"""The master of the site-wise decomposition: which mix of the blocks' proposals is best, and what that says of prices.

    minimise    sum over proposals k of cost[k] * share[k]  +  sum over rows r of high[r] * lack[r] - low[r] * excess[r]
    where       row_lower[r]  <=  sum over k of use[k, r] * share[k]  +  lack[r]  -  excess[r]  <=  row_upper[r]
                sum over the proposals k of a site of share[k]  <=  1, and = 1 where the site cannot do nothing

What a row lacks is bought at `high`, what it has in excess sold at `low`: so its price stays between the two, near the prices
that the relaxed program gave (FORMULATION 4; without that the first masters, which know few proposals, ask for absurd prices).
Its value is the best bound that the proposals so far leave possible within the box, its prices are where to look for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array, diags_array, hstack, vstack

from siting.solve.chunks import Proposals
from siting.solve.highs import solve_mixed, solve_priced
from siting.solve.job import Floats, Ints, Model
from siting.solve.shared import Shared

NEAR_SHARE: Final = 0.006
"""How far a price may be from its centre, as a share of it; of the largest of its row family, where the row is common to all."""
FAMILY_SHARE: Final = 0.02
"""The same, as a share of the largest price of its row family, where it is contested by a few sites only."""
BROKEN_LEAST: Final = 0.1
"""What it costs to break all of a row whose family has no price in a whole choice, as a share of what everything costs."""
COMMON_SHARE: Final = 0.5
"""Share of the sites that touch the most common row, from which on a row counts as common to all."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """The best mix: prices by number of shared row, and the share of each proposal's site that it uses (by site)."""

    objective: float
    prices: Floats
    share: dict[int, float]


class Master:
    """Proposals so far, and the mix of them."""

    def __init__(self, shared: Shared, prices: Floats, acting: Ints) -> None:
        self._shared, self._acting = shared, acting
        self.move(prices)
        self._site: list[int] = []
        self._cost: list[float] = []
        self._number: list[Ints] = []
        self._use: list[Floats] = []
        self._chosen: list[Mapping[str, float]] = []
        self._size = 0.0
        self._known: set[tuple[int, float, bytes]] = set()

    def move(self, prices: Floats, times: float = 1.0) -> None:
        """Set the box around these prices, so many times as wide as usual."""
        shared = self._shared
        self._most = np.zeros(int(shared.family.max(initial=-1)) + 1)
        np.maximum.at(self._most, shared.family, np.abs(prices))
        common = shared.touched_by >= COMMON_SHARE * shared.touched_by.max(initial=0)
        most = self._most[shared.family]
        width = times * np.where(common, NEAR_SHARE * most, NEAR_SHARE * np.abs(prices) + FAMILY_SHARE * most)
        low, high = prices - width, prices + width
        self._low = np.where(np.isfinite(shared.row_upper), low, np.maximum(low, 0.0))
        self._high = np.where(np.isfinite(shared.row_lower), high, np.minimum(high, 0.0))

    def at_edge(self, prices: Floats) -> bool:
        """Whether any price that is used lies on its side of the box."""
        used = prices != 0
        close = 1e-6 * np.abs(prices)
        moved = (prices <= self._low + close) & (self._low != 0) | (prices >= self._high - close) & (self._high != 0)
        return bool((used & moved).any())

    def dearer(self, prices: Floats, mixed: Floats, share: float) -> Floats:
        """Prices at which more would be proposed of what a mix buys at the edge of the box: dearer by a share of the largest of
        the row's family, or less cheap. Nothing changes where the mix lacks nothing."""
        rises = (mixed >= self._high - 1e-6 * np.abs(mixed)) & (self._high > self._low) & np.isfinite(self._shared.row_lower)
        return self._shared.clean(prices + np.where(rises, share * self._most[self._shared.family], 0.0))

    def add(self, proposals: Proposals) -> int:
        """Take proposals; answers how many were new."""
        new = 0
        for place, site in enumerate(proposals.site.tolist()):
            part = slice(int(proposals.start[place]), int(proposals.start[place + 1]))
            number, use = proposals.number[part], proposals.use[part]
            key = (site, round(float(proposals.cost[place]), 4), np.round(use, 4).tobytes())
            if key in self._known:
                continue
            self._known.add(key)
            self._site.append(site)
            self._cost.append(float(proposals.cost[place]))
            self._number.append(number)
            self._use.append(use)
            self._chosen.append(proposals.chosen[place])
            new += 1
        return new

    def mix(self) -> Mixed:
        """The best mix of the proposals so far. Raises SolverFailed where the master has no optimum."""
        rows, sites, place = self._rows(), *self._sites()
        if not len(rows) and not len(sites):
            return Mixed(0.0, np.zeros(self._shared.count), {})
        entries = self._entries(rows, sites, place)
        one = diags_array(np.ones(len(rows)))
        wide = hstack([entries, vstack([hstack([one, -one]), csr_array((len(sites), 2 * len(rows)))])], format="csr")
        cost = np.concatenate([self._cost, self._high[rows], -self._low[rows]])
        objective, solution, duals = solve_priced(self._model(rows, sites, wide, cost, 0))
        self._size = abs(objective)
        prices = np.zeros(self._shared.count)
        prices[rows] = duals[: len(rows)]
        share = np.bincount(place, weights=solution[: len(place)], minlength=len(sites))
        return Mixed(objective, self._shared.clean(prices), dict(zip(sites.tolist(), share.tolist(), strict=True)))

    def whole_mix(self, seconds: float, spare: float, times: float) -> dict[str, float]:
        """Whole columns (by Pyomo name) of the best choice of one proposal a site that exceeds what is asked by a share. What it
        breaks of the rows costs so many `times` the dearest price of their family, so it is little; empty if nothing is found."""
        rows, sites, place = self._rows(), *self._sites()
        if not len(sites):
            return {}
        entries = self._entries(rows, sites, place)
        one = diags_array(np.ones(len(rows)))
        wide = hstack([entries, vstack([hstack([one, -one]), csr_array((len(sites), 2 * len(rows)))])], format="csr")
        sides = np.maximum(np.abs(self._shared.row_lower[rows]), np.abs(self._shared.row_upper[rows]))
        least = BROKEN_LEAST * self._size / np.where(np.isfinite(sides) & (sides > 0), sides, 1.0)
        penalty = np.maximum(times * self._most[self._shared.family[rows]], least)
        cost = np.concatenate([self._cost, penalty, penalty])
        model = self._model(rows, sites, wide, cost, len(place))
        asks = np.flatnonzero(model.row_lower[: len(rows)] > 0)
        model.row_lower[asks] *= 1.0 + spare
        chosen = solve_mixed(model, seconds)
        found: dict[str, float] = {}
        for proposal in np.flatnonzero(chosen[: len(place)] > 0.5).tolist() if chosen is not None else []:
            found.update(self._chosen[proposal])
        return found

    def ever_chosen(self) -> set[str]:
        """Pyomo names of the whole columns that any proposal uses."""
        return {name for chosen in self._chosen for name in chosen}

    def _rows(self) -> Ints:
        """Numbers of the rows that proposals use or that ask for something."""
        shared = self._shared
        asked = np.flatnonzero(((shared.row_lower > 0) | (shared.row_upper < 0)) & shared.priced)
        return np.union1d(asked, np.unique(np.concatenate([asked[:0], *self._number])))

    def _sites(self) -> tuple[Ints, Ints]:
        """Sites that propose, and the place of each proposal's site among them."""
        return np.unique(np.array(self._site, dtype=np.int64), return_inverse=True)

    def _entries(self, rows: Ints, sites: Ints, place: Ints) -> csr_array:
        """What proposals use of the rows, and one row a site that counts its proposals."""
        count = len(place)
        column = np.repeat(np.arange(count), [len(number) for number in self._number])
        row = np.searchsorted(rows, np.concatenate([rows[:0], *self._number]))
        use = csr_array((np.concatenate([np.zeros(0), *self._use]), (row, column)), shape=(len(rows), count))
        return vstack([use, csr_array((np.ones(count), (place, np.arange(count))), shape=(len(sites), count))])

    def _model(self, rows: Ints, sites: Ints, entries: csr_array, cost: Floats, whole: int) -> Model:
        """The master over its columns, so many of the first whole."""
        shared, columns = self._shared, entries.shape[1]
        return Model(
            cost=cost,
            lower=np.zeros(columns),
            upper=np.where(np.arange(columns) < whole, 1.0, np.inf),
            integer=np.arange(columns) < whole,
            start=entries.indptr.astype(np.int32),
            column=entries.indices.astype(np.int32),
            value=np.asarray(entries.data, dtype=np.float64),
            row_lower=np.concatenate([shared.row_lower[rows], np.where(np.isin(sites, self._acting), 1.0, -np.inf)]),
            row_upper=np.concatenate([shared.row_upper[rows], np.ones(len(sites))]),
        )
