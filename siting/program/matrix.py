"""The program compiled once: a row-wise matrix with names, owners and an audit.

Array components are concatenated as they stand. Whatever somebody has touched (a fixed variable, a changed bound or
domain, a switched-off or edited row, an ordinary Pyomo variable or constraint of one's own) is read back from Pyomo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.core as pyo
from numpy.typing import NDArray
from pyomo.repn import generate_standard_repn

from siting.arrays import ArrayConstraint, ArrayVar, CsrRows, Floats, Ints, Space, element_name
from siting.errors import SolverFailed

LARGEST_COEFFICIENT = 1e5
SMALLEST_COEFFICIENT = 1e-5


@dataclass(frozen=True, slots=True)
class RowFamily:
    """Rows `first` to `last` (exclusive) of one component; `name` as in "fibre.lateral_open". `kept` are the positions of an
    array component's rows that are on, None where all are; `ordinary` the rows of an ordinary Pyomo constraint."""

    name: str
    first: int
    last: int
    component: Any
    kept: Ints | None
    ordinary: tuple[Any, ...] = ()

    def row_name(self, row: int) -> str:
        """Pyomo name of a row of the matrix."""
        place = row - self.first
        if not isinstance(self.component, ArrayConstraint):
            return str(self.ordinary[place].name)
        return element_name(self.component, int(place if self.kept is None else self.kept[place]))


@dataclass(frozen=True, slots=True)
class Matrix:
    """`row_lower <= A x <= row_upper`, `lower <= x <= upper`, some x whole; A in CSR form. `owner` (columns): site or -1."""

    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    owner: Ints
    start: NDArray[np.int32]
    column: NDArray[np.int32]
    value: Floats
    row_lower: Floats
    row_upper: Floats
    families: tuple[RowFamily, ...]
    space: Space
    others: tuple[Any, ...]

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.lower)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    def activity(self, x: Floats) -> Floats:
        """A x."""
        products = np.append(self.value * x[self.column], 0.0)
        sums = np.add.reduceat(products, self.start[:-1]) if self.rows else np.zeros(0)
        return np.where(np.diff(self.start) > 0, sums, 0.0)

    def row_name(self, row: int) -> str:
        """Pyomo name of a row."""
        for family in self.families:
            if family.first <= row < family.last:
                return family.row_name(row)
        raise IndexError(row)

    def column_name(self, column: int) -> str:
        """Pyomo name of a column."""
        return self.space.name(column) if column < self.space.size else str(self.others[column - self.space.size].name)


@dataclass(frozen=True, slots=True)
class Audit:
    """What the compiled matrix is like: sizes, ranges, and sentences on what leaves the good range."""

    rows: int
    columns: int
    integers: int
    nonzeros: int
    smallest: float
    largest: float
    remarks: tuple[str, ...]


def compile_matrix(model: Any, space: Space) -> Matrix:
    """Compile a model made of array components and, if any, ordinary ones. Raises SolverFailed for nonlinear rows."""
    others = _ordinary_variables(model)
    tail = np.array([_bounds(data) for data in others]).reshape(-1, 3)
    columns = space.size + len(others)
    lower, upper = np.empty(columns), np.empty(columns)
    integer, owner = np.empty(columns, np.bool_), np.full(columns, -1, np.int64)
    for variable in space.variables:
        own = slice(variable.first, variable.first + len(variable))
        variable.write_sides(lower[own], upper[own])
        integer[own] = variable.integer
        owner[own].reshape(variable.shape)[...] = variable.owner
    lower[space.size :], upper[space.size :], integer[space.size :] = tail.T
    numbers = _read_touched(space, lower, upper, integer)
    numbers |= {id(data): space.size + place for place, data in enumerate(others)}
    rows = _Rows(numbers)
    for component in model.component_objects(pyo.Constraint, active=True):
        if isinstance(component, ArrayConstraint):
            rows.add_array(component)
        else:
            rows.add_ordinary(component)
    return rows.matrix(lower, upper, integer, owner, space, tuple(others))


