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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.solve.designs import Design
from siting.solve.job import Floats, Ints
from siting.solve.mixture import choice_of, field_of, mix_of
from siting.solve.shared import Shared
from siting.solve.small import solve_mixed, solve_priced
from siting.solve.standing import Standing
from siting.solve.ways import Ways

NEAR_SHARE: Final = 1.6
FAMILY_SHARE: Final = 0.15
"""How far a price may be from its centre: a share of it and one of the largest of its row family, where it is contested by a few
sites only."""
COMMON_NEAR_SHARE: Final = 0.02
"""The same, as a share of the largest price of its row family, where the row is common to all."""
COMMON_SHARE: Final = 0.5
"""Share of the sites that touch the most common row, from which on a row counts as common to all."""
WIDE: Final = 8.0
"""How much wider the box is where rows that count have sides."""
COUNTED_WIDTH: Final = 1.0
"""How far the price of what a row counts may be from its centre, in times of what the dearest design costs."""
BROKEN_LEAST: Final = 0.1
"""What it costs to break all of a row whose family has no price in a whole choice, as a share of what everything costs."""
ENOUGH_SHARE: Final = 0.02
"""Share by which a whole choice may cost more than the mix, besides what it must exceed, to be taken once its time is over."""
AT_ONCE_SHARE: Final = 0.8
LEFT_SHARE: Final = 0.25
"""How much more than the mix a whole choice may cost to be taken at once, and how much more than the best, in shares of what is
allowed."""
USED: Final = 1e-4
"""Share from which on a design counts as used."""
OTHERS_LEAST: Final = 20
FRESH_MOST: Final = 60
"""Designs that are mixed besides those in use, at least, and how many more at most: of those that nobody has mixed yet, and of
those left out that would make the mix better, twice as many in each round and all in the last."""
LEARNT: Final = 0.01
"""Share from which on a mix teaches how a design is run: less is mostly noise, divided by little."""
ROUNDS: Final = 4
PAYS: Final = 1e-5
"""Times that designs left out are asked whether they would make the mix better, and from which share of it they do."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """The best mix: prices by number of shared row, and the share of each site that its designs have together (by site)."""

    objective: float
    prices: Floats
    share: dict[int, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """A whole choice: whole columns that are not 0 by their Pyomo names, and the sites (positions among all) that they are of."""

    columns: Mapping[str, float]
    sites: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Round:
    """A mix of the designs that were live, and by how much each of all designs costs more than its site gains (designs; one below
    0 would make the mix better)."""

    mixed: Mixed
    lacking: Floats


class Master:
    """Designs so far, and the mix of them; `until` (monotonic seconds) it may take. `wide` is how much wider than usual the box
    around prices is."""

    def __init__(self, shared: Shared, prices: Floats, acting: Ints, until: float = math.inf, wide: float = 1.0) -> None:
        self._shared, self._acting, self._until, self._wide = shared, acting, until, wide
        self._designs: list[Design] = []
        self._ways = Ways()
        self._known: dict[object, int] = {}
        self._share: Floats = np.zeros(0)
        self._live: Ints = np.zeros(0, np.int64)
        self._mixed: Mixed | None = None
        self._last = Mixed(math.inf, prices, {})
        self._size = 0.0
        self._standing = Standing(shared.count)
        self._prices = prices
        self.move(prices)

    def move(self, prices: Floats) -> None:
        """Set the box around these prices."""
        shared = self._shared
        self._most = np.zeros(int(shared.family.max(initial=-1)) + 1)
        np.maximum.at(self._most, shared.family, np.abs(prices))
        common = shared.touched_by >= COMMON_SHARE * shared.touched_by.max(initial=0)
        most = self._most[shared.family]
        width = self._wide * np.where(common, COMMON_NEAR_SHARE * most, NEAR_SHARE * np.abs(prices) + FAMILY_SHARE * most)
        width[shared.counted] = COUNTED_WIDTH * self._ways.dearest
        low, high = prices - width, prices + width
        self._low = np.where(np.isfinite(shared.row_upper), low, np.maximum(low, 0.0))
        self._high = np.where(np.isfinite(shared.row_lower), high, np.minimum(high, 0.0))
        self._mixed = None

    def within(self, shared: Shared, prices: Floats) -> Master:
        """A master of the same designs, also those that come later to either, where rows that count have other sides. They move
        prices far, and designs are many by now, so the box is wide."""
        other = Master(shared, prices, self._acting, self._until, WIDE)
        other._designs, other._known, other._ways = self._designs, self._known, self._ways
        other._share, other._size, other._prices = self._share, self._size, prices
        other._standing = self._standing.copy()
        other.move(prices)
        return other

    def counts(self) -> Floats:
        """What the last mix makes of the rows that count, in their order."""
        found = np.zeros(self._shared.count)
        for place in np.flatnonzero(self._share > 0).tolist():
            design = self._designs[place]
            found[design.number] += self._share[place] * self._ways.own(place)
        return np.asarray(found[self._shared.counted])

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
            new += place not in mixed
            self._ways.learn(place, design, design.point)
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
        for number in range(ROUNDS):
            found = self._mix_live()
            if found is None:
                break
            self._last = found.mixed
            missing = np.setdiff1d(np.flatnonzero(found.lacking < -PAYS * abs(found.mixed.objective)), self._live)
            if -float(found.lacking[missing].sum()) <= left:
                break
            most = FRESH_MOST << number if number < ROUNDS - 2 else len(missing)
            self._live = np.union1d(self._live, missing[np.argsort(found.lacking[missing], kind="stable")][:most])
        return self._last

    def _mix_live(self) -> _Round | None:
        """The best mix of the designs that are live; None where the time was over before."""
        live, designs = self._live, [self._designs[place] for place in self._live.tolist()]
        field = field_of(designs, self._shared)
        rows, sites = field.rows, field.sites
        if not len(rows) and not len(sites):
            return _Round(Mixed(0.0, np.zeros(self._shared.count), {}), np.zeros(len(self._designs)))
        model, first = mix_of(designs, field, self._shared, self._acting, self._high, self._low)
        found = solve_priced(model, self._standing.of(live, designs, field), self._until - time.monotonic())
        if found is None:
            return None
        objective, solution, duals, basis = found
        self._standing.learn(basis, live, designs, field)
        self._size = abs(objective)
        prices = np.zeros(self._shared.count)
        prices[rows] = duals[: len(rows)]
        self._prices = self._shared.clean(prices)
        self._share = np.zeros(len(self._designs))
        self._share[live] = solution[first[:-1]]
        for number in np.flatnonzero(self._share[live] > LEARNT).tolist():
            part = solution[first[number] : first[number + 1]]
            self._ways.learn(int(live[number]), designs[number], part / part[0])
        share = np.bincount(field.place, weights=self._share[live], minlength=len(sites))
        worth, held = (
            self._ways.worth(self._designs, self._prices),
            dict(zip(sites.tolist(), duals[len(rows) : len(rows) + len(sites)].tolist(), strict=True)),
        )
        lacking = worth - np.array([min(held.get(design.site, 0.0), 0.0) for design in self._designs])
        return _Round(Mixed(objective, self._prices, dict(zip(sites.tolist(), share.tolist(), strict=True))), lacking)

    def _chosen_live(self) -> Ints:
        """The designs to mix: those in use, those of sites that cannot do nothing, and the others that lack least to pay."""
        share = np.append(self._share, np.zeros(len(self._designs) - len(self._share)))
        sites = np.array([design.site for design in self._designs], dtype=np.int64)
        live = (share > USED) | np.isin(sites, self._acting)
        most = max(OTHERS_LEAST, int(live.sum())) + min(FRESH_MOST, len(self._designs) - len(self._share))
        others = np.flatnonzero(~live)
        if len(others) > most:
            worth = self._ways.worth(self._designs, self._prices)
            place = np.unique(sites, return_inverse=True)[1]
            best = np.zeros(int(place.max(initial=-1)) + 1)
            np.minimum.at(best, place, worth)
            others = others[np.argsort((worth - best[place])[others], kind="stable")][:most]
        live[others] = True
        return np.flatnonzero(live)

    @property
    def objective(self) -> float:
        """What the last mix costs, inf before there is one."""
        return self._last.objective

    @property
    def shares(self) -> Mapping[int, float]:
        """The share of each site in the last mix (by site)."""
        return self._last.share

    @property
    def complete(self) -> bool:
        """Whether every site that cannot do nothing has a design: before, a mix tells nothing of the bound."""
        return bool(np.isin(self._acting, [design.site for design in self._designs]).all())

    def choose(self, seconds: float, spare: float, times: float, allowed: float = 0.0) -> Choice:
        """The best choice of one design a site, run as in one of the ways known, that exceeds what is asked by a share. What it
        breaks of the rows costs so many `times` the dearest price of their family, so it is little; empty if nothing is found.
        One that costs little more than the mix or than any might, in shares of what is `allowed`, is taken as soon as it is
        found."""
        field = field_of(self._designs, self._shared)
        if not len(field.sites):
            return Choice({}, frozenset())
        rows = field.rows
        of, cost, use = self._ways.table(self._designs, rows)
        sides = np.maximum(np.abs(self._shared.row_lower[rows]), np.abs(self._shared.row_upper[rows]))
        least = BROKEN_LEAST * self._size / np.where(np.isfinite(sides) & (sides > 0), sides, 1.0)
        penalty = np.maximum(times * self._most[self._shared.family[rows]], least)
        model = choice_of(use, cost, field.place[of], field, self._shared, self._acting, penalty)
        asks = np.flatnonzero(model.row_lower[: len(rows)] > 0)
        model.row_lower[asks] *= 1.0 + spare
        mixed, size = self.objective + spare * abs(self.objective), abs(self.objective)
        enough, at_once = mixed + ENOUGH_SHARE * size, mixed + AT_ONCE_SHARE * allowed
        solution = solve_mixed(model, seconds, enough, at_once, LEFT_SHARE * allowed)
        taken = [] if solution is None else [self._designs[at] for at in of[solution[: len(of)] > 0.5].tolist()]
        columns = {name: value for design in taken for name, value in design.chosen.items()}
        return Choice(columns, frozenset(design.site for design in taken if design.chosen))

    def ever_chosen(self) -> set[str]:
        """Pyomo names of the whole columns that any design has."""
        return {name for design in self._designs for name in design.chosen}
