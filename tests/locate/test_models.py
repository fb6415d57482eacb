"""The classical models against enumeration of all choices of sites, and properties that hold whatever the numbers are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from siting import locate
from siting.locate import assigning
from siting.locate.relaxation import Question, no_solution, relax, together, valued
from siting.solve.job import Status

Floats = NDArray[np.float64]
SEEDS = range(4)


def world(seed: int, places: int = 9, sites: int = 6) -> tuple[Floats, Floats]:
    """Whole distances and weights."""
    random = np.random.default_rng(seed)
    return random.integers(1, 60, (places, sites)).astype(float), random.integers(1, 9, places).astype(float)


def choices(sites: int, count: int | None = None) -> Iterator[list[int]]:
    """All choices of so many sites, or of any number."""
    for size in [count] if count else range(1, sites + 1):
        yield from (list(each) for each in combinations(range(sites), size))


@pytest.mark.parametrize("seed", SEEDS)
def test_p_median_is_what_enumeration_finds(seed: int) -> None:
    cost, weight = world(seed)
    best = locate.p_median(cost, 2, weights=weight)
    assert best.objective == min((weight * cost[:, each].min(axis=1)).sum() for each in choices(6, 2))
    assert best.bound == best.objective
    assert best.gap == 0
    assert best.assignment["cost"].sum() == best.objective


@pytest.mark.parametrize("seed", SEEDS)
def test_p_center_is_what_enumeration_finds(seed: int) -> None:
    cost, _ = world(seed)
    best = locate.p_center(cost, 3)
    assert best.objective == min(cost[:, each].min(axis=1).max() for each in choices(6, 3))
    assert best.bound == best.objective == best.assignment["cost"].max()
    assert len(best.chosen) == 3


@pytest.mark.parametrize("seed", SEEDS)
def test_covering_is_what_enumeration_finds(seed: int) -> None:
    cost, weight = world(seed)
    radius = float(cost.min(axis=1).max())
    fewest = min(len(each) for each in choices(6) if (cost[:, each] <= radius).any(axis=1).all())
    assert locate.lscp(cost, radius).objective == fewest
    near = float(np.quantile(cost, 0.15))
    most = max(weight[(cost[:, each] <= near).any(axis=1)].sum() for each in choices(6, 2))
    best = locate.mclp(cost, 2, near, weights=weight)
    assert best.objective == pytest.approx(most)
    assert best.bound == pytest.approx(most)
    left = sum(weight[int(str(place))] for place in best.uncovered)
    assert left == pytest.approx(weight.sum() - most)


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_capacitated_is_what_enumeration_finds(seed: int, single: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assigning, "SMALL_PAIRS", 0)
    random = np.random.default_rng(seed)
    cost, demand = world(seed, places=5, sites=4)
    opening, capacity = random.integers(5, 40, 4).astype(float), random.integers(8, 20, 4).astype(float)
    best = locate.capacitated(cost, opening, capacity, demand, single_source=single)
    dearest = min(opening[each].sum() + served(cost[:, each], capacity[each], demand, single) for each in choices(4))
    assert best.objective == pytest.approx(dearest)
    assert best.bound == pytest.approx(dearest)
    assert best.status is Status.OPTIMAL
    assert not single or not best.assignment["place"].duplicated().any()


def served(cost: Floats, capacity: Floats, demand: Floats, single: bool) -> float:
    """Least cost of serving all from these sites, infinite where they are too small: the transport problem by scipy, or all ways
    of giving each place to one site."""
    places, sites = cost.shape
    if single:
        ways = np.stack(np.meshgrid(*[range(sites)] * places, indexing="ij"), axis=-1).reshape(-1, places)
        loads = np.stack([np.where(ways == site, demand, 0.0).sum(axis=1) for site in range(sites)], axis=1)
        costs = cost[np.arange(places), ways].sum(axis=1)
        return float(np.where((loads <= capacity).all(axis=1), costs, np.inf).min())
    whole, load = np.kron(np.eye(places), np.ones(sites)), np.kron(demand, np.eye(sites))
    found = linprog(cost.ravel(), A_ub=load, b_ub=capacity, A_eq=whole, b_eq=np.ones(places))
    return float(found.fun) if found.fun is not None else np.inf


@pytest.mark.parametrize("seed", SEEDS)
def test_a_site_without_capacity_limit_serves_each_place_from_the_cheapest(seed: int) -> None:
    cost, _ = world(seed)
    opening = np.full(6, 30.0)
    best = locate.capacitated(cost, opening)
    assert best.objective == min(30.0 * len(each) + cost[:, each].min(axis=1).sum() for each in choices(6))


def test_order_of_places_and_sites_does_not_matter() -> None:
    cost, weight = world(7)
    frame = pd.DataFrame(cost, index=[f"c{r}" for r in range(9)], columns=[f"w{i}" for i in range(6)])
    weights = pd.Series(weight, index=frame.index)
    other = frame.iloc[::-1, [3, 0, 5, 1, 4, 2]]
    models: tuple[Callable[[pd.DataFrame], locate.Located], ...] = (
        lambda costs: locate.p_median(costs, 2, weights=weights),
        lambda costs: locate.p_center(costs, 2),
        lambda costs: locate.mclp(costs, 2, 20.0, weights=weights),
        lambda costs: locate.capacitated(costs, 25.0, 4.0),
    )
    for model in models:
        assert model(frame).objective == model(other).objective


def test_more_sites_never_cost_more_and_a_wider_radius_never_needs_more() -> None:
    cost, weight = world(3, places=30, sites=15)
    medians = [locate.p_median(cost, p, weights=weight).objective for p in range(1, 8)]
    assert medians == sorted(medians, reverse=True)
    numbers = [locate.lscp(cost, radius).objective for radius in (25.0, 30.0, 40.0, 60.0)]
    assert numbers == sorted(numbers, reverse=True)


def test_costs_without_whole_numbers_are_proven_too() -> None:
    random = np.random.default_rng(5)
    at, site = random.random((40, 2)), random.random((25, 2))
    cost = np.hypot(*(at[:, None, :] - site[None, :, :]).transpose(2, 0, 1))
    best = locate.p_median(cost, 4)
    assert best.objective == pytest.approx(min(cost[:, each].min(axis=1).sum() for each in choices(25, 4)))
    assert best.gap < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_the_relaxation_is_below_every_choice(seed: int) -> None:
    cost, demand = world(seed, places=8, sites=5)
    random = np.random.default_rng(seed)
    opening, capacity = random.integers(5, 40, 5).astype(float), random.integers(15, 40, 5).astype(float)
    question = Question(cost, opening, demand, capacity, 1, 5, False, 0.0)
    costs = {tuple(each): opening[each].sum() + served(cost[:, each], capacity[each], demand, False) for each in choices(5)}
    relaxed = relax(question, no_solution, np.inf)
    assert relaxed.bound <= min(costs.values()) + 1e-9
    value, _ = valued(question, np.ascontiguousarray(cost.T), relaxed.price)
    assert relaxed.bound == pytest.approx(relaxed.price.sum() + value @ together(question, value))
    opened, closed = relaxed.forced(question)
    for site in range(5):
        assert opened[site] <= min(least for each, least in costs.items() if site in each) + 1e-9
        assert closed[site] <= min(least for each, least in costs.items() if site not in each) + 1e-9


def test_an_answer_cut_short_says_what_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assigning, "_decided", lambda *_, **__: assigning.nobody(Status.NO_SOLUTION_IN_LIMIT, -np.inf))
    monkeypatch.setattr(assigning, "PROBED_AT_MOST", 0)
    random = np.random.default_rng(1)
    best = locate.p_median(random.integers(1, 100, (40, 40)).astype(float), 4, seconds=1.0)
    assert best.status is Status.FEASIBLE_GAP
    assert best.bound < best.objective
    assert best.gap == pytest.approx((best.objective - best.bound) / best.objective)
