"""The master of the site-wise decomposition: which mix of the blocks' proposals is best, and what that says of prices.

    minimise    sum over proposals k of cost[k] * share[k]  +  sum over rows r of high[r] * lack[r] - low[r] * excess[r]
    where       row_lower[r]  <=  sum over k of use[k, r] * share[k]  +  lack[r]  -  excess[r]  <=  row_upper[r]
                sum over the proposals k of a site of share[k]  <=  1

What a row lacks is bought at `high`, what it has in excess sold at `low`: so its price stays between the two, near the prices
that the relaxed program gave (FORMULATION 4; without that the first masters, which know few proposals, ask for absurd prices).
Its value is the best bound that the proposals so far leave possible within the box, its prices are where to look for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array, diags_array, hstack, vstack

from siting.solve.chunks import Proposals, Shared
from siting.solve.highs import solve_priced
from siting.solve.job import Floats, Ints, Model

NEAR_SHARE: Final = 0.06
"""How far a price may be from its centre, as a share of it."""
FAMILY_SHARE: Final = 0.03
"""The same, as a share of the largest price of its row family."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """The best mix: prices by number of shared row, and the share of each proposal's site that it uses (by site)."""

    objective: float
    prices: Floats
    share: dict[int, float]


class Master:
    """Proposals so far, and the mix of them."""

    def __init__(self, shared: Shared, prices: Floats) -> None:
        self._shared = shared
        self.move(prices)
        self._site: list[int] = []
        self._cost: list[float] = []
        self._number: list[Ints] = []
        self._use: list[Floats] = []
        self._known: set[tuple[int, float, bytes]] = set()

    def move(self, prices: Floats, times: float = 1.0) -> None:
        """Set the box around these prices, so many times as wide as usual."""
        shared = self._shared
        most = np.zeros(int(shared.family.max(initial=-1)) + 1)
        np.maximum.at(most, shared.family, np.abs(prices))
        width = times * (NEAR_SHARE * np.abs(prices) + FAMILY_SHARE * most[shared.family])
        low, high = prices - width, prices + width
        self._low = np.where(np.isfinite(shared.row_upper), low, np.maximum(low, 0.0))
        self._high = np.where(np.isfinite(shared.row_lower), high, np.minimum(high, 0.0))

    def at_edge(self, prices: Floats) -> bool:
        """Whether any price that is used lies on its side of the box."""
        used = prices != 0
        close = 1e-6 * np.abs(prices)
        moved = (prices <= self._low + close) & (self._low != 0) | (prices >= self._high - close) & (self._high != 0)
        return bool((used & moved).any())

    def add(self, proposals: Proposals) -> int:
        """Take proposals; answers how many were new."""
        new = 0
        for place, site in enumerate(proposals.site.tolist()):
            part = slice(int(proposals.start[place]), int(proposals.start[place + 1]))
            number, use = proposals.number[part], proposals.use[part]
            key = (site, round(float(proposals.cost[place]), 6), np.round(use, 6).tobytes())
            if key in self._known:
                continue
            self._known.add(key)
            self._site.append(site)
            self._cost.append(float(proposals.cost[place]))
            self._number.append(number)
            self._use.append(use)
            new += 1
        return new

    def mix(self) -> Mixed:
        """The best mix of the proposals so far. Raises SolverFailed where the master has no optimum."""
        shared = self._shared
        asked = np.flatnonzero(((shared.row_lower > 0) | (shared.row_upper < 0)) & shared.priced)
        rows = np.union1d(asked, np.unique(np.concatenate([np.zeros(0, np.int64), *self._number])))
        column = np.repeat(np.arange(len(self._site)), [len(number) for number in self._number])
        row = np.searchsorted(rows, np.concatenate([rows[:0], *self._number]))
        value = np.concatenate([np.zeros(0), *self._use])
        use = csr_array((value, (row, column)), shape=(len(rows), len(self._site)))
        sites, place = np.unique(np.array(self._site, dtype=np.int64), return_inverse=True)
        convex = csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(len(sites), len(place)))
        one = diags_array(np.ones(len(rows)))
        wide = vstack([hstack([use, one, -one]), hstack([convex, csr_array((len(sites), 2 * len(rows)))])], format="csr")
        slack = len(rows)
        lower, upper = shared.row_lower[rows], shared.row_upper[rows]
        model = Model(
            cost=np.concatenate([self._cost, self._high[rows], -self._low[rows]]),
            lower=np.zeros(len(place) + 2 * slack),
            upper=np.full(len(place) + 2 * slack, np.inf),
            integer=np.zeros(len(place) + 2 * slack, dtype=bool),
            start=wide.indptr.astype(np.int32),
            column=wide.indices.astype(np.int32),
            value=np.asarray(wide.data, dtype=np.float64),
            row_lower=np.concatenate([lower, np.full(len(sites), -np.inf)]),
            row_upper=np.concatenate([upper, np.ones(len(sites))]),
        )
        objective, solution, duals = solve_priced(model)
        prices = np.zeros(shared.count)
        prices[rows] = duals[: len(rows)]
        share = np.bincount(place, weights=solution[: len(place)], minlength=len(sites))
        return Mixed(objective, shared.clean(prices), dict(zip(sites.tolist(), share.tolist(), strict=True)))
