"""Location with assignment to the proven optimum: relax, keep the sites that could still be in a better solution, and let the
program decide among them.

A site (or a pair, where a place has one source) is left out where the relaxation proves that no solution with it is better than
the one in hand; a site stays open where none without it is. What the program finds among the rest is then best of all.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from siting.family import Flags, Floats, Ints
from siting.locate.interchange import interchanged
from siting.locate.program import Solution, Stated, ids, solved
from siting.locate.relaxation import Question, Relaxed, no_solution, probed, relax
from siting.locate.rows import ASSIGNMENT, OPENING, AssignmentFacts, AssignmentKnobs, OpeningFacts, OpeningKnobs
from siting.solve.job import Status

SMALL_PAIRS: Final = 3_000
"""Pairs up to which a capacitated question goes to the program as it is."""
RELAXED_SHARE: Final = 0.3
"""Share of the time for raising the bound."""
PROBED_AT_MOST: Final = 100
PROBED_SHARE: Final = 0.3
"""Share of what is left for probing sites one by one."""
AMPLE: Final = 1.3
"""Capacity of the sites that the relaxation likes best, as a multiple of the demand."""
LIKELY: Final = 0.003
LIKELY_AT_MOST: Final = 20
"""A site is likely where having it open costs no more than this share above the bound; no more than so many are."""
KERNEL_SHARE: Final = 0.5
"""Share of what is left for the sites that the relaxation likes best."""


@dataclass(frozen=True, slots=True)
class Served:
    """Open sites, and who serves whom: place, site and share of the place's demand. `bound` is proven."""

    status: Status
    sites: Ints
    place: Ints
    site: Ints
    share: Floats
    cost: float
    bound: float


def nobody(status: Status, bound: float) -> Served:
    """No solution."""
    none, nothing = np.zeros(0, np.int64), np.zeros(0)
    return Served(status, none, none, none, nothing, np.inf, bound)


def median(question: Question, seconds: float, gap: float) -> Served:
    """Exactly so many sites, each place served from the nearest, without capacities."""
    deadline = time.monotonic() + seconds
    best: list[tuple[float, Ints]] = []

    def improve(sites: Ints) -> float:
        found, cost = interchanged(question.cost, sites)
        best.append((cost, found))
        return cost

    relaxed = relax(question, improve, time.monotonic() + RELAXED_SHARE * seconds)
    cost, sites = min(best, key=lambda pair: (pair[0], pair[1].tolist()))
    served = nearest(question, sites, cost)
    if question.closed(cost, relaxed.bound) or cost - relaxed.bound <= gap * cost:
        return _proven(question, served, relaxed.bound, Status.OPTIMAL)
    kept, opened, pairs = _still_possible(question, relaxed, cost, deadline)
    if len(kept) < question.at_least or opened.sum() > question.at_most or not pairs.any(axis=1).all():
        return _proven(question, served, cost, Status.OPTIMAL)
    found = _decided(question, kept, opened, pairs, pairs, deadline - time.monotonic(), gap)
    better = nearest(question, found.sites, found.cost) if found.cost < cost else served
    return _proven(question, better, max(relaxed.bound, found.bound), found.status)


def _still_possible(question: Question, relaxed: Relaxed, cost: float, deadline: float) -> tuple[Ints, Flags, Flags]:
    """Sites that may be in a better solution (J of I), which of them must be (J), and the pairs that may be (R, J)."""
    limit = question.better_than(cost)
    opened, closed = relaxed.forced(question)
    kept, must = np.flatnonzero(opened <= limit), closed > limit
    if len(kept) <= PROBED_AT_MOST:
        until = time.monotonic() + PROBED_SHARE * (deadline - time.monotonic())
        kept = probed(question, relaxed, kept, cost, until)
    pairs = np.ones((len(question.cost), len(kept)), bool)
    if question.single_source or not question.capacitated:
        pairs = opened[kept] + np.maximum(question.cost[:, kept] - relaxed.price[:, None], 0.0) <= limit
    if must.any() and not question.capacitated:
        pairs &= question.cost[:, kept] <= question.cost[:, must].min(axis=1)[:, None]
    return kept, must[kept], pairs


def nearest(question: Question, sites: Ints, cost: float) -> Served:
    """Each place served from its cheapest open site; nothing is proven yet."""
    place = np.arange(len(question.cost))
    site = sites[question.cost[:, sites].argmin(axis=1)]
    return Served(Status.FEASIBLE_GAP, sites, place, site, np.ones(len(place)), cost, -np.inf)


def _proven(question: Question, served: Served, bound: float, ended: Status) -> Served:
    """A solution with its bound, where the last program ended so; a program without any better solution proves it too."""
    bound = served.cost if question.closed(served.cost, bound) else min(bound, served.cost)
    status = Status.OPTIMAL if ended in (Status.OPTIMAL, Status.INFEASIBLE) else Status.FEASIBLE_GAP
    return replace(served, status=status if np.isfinite(served.cost) else ended, bound=bound)


