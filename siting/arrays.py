"""Array-backed Pyomo components: real `Var` and `Constraint` families whose data live in numpy arrays.

`ArrayVar` is an `IndexedVar` and `ArrayConstraint` an `IndexedConstraint` over products of named index sets, so a model
made of them can be printed, written as LP, extended with ordinary constraints and solved by any Pyomo solver. A
`VarData` or `ConstraintData` object is made only when somebody touches an element; what was touched is read back when
the program is compiled (`program.matrix`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.base.constraint import ConstraintData, IndexedConstraint
from pyomo.core.base.var import IndexedVar, VarData
from pyomo.core.expr.numeric_expr import LinearExpression
from scipy.sparse import coo_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Number = float | NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Axis:
    """A named index: its labels in order, and the Pyomo set that holds them. `of_sites`: each label belongs to one site, so that
    rows over it are never shared by sites."""

    name: str
    labels: tuple[str, ...]
    set: Any
    position: dict[str, int]
    of_sites: bool = False

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Term:
    """`coefficients * columns` added to the flat `rows`; the three are broadcast together."""

    rows: Ints
    columns: Ints
    coefficients: Number


class _ArrayIndex:
    """Product indexing shared by variables and constraints: element <-> flat position."""

    _axes: tuple[Axis, ...]
    _shape: tuple[int, ...]

    def _flat(self, index: Any) -> int:
        labels = index if isinstance(index, tuple) else (index,)
        flat = 0
        for label, axis in zip(labels, self._axes, strict=True):
            flat = flat * len(axis) + axis.position[label]
        return flat

    def index_at(self, flat: int) -> Any:
        """The Pyomo index of a flat position."""
        labels = []
        for axis in reversed(self._axes):
            flat, place = divmod(flat, len(axis))
            labels.append(axis.labels[place])
        return tuple(reversed(labels)) if len(labels) > 1 else labels[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self._shape

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The index axes in order."""
        return self._axes


class ArrayVar(_ArrayIndex, IndexedVar):  # type: ignore[misc]
    """Variables over a product of axes; `lower`, `upper` are flat arrays, `columns` their numbers in the program."""

    def __init__(self, axes: Sequence[Axis], lower: Number, upper: Number, integer: bool, first: int, owner: Ints | None) -> None:
        self._axes = tuple(axes)
        self._shape = tuple(len(axis) for axis in axes)
        self.lower_values = _flat_floats(lower, self._shape)
        self.upper_values = _flat_floats(upper, self._shape)
        self.integer = integer
        self.first = first
        self.owner = np.full(self._shape, -1, np.int64) if owner is None else np.array(np.broadcast_to(owner, self._shape))
        IndexedVar.__init__(self, *[axis.set for axis in axes], within=self._domain(), dense=False)

    def _domain(self) -> Any:
        return pyo.Integers if self.integer else pyo.Reals

    @property
    def columns(self) -> Ints:
        """Column numbers in the shape of the variable."""
        return np.arange(self.first, self.first + self.lower_values.size, dtype=np.int64).reshape(self._shape)

    def _getitem_when_not_present(self, index: Any) -> Any:
        flat = self._flat(index)
        data = VarData(component=self)
        data._index = index
        data._domain = self._domain()
        low, high = self.lower_values[flat], self.upper_values[flat]
        if low != -np.inf:
            data._lb = float(low)
        if high != np.inf:
            data._ub = float(high)
        self._data[index] = data
        return data

    def at(self, flat: int) -> Any:
        """The VarData of a flat position."""
        return self[self.index_at(flat)]

    def touched(self) -> Iterator[tuple[int, Any]]:
        """(flat position, VarData) of every element somebody has looked at."""
        return ((self._flat(index), data) for index, data in self._data.items())

    def __len__(self) -> int:
        return int(self.lower_values.size)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.index_set())

    def keys(self, sort: Any = None) -> Iterator[Any]:  # noqa: ARG002
        """All indices, touched or not."""
        return iter(self.index_set())

    def values(self, sort: Any = None) -> Iterator[Any]:  # noqa: ARG002
        """All elements; each becomes a VarData."""
        return (self[index] for index in self.index_set())

    def items(self, sort: Any = None) -> Iterator[tuple[Any, Any]]:  # noqa: ARG002
        """All (index, element) pairs."""
        return ((index, self[index]) for index in self.index_set())