def _bounds(data: Any) -> tuple[float, float, bool]:
    """(lower, upper, whole) of a VarData as it stands, fixed or not."""
    if data.fixed:
        value = float(pyo.value(data))
        return value, value, not data.is_continuous()
    low, high = data.lb, data.ub
    return (-np.inf if low is None else float(low)), (np.inf if high is None else float(high)), not data.is_continuous()


def _read_touched(space: Space, lower: Floats, upper: Floats, integer: NDArray[np.bool_]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for variable in space.variables:
        for flat, data in variable.touched():
            column = variable.first + flat
            numbers[id(data)] = column
            lower[column], upper[column], integer[column] = _bounds(data)
    return numbers


def _ordinary_variables(model: Any) -> list[Any]:
    return [
        data for variable in model.component_objects(pyo.Var) if not isinstance(variable, ArrayVar) for data in variable.values()
    ]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows of one component as they go into the matrix: `start` (rows + 1) from 0, `sides` where they are not the component's."""

    component: Any
    start: NDArray[np.int32]
    columns: Any
    values: Any
    sides: tuple[Any, Any] | None
    kept: Ints | None = None
    ordinary: tuple[Any, ...] = ()

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.start) - 1


class _Rows:
    """Collects row families in the order of the model's components."""

    def __init__(self, numbers: dict[int, int]) -> None:
        self._numbers = numbers
        self._pieces: list[_Piece] = []

    def add_array(self, component: ArrayConstraint) -> None:
        """The rows of an array constraint; touched rows are read back from Pyomo."""
        touched = list(component.touched())
        csr = component.csr
        piece = self._with_touched(component, touched) if touched else _Piece(component, csr.start, csr.column, csr.value, None)
        self._pieces.append(piece)

    def _with_touched(self, component: ArrayConstraint, touched: list[tuple[int, Any]]) -> _Piece:
        csr, rows = component.csr, len(component)
        pieces = {flat: self._ordinary(data) if data.active else None for flat, data in touched}
        counts, columns, values, kept = [], [], [], []
        lower, upper = component.lower_values.copy(), component.upper_values.copy()
        for row in range(rows):
            piece: Any = (
                csr.column[csr.start[row] : csr.start[row + 1]],
                csr.value[csr.start[row] : csr.start[row + 1]],
                lower[row],
                upper[row],
            )
            piece = pieces.get(row, piece)
            if piece is None:
                continue
            columns.append(piece[0])
            values.append(piece[1])
            lower[row], upper[row] = piece[2], piece[3]
            counts.append(len(piece[0]))
            kept.append(row)
        chosen = np.array(kept, dtype=np.int64)
        column, value = (np.concatenate(part) if part else np.zeros(0) for part in (columns, values))
        return _Piece(component, _starts(counts), column, value, (lower[chosen], upper[chosen]), chosen)

    def add_ordinary(self, component: Any) -> None:
        """The active rows of an ordinary Pyomo constraint."""
        active = tuple(data for data in component.values() if data.active)
        rows = [self._ordinary(data) for data in active]
        if rows:
            columns = np.concatenate([row[0] for row in rows])
            values = np.concatenate([row[1] for row in rows])
            bounds = np.array([[row[2], row[3]] for row in rows])
            start = _starts([len(row[0]) for row in rows])
            self._pieces.append(_Piece(component, start, columns, values, (bounds[:, 0], bounds[:, 1]), ordinary=active))

    def _ordinary(self, data: Any) -> tuple[Any, Any, float, float]:
        found = generate_standard_repn(data.body, quadratic=False, compute_values=True)
        if found.nonlinear_expr is not None:
            raise SolverFailed(f"constraint {data.name} is not linear")
        fixed = {id(variable) for variable in found.linear_vars} - set(self._numbers)
        if fixed:
            raise SolverFailed(f"constraint {data.name} uses a variable that is not in the model")
        columns = np.array([self._numbers[id(variable)] for variable in found.linear_vars], dtype=np.int32)
        low, high = data.lower, data.upper
        return (
            columns,
            np.array(found.linear_coefs, dtype=np.float64),
            -np.inf if low is None else float(pyo.value(low)) - found.constant,
            np.inf if high is None else float(pyo.value(high)) - found.constant,
        )

    def matrix(
        self, lower: Floats, upper: Floats, integer: NDArray[np.bool_], owner: Ints, space: Space, others: tuple[Any, ...]
    ) -> Matrix:
        """Everything collected, as one matrix. Array components look into it from then on: what they hold is held once."""
        rows, nonzeros = sum(piece.rows for piece in self._pieces), sum(len(piece.columns) for piece in self._pieces)
        start, column, value = np.zeros(rows + 1, np.int32), np.empty(nonzeros, np.int32), np.empty(nonzeros)
        sides = np.empty(rows), np.empty(rows)
        families, first, entry = [], 0, 0
        for piece in self._pieces:
            own, entries = slice(first, first + piece.rows), slice(entry, entry + len(piece.columns))
            np.add(piece.start, entry, out=start[first : first + piece.rows + 1])
            column[entries], value[entries] = piece.columns, piece.values
            if piece.sides is None:
                piece.component.write_sides(sides[0][own], sides[1][own])
                piece.component.csr = CsrRows(piece.start, column[entries], value[entries])
            else:
                sides[0][own], sides[1][own] = piece.sides
            families.append(RowFamily(piece.component.name, own.start, own.stop, piece.component, piece.kept, piece.ordinary))
            first, entry = own.stop, entries.stop
        return Matrix(lower, upper, integer, owner, start, column, value, *sides, tuple(families), space, others)


