"""Ways to run designs: what each is known to cost and to use, so that designs can be compared, and chosen whole, without running
them anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from siting.solve.designs import Design
from siting.solve.job import Floats, Ints

WAYS: Final = 3
"""Ways to run a design that are remembered: its block's own and the last ones."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to run a design: what it costs, and what it uses of the design's rows."""

    cost: float
    use: Floats

    def like(self, other: Way) -> bool:
        """Whether it is the same but for rounding."""
        return math.isclose(self.cost, other.cost, rel_tol=1e-9, abs_tol=1e-6) and np.allclose(self.use, other.use, atol=1e-6)


class Ways:
    """The ways known to run each of some designs, which are numbered in the order they came in."""

    def __init__(self) -> None:
        self._ways: list[list[Way]] = []

    def learn(self, place: int, design: Design, point: Floats) -> None:
        """A way to run the design of that number, if it is none of those known. The first, its block's, is never forgotten."""
        if place == len(self._ways):
            self._ways.append([])
        ways, way = self._ways[place], Way(float(design.cost @ point), np.asarray(design.use @ point))
        if not any(way.like(other) for other in ways):
            self._ways[place] = [*ways[:1], *ways[1:][2 - WAYS :], way]

    def own(self, place: int) -> Floats:
        """What a design uses of its rows as its block runs it. Of rows that count, every way makes the same."""
        return self._ways[place][0].use

    @property
    def dearest(self) -> float:
        """What the dearest design costs, whichever sign costs have."""
        return max((abs(ways[0].cost) for ways in self._ways), default=0.0)

    def worth(self, designs: Sequence[Design], prices: Floats) -> Floats:
        """What each design costs at these prices (by number of shared row), run in the best of its ways (designs)."""
        return np.array(
            [
                min(way.cost - float(prices[design.number] @ way.use) for way in ways)
                for design, ways in zip(designs, self._ways, strict=True)
            ]
        )

    def table(self, designs: Sequence[Design], rows: Ints) -> tuple[Ints, Floats, csr_array]:
        """(number of its design, cost, what it uses of these shared rows) of all ways; the last is (rows, ways)."""
        of = np.repeat(np.arange(len(designs)), [len(ways) for ways in self._ways])
        ways = [way for ways in self._ways for way in ways]
        use = csr_array(
            (
                np.concatenate([way.use for way in ways]),
                np.searchsorted(rows, np.concatenate([designs[at].number for at in of.tolist()])),
                np.cumsum([0, *(len(way.use) for way in ways)]),
            ),
            shape=(len(ways), len(rows)),
        ).T
        return of, np.array([way.cost for way in ways]), csr_array(use)
