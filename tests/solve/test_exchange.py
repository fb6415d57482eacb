"""A plan over a kernel made better: some sites are given up for others, and what is not free stays as it is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from siting import stair
from siting.errors import InputError
from siting.objectives import OBJECTIVES
from siting.objectives.aim import Scales
from siting.program.assemble import Program
from siting.program.matrix import compile_matrix
from siting.scenario import load_scenario
from siting.solve import decompose, sift
from siting.solve.apart import solve_apart
from siting.solve.bound import Bound
from siting.solve.job import Floats, Status
from siting.solve.kernels import KernelSearch
from siting.solve.master import Choice, Master
from siting.solve.outcome import Effort, ask_of, never, silent
from siting.statement import candidates_of, layers_of
from siting.watch import Clock, Nobody
from tests.bench.continent import Asked as World
from tests.bench.continent import write_continent
from tests.solve.in_parts import StatedHere
from tests.worlds import optimum

DEAR = ("place-000000", "place-000003")
EFFORT = Effort(gap=1e-3, time_limit_s=60.0)


def stated(root: Path, *sets: str, target_mw: float = 20.0) -> StatedHere:
    """Twelve candidates, of which some must build so much."""
    if not (root / "models").exists():
        write_continent(root, World(12, 4, 1, target_mw=target_mw))
    rich = [f"budget.{knob}=100000" for knob in ("total_musd", "period_musd_per_year")]
    scenario = load_scenario("continent", cwd=root, sets=(*rich, *sets))
    layers = layers_of(scenario)
    sites = candidates_of(scenario, layers).sort_values("id", kind="stable").reset_index(drop=True)
    return StatedHere(scenario, layers, sites, scenario.objective.aims[0])


def search_with_a_dear_plan(root: Path, target_mw: float = 20.0) -> tuple[KernelSearch, Program, float]:
    """A search over all candidates that has the best plan with two dear ones in hand, and what the best of all costs."""
    statement = stated(root, target_mw=target_mw)
    everybody = np.arange(len(statement.sites))
    program = statement.program(everybody)
    aim = next(aim for aim in OBJECTIVES if aim.name == statement.aim)
    forced = stated(root, f"locks.force={list(DEAR)}".replace("'", '"')).program(everybody)
    dear, cost = optimum(forced, [aim]).values, statement.cost(program)
    scales = Scales(program.problem, program.core, program.ledgers, program.space.size)
    ask = ask_of(aim, scales, EFFORT, time.monotonic() + 60.0)
    matrix = compile_matrix(program.model, program.space)
    search = KernelSearch(program.problem, program.core, matrix, cost, ask, silent, never)
    search.offer(dear)
    return search, program, float(cost @ optimum(program, [aim]).values)


def names_of(search: KernelSearch) -> set[str]:
    matrix = search._matrix
    return {matrix.column_name(column) for column in np.flatnonzero(matrix.integer).tolist()}


def whole_of(search: KernelSearch, program: Program) -> Floats:
    """The whole columns of the plan in hand but modules, 0 for all others."""
    assert search.best is not None
    kept = search._matrix.integer.copy()
    kept[program.core.modules.columns.ravel()] = False
    return np.where(kept, np.rint(search.best), 0.0)


def test_a_plan_whose_sites_are_all_free_becomes_the_best_one(tmp_path: Path) -> None:
    search, program, best = search_with_a_dear_plan(tmp_path)
    before = search.objective
    assert before > best + 1.0
    assert search.exchange(names_of(search), np.arange(len(program.problem.site_ids)))
    assert search.objective == pytest.approx(best, rel=EFFORT.gap)
    search.close()


def test_an_exchange_leaves_other_sites_as_they_are(tmp_path: Path) -> None:
    search, program, _ = search_with_a_dear_plan(tmp_path)
    before, opened = whole_of(search, program), search.open_places()
    given = opened[:1]
    others = np.setdiff1d(np.arange(len(program.problem.site_ids)), opened)
    free = np.union1d(given, others)
    assert search.exchange(names_of(search), free)
    held = np.isin(search._matrix.owner, np.setdiff1d(opened, given))
    assert held.any()
    assert np.array_equal(whole_of(search, program)[held], before[held])
    search.close()


def test_what_nobody_proposed_is_in_no_exchange(tmp_path: Path) -> None:
    search, program, _ = search_with_a_dear_plan(tmp_path)
    before = whole_of(search, program)
    search.exchange(set(), np.arange(len(program.problem.site_ids)))
    assert not (whole_of(search, program) > before + 0.5).any()
    search.close()


def test_a_choice_that_falls_short_is_mended_with_sites_left_free_and_only_with_what_they_propose(tmp_path: Path) -> None:
    search, program, _ = search_with_a_dear_plan(tmp_path, target_mw=150.0)
    whole, owner = whole_of(search, program), search._matrix.owner
    first = int(search.open_places()[0])
    mine = np.flatnonzero((whole > 0) & (owner == first)).tolist()
    chosen = {search._matrix.column_name(column): float(whole[column]) for column in mine}
    others = np.setdiff1d(np.arange(len(program.problem.site_ids)), [first])
    assert not search.as_chosen(chosen, np.zeros(0, np.int64))
    assert not search.as_chosen(chosen, others, set())
    assert search.as_chosen(chosen, others)
    search.close()


def test_what_a_plan_costs_at_prices_adds_up_over_its_sites(tmp_path: Path) -> None:
    search, _, _ = search_with_a_dear_plan(tmp_path)
    assert search.best is not None
    prices = np.random.default_rng(1).normal(size=search._matrix.rows)
    matrix, nothing = search._matrix, np.zeros(search._matrix.rows)
    assert (matrix.owner >= 0).all()
    assert search.worth(nothing).sum() == pytest.approx(search.objective)
    used = np.asarray(csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns)) @ search.best)
    assert search.worth(prices).sum() == pytest.approx(search.objective - prices @ used)
    search.close()


def test_a_search_that_is_late_for_a_plan_makes_one_before_a_better_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    priced, chosen = Bound.price, Master.choose

    def price(self: Bound, *given: Any, gap: float | None = None, **more: Any) -> Any:
        done.append("relaxed" if gap is None else "whole")
        return priced(self, *given, gap=gap, **more)

    def choose(self: Master, *given: float) -> Choice:
        done.append("chosen")
        return chosen(self, *given)

    monkeypatch.setattr(Bound, "price", price)
    monkeypatch.setattr(Master, "choose", choose)
    monkeypatch.setattr(sift, "FIRST", 3)
    statement = stated(tmp_path)
    aims = [aim for aim in OBJECTIVES if aim.name == statement.aim]
    for late, first in ((0.5, "whole"), (0.0, "chosen")):
        done.clear()
        monkeypatch.setattr(decompose, "LATE_SHARE", late)
        found = solve_apart(statement, tuple(statement.sites["id"]), aims, EFFORT)
        assert found.outcome.values is not None
        assert next(step for step in done if step != "relaxed") == first


def test_a_search_that_is_stopped_before_it_has_a_plan_says_so(tmp_path: Path) -> None:
    statement = stated(tmp_path)
    aims = [aim for aim in OBJECTIVES if aim.name == statement.aim]
    found = solve_apart(statement, tuple(statement.sites["id"]), aims, EFFORT, stop=lambda: True)
    assert found.outcome.status is Status.INTERRUPTED
    assert found.outcome.values is None


def test_a_lock_on_a_site_that_is_none_of_all_candidates_is_refused_though_no_part_can_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sift, "SAMPLE", 4)
    monkeypatch.setattr(sift, "FIRST", 2)
    write_continent(tmp_path, World(12, 4, 1, target_mw=20.0))
    locks = ('locks.forbid=["place-00000O"]', 'locks.force=["place-000003", "nowhere"]', 'effort.engine="decompose"')
    scenario = load_scenario("continent", cwd=tmp_path, sets=locks)
    with pytest.raises(InputError) as refused:
        stair.climb(scenario, layers_of(scenario), Clock(Nobody()))
    assert [(fault.code, fault.value) for fault in refused.value.faults] == [("S023", "nowhere"), ("S023", "place-00000O")]


def test_sites_that_must_stand_and_are_too_small_are_refused_before_any_part_is_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(stair, "solve_apart", searched)
    write_continent(tmp_path, World(12, 4, 1, target_mw=20.0))
    model = tmp_path / "models" / "continent" / "model.toml"
    model.write_text(model.read_text().replace('"site_limits", ', ""))
    sets = ('locks.force=["place-000003"]', 'effort.engine="decompose"', "site_limits.least_mw=5000")
    scenario = load_scenario("continent", cwd=tmp_path, sets=sets)
    with pytest.raises(InputError) as refused:
        stair.climb(scenario, layers_of(scenario), Clock(Nobody()))
    assert [(fault.code, fault.field) for fault in refused.value.faults] == [("S011", "locks.force")]
    assert "place-000003" in refused.value.faults[0].value
