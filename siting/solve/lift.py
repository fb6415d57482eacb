"""Better prices, step by step: a subgradient method on the bound L(pi), started from the prices of a relaxed program.

A step moves the prices along what the blocks' solutions leave over or overdraw of each coupling row, by the length that
would close the gap to the plan in hand, times a factor that shrinks whenever two steps in a row fail (Polyak's rule). Any
prices give a valid bound; these only make it better.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from siting.solve.blocks import Split
from siting.solve.job import Floats
from siting.solve.pricing import Priced

LEAST_FACTOR = 0.02


class Lift:
    """Prices on their way to a better bound. `done` once steps have become too short to matter."""

    def __init__(self, cut: Split, prices: Floats) -> None:
        self._cut = cut
        self._touch = {block.site: block.touch for block in cut.blocks}
        self._best_prices = prices
        self._best = -math.inf
        self._factor = 1.0
        self._failures = 0
        self.prices = prices

    @property
    def everything(self) -> tuple[int, ...]:
        """Numbers of all blocks."""
        return self._cut.everything

    @property
    def done(self) -> bool:
        """Whether further steps are not worth their time."""
        return self._factor < LEAST_FACTOR

    def step(self, priced: Sequence[Priced], plan: float) -> float:
        """Take what the blocks answered at the present prices; move the prices. Answers the bound they gave."""
        cut = self._cut
        use = np.zeros(len(cut.coupling))
        for site in priced:
            if site.bound < 0:
                use += self._touch[site.site].T @ site.solution
        bound = cut.rows_value(self.prices) + math.fsum(min(site.bound, 0.0) for site in priced)
        slope = self._slope(use)
        self._judge(bound)
        length = float(slope @ slope)
        if length > 0:
            self.prices = cut.clean(self.prices + self._factor * max(plan - bound, 0.0) / length * slope)
        return bound

    def _slope(self, use: Floats) -> Floats:
        cut = self._cut
        free = (self.prices == 0) & (use <= cut.row_upper + 1e-9) & (use >= cut.row_lower - 1e-9)
        upper = np.where(self.prices == 0, use > cut.row_upper, self.prices < 0)
        side = np.where(upper, cut.row_upper, cut.row_lower)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(free | ~np.isfinite(side), 0.0, side - use))

    def _judge(self, bound: float) -> None:
        if bound > self._best:
            self._best, self._best_prices, self._failures = bound, self.prices, 0
            return
        self._failures += 1
        if self._failures >= 2:
            self._factor, self._failures, self.prices = 0.6 * self._factor, 0, self._best_prices
