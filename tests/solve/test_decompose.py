"""Candidates stated in parts: the same blocks, bounds that hold, and the answers of one program over all."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from siting.errors import InputError
from siting.objectives import OBJECTIVES
from siting.program.matrix import compile_matrix
from siting.scenario import load_scenario
from siting.solve import sift
from siting.solve.apart import Apart, solve_apart
from siting.solve.blocks import Split, split
from siting.solve.chunks import Asked
from siting.solve.job import Floats, Status
from siting.solve.outcome import Effort
from siting.solve.shared import DROPPED, LOCAL, Shared
from siting.solve.small import BlockPricer
from siting.statement import candidates_of, layers_of
from tests.bench.continent import Asked as World
from tests.bench.continent import write_continent
from tests.solve.in_parts import Here, StatedHere, apart_world, looks_across, stated
from tests.worlds import aim_cost, optimum

FEW = range(12)
SOME = range(50)
MANY = range(40, 240)
FIVE_HUNDRED = range(50, 550)
AIM = OBJECTIVES[0]


def parted(seed: int, root: Path, size: int) -> tuple[StatedHere, Here, Shared] | None:
    """A world's chunks of so many candidates, met and settled; None where there is nothing to state."""
    try:
        statement, known = stated(apart_world(seed), root, AIM.name)
        if looks_across(known):
            return None
        count = len(statement.sites)
        crew = Here(statement, [np.arange(first, min(first + size, count)) for first in range(0, count, size)])
        shared = Shared(crew.meet())
    except InputError:
        return None
    crew.settle(shared.of_chunk)
    return statement, crew, shared


def bound_of_parts(crew: Here, shared: Shared, prices: Floats, *, whole: bool, gap: float = 1e-7) -> float:
    used = np.flatnonzero(prices)
    answers = crew.price(Asked(used, prices[used], whole_below=-1e-9 if whole else None, absolute_gap=gap))
    return shared.rows_value(prices) + math.fsum(float(value) for answer in answers for value in np.minimum(answer.value, 0.0))


def bound_of_all(cut: Split, prices: Floats, *, whole: bool) -> float:
    pricer, total = BlockPricer(len(cut.blocks)), cut.rows_value(prices)
    for place, block in enumerate(cut.blocks):
        model = block.model
        model.cost[:] = model.cost - block.touch @ prices
        value = pricer.whole(model, 1e-7, 20.0)[0] if whole else pricer.relaxed(model, place)
        total += min(value, 0.0)
    return total


