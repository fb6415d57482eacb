"""What the rows of a program are to a planner: structure, a limit, or money; at one site or shared; and their words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.arrays import ArrayConstraint
from siting.family import Flags, Floats, Ints, Limit
from siting.objectives.aim import HELD
from siting.plan.limits import STRUCTURE
from siting.program.assemble import Program
from siting.program.matrix import Matrix, RowFamily


class Kind(IntEnum):
    """What a row is to a planner."""

    STRUCTURE = 0
    LIMIT = 1
    MONEY = 2


@dataclass(frozen=True, slots=True)
class RowKinds:
    """By row of a matrix: number of its family, its kind, whether it belongs to one site only, and its size (for measuring
    what is short: the largest of its finite sides and coefficients)."""

    families: tuple[RowFamily, ...]
    family: Ints
    kind: Ints
    local: Flags
    size: Floats

    def name(self, row: int) -> str:
        """Row family of a row."""
        return self.families[int(self.family[row])].name


def row_kinds(program: Program, matrix: Matrix) -> RowKinds:
    """Sort the rows of a program. A row family without words of its own counts as a limit, unless it is structure."""
    family, kind = np.zeros(matrix.rows, np.int64), np.zeros(matrix.rows, np.int64)
    words = program.limits()
    for number, rows in enumerate(matrix.families):
        family[rows.first : rows.last] = number
        kind[rows.first : rows.last] = kind_of(rows.name, words)
    owner = matrix.owner[matrix.column]
    least = _by_row(np.minimum, matrix, owner, np.iinfo(np.int64).max)
    most = _by_row(np.maximum, matrix, owner, -1)
    return RowKinds(matrix.families, family, kind, least == most, _sizes(matrix))


def kind_of(name: str, words: dict[str, tuple[str, Limit]]) -> Kind:
    """The kind of a row family."""
    if name in STRUCTURE or name.endswith(("_stays", "_open")) or (name in words and words[name][1].structure):
        return Kind.STRUCTURE
    if name.startswith(HELD) or words.get(name, ("", None))[0] == "budget":
        return Kind.MONEY
    return Kind.LIMIT


def _by_row(reduce: np.ufunc, matrix: Matrix, values: NDArray[Any], empty: float) -> NDArray[Any]:
    """A ufunc over the values of each row's entries; `empty`, which must not change it, for rows without any."""
    if not matrix.rows:
        return np.zeros(0, dtype=values.dtype)
    found = reduce.reduceat(np.append(values, np.array(empty, dtype=values.dtype)), matrix.start[:-1])
    return np.where(np.diff(matrix.start) > 0, found, empty).astype(values.dtype)


def _sizes(matrix: Matrix) -> Floats:
    sides = [np.where(np.isfinite(side), np.abs(side), 0.0) for side in (matrix.row_lower, matrix.row_upper)]
    sizes: Floats = np.maximum(*sides)
    entries = _by_row(np.maximum, matrix, np.abs(matrix.value), 0.0)
    sizes = np.where(sizes > 0, sizes, entries)
    return np.where(sizes > 0, sizes, 1.0)


def limit_words(program: Program, name: str) -> Limit:
    """Title and unit of a row family; its bare name where nobody has put words to it."""
    words = program.limits()
    return words[name][1] if name in words else Limit(f"rows {name}", "")


def place_words(program: Program, rows: RowKinds, row: int, site: str = "") -> str:
    """Where a row is, in words: names of supply points, zones, slices; the site itself and the last period are left out."""
    family = rows.families[int(rows.family[row])]
    if not isinstance(family.component, ArrayConstraint):
        return ""
    place = row - family.first
    index = family.component.index_at(int(place if family.kept is None else family.kept[place]))
    labels = [str(label) for label in (index if isinstance(index, tuple) else (index,))]
    last = program.problem.time.periods[-1] if len(labels) > 1 else ""
    known = dict(zip(program.problem.network.ids, program.problem.network.names, strict=True))
    told = [known.get(label, label).replace("|", ", ") for label in labels if label not in (site, last, "total")]
    return ", ".join(told)


def title_of(program: Program, rows: RowKinds, row: int) -> Limit:
    """Title and unit of a row; a supply row speaks in the words of the family that offers the point."""
    name = rows.name(row)
    if name == "supply":
        family = rows.families[int(rows.family[row])]
        network = program.problem.network
        point = (row - family.first) // (len(program.core.period) * len(program.core.slice))
        own = f"{network.families[point]}.supply" if family.kept is None else name
        return limit_words(program, own if own in program.limits() else name)
    return limit_words(program, name)


def barring_rows(program: Program, matrix: Matrix) -> Ints:
    """For each site (I) a row that lets no module stand there whatever else is done, -1 where there is none: one that holds the
    site closed in the last period, or its limit where that is less than the smallest module."""
    core = program.core
    found = np.full(len(core.site), -1, dtype=np.int64)
    smallest = int(np.argmin(core.module_it_mw))
    limit = next((rows for rows in matrix.families if rows.name == "site_limit"), None)
    if limit is not None:
        small = np.flatnonzero(matrix.upper[core.modules.columns[:, smallest, -1]] < 1.0)
        found[small] = limit.first + small * len(core.period) + len(core.period) - 1
    single = np.flatnonzero(np.diff(matrix.start) == 1)
    column, value = matrix.column[matrix.start[single]], matrix.value[matrix.start[single]]
    site = np.full(matrix.columns, -1, dtype=np.int64)
    site[core.open.columns[:, -1]] = np.arange(len(core.site))
    closed = (site[column] >= 0) & (value > 0) & (matrix.row_upper[single] < value * (1.0 - 1e-9))
    found[site[column[closed]]] = single[closed]
    return found
