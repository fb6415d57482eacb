"""Numbers no solver may see are refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siting.errors import SolverFailed
from siting.program.matrix import Matrix, audit, compile_matrix
from tests.golden.world import golden_world
from tests.worlds import opened


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    program = opened(golden_world(), tmp_path_factory.mktemp("audit")).program()
    return compile_matrix(program.model, program.space)


def changed(values: np.ndarray, place: int, value: float) -> np.ndarray:
    copy = values.copy()
    copy[place] = value
    return copy


def test_a_sound_matrix_is_counted(matrix: Matrix) -> None:
    found = audit(matrix, np.zeros(matrix.columns))
    assert (found.rows, found.columns, found.nonzeros) == (matrix.rows, matrix.columns, len(matrix.value))
    assert 0 < found.smallest <= found.largest < np.inf
    assert found.integers == int(matrix.integer.sum())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_coefficient_that_is_no_number_is_named_by_its_row(value: float, matrix: Matrix) -> None:
    place = int(matrix.start[7])
    with pytest.raises(SolverFailed, match="coefficient") as caught:
        audit(replace(matrix, value=changed(matrix.value, place, value)), np.zeros(matrix.columns))
    assert matrix.row_name(7) in str(caught.value)


def test_a_cost_that_is_no_number_is_named_by_its_column(matrix: Matrix) -> None:
    with pytest.raises(SolverFailed, match="cost") as caught:
        audit(matrix, changed(np.zeros(matrix.columns), 3, np.nan))
    assert matrix.column_name(3) in str(caught.value)


@pytest.mark.parametrize("side", ["lower", "row_lower"])
@pytest.mark.parametrize("value", [np.nan, 1e9])
def test_sides_that_cross_or_are_no_number_are_named(side: str, value: float, matrix: Matrix) -> None:
    values = getattr(matrix, side)
    upper = getattr(matrix, side.replace("lower", "upper"))
    place = int(np.flatnonzero(np.isfinite(upper))[0])
    with pytest.raises(SolverFailed, match="bounds"):
        audit(replace(matrix, **{side: changed(values, place, value)}), np.zeros(matrix.columns))  # type: ignore[arg-type]


def test_ranges_that_leave_the_good_are_remarked(matrix: Matrix) -> None:
    remarks = audit(replace(matrix, value=changed(matrix.value, 0, 1e7)), np.zeros(matrix.columns)).remarks
    assert len(remarks) == 1
    assert matrix.families[0].name in remarks[0]


def test_a_row_that_is_not_linear_is_refused(tmp_path: Path) -> None:
    import pyomo.environ as pyo

    program = opened(golden_world(), tmp_path).program()
    program.model.bent = pyo.Constraint(expr=program.model.open["a", "2027"] * program.model.open["b", "2027"] <= 1)
    with pytest.raises(SolverFailed, match="bent is not linear"):
        compile_matrix(program.model, program.space)