@pytest.mark.parametrize("seed", FEW)
def test_parts_have_the_blocks_of_the_whole(seed: int, tmp_path: Path) -> None:
    """At prices on the same rows both give the same bound with whole numbers; a part's relaxed one, whose site is open or does
    nothing, lies between the relaxed and the whole one of the whole."""
    found = parted(seed, tmp_path, 1)
    if found is None:
        pytest.skip("a world that cannot be stated in parts")
    statement, crew, shared = found
    program = statement.searched(statement.program(np.arange(len(statement.sites))))
    matrix = compile_matrix(program.model, program.space)
    rng = np.random.default_rng(seed)
    wanted = {name: float(rng.uniform(0.0, 3.0)) for name in shared.names(np.flatnonzero(shared.priced))}
    found_bounds, bounds = [], []
    for whole in (False, True):
        cut = split(matrix, aim_cost(program, AIM, matrix), len(statement.sites))
        theirs = np.array([wanted.get(matrix.row_name(row), 0.0) for row in cut.coupling.tolist()])
        theirs = np.where(np.isfinite(cut.row_upper), -theirs, theirs)
        mine = np.array([wanted[name] for name in shared.names(np.flatnonzero(shared.priced))])
        prices = np.zeros(shared.count)
        prices[shared.priced] = np.where(np.isfinite(shared.row_upper[shared.priced]), -mine, mine)
        prices[shared.counted] = 0.0
        found_bounds.append(bound_of_parts(crew, shared, prices, whole=whole))
        bounds.append(bound_of_all(cut, theirs, whole=whole))
    spare = 1e-6 * max(1.0, *map(abs, bounds))
    assert bounds[0] - spare <= found_bounds[0] <= bounds[1] + spare
    assert found_bounds[1] == pytest.approx(bounds[1], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", SOME)
def test_no_prices_give_a_bound_above_the_optimum(seed: int, tmp_path: Path) -> None:
    bounds_hold(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", FIVE_HUNDRED)
def test_no_prices_give_a_bound_above_the_optimum_of_five_hundred_worlds(seed: int, tmp_path: Path) -> None:
    bounds_hold(seed, tmp_path)


def bounds_hold(seed: int, root: Path) -> None:
    """Hold bounds at prices of all sizes against the proven optimum."""
    found = parted(seed, root, 2)
    if found is None:
        pytest.skip("a world that cannot be stated in parts")
    statement, crew, shared = found
    program = statement.program(np.arange(len(statement.sites)))
    best = optimum(program, [AIM])
    if best.status is not Status.OPTIMAL:
        pytest.skip("a world without a plan")
    value = (-1.0 if AIM.maximise else 1.0) * best.reached[0]
    rng = np.random.default_rng(seed)
    for size in (0.0, 1e-3, 0.1, 3.0, 30.0):
        prices = shared.clean(rng.normal(0.0, size, shared.count) if size else np.zeros(shared.count))
        for whole, gap in ((True, 0.1 * abs(value)), (False, 0.0), (True, 1e-7)):
            assert bound_of_parts(crew, shared, prices, whole=whole, gap=gap) <= value + 1e-6 * max(1.0, abs(value))


def agree(seed: int, root: Path) -> bool:
    """Hold the answers in parts against the proven optimum; whether there was anything to hold."""
    try:
        statement, known = stated(apart_world(seed), root, AIM.name)
        program = known.program()
    except InputError:
        return False
    if looks_across(known):
        return False
    best = optimum(program, OBJECTIVES[:2])
    gap = 0.02
    effort = Effort(gap=gap, time_limit_s=30.0)
    apart = solve_apart(statement, tuple(statement.sites["id"]), OBJECTIVES[:2], effort)
    if best.status is not Status.OPTIMAL:
        assert apart.outcome.values is None
        return True
    first, proven = apart.outcome.reached[0], best.reached[0]
    assert first.bound >= proven - 1e-6 * max(1.0, abs(proven))
    assert first.value <= proven + 1e-6 * max(1.0, abs(proven))
    if first.status is Status.OPTIMAL:
        assert first.value >= proven - gap * max(abs(proven), 1e-9) - 1e-6
    return True


@pytest.mark.parametrize("seed", [0, 1, 2, 7, 9])
def test_parts_and_the_whole_agree(seed: int, tmp_path: Path) -> None:
    if not agree(seed, tmp_path):
        pytest.skip("a world that cannot be stated in parts")


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_parts_and_the_whole_agree_on_two_hundred_worlds(seed: int, tmp_path: Path) -> None:
    if not agree(seed, tmp_path):
        pytest.skip("a world that cannot be stated in parts")


def test_what_only_one_candidate_touches_is_its_own_and_idle_rows_have_no_price(tmp_path: Path) -> None:
    found = parted(1, tmp_path, 1)
    assert found is not None
    _, _, shared = found
    for numbers in shared.of_chunk:
        kept = numbers[numbers >= 0]
        assert (shared.touched_by[kept] > 1).all()
        assert not shared.dropped[kept].any()
        assert set(numbers[numbers < 0].tolist()) <= {LOCAL, DROPPED}


def small_continent(root: Path, target_mw: float, *sets: str) -> StatedHere:
    write_continent(root, World(60, 4, 1, target_mw=target_mw))
    scenario = load_scenario("continent", cwd=root, sets=sets)
    layers = layers_of(scenario)
    sites = candidates_of(scenario, layers).sort_values("id", kind="stable").reset_index(drop=True)
    return StatedHere(scenario, layers, sites, scenario.objective.aims[0])


def solved_apart(statement: StatedHere, gap: float = 0.1) -> Apart:
    aims = [aim for aim in OBJECTIVES if aim.name == statement.aim]
    return solve_apart(statement, tuple(statement.sites["id"]), aims, Effort(gap=gap, time_limit_s=60.0))


def test_forced_candidates_that_no_kernel_would_take_are_in_the_plan_and_in_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sift, "FIRST", 5)
    forced = ("place-000000", "place-000044")
    free = solved_apart(small_continent(tmp_path / "free", 30.0))
    held = solved_apart(small_continent(tmp_path / "held", 30.0, f"locks.force={list(forced)}".replace("'", '"')))
    assert held.outcome.values is not None
    core, ids = held.program.core, held.program.problem.site_ids
    opened = {ids[site] for site in np.flatnonzero(held.outcome.values[core.open.columns].max(axis=1) > 0.5)}
    assert set(forced) <= opened
    mine, other = held.outcome.reached[0], free.outcome.reached[0]
    assert other.bound < mine.bound <= mine.value


def test_what_a_sample_cannot_do_all_may_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sift, "FIRST", 2)
    monkeypatch.setattr(sift, "SAMPLE", 3)
    found = solved_apart(small_continent(tmp_path, 200.0))
    assert found.outcome.values is not None
