"""A site's block with whole numbers, by branch and bound over warm relaxations.

A block is small (some 250 columns, a dozen of them whole) and is asked for again and again at other prices. What is known of it
helps: at most the least cost of any earlier solution at the new prices, or 0 for doing nothing, can be its minimum. HiGHS begins
each at its root again; this one dives from one warm relaxation to the next, holds columns whose reduced cost alone would lift the
bound above what is known, and decides the columns first whose cost is largest, where most is at stake.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from siting.solve.job import Floats, Ints, Model

WHOLE: Final = 1e-6
"""How far from a whole number a value may be."""
NODES: Final = 200
"""Relaxations after which a block is left to HiGHS."""
Box = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Cheaper:
    """A lower bound of the lesser of the block's minimum and `known`, and the best solution found that is cheaper (None where
    there is none). What is held aside is bounded by nothing but `known`, so a bound is never above it. `done` is False where
    there were too many nodes: then there is no bound."""

    bound: float
    solution: Floats | None
    done: bool = True


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The optimum of a relaxed block: its minimum, the values of its columns and their reduced costs."""

    minimum: float
    values: Floats
    reduced: Floats


class Relaxation(Protocol):
    """A relaxed block that stays warm."""

    def within(self, columns: Ints, lower: Floats, upper: Floats, cutoff: float) -> Relaxed | float:
        """The optimum with some columns between these bounds, or only the minimum where it reaches `cutoff` (inf where there is
        none). Raises RuntimeError where HiGHS does not answer for sure."""


class Branching:
    """Branch and bound over one block's relaxations; `known` is what a solution must be cheaper than, `gap` what may be left,
    `nodes` how many relaxations it may take."""

    def __init__(self, relaxation: Relaxation, model: Model, known: float, gap: float, nodes: int = NODES) -> None:
        self._relaxation, self._gap, self._least = relaxation, gap, known
        self._whole: Ints = np.flatnonzero(model.integer)
        self._at_stake = np.abs(model.cost[self._whole])
        box = np.ceil(model.lower[self._whole] - WHOLE), np.floor(model.upper[self._whole] + WHOLE)
        self._heap: list[tuple[float, int, Box]] = [(-np.inf, 0, box)]
        self._bound = np.inf
        self._solution: Floats | None = None
        self._nodes, self._most_nodes = 0, nodes

    def run(self) -> Cheaper:
        """Search. Raises RuntimeError where a relaxation has no sure answer."""
        while self._heap:
            bound, _, box = heapq.heappop(self._heap)
            if bound >= self._least - self._gap:
                self._bound = min(self._bound, bound)
                break
            if not self._dive(box):
                return Cheaper(-np.inf, self._solution, done=False)
        return Cheaper(min(self._bound, self._least), self._solution)

    def _dive(self, box: Box) -> bool:
        """From a box to one of its halves, and on, until one is left; False where there were too many nodes."""
        half: Box | None = box
        while half is not None:
            self._nodes += 1
            if self._nodes > self._most_nodes:
                return False
            half = self._node(*half)
        return True

    def _node(self, lower: Floats, upper: Floats) -> Box | None:
        """Bound a box: the half to go on with, None where there is nothing in it or a whole solution was found."""
        found = self._relaxation.within(self._whole, lower, upper, self._least - self._gap)
        if isinstance(found, float):
            self._bound = min(self._bound, found)
            return None
        bound, values = found.minimum, found.values
        mine = values[self._whole]
        part = np.abs(mine - np.rint(mine))
        if part.max(initial=0.0) <= WHOLE:
            self._bound, self._least, self._solution = min(self._bound, bound), bound, values
            return None
        lower, upper = _held(lower, upper, mine, found.reduced[self._whole], self._least - bound)
        return self._halves(lower, upper, mine, part, bound)

    def _halves(self, lower: Floats, upper: Floats, mine: Floats, part: Floats, bound: float) -> Box:
        """Part a box at the column that costs or gains most: the nearer half, the other is kept for later."""
        at = int(np.argmax(np.where(part > WHOLE, self._at_stake, -1.0)))
        below, above = (lower, upper.copy()), (lower.copy(), upper)
        below[1][at], above[0][at] = np.floor(mine[at]), np.ceil(mine[at])
        nearer, other = (above, below) if mine[at] - np.floor(mine[at]) > 0.5 else (below, above)
        heapq.heappush(self._heap, (bound, self._nodes, other))
        return nearer


def _held(lower: Floats, upper: Floats, value: Floats, reduced: Floats, room: float) -> Box:
    """The box without what alone would cost more than the room there is."""
    at_lower, at_upper = (value <= lower + WHOLE) & (reduced > WHOLE), (value >= upper - WHOLE) & (reduced < -WHOLE)
    steps = np.floor(room / np.where(at_lower | at_upper, np.abs(reduced), 1.0) + WHOLE)
    return np.where(at_upper, np.maximum(lower, upper - steps), lower), np.where(
        at_lower, np.minimum(upper, lower + steps), upper
    )