def capacitated(question: Question, seconds: float, gap: float) -> Served:
    """Sites that pay for opening and have capacities."""
    deadline = time.monotonic() + seconds
    places, count = question.cost.shape
    everything, all_pairs = np.arange(count), np.ones((places, count), bool)
    if places * count <= SMALL_PAIRS:
        found = _decided(question, everything, None, all_pairs, all_pairs, seconds, gap)
        return _proven(question, found, found.bound, found.status)
    relaxed = relax(question, no_solution, time.monotonic() + RELAXED_SHARE * seconds)
    links = relaxed.served.T | ~np.isfinite(question.capacity) | (question.demand == 0)[:, None] | question.single_source
    kernel, beyond = _kernel(question, relaxed)
    first = _decided(question, kernel, None, all_pairs, links, KERNEL_SHARE * (deadline - time.monotonic()), gap)
    if not np.isfinite(first.cost):
        found = _decided(question, everything, None, all_pairs, links, deadline - time.monotonic(), gap)
        return _proven(question, found, max(found.bound, relaxed.bound), found.status)
    if first.status is Status.OPTIMAL and first.cost <= beyond:
        return _proven(question, first, max(first.bound, relaxed.bound), Status.OPTIMAL)
    if first.cost - min(first.bound, beyond) <= gap * first.cost:
        return _proven(question, first, min(first.bound, beyond), Status.OPTIMAL)
    kept, must, pairs = _still_possible(question, relaxed, first.cost, deadline)
    found = _decided(question, kept, must, pairs, links, deadline - time.monotonic(), gap, first)
    return _proven(question, min(first, found, key=lambda served: served.cost), max(found.bound, relaxed.bound), found.status)


def _kernel(question: Question, relaxed: Relaxed) -> tuple[Ints, float]:
    """Sites that are likely in the best solution, ample in capacity, and a bound on all solutions with any other site."""
    opened, _ = relaxed.forced(question)
    order = np.lexsort((relaxed.value, opened))
    reached = np.cumsum(question.capacity[order]) - question.capacity[order]
    ample = max(int((reached < AMPLE * question.demand.sum()).sum()), question.at_least)
    likely = min(int((opened <= (1.0 + LIKELY) * relaxed.bound).sum()), LIKELY_AT_MOST)
    count = max(ample, likely)
    return np.sort(order[:count]), float(opened[order[count:]].min(initial=np.inf))


def _decided(
    question: Question,
    sites: Ints,
    opened: Flags | None,
    pairs: Flags,
    links: Flags,
    seconds: float,
    gap: float,
    start: Served | None = None,
) -> Served:
    """The program over some sites; `opened` of them (J) must open, `pairs` (R, J or I) may be, `links` (R, J or I) have rows."""
    if seconds <= 0:
        return nobody(Status.NO_SOLUTION_IN_LIMIT, -np.inf)
    pairs = pairs if pairs.shape[1] == len(sites) else pairs[:, sites]
    links = links if links.shape[1] == len(sites) else links[:, sites]
    place, site = np.nonzero(pairs)
    must = np.zeros(len(sites), bool) if opened is None else opened
    stated = _stated(question, sites, must, place, site, links[place, site])
    begin = None if start is None else _begin(question, start, sites, place, site)
    found: Solution = solved(stated, seconds, gap, question.step, begin)
    if found.values is None:
        return nobody(found.status, found.bound)
    share = found.values["assignment.assigned"]
    used = np.flatnonzero(share > 1e-9)
    chosen = sites[np.flatnonzero(found.values["open"] > 0.5)]
    return Served(found.status, chosen, place[used], sites[site[used]], share[used], found.objective, found.bound)


def _stated(question: Question, sites: Ints, opened: Flags, place: Ints, site: Ints, linked: Flags) -> Stated:
    capacity = question.capacity[sites] if question.capacitated else np.full(len(sites), np.inf)
    places = ids("place", range(len(question.cost)))
    facts = {
        "opening": OpeningFacts(cost=question.opening[sites], capacity=capacity, demand=float(question.demand.sum())),
        "assignment": AssignmentFacts(
            places=places,
            demand=question.demand,
            capacity=capacity,
            site=site,
            place=place,
            cost=question.cost[place, sites[site]],
            linked=linked,
        ),
    }
    knobs = {
        "opening": OpeningKnobs(sites_at_least=question.at_least, sites_at_most=question.at_most),
        "assignment": AssignmentKnobs(single_source=question.single_source),
    }
    return Stated(ids("site", sites.tolist()), (OPENING, ASSIGNMENT), facts, knobs, opened.astype(np.float64))


def _begin(question: Question, start: Served, sites: Ints, place: Ints, site: Ints) -> dict[str, Floats]:
    """A solution in hand as a start of the program."""
    shares: Floats = np.zeros(question.cost.shape)
    shares[start.place, start.site] = start.share
    return {"open": np.isin(sites, start.sites).astype(np.float64), "assignment.assigned": shares[place, sites[site]]}
