"""Array-backed Pyomo components: real `Var` and `Constraint` families whose data live in numpy arrays.

`ArrayVar` is an `IndexedVar` and `ArrayConstraint` an `IndexedConstraint` over products of named index sets, so a model
made of them can be printed, written as LP, extended with ordinary constraints and solved by any Pyomo solver. A
`VarData` or `ConstraintData` object is made only when somebody touches an element; what was touched is read back when
the program is compiled (`program.matrix`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyomo.core.base.constraint import ConstraintData, IndexedConstraint
from pyomo.core.base.set import SetProduct
from pyomo.core.base.var import IndexedVar, VarData
from pyomo.core.expr.numeric_expr import LinearExpression

from siting.lean_pyomo import pyo
from siting.terms import CsrRows as CsrRows
from siting.terms import Floats as Floats
from siting.terms import Ints as Ints
from siting.terms import Number, compress, ruler
from siting.terms import Term as Term


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


class _Sides:
    """A lower and an upper side of every element. They are kept as they were given, a number for all or an array, until
    somebody asks for the flat arrays, which may then be changed in place."""

    _shape: tuple[int, ...]

    def _keep_sides(self, lower: Number, upper: Number) -> None:
        self._given: list[Any] = [
            lower if np.ndim(lower) == 0 else np.array(lower),
            upper if np.ndim(upper) == 0 else np.array(upper),
        ]
        self._flat_sides: list[Floats | None] = [None, None]

    def _side(self, which: int) -> Floats:
        found = self._flat_sides[which]
        if found is None:
            whole = np.broadcast_to(self._given[which], self._shape)
            found = self._flat_sides[which] = np.array(whole, order="C").reshape(-1)
        return found

    @property
    def lower_values(self) -> Floats:
        """Lower sides, flat."""
        return self._side(0)

    @property
    def upper_values(self) -> Floats:
        """Upper sides, flat."""
        return self._side(1)

    def write_sides(self, lower: Floats, upper: Floats) -> None:
        """Both sides into flat arrays of the right length."""
        for which, target in enumerate((lower, upper)):
            found = self._flat_sides[which]
            target.reshape(self._shape)[...] = self._given[which] if found is None else found.reshape(self._shape)


class ArrayVar(_Sides, _ArrayIndex, IndexedVar):  # type: ignore[misc]
    """Variables over a product of axes; `lower`, `upper` are flat arrays, `columns` their numbers in the program."""

    def __init__(
        self, axes: Sequence[Axis], index: Any, lower: Number, upper: Number, integer: bool, first: int, owner: Ints | None
    ) -> None:
        self._axes = tuple(axes)
        self._shape = tuple(len(axis) for axis in axes)
        self._keep_sides(lower, upper)
        self.integer = integer
        self.first = first
        self.owner: Ints = np.broadcast_to(np.int64(-1) if owner is None else np.array(owner, np.int64), self._shape)
        self._size = math.prod(self._shape)
        IndexedVar.__init__(self, index, within=self._domain(), dense=False)

    def _domain(self) -> Any:
        return pyo.Integers if self.integer else pyo.Reals

    @property
    def columns(self) -> Ints:
        """Column numbers in the shape of the variable, to be read only."""
        return ruler(self.first, self._size).reshape(self._shape)

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
        return self._size

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


class ArrayConstraint(_Sides, _ArrayIndex, IndexedConstraint):  # type: ignore[misc]
    """Rows `lower <= A x <= upper` over a product of axes; A in CSR form with the program's column numbers."""

    def __init__(self, axes: Sequence[Axis], index: Any, rows: CsrRows, lower: Number, upper: Number, space: Space) -> None:
        self._axes = tuple(axes)
        self._shape = tuple(len(axis) for axis in axes)
        self.csr = rows
        self._keep_sides(lower, upper)
        self._size = math.prod(self._shape)
        self._space = space
        IndexedConstraint.__init__(self, index)

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
        return self._size

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


class Space:
    """The columns of a program: which variable owns which numbers."""

    def __init__(self) -> None:
        self.variables: list[ArrayVar] = []
        self.first: list[int] = []
        self.size = 0
        self._products: dict[tuple[int, ...], Any] = {}

    def index(self, axes: Sequence[Axis]) -> Any:
        """The Pyomo set over a product of axes, the same one for all components over them."""
        if len(axes) == 1:
            return axes[0].set
        key = tuple(id(axis.set) for axis in axes)
        if key not in self._products:
            self._products[key] = SetProduct(*(axis.set for axis in axes))
        return self._products[key]

    def add(self, variable: ArrayVar) -> None:
        """Append a variable whose `first` is the present size."""
        self.variables.append(variable)
        self.first.append(variable.first)
        self.size += len(variable)

    def upper_values(self) -> Floats:
        """Upper sides of all columns, as they stand now."""
        lower, upper = np.empty(self.size), np.empty(self.size)
        for variable in self.variables:
            own = slice(variable.first, variable.first + len(variable))
            variable.write_sides(lower[own], upper[own])
        return upper

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
        position = dict(zip(labels, range(len(labels)), strict=True))
        if len(position) != len(labels):
            raise ValueError(f"axis {name} has a label twice")
        members = pyo.Set(dimen=1)
        self.block.add_component(name, members)
        members._values = dict.fromkeys(position)  # Pyomo would look at every label, in Python
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
        variable = ArrayVar(axes, self.space.index(axes), lower, upper, integer, self.space.size, owner)
        self.block.add_component(name, variable)
        self.space.add(variable)
        return variable

    def rows(
        self, name: str, axes: Sequence[Axis], terms: Sequence[Term], *, lower: Number = -np.inf, upper: Number = np.inf
    ) -> ArrayConstraint:
        """New rows `lower <= sum of terms <= upper` over a product of axes."""
        found = compress(terms, math.prod(len(axis) for axis in axes), self.space.size)
        constraint = ArrayConstraint(axes, self.space.index(axes), found, lower, upper, self.space)
        self.block.add_component(name, constraint)
        return constraint


def cells(*axes: Axis) -> Ints:
    """Flat row numbers over a product of axes, in its shape, for indexing when terms are written; to be read only."""
    shape = tuple(len(axis) for axis in axes)
    return ruler(0, math.prod(shape)).reshape(shape)


def element_name(component: ArrayVar | ArrayConstraint, flat: int) -> str:
    """The Pyomo name of an element, without making its data object, and without the quotes that Pyomo sets around labels that
    look like numbers."""
    index = component.index_at(flat)
    labels = index if isinstance(index, tuple) else (index,)
    return f"{component.name}[{','.join(str(label) for label in labels)}]"