class ArrayConstraint(_ArrayIndex, IndexedConstraint):  # type: ignore[misc]
    """Rows `lower <= A x <= upper` over a product of axes; A in CSR form with the program's column numbers."""

    def __init__(self, axes: Sequence[Axis], rows: CsrRows, lower: Number, upper: Number, space: Space) -> None:
        self._axes = tuple(axes)
        self._shape = tuple(len(axis) for axis in axes)
        self.csr = rows
        self.lower_values = _flat_floats(lower, self._shape)
        self.upper_values = _flat_floats(upper, self._shape)
        self._space = space
        IndexedConstraint.__init__(self, *[axis.set for axis in axes])

    def construct(self, data: Any = None) -> None:  # noqa: ARG002
        """Nothing to make before an element is touched."""
        if self._constructed:  # type: ignore[has-type]
            return
        self._constructed = True
        for anonymous in self._anonymous_sets or ():
            anonymous.construct()

    def _getitem_when_not_present(self, index: Any) -> Any:
        flat = self._flat(index)
        begin, end = self.csr.start[flat], self.csr.start[flat + 1]
        body = LinearExpression(
            constant=0,
            linear_coefs=self.csr.value[begin:end].tolist(),
            linear_vars=[self._space.variable(column) for column in self.csr.column[begin:end].tolist()],
        )
        low, high = float(self.lower_values[flat]), float(self.upper_values[flat])
        data = ConstraintData(component=self)
        if low == high:
            data.set_value(body == low)
        else:
            data.set_value((None if low == -np.inf else low, body, None if high == np.inf else high))
        data._index = index
        self._data[index] = data
        return data

    def touched(self) -> Iterator[tuple[int, Any]]:
        """(flat position, ConstraintData) of every row somebody has looked at."""
        return ((self._flat(index), data) for index, data in self._data.items())

    def __len__(self) -> int:
        return int(self.lower_values.size)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.index_set())

    def keys(self, sort: Any = None) -> Iterator[Any]:  # noqa: ARG002
        """All indices, touched or not."""
        return iter(self.index_set())

    def values(self, sort: Any = None) -> Iterator[Any]:  # noqa: ARG002
        """All rows; each becomes a ConstraintData."""
        return (self[index] for index in self.index_set())

    def items(self, sort: Any = None) -> Iterator[tuple[Any, Any]]:  # noqa: ARG002
        """All (index, row) pairs."""
        return ((index, self[index]) for index in self.index_set())


@dataclass(frozen=True, slots=True)
class CsrRows:
    """Rows in compressed form: `start` (rows + 1), `column` and `value` (non-zeros), columns rising within a row."""

    start: NDArray[np.int32]
    column: NDArray[np.int32]
    value: Floats


class Space:
    """The columns of a program: which variable owns which numbers."""

    def __init__(self) -> None:
        self.variables: list[ArrayVar] = []
        self.first: list[int] = []
        self.size = 0

    def add(self, variable: ArrayVar) -> None:
        """Append a variable whose `first` is the present size."""
        self.variables.append(variable)
        self.first.append(variable.first)
        self.size += len(variable)

    def variable(self, column: int) -> Any:
        """The VarData of a column."""
        place = int(np.searchsorted(self.first, column, "right")) - 1
        variable = self.variables[place]
        return variable.at(column - variable.first)

    def name(self, column: int) -> str:
        """The Pyomo name of a column, without making a VarData."""
        place = int(np.searchsorted(self.first, column, "right")) - 1
        variable = self.variables[place]
        return element_name(variable, column - variable.first)


