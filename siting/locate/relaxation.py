"""The Lagrangian relaxation of location with assignment: a price for serving each place makes sites independent.

    L(price)  =  sum over r of price[r]  +  min over sites that may open together of  sum over i of value[i] * open[i]
    value[i]  =  opening[i]  +  min { sum over r of (cost[r, i] - price[r]) * share[r] :
                                      sum over r of demand[r] * share[r] <= capacity[i], 0 <= share <= 1 }

is a lower bound for every price (Geoffrion 1974; for capacitated sites Beasley 1988). Sites open together where they are as many
as asked and where their capacities reach the demand, whole: that makes the bound better than the linear relaxation. Prices
climb along smoothed subgradients with a step of Polyak's kind. Arrays of costs are (places R, sites I).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from siting.family import Flags, Floats, Ints

ROUNDS: Final = 900
FIRST_STEP: Final = 1.2
SHORTER: Final = 0.63
LEAST_STEP: Final = 5e-4
PATIENCE: Final = 18
"""Rounds without a better bound after which the step is shortened and the best prices are taken up again."""
MEMORY: Final = 0.55
"""Weight of the direction before in the next one."""
IMPROVE_EVERY: Final = 12
PROBED: Final = 80
"""Rounds of a probe of one site."""


@dataclass(frozen=True, slots=True)
class Question:
    """Places to serve from sites at least cost: cost of serving all of a place from a site (R, I), price of opening (I),
    demand (R), capacity (I, infinite where none), how many sites open at least and at most, whether a place has a single
    source, the least difference between two costs (0 where none is known), and sites that are open anyway (I)."""

    cost: Floats
    opening: Floats
    demand: Floats
    capacity: Floats
    at_least: int
    at_most: int
    single_source: bool
    step: float
    must: Flags | None = None

    def of(self, sites: Ints, must: Flags | None = None) -> Question:
        """The same over some sites only."""
        cost, opening, capacity = self.cost[:, sites], self.opening[sites], self.capacity[sites]
        return replace(self, cost=cost, opening=opening, capacity=capacity, must=must)

    @property
    def capacitated(self) -> bool:
        """Whether some site can't serve all places."""
        return bool((self.capacity < self.demand.sum()).any())

    def better_than(self, cost: float) -> float:
        """The most a solution may cost that is better than one of this cost."""
        return cost - self.step * (1.0 - 1e-6) if self.step > 0 else cost * (1.0 - 1e-9)

    def closed(self, cost: float, bound: float) -> bool:
        """Whether nothing better than `cost` is left above the bound."""
        return bool(np.isfinite(cost)) and (bound > self.better_than(cost) or cost - bound <= 1e-9 * abs(cost))


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The best bound and its prices (R), the values of sites at them (I), which pairs are served there (I, R), and how often
    each site was chosen (I, share of the late rounds)."""

    bound: float
    price: Floats
    value: Floats
    served: Flags
    often: Floats

    def forced(self, question: Question) -> tuple[Floats, Floats]:
        """Bounds on what it costs to have a site open, and to have it closed (I)."""
        value, order = self.value, np.sort(self.value)
        bound = float(self.price.sum()) + float(value @ together(question, value))
        least, most = question.at_least, min(question.at_most, len(value))
        last = order[least - 1] if least else -np.inf
        after = order[least] if least < len(value) else np.inf
        if least == most:
            return bound + np.maximum(value - last, 0.0), bound + np.maximum(after - value, 0.0)
        spared = max(last, 0.0) if least else 0.0
        opened = bound + np.where((value < 0) | (value <= last), 0.0, value - spared)
        needed = max(after, 0.0) if least else 0.0
        return opened, bound + np.where((value < 0) | (value <= last), np.maximum(needed - value, 0.0), 0.0)


def together(question: Question, value: Floats) -> Floats:
    """Which sites open (I, 0 to 1) at these values, at least value; whole but for one where capacities differ."""
    chosen: Floats = np.zeros(len(value))
    least, most = question.at_least, min(question.at_most, len(value))
    if question.must is not None:
        chosen[question.must] = 1.0
    order = np.argsort(np.where(chosen > 0, -np.inf, value), kind="stable")
    chosen[order[:least]] = 1.0
    if most > least:
        chosen[order[:most][value[order[:most]] < 0]] = 1.0
    short = question.demand.sum() - question.capacity[chosen > 0].sum()
    if not question.capacitated or short <= 1e-9 or most < len(value):
        return chosen
    filled = _filled(question, value)
    return filled if value @ filled > value @ chosen else chosen


def _filled(question: Question, value: Floats) -> Floats:
    """Sites by value for each unit of capacity until the demand is met, the last one in part."""
    gain = value < 0
    order = np.argsort(np.where(gain, -np.inf, value / question.capacity), kind="stable")
    before = np.concatenate([[0.0], np.cumsum(question.capacity[order])[:-1]])
    share = np.clip((question.demand.sum() - before) / question.capacity[order], 0.0, 1.0)
    filled: Floats = np.zeros(len(value))
    filled[order] = share
    filled[gain] = 1.0
    return filled


def relax(question: Question, improve: Callable[[Ints], float], deadline: float) -> Relaxed:
    """Raise the bound until nothing better is left below it, the step is too short, or the deadline (monotonic seconds) has
    come. `improve` makes a whole solution of chosen sites and answers its cost, infinite where it does not."""
    price = np.sort(question.cost, axis=1)[:, min(1, question.cost.shape[1] - 1)]
    return climb(question, price, improve, np.inf, ROUNDS, deadline)


def climb(
    question: Question, price: Floats, improve: Callable[[Ints], float], cost: float, rounds: int, deadline: float
) -> Relaxed:
    """Raise the bound from some prices on, for so many rounds, with a solution of a cost in hand."""
    by_site = np.ascontiguousarray(question.cost.T)
    step, idle, direction = FIRST_STEP, 0, np.zeros(len(price))
    often, tried = np.zeros(len(by_site)), set[bytes]()
    best = Relaxed(-np.inf, price, np.zeros(len(by_site)), np.zeros(by_site.shape, bool), often)
    for number in range(rounds):
        value, share = valued(question, by_site, price)
        chosen = together(question, value)
        often = 0.98 * often + 0.02 * chosen
        bound = float(price.sum() + value @ chosen)
        if number < 4 or number % IMPROVE_EVERY == 0:
            sites = np.flatnonzero(chosen > 0)
            if sites.tobytes() not in tried:
                tried.add(sites.tobytes())
                cost = min(cost, improve(sites))
        better = bound > best.bound + 1e-7 * abs(bound)
        if bound > best.bound:
            best = Relaxed(bound, price, value, share > 0, often)
        idle = 0 if better else idle + 1
        if question.closed(cost, best.bound) or step < LEAST_STEP or time.monotonic() > deadline:
            break
        if idle >= PATIENCE:
            step, idle, price, direction = SHORTER * step, 0, best.price, np.zeros(len(price))
            continue
        direction = 1.0 - chosen @ share + MEMORY * direction
        size = float(direction @ direction)
        if size == 0.0:
            break
        goal = 1.01 * cost if np.isfinite(cost) else 1.02 * max(best.bound, bound)
        price = np.maximum(price + step * max(goal - bound, 1e-3 * abs(bound)) / size * direction, 0.0)
    return Relaxed(best.bound, best.price, best.value, best.served, often)


def valued(question: Question, by_site: Floats, price: Floats) -> tuple[Floats, Floats]:
    """Value of each site (I) and the share of each place it would serve (I, R) at these prices."""
    reduced = by_site - price
    worth = reduced < 0
    if not question.capacitated:
        return question.opening + np.where(worth, reduced, 0.0).sum(axis=1), worth.astype(np.float64)
    most = max(1, int(worth.sum(axis=1).max(initial=1)))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(worth, reduced / question.demand, np.inf)
    places = np.argpartition(rate, most - 1, axis=1)[:, :most]
    order = np.argsort(np.take_along_axis(rate, places, axis=1), axis=1, kind="stable")
    places = np.take_along_axis(places, order, axis=1)
    demand, gain = question.demand[places], np.minimum(np.take_along_axis(reduced, places, axis=1), 0.0)
    before = np.cumsum(demand, axis=1) - demand
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(demand > 0, np.clip((question.capacity[:, None] - before) / demand, 0.0, 1.0), 1.0)
    part[gain >= 0] = 0.0
    share: Floats = np.zeros(by_site.shape)
    np.put_along_axis(share, places, part, axis=1)
    return question.opening + (gain * part).sum(axis=1), share


def probed(question: Question, relaxed: Relaxed, sites: Ints, cost: float, deadline: float) -> Ints:
    """Of some sites those that may be open in a solution better than one of this cost: each is held open for a few rounds."""
    limit, kept = question.better_than(cost), sites[np.argsort(relaxed.often[sites], kind="stable")]
    price, again = relaxed.price, True
    while again:
        again = False
        for site in kept.tolist():
            if len(kept) <= question.at_least or time.monotonic() > deadline:
                return np.sort(kept)
            with_it = climb(question.of(kept, kept == site), price, no_solution, cost, PROBED, deadline)
            if with_it.bound > limit:
                kept, again = kept[kept != site], True
    return np.sort(kept)


def no_solution(sites: Ints) -> float:  # noqa: ARG001
    """For those who make no solutions on the way."""
    return np.inf
