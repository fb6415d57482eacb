"""Slices merged for the search bracket the fine model: no fine plan is lost, and no bound is above the truth."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siting.merging import groups, least, mean
from siting.objectives import OBJECTIVES
from siting.program.assemble import largest_line_mw
from siting.program.matrix import compile_matrix
from siting.solve.finer import Finer
from siting.solve.job import Status
from siting.solve.outcome import Effort, ask_of, never, scales_of, silent, solve
from siting.solve.search import Search
from siting.stair import finer_of
from tests.golden.world import golden_world
from tests.worlds import World, aim_cost, opened, optimum

AIMS = tuple(aim for aim in OBJECTIVES if aim.name in ("most_compute", "least_cost"))


def uneven(world: World) -> World:
    """Two blocks a day searched, eight dispatched, every one of them different."""
    world.model["time"]["blocks"] = 2
    world.model["time"]["dispatch_blocks"] = 8
    seasons = len(world.model["time"]["seasons"])
    rng = np.random.default_rng(7)
    for name, values in world.profiles.items():
        low, high = (0.6, 1.0) if name == "load" else (0.3, 1.6)
        world.profiles[name] = [[round(float(value), 3) for value in rng.uniform(low, high, 8)] for _ in range(seasons)]
        assert len(values) == seasons
    return world


def pair(world: World, root: Path) -> Finer:
    """A world's program beside the one on merged slices."""
    found = opened(world, root)
    finer = finer_of(found.program(), found.scenario)
    assert finer is not None
    return finer


def test_merged_slices_are_means_by_hours_and_prices_minima() -> None:
    group, hours = np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 2.0, 2.0])
    assert mean(np.array([4.0, 8.0, 1.0, np.inf]), hours, group).tolist() == [7.0, np.inf]
    assert least(np.array([4.0, 8.0, 1.0, 0.5]), group).tolist() == [4.0, 0.5]


def test_merged_slices_keep_the_order_of_days_and_the_hours_of_the_year(tmp_path: Path) -> None:
    finer = pair(uneven(golden_world()), tmp_path)
    fine, merged = finer.fine.problem.time, finer.merged.problem.time
    assert groups(fine, 2).tolist() == np.repeat(np.arange(len(merged.slices)), 4).tolist()
    assert merged.hours.sum() == pytest.approx(8760.0)
    assert merged.block_h == 12.0
    assert merged.slices[0].endswith("00-12")
    assert sorted(merged.before.tolist()) == list(range(len(merged.slices)))


@pytest.mark.parametrize("paths", [1, 2])
def test_a_fine_plan_averaged_is_a_plan_on_merged_slices_and_no_worse(paths: int, tmp_path: Path) -> None:
    finer = pair(uneven(golden_world()).turned(connectivity__paths=paths), tmp_path)
    fine = optimum(finer.fine, AIMS[:1])
    assert fine.status is Status.OPTIMAL
    assert fine.count() > 0
    averaged = finer.averaged(fine.values)
    matrix = compile_matrix(finer.merged.model, finer.merged.space)
    activity = matrix.activity(averaged)
    slack = 1e-6 * np.maximum(1.0, np.abs(activity))
    broken = np.flatnonzero((activity < matrix.row_lower - slack) | (activity > matrix.row_upper + slack))
    assert not len(broken), [matrix.row_name(int(row)) for row in broken[:10]]
    assert (averaged >= matrix.lower - 1e-6).all()
    assert (averaged <= matrix.upper + 1e-6).all()


def test_a_line_that_exists_may_be_larger_than_any_merged_slice_offers(tmp_path: Path) -> None:
    world = uneven(golden_world())
    built = pair(world, tmp_path / "built")
    field = built.fine.core.link.position["a--field"]
    hourly, mean_mw = (float(program.core.line_mw.upper_values[field * 2]) for program in (built.fine, built.merged))
    assert hourly > mean_mw + 0.1
    world.model["locks"]["existing_lines"] = [{"link": "a--field", "line_mw": hourly}]
    merged = optimum(pair(world, tmp_path / "exists").merged, AIMS[:1])
    assert merged.status is Status.OPTIMAL
    assert merged["line_mw"][field].tolist() == pytest.approx([hourly, hourly])


def test_lines_may_be_sized_for_the_worst_hour_that_a_merged_slice_hides(tmp_path: Path) -> None:
    merged = pair(uneven(golden_world()).without("storage"), tmp_path).merged
    problem, site = merged.problem, merged.problem.network.link_site
    draws = merged.ledgers.draw_mw.of_variable(merged.core.modules) / problem.modules.it_mw[None, :, None, None]
    mean_mw = 10.0 * (draws @ problem.time.hours).max(axis=(1, 2)) / 8760.0
    offered = problem.network.available_mw.max(axis=(1, 2))[problem.network.link_point]
    worst = np.minimum(offered, 1.1 * mean_mw[site])[site == 0]
    found = largest_line_mw(merged.core, problem, merged.ledgers, problem.limit_mw)
    without = largest_line_mw(merged.core, replace(problem, sized_times=1.0), merged.ledgers, problem.limit_mw)
    assert (found[site == 0] >= worst - 1e-9).all()
    assert (without[site == 0] < worst - 0.1).any()


def test_means_that_miss_the_row_of_bad_years_still_start_a_search(tmp_path: Path) -> None:
    world = uneven(golden_world())
    world.model["hydro"]["spilled_share"] = world.model["solar"]["curtailed_share"] = 0.0
    world.model["hydro"]["price_by_block"] = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]
    finer = pair(world, tmp_path)
    fine = optimum(finer.fine, AIMS)
    assert fine.status is Status.OPTIMAL
    matrix = compile_matrix(finer.merged.model, finer.merged.space)
    ask = ask_of(AIMS[1], scales_of(finer.merged, matrix), Effort(), time.monotonic() + 60.0)
    cost = aim_cost(finer.merged, AIMS[1], matrix)
    search = Search(finer.merged.problem, finer.merged.core, matrix, cost, ask, silent, never)
    averaged = finer.averaged(fine.values)
    search._offer(averaged)
    assert search.best is None
    search._dispatch(averaged)
    search._bench.close()
    assert search.best is not None
    assert search.objective <= fine.reached[1] * (1 + 1e-6)


def test_merged_slices_never_promise_less_than_the_fine_model_holds(tmp_path: Path) -> None:
    finer = pair(uneven(golden_world()), tmp_path)
    fine, merged = optimum(finer.fine, AIMS[:1]), optimum(finer.merged, AIMS[:1])
    assert fine.status is merged.status is Status.OPTIMAL
    assert merged.reached[0] >= fine.reached[0] - 1e-9


def test_a_plan_searched_on_merged_slices_holds_on_all_of_them_within_its_bounds(tmp_path: Path) -> None:
    finer = pair(uneven(golden_world()), tmp_path)
    truth = optimum(pair(uneven(golden_world()), tmp_path / "again").fine, AIMS)
    outcome = solve(finer.fine, AIMS, Effort(gap=1e-6, time_limit_s=60.0), finer=finer)
    assert outcome.values is not None
    most, cheapest = outcome.reached
    assert most.value <= truth.reached[0] * (1 + 1e-7)
    assert most.bound >= truth.reached[0] * (1 - 1e-7)
    assert cheapest.bound <= cheapest.value * (1 + 1e-7)
