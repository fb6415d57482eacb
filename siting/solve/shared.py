"""Rows that candidates of several chunks share: known everywhere by component and labels, numbered over all chunks."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.errors import SolverFailed
from siting.program.counted import COUNTED
from siting.solve.job import Floats, Ints

LOCAL: Final = -1
DROPPED: Final = -2
AXIS: Final = 2**20
"""Labels that an axis of shared rows may have at most."""
ALIKE: Final = 1e-9
"""Relative difference of two sides up to which they are the same but for rounding; the looser counts."""


@dataclass(frozen=True, slots=True)
class Component:
    """Rows of one component: its name, the labels of each axis, and for each row (n) the place of its label on each axis."""

    name: str
    labels: tuple[tuple[str, ...], ...]
    at: Ints


@dataclass(frozen=True, slots=True)
class Meeting:
    """Rows of a chunk that sites of other chunks may share: sides, the least and the most the chunk can make of them, how many
    of its sites touch them."""

    components: tuple[Component, ...]
    row_lower: Floats
    row_upper: Floats
    least: Floats
    most: Floats
    touched_by: Ints


class Shared:
    """The shared rows of all chunks under one numbering: what each is called, its sides, and which prices it can have. `counted`
    are the numbers of those that only count what is decided whole. Raises SolverFailed where chunks give a row other sides: its
    family looks across candidates without saying so."""

    def __init__(self, meetings: list[Meeting]) -> None:
        self._labels: dict[tuple[str, int], dict[str, int]] = {}
        keys = [self._keys(meeting, learn=True) for meeting in meetings]
        self._components = sorted({component.name for meeting in meetings for component in meeting.components})
        self._first: dict[str, int] = {}
        self._sorted: dict[str, Ints] = {}
        count = 0
        for name in self._components:
            found = np.unique(np.concatenate([part[name] for part in keys if name in part]))
            self._sorted[name], self._first[name] = found, count
            count += len(found)
        self.count = count
        numbers = [self._numbered(meeting, key) for meeting, key in zip(meetings, keys, strict=True)]
        self.row_lower, self.row_upper = np.full(count, np.nan), np.full(count, np.nan)
        least, most = np.zeros(count), np.zeros(count)
        self.touched_by = np.zeros(count, dtype=np.int64)
        clash = np.zeros(count, dtype=bool)
        for meeting, number in zip(meetings, numbers, strict=True):
            for mine, sides, looser in (
                (self.row_lower, meeting.row_lower, np.fmin),
                (self.row_upper, meeting.row_upper, np.fmax),
            ):
                known = mine[number]
                clash[number] |= ~np.isnan(known) & ~np.isclose(known, sides, rtol=ALIKE, atol=0.0)
                mine[number] = looser(known, sides)
            least[number] += meeting.least
            most[number] += meeting.most
            self.touched_by[number] += meeting.touched_by
        if clash.any():
            self._refuse(np.flatnonzero(clash))
        with np.errstate(invalid="ignore"):
            idle = (least >= self.row_lower) & (most <= self.row_upper)
        self.family = np.concatenate(
            [np.zeros(0, np.int64), *(np.full(len(self._sorted[name]), at) for at, name in enumerate(self._components))]
        )
        counting = np.array([name.startswith(f"{COUNTED}.") for name in self._components], dtype=bool)
        counts = counting[self.family] if len(self.family) else np.zeros(0, dtype=bool)
        self.dropped = idle & ~counts
        self.priced = ~self.dropped & (self.touched_by > 1)
        self.counted: Ints = np.flatnonzero(counts & self.priced)
        self.of_chunk = [self._told(number) for number in numbers]

    def _refuse(self, clashing: Ints) -> None:
        named = ", ".join(self.names(clashing[:3])) + (f" and {len(clashing) - 3} more" if len(clashing) > 3 else "")
        raise SolverFailed(
            f"{named}: other candidates give these rows other sides, so candidates cannot be stated in parts; "
            'use effort.engine = "monolith", and let the family say that it looks across candidates'
        )

    def _told(self, number: Ints) -> Ints:
        return np.where(self.dropped[number], DROPPED, np.where(self.touched_by[number] == 1, LOCAL, number))

    def within(self, lower: Floats, upper: Floats) -> Shared:
        """The same rows, those that count between these sides (in the order of `counted`)."""
        other = copy.copy(self)
        other.row_lower, other.row_upper = self.row_lower.copy(), self.row_upper.copy()
        other.row_lower[self.counted], other.row_upper[self.counted] = lower, upper
        return other

    def numbers_of(self, meeting: Meeting) -> Ints:
        """Numbers of the rows of another statement of some of the sites, DROPPED or LOCAL where they have no price."""
        number = self._numbered(meeting, self._keys(meeting, learn=False))
        return np.where(number >= 0, self._told(np.maximum(number, 0)), LOCAL)

    def clean(self, prices: Floats) -> Floats:
        """Prices without those that speak for a side the row does not have, that are only noise, or of rows without price."""
        kept = np.where((np.abs(prices) > 1e-9) & self.priced, prices, 0.0)
        kept = np.where((kept > 0) & ~np.isfinite(self.row_lower), 0.0, kept)
        return np.asarray(np.where((kept < 0) & ~np.isfinite(self.row_upper), 0.0, kept))

    def rows_value(self, prices: Floats) -> float:
        """The part of the bound that the rows give."""
        used = np.flatnonzero(prices)
        side = np.where(prices[used] > 0, self.row_lower[used], self.row_upper[used])
        return math.fsum((prices[used] * side).tolist())

    def names(self, numbers: Ints) -> list[str]:
        """Pyomo names of rows."""
        words, labels = [], {key: list(known) for key, known in self._labels.items()}
        firsts = np.array([self._first[name] for name in self._components])
        for number in numbers.tolist():
            name = self._components[int(np.searchsorted(firsts, number, "right")) - 1]
            words.append(_named(name, int(self._sorted[name][number - self._first[name]]), labels))
        return words

    def _keys(self, meeting: Meeting, *, learn: bool) -> dict[str, Ints]:
        """For each component the key of each of its rows; -1 for rows with labels nobody has met."""
        return {component.name: self._key(component, learn=learn) for component in meeting.components}

    def _key(self, component: Component, *, learn: bool) -> Ints:
        if AXIS ** len(component.labels) > 2**62:
            raise SolverFailed(f"{component.name} has more axes than rows shared between chunks may have")
        key, unknown = np.zeros(len(component.at), dtype=np.int64), np.zeros(len(component.at), dtype=bool)
        for axis, labels in enumerate(component.labels):
            known = self._labels.setdefault((component.name, axis), {})
            if learn:
                for label in labels:
                    known.setdefault(label, len(known))
            if len(known) > AXIS:
                raise SolverFailed(f"{component.name} has more labels on an axis than rows shared between chunks may have")
            place = np.array([known.get(label, -1) for label in labels], dtype=np.int64)[component.at[:, axis]]
            key, unknown = key * AXIS + place, unknown | (place < 0)
        return np.where(unknown, -1, key)

    def _numbered(self, meeting: Meeting, keys: dict[str, Ints]) -> Ints:
        parts = [np.zeros(0, np.int64)]
        for component in meeting.components:
            known, key = self._sorted.get(component.name, np.zeros(0, np.int64)), keys[component.name]
            place = np.minimum(np.searchsorted(known, key), max(len(known) - 1, 0))
            same = known[place] == key if len(known) else np.zeros(len(key), dtype=bool)
            parts.append(np.where(same, self._first.get(component.name, 0) + place, -1))
        return np.concatenate(parts)


def _named(name: str, key: int, labels: Mapping[tuple[str, int], Sequence[str]]) -> str:
    """Pyomo name of the row of a component that has this key."""
    found = []
    for axis in reversed(range(sum(1 for known in labels if known[0] == name))):
        key, place = divmod(key, AXIS)
        found.append(labels[name, axis][place])
    return f"{name}[{','.join(reversed(found))}]"
