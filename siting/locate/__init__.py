"""Classical location models over the same program, proven: `lscp`, `mclp`, `p_median`, `p_center`, `capacitated`.

from siting import locate
ways = locate.distances(places, sites)              # geodesic km between two GeoDataFrames of points
best = locate.p_median(ways, 4, weights="people")   # or from a matrix or a DataFrame: places in rows, sites in columns
best.chosen, best.objective, best.bound, best.sites

`seconds` limits each answer, `gap` is the share of the objective by which it may miss the best. All raise InputError with every
fault of what was given, Infeasible where no choice of sites does (and say which places stand in the way), NoPlanInLimit where
time was up before any answer, and SolverFailed.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import Fault, Infeasible, NoPlanInLimit, input_error
from siting.family import Flags, Floats, Ints
from siting.locate.assigning import Served
from siting.locate.assigning import capacitated as serve_capacitated
from siting.locate.assigning import median as serve_median
from siting.locate.costs import MOST, Distances, Ways, distances, numbers, positive, ways, whole
from siting.locate.covering import Covered, fewest, least_radius, most
from siting.locate.relaxation import Question
from siting.locate.result import Located
from siting.solve.job import Status

__all__ = ["Distances", "Located", "capacitated", "distances", "lscp", "mclp", "p_center", "p_median"]


def lscp(costs: Any, radius: float, *, seconds: float = 60.0, gap: float = 0.0) -> Located:
    """Fewest sites so that every place has one within `radius` (in the unit of the costs)."""
    began = time.monotonic()
    known, _ = _read(costs, [], [*positive(radius, "radius"), *_effort(seconds, gap)])
    reach = known.cost <= radius
    _refuse_uncovered(known, reach, radius)
    found = fewest(reach, seconds, gap)
    return _covered("lscp", known, found, reach, (found.value, found.bound), began)


def mclp(costs: Any, p: int, radius: float, *, weights: Any = None, seconds: float = 60.0, gap: float = 0.0) -> Located:
    """`p` sites so that as much weight as can be has one within `radius`. `weights` (1 each unless given): a value for each
    place, a Series by id, or the name of a column of the places. The bound is from above."""
    began = time.monotonic()
    faults = [*positive(radius, "radius"), *_effort(seconds, gap)]
    known, (weight,) = _read(costs, [("weights", weights, 1.0, "places")], faults, p)
    reach, total = known.cost <= radius, float(weight.sum())
    found = most(reach, weight, int(p), seconds, gap, _step(weight))
    return _covered("mclp", known, found, reach, (total - found.value, total - found.bound), began)


def p_median(costs: Any, p: int, *, weights: Any = None, seconds: float = 60.0, gap: float = 0.0) -> Located:
    """`p` sites so that the sum of weight times cost to the cheapest one is least. `weights` as in `mclp`."""
    began = time.monotonic()
    known, (weight,) = _read(costs, [("weights", weights, 1.0, "places")], _effort(seconds, gap), p)
    cost = known.cost * weight[:, None]
    places, sites = cost.shape
    nothing, unlimited = np.zeros(sites), np.full(sites, np.inf)
    served = serve_median(Question(cost, nothing, np.ones(places), unlimited, int(p), int(p), False, _step(cost)), seconds, gap)
    return _served("p_median", known, served, cost, began)


def p_center(costs: Any, p: int, *, seconds: float = 60.0) -> Located:
    """`p` sites so that the largest cost of a place to its cheapest one is least."""
    began = time.monotonic()
    known, _ = _read(costs, [], _effort(seconds, 0.0), p)
    found = least_radius(known.cost, int(p), seconds)
    reach = known.cost <= found.value
    return _covered("p_center", known, found, reach, (found.value, found.bound), began)


def capacitated(
    costs: Any,
    opening: Any,
    capacities: Any = None,
    demand: Any = None,
    *,
    single_source: bool = False,
    seconds: float = 60.0,
    gap: float = 0.0,
) -> Located:
    """Sites so that opening them and serving all demand costs least. A cell of the costs is what serving *all* of a place from
    a site costs; `opening` and `capacities` (unlimited unless given) have a value for each site, `demand` (1 each unless given)
    for each place. With `single_source` a place is served from one site, otherwise in shares."""
    began = time.monotonic()
    of_sites = [("opening", opening, 0.0, "sites"), ("capacities", capacities, np.inf, "sites")]
    known, (need, price, capacity) = _read(costs, [("demand", demand, 1.0, "places"), *of_sites], _effort(seconds, gap))
    _refuse_short(known, need, capacity, single_source)
    largest = np.cumsum(np.sort(capacity)[::-1])
    least = max(1, int(np.searchsorted(largest, need.sum() * (1.0 - 1e-12)) + 1))
    capacity = np.where(capacity >= need.sum(), np.inf, capacity)
    step = _step(known.cost, price) if single_source or not np.isfinite(capacity).any() else 0.0
    question = Question(known.cost, price, need, capacity, least, len(price), single_source, step)
    return _served("capacitated", known, serve_capacitated(question, seconds, gap), known.cost, began)


def _effort(seconds: Any, gap: Any) -> list[Fault]:
    return [*positive(seconds, "seconds", 0.1), *positive(gap, "gap")]


def _read(costs: Any, values: list[tuple[str, Any, float, str]], faults: list[Fault], p: Any = None) -> tuple[Ways, list[Floats]]:
    """Costs and the numbers that belong to places or sites, or InputError with the faults of all."""
    known, found = ways(costs)
    found += faults
    read: list[Floats] = []
    if known is not None:
        if p is not None:
            found += whole(p, "p", 1, len(known.site_ids), "sites")
        for name, value, default, of in values:
            ids, frame = (known.place_ids, known.places) if of == "places" else (known.site_ids, known.sites)
            array, wrong = numbers(value, name, ids, frame, default)
            read.append(array)
            found += wrong
    if found or known is None:
        raise input_error(found)
    return known, read


def _step(*values: Floats) -> float:
    """1 where all values are whole, so that any two sums of them differ by that; else 0."""
    return 1.0 if all(bool((value == np.rint(value)).all()) and value.max(initial=0.0) < 1e9 for value in values) else 0.0


def _refuse_uncovered(known: Ways, reach: Flags, radius: float) -> None:
    alone = np.flatnonzero(~reach.any(axis=1))
    if not len(alone):
        return
    faults = []
    for place in alone[:MOST].tolist():
        near = known.cost[place].min()
        where = f"row {place} (id {known.place_ids[place]})"
        remedy = "Raise the radius, add sites, or ask mclp for the most that can be covered"
        faults.append(Fault("F016", "costs", where, "", f"{near:g} to the nearest site", f"at most {radius:g}", remedy))
    named = ", ".join(str(known.place_ids[place]) for place in alone[:MOST])
    more = f" and {len(alone) - MOST} more" if len(alone) > MOST else ""
    raise Infeasible(f"{len(alone)} places have no site within {radius:g}: {named}{more}", faults)


def _refuse_short(known: Ways, need: Floats, capacity: Floats, single_source: bool) -> None:
    if capacity.sum() < need.sum() * (1.0 - 1e-12):
        raise Infeasible(f"all sites together have a capacity of {capacity.sum():g}, the demand is {need.sum():g}")
    large = np.flatnonzero(need > capacity.max())
    if single_source and len(large):
        named = ", ".join(f"{known.place_ids[place]} ({need[place]:g})" for place in large[:MOST])
        raise Infeasible(f"no site has the capacity for places with one source: {named}; the largest has {capacity.max():g}")


def _refuse_nothing(status: Status, sites: Ints) -> None:
    if status is Status.INFEASIBLE:
        raise Infeasible("no choice of sites serves all places within the capacities")
    if not len(sites):
        raise NoPlanInLimit("time was up before any answer was found; give more seconds")


def _covered(model: str, known: Ways, found: Covered, reach: Flags, ends: tuple[float, float], began: float) -> Located:
    """A covering answer: each place that is covered is served from its nearest open site."""
    _refuse_nothing(found.status, found.sites)
    near = found.sites[known.cost[:, found.sites].argmin(axis=1)]
    place = np.flatnonzero(reach[:, found.sites].any(axis=1))
    served = Served(found.status, found.sites, place, near[place], np.ones(len(place)), *ends)
    return _located(model, known, served, known.cost, began)


def _served(model: str, known: Ways, served: Served, cost: Floats, began: float) -> Located:
    _refuse_nothing(served.status, served.sites)
    return _located(model, known, served, cost, began)


def _located(model: str, known: Ways, served: Served, cost: Floats, began: float) -> Located:
    order = np.lexsort((served.site, served.place))
    place, site, share = served.place[order], served.site[order], served.share[order]
    assignment = pd.DataFrame(
        {
            "place": [known.place_ids[at] for at in place.tolist()],
            "site": [known.site_ids[at] for at in site.tolist()],
            "share": share,
            "cost": share * cost[place, site],
        }
    )
    chosen = tuple(known.site_ids[at] for at in np.sort(served.sites).tolist())
    objective, bound = float(served.cost), float(served.bound)
    off = abs(objective - bound)
    gap = 0.0 if off == 0.0 else off / abs(objective) if objective else np.inf
    frame = None
    if known.sites is not None:
        frame = known.sites.iloc[np.sort(served.sites)].copy()
        counts = assignment.groupby("site", sort=False)
        frame["places_served"] = [len(counts.groups.get(label, ())) for label in chosen]
        frame["cost_served"] = [float(assignment.loc[counts.groups.get(label, []), "cost"].sum()) for label in chosen]
    covered = set(place.tolist())
    uncovered = tuple(label for at, label in enumerate(known.place_ids) if at not in covered)
    return Located(model, served.status, chosen, assignment, objective, bound, gap, uncovered, frame, time.monotonic() - began)
