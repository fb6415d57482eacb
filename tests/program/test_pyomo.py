"""The program is an ordinary Pyomo model: what a user does to it, our own hand-over reads back, and stock solvers agree."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from siting.objectives import OBJECTIVES
from siting.program.assemble import Program
from siting.program.matrix import compile_matrix
from siting.solve.job import Status
from tests.golden.world import golden_world
from tests.worlds import Opened, aim_cost, answered, candidate, opened, small_world

COMPUTE, COST = OBJECTIVES[:2]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Two sites that could take seven modules, with fibre and satellite, and a budget for six."""
    toy = small_world(blocks=2).turned(budget__total_musd=1300.0, satellite__site_terminals=1)
    toy.profiles["river"] = [[0.7, 1.3]]
    toy.row("sources", "dam")["mean_output_mw"] = 200.0
    toy.layers["candidates"] = [
        candidate("a", -120.5, 46.0, limit_mw=20.0),
        candidate("b", -120.4, 46.05, limit_mw=15.0),
    ]
    return opened(toy, tmp_path_factory.mktemp("pyomo"))


def own_value(program: Program) -> float:
    """Most compute by our own hand-over."""
    matrix = compile_matrix(program.model, program.space)
    answer = answered(matrix, aim_cost(program, COMPUTE, matrix))
    assert answer.status is Status.OPTIMAL
    return -answer.objective


def stock_value(program: Program, solver: str) -> float:
    """The same by a solver of Pyomo."""
    model = program.with_objective(COMPUTE)
    result = pyo.SolverFactory(solver).solve(model)
    assert str(result.solver.termination_condition) == "optimal"
    return float(pyo.value(model.aim))


Edit = Callable[[Program], None]


def nothing(program: Program) -> None:
    """The program as it is stated."""


def ordinary_constraint(program: Program) -> None:
    model = program.model
    model.at_most = pyo.Constraint(expr=sum(model.modules["a", "pod", p] for p in ("2027",)) <= 2)


def ordinary_variable(program: Program) -> None:
    model = program.model
    model.most = pyo.Var(within=pyo.NonNegativeIntegers, bounds=(0, 3.5))
    model.held = pyo.Constraint(expr=model.modules["a", "pod", "2027"] + model.modules["b", "pod", "2027"] <= model.most)


def fixed_variable(program: Program) -> None:
    program.model.open["a", "2027"].fix(0)


def changed_bound(program: Program) -> None:
    program.model.modules["b", "pod", "2027"].setub(1)


def changed_domain(program: Program) -> None:
    """Modules in parts, with just so much power that it matters."""
    for index in program.model.modules:
        program.model.modules[index].domain = pyo.NonNegativeReals


def switched_off_row(program: Program) -> None:
    program.model.budget.total_budget["total"].deactivate()


def switched_off_family(program: Program) -> None:
    program.model.budget.deactivate()


def edited_row(program: Program) -> None:
    row = program.model.budget.total_budget["total"]
    row.set_value(row.body <= 800.0)


def edited_sides(program: Program) -> None:
    row = program.model.budget.total_budget["total"]
    row.set_value((None, row.body + 100.0, 900.0))


def removed_component(program: Program) -> None:
    program.model.budget.del_component("total_budget")


EDITS: tuple[Edit, ...] = (
    nothing, ordinary_constraint, ordinary_variable, fixed_variable, changed_bound, changed_domain, switched_off_row,
    switched_off_family, edited_row, edited_sides, removed_component,
)  # fmt: skip


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("solver", ["appsi_highs", "highs"])
def test_own_hand_over_and_stock_solver_reach_the_same_optimum(edit: Edit, solver: str, world: Opened) -> None:
    program = world.program()
    edit(program)
    assert own_value(program) == pytest.approx(stock_value(program, solver), rel=1e-6)


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit is not nothing], ids=lambda edit: edit.__name__)
def test_every_edit_tried_moves_the_optimum(edit: Edit, world: Opened) -> None:
    program = world.program()
    before = own_value(program)
    edit(program)
    assert abs(own_value(program) - before) > 1e-3