def _starts(counts: Sequence[int]) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def audit(matrix: Matrix, cost: Floats) -> Audit:
    """Sizes and ranges. Raises SolverFailed for numbers no solver may see: NaN anywhere, an infinite coefficient or cost,
    a lower bound above its upper bound."""
    for name, numbers in (("coefficient", matrix.value), ("cost", cost)):
        bad = np.flatnonzero(~np.isfinite(numbers))
        if len(bad):
            place = int(bad[0])
            where = (
                matrix.row_name(int(np.searchsorted(matrix.start, place, "right")) - 1)
                if name == "coefficient"
                else matrix.column_name(place)
            )
            raise SolverFailed(f"{len(bad)} {name}s are not finite, the first at {where}")
    for name, low, high in (("column", matrix.lower, matrix.upper), ("row", matrix.row_lower, matrix.row_upper)):
        wrong = np.flatnonzero(~(low <= high))
        if len(wrong):
            label = matrix.column_name if name == "column" else matrix.row_name
            raise SolverFailed(f"{name} {label(int(wrong[0]))} has the bounds {low[wrong[0]]} and {high[wrong[0]]}")
    sizes = np.abs(matrix.value)
    return Audit(
        rows=matrix.rows,
        columns=matrix.columns,
        integers=int(matrix.integer.sum()),
        nonzeros=len(matrix.value),
        smallest=float(sizes.min(initial=np.inf)),
        largest=float(sizes.max(initial=0.0)),
        remarks=_remarks(matrix, sizes),
    )


def _remarks(matrix: Matrix, sizes: Floats) -> tuple[str, ...]:
    remarks = []
    for family in matrix.families:
        mine = sizes[matrix.start[family.first] : matrix.start[family.last]]
        if len(mine) and (mine.max() > LARGEST_COEFFICIENT or mine.min() < SMALLEST_COEFFICIENT):
            remarks.append(f"rows {family.name}: coefficients from {mine.min():.1e} to {mine.max():.1e}")
    return tuple(remarks)