class Sheet:
    """A Pyomo block and the pen that writes array components on it."""

    def __init__(self, block: Any, space: Space) -> None:
        self.block = block
        self.space = space

    def child(self, name: str) -> Sheet:
        """A sheet on a new sub-block."""
        block = pyo.Block()
        self.block.add_component(name, block)
        return Sheet(block, self.space)

    def axis(self, name: str, labels: Sequence[str], *, of_sites: bool = False) -> Axis:
        """A new index set. Raises ValueError where a label comes twice."""
        position = {label: place for place, label in enumerate(labels)}
        if len(position) != len(labels):
            raise ValueError(f"axis {name} has a label twice")
        members = pyo.Set(initialize=list(labels), ordered=True)
        self.block.add_component(name, members)
        return Axis(name, tuple(labels), members, position, of_sites)

    def later(self, period: Axis) -> Axis:
        """The periods but the first, as an axis of this sheet (made once)."""
        name, labels = f"{period.name}_after_first", period.labels[1:]
        known = self.block.component(name)
        return (
            self.axis(name, labels)
            if known is None
            else Axis(name, labels, known, {label: at for at, label in enumerate(labels)})
        )

    def variables(
        self,
        name: str,
        axes: Sequence[Axis],
        *,
        lower: Number = 0.0,
        upper: Number = np.inf,
        integer: bool = False,
        owner: Ints | None = None,
    ) -> ArrayVar:
        """New variables over a product of axes; `owner` is the site each belongs to, -1 where it is nobody's."""
        variable = ArrayVar(axes, lower, upper, integer, self.space.size, owner)
        self.block.add_component(name, variable)
        self.space.add(variable)
        return variable

    def rows(
        self, name: str, axes: Sequence[Axis], terms: Sequence[Term], *, lower: Number = -np.inf, upper: Number = np.inf
    ) -> ArrayConstraint:
        """New rows `lower <= sum of terms <= upper` over a product of axes."""
        count = int(np.prod([len(axis) for axis in axes]))
        constraint = ArrayConstraint(axes, compress(terms, count, self.space.size), lower, upper, self.space)
        self.block.add_component(name, constraint)
        return constraint


def cells(*axes: Axis) -> Ints:
    """Flat row numbers over a product of axes, in its shape, for indexing when terms are written."""
    shape = tuple(len(axis) for axis in axes)
    return np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)


def compress(terms: Sequence[Term], rows: int, columns: int) -> CsrRows:
    """Terms added up into compressed rows; coefficients that cancel to 0 leave no entry."""
    regular = _regular(terms, rows)
    if regular is not None:
        return regular
    parts = [np.broadcast_arrays(term.rows, term.columns, np.asarray(term.coefficients, np.float64)) for term in terms]
    row = (
        np.concatenate([part[0].ravel() for part in parts], dtype=np.int32, casting="same_kind")
        if parts
        else np.zeros(0, np.int32)
    )
    column = (
        np.concatenate([part[1].ravel() for part in parts], dtype=np.int32, casting="same_kind")
        if parts
        else np.zeros(0, np.int32)
    )
    value = np.concatenate([part[2].ravel() for part in parts]) if parts else np.zeros(0)
    matrix = coo_array((value, (row, column)), shape=(rows, columns)).tocsr()
    matrix.sum_duplicates()
    if matrix.data.size and not matrix.data.all():
        matrix.eliminate_zeros()
    return CsrRows(matrix.indptr.astype(np.int32, copy=False), matrix.indices.astype(np.int32, copy=False), matrix.data)


def _regular(terms: Sequence[Term], rows: int) -> CsrRows | None:
    """The short way for rows in which every term has one entry, in row order, with no column twice and no 0: a stack."""
    if not terms or any(term.rows.size != rows or term.rows.ravel()[-1] != rows - 1 for term in terms if rows):
        return None
    if rows == 0 or any((np.diff(term.rows.ravel()) != 1).any() for term in terms):
        return None
    shapes = [np.broadcast_shapes(term.rows.shape, term.columns.shape, np.shape(term.coefficients)) for term in terms]
    if any(int(np.prod(shape)) != rows for shape in shapes):
        return None
    column, value = np.empty((rows, len(terms)), np.int32), np.empty((rows, len(terms)))
    for place, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        column[:, place] = np.broadcast_to(term.columns, shape).ravel()
        value[:, place] = np.broadcast_to(np.asarray(term.coefficients, np.float64), shape).ravel()
    if len(terms) > 1:
        order = np.argsort([entries[0] for entries in column.T], kind="stable")
        column, value = column[:, order], value[:, order]
        if (np.diff(column, axis=1) <= 0).any():
            return None
    if not value.all():
        return None
    start = np.arange(0, rows * len(terms) + 1, len(terms), dtype=np.int32)
    return CsrRows(start, np.ascontiguousarray(column).ravel(), np.ascontiguousarray(value).ravel())


def element_name(component: ArrayVar | ArrayConstraint, flat: int) -> str:
    """The Pyomo name of an element, without making its data object, and without the quotes that Pyomo sets around labels that
    look like numbers."""
    index = component.index_at(flat)
    labels = index if isinstance(index, tuple) else (index,)
    return f"{component.name}[{','.join(str(label) for label in labels)}]"


def _flat_floats(values: Number, shape: tuple[int, ...]) -> Floats:
    return np.array(np.broadcast_to(np.asarray(values, np.float64), shape), dtype=np.float64).ravel()
