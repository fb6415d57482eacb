"""Covering to the proven optimum: fewest sites that cover all (Toregas et al. 1971), most demand covered by so many sites (Church
and ReVelle 1974), and the least radius at which so many sites cover all (the p-center), found by bisection over the distances
there are, each step a covering question.

Places with the same sites in reach are one place, with their weights added up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from siting.family import Flags, Floats, Ints
from siting.locate.program import Solution, Stated, ids, solved
from siting.locate.rows import COVERAGE, OPENING, CoverageFacts, CoverageKnobs, OpeningFacts, OpeningKnobs
from siting.solve.job import Status


@dataclass(frozen=True, slots=True)
class Covered:
    """Open sites; `value` is their number, the demand left uncovered, or the radius; `bound` is proven to be no more."""

    status: Status
    sites: Ints
    value: float
    bound: float


def fewest(reach: Flags, seconds: float, gap: float) -> Covered:
    """Fewest sites that cover every place; `reach` (R, I)."""
    found = solved(_stated(reach, None, np.ones(reach.shape[1]), (0, reach.shape[1])), seconds, gap, 1.0)
    bound = np.ceil(found.bound - 1e-6) if np.isfinite(found.bound) else 0.0
    return Covered(found.status, _open(found), found.objective, min(bound, found.objective))


def most(reach: Flags, weight: Floats, count: int, seconds: float, gap: float, step: float) -> Covered:
    """So many sites that leave the least weight (R) uncovered."""
    nothing = np.zeros(reach.shape[1])
    found = solved(_stated(reach, weight, nothing, (count, count)), seconds, gap, step)
    bound = max(found.bound, 0.0) if np.isfinite(found.bound) else 0.0
    if step > 0 and found.objective - bound < step * (1.0 - 1e-6):
        bound = found.objective
    beyond = float(weight[~reach.any(axis=1)].sum())
    return Covered(found.status, _open(found), found.objective + beyond, min(bound, found.objective) + beyond)


def least_radius(distance: Floats, count: int, seconds: float) -> Covered:
    """So many sites for which the largest distance (R, I) of a place to its nearest open one is least."""
    deadline = time.monotonic() + seconds
    sites = _farthest_first(distance, count)
    radius = float(distance[:, sites].min(axis=1).max())
    steps = np.unique(distance)
    low = int(np.searchsorted(steps, distance.min(axis=1).max()))
    high = int(np.searchsorted(steps, radius))
    while low < high and time.monotonic() < deadline:
        middle = (low + high) // 2
        reach = distance <= steps[middle]
        found = _few(reach, count)
        if found is None:
            stated = _stated(reach, None, np.zeros(reach.shape[1]), (0, count))
            answer = solved(stated, deadline - time.monotonic(), 0.0, 1.0)
            if answer.status is Status.INFEASIBLE:
                low = middle + 1
                continue
            if answer.values is None:
                break
            found = _open(answer)
        sites = found
        high = int(np.searchsorted(steps, distance[:, sites].min(axis=1).max()))
    status = Status.OPTIMAL if low == high else Status.FEASIBLE_GAP
    return Covered(status, _filled(distance, sites, count), float(steps[high]), float(steps[low]))


def _open(found: Solution) -> Ints:
    return np.zeros(0, np.int64) if found.values is None else np.flatnonzero(found.values["open"] > 0.5)


def _few(reach: Flags, count: int) -> Ints | None:
    """At most so many sites that cover all, taken one by one for what they add; None where that needs more."""
    left, chosen = np.ones(len(reach), bool), list[int]()
    while left.any():
        if len(chosen) == count:
            return None
        chosen.append(int(reach[left].sum(axis=0).argmax()))
        left &= ~reach[:, chosen[-1]]
    return np.array(chosen, dtype=np.int64)


def _farthest_first(distance: Floats, count: int) -> Ints:
    """So many sites, each the nearest to the place that the ones before leave farthest away (Gonzalez 1985)."""
    chosen = [int(distance.max(axis=0).argmin())]
    while len(chosen) < count:
        place = int(distance[:, chosen].min(axis=1).argmax())
        chosen.append(int(distance[place].argmin()))
    return np.unique(np.array(chosen, dtype=np.int64))


def _filled(distance: Floats, sites: Ints, count: int) -> Ints:
    """These sites and as many more as are asked for, each the one that brings places nearest in sum."""
    chosen = list(sites.tolist())
    while len(chosen) < count:
        least = distance[:, chosen].min(axis=1)
        gain = np.maximum(least[:, None] - distance, 0.0).sum(axis=0)
        gain[chosen] = -1.0
        chosen.append(int(gain.argmax()))
    return np.sort(np.array(chosen, dtype=np.int64))


def _stated(reach: Flags, weight: Floats | None, cost: Floats, count: tuple[int, int]) -> Stated:
    alike, which = np.unique(reach, axis=0, return_inverse=True)
    weights = np.zeros(len(alike)) if weight is None else np.bincount(which.ravel(), weight, len(alike)).astype(np.float64)
    kept = np.arange(len(alike)) if weight is None else np.flatnonzero(alike.any(axis=1) & (weights > 0))
    place, site = np.nonzero(alike[kept])
    unbounded = np.full(reach.shape[1], np.inf)
    facts = {
        "opening": OpeningFacts(cost=cost, capacity=unbounded, demand=0.0),
        "coverage": CoverageFacts(places=ids("place", kept.tolist()), weight=weights[kept], site=site, place=place),
    }
    knobs = {
        "opening": OpeningKnobs(sites_at_least=count[0], sites_at_most=count[1]),
        "coverage": CoverageKnobs(all_places=weight is None),
    }
    sites = ids("site", range(reach.shape[1]))
    return Stated(sites, (OPENING, COVERAGE), facts, knobs, np.zeros(len(sites)))
