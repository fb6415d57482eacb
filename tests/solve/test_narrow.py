"""Sites of a relaxed plan are decided step by step, and a plan is made over those that stay."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.objectives import OBJECTIVES
from siting.program.assemble import Program
from siting.program.matrix import compile_matrix
from siting.solve.blocks import holds
from siting.solve.course import Ask
from siting.solve.job import Floats, Ints, Status
from siting.solve.narrow import STEPS, Narrowed, narrower
from siting.solve.outcome import scales_of
from siting.solve.search import Search
from tests.random_worlds import random_world
from tests.worlds import Best, World, aim_cost, answered, candidate, opened, optimum, pod, small_world

NOBODY = np.zeros(0, np.int64)
COMPUTE, COST = OBJECTIVES[:2]


def known(*sites: int, stay: tuple[int, ...] = ()) -> Narrowed:
    return Narrowed(np.array(sites), np.array(stay, dtype=np.int64))


def test_a_site_that_is_mostly_open_stays_and_one_that_hardly_is_goes() -> None:
    found = narrower(np.array([0.9, 0.05, 0.3, 0.0, 0.5]), known(0, 1, 2, 3, 4))
    assert found is not None
    assert found.sites.tolist() == [0, 2, 4]
    assert found.stay.tolist() == [0, 4]


def test_where_none_is_mostly_open_half_of_what_they_add_up_to_stays_and_a_third_of_the_others_goes() -> None:
    found = narrower(np.array([0.4, 0.3, 0.2, 0.2, 0.2, 0.2]), known(0, 1, 2, 3, 4, 5))
    assert found is not None
    assert found.stay.tolist() == [0]
    assert found.sites.tolist() == [0, 1, 2, 3]


def test_sites_that_stay_are_never_given_up_and_unused_ones_never_kept() -> None:
    found = narrower(np.array([1.0, 1.0, 0.0]), known(0, 1, 2, stay=(0, 1)))
    assert found is not None
    assert found.sites.tolist() == found.stay.tolist() == [0, 1]


def test_nothing_is_narrower_once_every_site_is_decided() -> None:
    assert narrower(np.array([1.0, 0.0, 1.0]), known(0, 2, stay=(0, 2))) is None


@pytest.mark.parametrize("seed", range(20))
def test_every_step_decides_something_and_all_are_decided_in_a_few_more_than_their_logarithm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    state, steps = known(*range(30)), 0
    while True:
        shares = rng.uniform(0.0, 0.6, 30)
        shares[state.stay] = 1.0
        found = narrower(shares, state)
        if found is None:
            break
        assert set(state.stay) <= set(found.stay) <= set(found.sites) <= set(state.sites)
        assert len(found.stay) > len(state.stay) or len(found.sites) < len(state.sites)
        state, steps = found, steps + 1
    assert state.sites.tolist() == state.stay.tolist()
    assert 0 < steps <= 2 * STEPS


def searcher(program: Program, judged: float) -> Search:
    matrix = compile_matrix(program.model, program.space)
    cost = aim_cost(program, COST, matrix)
    ask = Ask("least cost", 0.02, time.monotonic() + 900.0, 1.0, 1, 0, 4, lambda _: judged, 0)
    return Search(program.problem, program.core, matrix, cost, ask, lambda _: None, lambda: False)


def relaxed_of(search: Search) -> Floats:
    found = answered(search._matrix, search._cost, relax=True).solution
    assert found is not None
    return found


def planned(search: Search) -> tuple[Floats, Ints]:
    """The narrowed plan and its sites, a whole plan made over them."""
    everyone = np.arange(len(search._problem.site_ids))
    try:
        narrowed, sites = search._narrow(relaxed_of(search), everyone)
        assert search._by_period(narrowed, sites, 1e-9, 0.0)
    finally:
        search._bench.close()
    return narrowed, sites


def second_aim(world: int | World, root: Path, judged: float = 1e6) -> tuple[Search, Best]:
    """The search for the least cost in a world of two periods, by default a random one, the most compute held."""
    program = opened(random_world(world) if isinstance(world, int) else world, root).program()
    assert len(program.core.period) == 2
    first = optimum(program, (COMPUTE,))
    COMPUTE.hold(scales_of(program, first.matrix), first.values)
    search = searcher(program, judged)
    assert search._holding
    return search, first


def holds_the_compute(search: Search, first: Best) -> bool:
    assert search.best is not None
    reached = COMPUTE.coefficients(scales_of(first.program, search._matrix)) @ search.best
    return holds(search._matrix, search.best) and bool(reached >= first.reached[0] * (1 - 1e-4) - 1e-6)


@pytest.mark.parametrize("seed", [41, 45])
def test_a_plan_over_decided_sites_holds_the_earlier_aim(seed: int, tmp_path: Path) -> None:
    search, first = second_aim(seed, tmp_path)
    opened_before = relaxed_of(search)[search._core.open.columns].max(axis=1)
    assert ((opened_before > 0.01) & (opened_before < 0.99)).any()
    narrowed, sites = planned(search)
    shares = narrowed[search._core.open.columns].max(axis=1)
    assert (shares[sites] > 1.0 - 1e-6).all()
    assert (np.delete(shares, sites) < 1e-6).all()
    assert holds_the_compute(search, first)


@pytest.mark.parametrize("seed", [13, 28])
def test_a_plan_is_found_where_no_site_can_go(seed: int, tmp_path: Path) -> None:
    search, first = second_aim(seed, tmp_path)
    _, sites = planned(search)
    assert sites.tolist() == list(range(len(search._problem.site_ids)))
    assert holds_the_compute(search, first)


def test_a_later_aim_makes_one_plan_over_decided_sites_once_the_bound_is_proven_with_whole_modules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    search, first = second_aim(41, tmp_path, judged=1.0)  # any gap is large beside this, so nothing ends early
    done: list[str] = []
    solved, priced = Search._solve, Search._price

    def solve(self: Search, name: str, *facts: Any, **options: Any) -> Any:
        done.append(name)
        return solved(self, name, *facts, **options)

    def price(self: Search, cut: Any, pricers: Any, prices: Any, sites: Any, relax: bool) -> Any:
        done.append("priced relaxed" if relax else "priced whole")
        return priced(self, cut, pricers, prices, sites, relax)

    monkeypatch.setattr(Search, "_solve", solve)
    monkeypatch.setattr(Search, "_price", price)
    ending = search.run(first.values, np.arange(len(search._problem.site_ids)))
    assert ending.status is Status.OPTIMAL
    assert [done.count(name) for name in ("narrow-0", "period-0")] == [1, 1]
    assert done.index("priced whole") < done.index("narrow-0") < done.index("period-0")


def test_periods_end_once_what_is_decided_costs_as_much_as_the_plan_in_hand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    search, _ = second_aim(41, tmp_path)
    monkeypatch.setattr(Search, "_offer", lambda *_: None)
    relaxed, everyone = relaxed_of(search), np.arange(len(search._problem.site_ids))
    try:
        search._by_period(relaxed, everyone, 1e-9, 0.0)
        assert sorted(search._columns_of) == ["period-0", "period-1"]
        search._columns_of.clear()
        search.objective = -1.0  # nothing costs less than nothing
        assert search._by_period(relaxed, everyone, 1e-9, 0.0)
        assert sorted(search._columns_of) == ["period-0"]
    finally:
        search._bench.close()


def test_a_decided_site_stays_however_small_it_is(tmp_path: Path) -> None:
    world = small_world(periods=2)
    world.model["modules"] = {"pod": pod(5.0), "small": pod(2.0)}
    limits = {"a": 10.0, "b": 10.0, "c": 2.0}
    world.layers["candidates"] = [
        candidate(name, -120.5 + 0.1 * place, 46.0, limit_mw=limit) for place, (name, limit) in enumerate(limits.items())
    ]
    search, first = second_aim(world, tmp_path)
    assert COMPUTE.coefficients(scales_of(first.program, search._matrix)) @ first.values > 0.0
    try:
        assert search._from_relaxed(relaxed_of(search), np.arange(3))
    finally:
        search._bench.close()
    assert search._open_sites().tolist() == [0, 1, 2]
    assert holds_the_compute(search, first)


def test_where_there_is_no_plan_decided_sites_are_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    search, _ = second_aim(41, tmp_path)
    tried: list[int] = []

    def try_in_vain(*_: object) -> bool:
        tried.append(1)
        return False

    monkeypatch.setattr(Search, "_by_period", try_in_vain)
    everyone, relaxed = np.arange(len(search._problem.site_ids)), relaxed_of(search)
    try:
        assert not search._from_relaxed(relaxed, everyone)
        assert not search._from_relaxed(relaxed, everyone)
        search.best = relaxed
        assert not search._from_relaxed(relaxed, everyone)
        assert not search._from_relaxed(relaxed, everyone)
    finally:
        search._bench.close()
    assert len(tried) == 3


def test_nothing_is_held_in_the_first_aim(tmp_path: Path) -> None:
    program = opened(random_world(3), tmp_path).program()
    search = searcher(program, 1.0)
    try:
        assert not search._holding
    finally:
        search._bench.close()