def test_least_cost_agrees_with_a_stock_solver(world: Opened) -> None:
    program = world.program()
    program.model.most = pyo.Constraint(expr=program.model.modules["b", "pod", "2027"] >= 2)
    matrix = compile_matrix(program.model, program.space)
    answer = answered(matrix, aim_cost(program, COST, matrix))
    model = program.with_objective(COST)
    pyo.SolverFactory("appsi_highs").solve(model)
    assert answer.objective == pytest.approx(float(pyo.value(model.aim)), rel=1e-6)


def test_an_aim_takes_the_place_of_the_aim_before(world: Opened) -> None:
    program = world.program()
    program.with_objective(COMPUTE)
    model = program.with_objective(COST)
    assert [objective.sense for objective in model.component_data_objects(pyo.Objective)] == [pyo.minimize]


def test_names_of_rows_and_columns_are_those_of_pyomo_without_quotes(tmp_path: Path) -> None:
    program = opened(golden_world(), tmp_path).program()
    program.model.mine = pyo.Var([1, 2])
    program.model.row = pyo.Constraint([1, 2], rule=lambda model, n: model.mine[n] <= 5)
    matrix = compile_matrix(program.model, program.space)
    rows = {row.name.replace("'", "") for row in program.model.component_data_objects(pyo.Constraint)}
    columns = {column.name.replace("'", "") for column in program.model.component_data_objects(pyo.Var)}
    assert {matrix.row_name(row) for row in range(matrix.rows)} == rows
    assert {matrix.column_name(column) for column in range(matrix.columns)} == columns
    assert (matrix.rows, matrix.columns) == (len(rows), len(columns))


def test_looking_at_every_element_changes_nothing(world: Opened) -> None:
    plain, looked = world.program(), world.program()
    for component in (pyo.Var, pyo.Constraint):
        assert all(True for _ in looked.model.component_data_objects(component))
    one, other = (compile_matrix(program.model, program.space) for program in (plain, looked))
    for name in ("lower", "upper", "integer", "owner", "start", "value", "row_lower", "row_upper"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert [sorted(row) for row in _rows(one)] == [sorted(row) for row in _rows(other)]


def _rows(matrix: Any) -> list[list[tuple[int, float]]]:
    pairs = list(zip(matrix.column.tolist(), matrix.value.tolist(), strict=True))
    return [pairs[begin:end] for begin, end in zip(matrix.start[:-1], matrix.start[1:], strict=True)]


def test_pprint_shows_every_row_and_column(world: Opened) -> None:
    page = io.StringIO()
    world.program().model.pprint(page)
    text = page.getvalue()
    assert "b--pop-1" in text
    assert "total_budget" in text
    assert "ArrayVar" not in text.splitlines()[0]


def test_the_lp_file_reads_back_to_the_same_optimum(world: Opened, tmp_path: Path) -> None:
    import highspy

    program = world.program()
    path = tmp_path / "program.lp"
    program.with_objective(COMPUTE).write(str(path), io_options={"symbolic_solver_labels": True})
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.readModel(str(path))
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(own_value(program))


def test_a_clone_and_a_pickled_copy_solve_to_the_same_and_stand_alone(world: Opened) -> None:
    program = world.program()
    model = program.with_objective(COMPUTE)
    expected = own_value(program)
    for copy in (model.clone(), pickle.loads(pickle.dumps(model))):
        pyo.SolverFactory("appsi_highs").solve(copy)
        assert pyo.value(copy.aim) == pytest.approx(expected)
        copy.open["a", "2027"].fix(0)
        pyo.SolverFactory("appsi_highs").solve(copy)
        assert pyo.value(copy.aim) < expected - 1e-3
    assert own_value(program) == pytest.approx(expected)
