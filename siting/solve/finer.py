"""Between the program that is searched, on merged slices, and the one a plan must hold on, slice by slice.

A plan found on merged slices is settled on the fine ones (`siting.solve.settle`). The whole choices of a fine plan are feasible
on merged slices, and so are its means but for a premium on bad years (`siting.merging`): so it can start the next search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.arrays import ArrayVar
from siting.family import Floats, Ints
from siting.merging import mean
from siting.program.assemble import Program

Where = tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class Finer:
    """Two statements of one question: `fine` in every slice, `merged` on `group` (T of the fine one) of them."""

    fine: Program
    merged: Program
    group: Ints

    def averaged(self, values: Floats) -> Floats:
        """A solution of the fine program over the columns of the merged one: means over slices, levels at their ends. What a line
        that is built has beyond its largest use in any merged slice is cut off: it is of no use there."""
        found: Floats = np.zeros(self.merged.space.size)
        for one, other, mine, theirs in self._pairs():
            part = values[one.columns][mine]
            if self._by_slice(one):
                last = np.append(np.flatnonzero(np.diff(self.group)), len(self.group) - 1)
                level = one.local_name.endswith("_mwh")
                part = part[..., last] if level else mean(part, self.fine.problem.time.hours, self.group)
            bounds = (bound.reshape(other.shape)[theirs] for bound in (other.lower_values, other.upper_values))
            found[other.columns[theirs]] = np.clip(part, *bounds)
        return found

    def spread(self, values: Floats) -> Floats:
        """A solution of the merged program over the columns of the fine one: every slice as the one it is merged into."""
        found: Floats = np.zeros(self.fine.space.size)
        for one, other, mine, theirs in self._pairs():
            part = values[other.columns][theirs]
            found[one.columns[mine]] = part[..., self.group] if self._by_slice(one) else part
        return found

    def same_held(self, name: str) -> None:
        """Give the rows that hold an aim in the merged program the sides they have in the fine one: averaged values are no
        worse than fine ones, so the merged program's own sides would be too tight for a bound."""
        one, other = self.fine.model.component(name), self.merged.model.component(name)
        other.lower_values[:], other.upper_values[:] = one.lower_values, one.upper_values

    def _by_slice(self, variable: ArrayVar) -> bool:
        return variable.axes[-1] is self.fine.core.slice

    def _pairs(self) -> list[tuple[ArrayVar, ArrayVar, Where, Where]]:
        """Variables of both programs by name, and where what both have stands in each, by its labels. What only one of them has
        (a stressed hour or a line's heavy load may vanish in a mean) stays 0 in the other."""
        merged = {variable.name: variable for variable in self.merged.space.variables}
        both = [(one, merged[one.name]) for one in self.fine.space.variables if one.name in merged]
        return [(one, other, *self._where(one, other)) for one, other in both]

    def _where(self, one: ArrayVar, other: ArrayVar) -> tuple[Where, Where]:
        mine, theirs = list[Ints](), list[Ints]()
        for axis, twin in zip(one.axes, other.axes, strict=True):
            if axis is self.fine.core.slice:
                mine.append(np.arange(len(axis)))
                theirs.append(np.arange(len(twin)))
                continue
            shared = [label for label in axis.labels if label in twin.position]
            mine.append(np.array([axis.position[label] for label in shared], dtype=np.int64))
            theirs.append(np.array([twin.position[label] for label in shared], dtype=np.int64))
        return np.ix_(*mine), np.ix_(*theirs)
