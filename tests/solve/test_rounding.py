"""Whole plans from relaxed ones: period by period, and step by step on all slices."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from siting.objectives import OBJECTIVES
from siting.program.assemble import Program
from siting.program.matrix import compile_matrix
from siting.solve.blocks import holds, restrict
from siting.solve.course import Ask
from siting.solve.search import Search
from siting.solve.settle import Settle
from siting.solve.start import around, decided, lines_of, stages
from tests.golden.world import golden_world
from tests.program.test_merging import pair, uneven
from tests.random_worlds import random_world
from tests.worlds import aim_cost, answered, opened, optimum, pod

AIM = OBJECTIVES[0]


def ask(seconds: float = 900.0) -> Ask:
    return Ask("most compute", 1e-6, time.monotonic() + seconds, 1.0, 1, 0, 4, lambda _: 1.0, 0)


def searcher(program: Program, kind: type[Search] = Search) -> Search:
    matrix = compile_matrix(program.model, program.space)
    cost = aim_cost(program, AIM, matrix)
    return kind(program.problem, program.core, matrix, cost, ask(), lambda _: None, lambda: False)


def test_stages_part_what_is_whole_by_its_period(tmp_path: Path) -> None:
    program = opened(golden_world(), tmp_path).program()
    matrix = compile_matrix(program.model, program.space)
    columns = np.arange(matrix.columns)
    model, _ = restrict(matrix, np.zeros(matrix.columns), columns)
    first, second = stages(model, columns, program.core)
    assert not (first & second).any()
    assert ((first | second) == model.integer).all()
    assert first[program.core.modules.columns[:, :, 0]].all()
    assert second[program.core.open.columns[:, 1]].all()


def test_what_is_decided_stands_within_its_bounds(tmp_path: Path) -> None:
    program = opened(golden_world(), tmp_path).program()
    matrix = compile_matrix(program.model, program.space)
    model, _ = restrict(matrix, np.zeros(matrix.columns), np.arange(matrix.columns))
    held = decided(model, model.integer, np.full(matrix.columns, 1e6))
    assert (held.lower[model.integer] == model.upper[model.integer]).all()
    assert (held.upper == model.upper).all()
    assert (held.lower[~model.integer] == model.lower[~model.integer]).all()


def test_near_a_plan_only_modules_move(tmp_path: Path) -> None:
    world = golden_world().turned(locks__force=[], locks__forbid=[], locks__existing=[], locks__existing_lines=[])
    world.model["modules"] = {"pod": pod(5.0), "half": pod(2.5)}
    program = opened(world, tmp_path).program()
    matrix = compile_matrix(program.model, program.space)
    core, columns = program.core, np.arange(matrix.columns)
    model, _ = restrict(matrix, np.zeros(matrix.columns), columns)
    plan = np.zeros(matrix.columns)
    plan[core.open.columns] = 1.0
    near = around(model, plan, columns, core)
    pods, halves = core.modules.columns[0].tolist()
    assert near.lower[pods].tolist() == [0.0, 0.0]
    assert near.upper[pods].tolist() == [1.0, 1.0]
    assert near.upper[halves].tolist() == model.upper[halves].tolist() == [4.0, 4.0]
    assert (near.lower[core.open.columns] == near.upper[core.open.columns]).all()


def test_a_line_stands_from_the_first_period_a_relaxed_plan_uses_it(tmp_path: Path) -> None:
    program = opened(golden_world(), tmp_path).program()
    relaxed = np.zeros(program.space.size)
    relaxed[program.core.line.columns[0]] = [0.3, 0.01]
    relaxed[program.core.line.columns[1]] = [0.01, 0.2]
    nothing = np.zeros(program.space.size)
    found = lines_of(relaxed, nothing, program.core)[program.core.line.columns]
    assert found[:2].tolist() == [[1.0, 1.0], [0.0, 1.0]]
    assert not found[2:].any()


def test_a_line_of_the_plan_stays_however_little_a_relaxed_plan_uses_of_it(tmp_path: Path) -> None:
    program = opened(golden_world(), tmp_path).program()
    relaxed, plan = np.zeros(program.space.size), np.zeros(program.space.size)
    relaxed[program.core.line.columns] = 0.01
    relaxed[program.core.line_mw.columns[0]] = [0.0, 0.5]
    plan[program.core.line.columns[:2]] = 1.0
    found = lines_of(relaxed, plan, program.core)[program.core.line.columns]
    assert found[:2].tolist() == [[0.0, 1.0], [0.0, 0.0]]
    assert not found[2:].any()


@pytest.mark.parametrize("seed", [3])
def test_a_plan_made_period_by_period_holds_and_is_no_better_than_the_best(seed: int, tmp_path: Path) -> None:
    program = opened(random_world(seed), tmp_path).program()
    truth = optimum(program, (AIM,)).reached[0]
    search = searcher(program)
    matrix, cost = search._matrix, search._cost
    assert len(program.core.period) == 2
    relaxed = answered(matrix, cost, relax=True).solution
    assert relaxed is not None
    try:
        assert search._by_period(relaxed, np.arange(len(program.problem.site_ids)), 0.2, 3.0)
    finally:
        search._bench.close()
    assert search.best is not None
    assert holds(matrix, search.best)
    assert 0.5 * truth <= -search.objective <= truth * (1 + 1e-6)


def test_a_plan_on_merged_slices_is_stepped_onto_all_of_them(tmp_path: Path) -> None:
    finer = pair(uneven(golden_world()), tmp_path)
    wanted = finer.spread(optimum(finer.merged, (AIM,)).values)
    truth = optimum(finer.fine, (AIM,)).reached[0]
    settle = searcher(finer.fine, Settle)
    assert isinstance(settle, Settle)
    try:
        settle._step_by_step(wanted)
    finally:
        settle._bench.close()
    assert settle.best is not None
    assert holds(settle._matrix, settle.best)
    assert 0 < -settle.objective <= truth * (1 + 1e-6)
