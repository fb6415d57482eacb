"""The bound of one aim over all candidates: priced by a crew, chunk by chunk, and the best so far kept with its proof."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from siting.solve.blocks import SAFETY
from siting.solve.certificate import PRICES, Certificate
from siting.solve.chunks import NOTHING, Asked, Chunk
from siting.solve.crew import Crew
from siting.solve.designs import Design
from siting.solve.job import Floats, Ints
from siting.solve.kernels import Kernel
from siting.solve.shared import Shared

WHOLE_MOST: Final = 2000
"""Blocks priced whole in a pass at most."""
SMOOTHED: Final = 0.6
LITTLE_SMOOTHED: Final = 0.25
"""Weight of the best prices so far in those asked next: after a pass that gave no better bound, and after one that did."""
PAYING: Final = -1e-6
PAYING_LEAST: Final = 20
"""Value below which a block pays, and blocks at least that share what all may leave."""
LEFT_SHARE: Final = 0.1
"""What a block that only proposes may leave, as a share of the largest price."""


class Bound:
    """Prices, what every candidate is worth at them, and the best bound that they prove.

    `best` is that bound (-inf before there is one), `prices` those it is proven with (None before), `values` what each
    candidate's block is worth at them (all candidates; 0 where it does not pay) and `ranking` what each was worth in the last
    pass (inf where it was not asked or cannot be open).
    """

    def __init__(self, site_ids: tuple[str, ...], crew: Crew) -> None:
        self._ids, self._crew = site_ids, crew
        self._met: Shared | None = None
        self._acting: Ints = np.zeros(0, np.int64)
        self._proof: tuple[float, bool] | None = None
        self.best = -math.inf
        self.prices: Floats | None = None
        self.values: Floats = np.zeros(len(site_ids))
        self.ranking: Floats = np.zeros(len(site_ids))

    def within(self, lower: Floats, upper: Floats) -> Bound:
        """A bound of those plans alone in which rows that count lie between these sides: at least as good, which is proven at
        once by the same prices."""
        other = Bound(self._ids, self._crew)
        other._met, other._acting, other.ranking = self.shared.within(lower, upper), self._acting, self.ranking
        if self.prices is not None and self._proof is not None:
            bound = other.shared.rows_value(self.prices) + math.fsum(self.values.tolist())
            other._claim(bound, self.prices, self.values, relaxed=self._proof[1])
        return other

    @property
    def shared(self) -> Shared:
        """The rows that candidates share. The first who asks waits until all chunks are stated."""
        if self._met is None:
            self._met = Shared(self._crew.meet())
            self._acting = np.sort(np.concatenate(self._crew.settle(self._met.of_chunk)))
        return self._met

    @property
    def acting(self) -> Ints:
        """Candidates that cannot do nothing, as far as is known: all of them, once chunks are stated."""
        return self._acting

    def nearest(self, count: int, but: Ints) -> Ints:
        """So many candidates, those first that pay most or lack least to pay, without some."""
        order = np.argsort(self.ranking, kind="stable")
        return np.sort(order[~np.isin(order, but)][:count])

    def losses(self, sites: Ints) -> Floats:
        """What any plan with one of these candidates loses at least against the bound (sites; inf where none can have it)."""
        prices = np.zeros(self.shared.count) if self.prices is None else self.prices
        used = np.flatnonzero(prices)
        found = np.zeros(len(self._ids))
        for answer in self._crew.price(Asked(used, prices[used], sites=sites, opened=True)):
            found[answer.site] = answer.value
        return np.asarray((found - self.values)[sites])

    def between(self, prices: Floats, weight: float) -> Floats:
        """Prices between these and the best so far, which have this weight."""
        assert self.prices is not None
        return self.shared.clean(weight * self.prices + (1.0 - weight) * prices)

    def prices_of(self, kernel: Kernel, duals: Floats) -> Floats:
        """A kernel's prices, by number of shared row."""
        rows, numbers = self._shared_rows(kernel)
        prices = np.zeros(self.shared.count)
        prices[numbers] = duals[rows]
        return self.shared.clean(prices)

    def row_prices(self, kernel: Kernel) -> Floats:
        """The prices of the best bound, by row of a kernel's program."""
        found = np.zeros(kernel.matrix.rows)
        if self.prices is not None:
            rows, numbers = self._shared_rows(kernel)
            found[rows] = self.prices[numbers]
        return found

    def _shared_rows(self, kernel: Kernel) -> tuple[Ints, Ints]:
        """Rows of a kernel's program that candidates share, and their numbers."""
        as_chunk = Chunk(kernel.matrix, kernel.cost, kernel.places)
        numbers = self.shared.numbers_of(as_chunk.meeting())
        known = numbers >= 0
        return as_chunk.met_rows[known], numbers[known]

    def price(
        self, prices: Floats, sample: Ints | None = None, *, gap: float | None = None, most: int = WHOLE_MOST
    ) -> tuple[Floats, float, tuple[Design, ...]]:
        """(value of each candidate with its site open, bound, designs proposed) at these prices. Where a gap is given, that each
        may leave, blocks are priced whole, `most` of them at most, those that pay most; the others count with their relaxed
        value. The bound counts only where all are priced, not a sample."""
        used = np.flatnonzero(prices)
        relaxed = gap is None
        below, overlooked = (None, NOTHING) if gap is None else (-0.5 * gap, 0.25 * gap)
        answers = self._crew.price(
            Asked(used, prices[used], below, sample, overlooked, math.ceil(most / len(self.shared.of_chunk)), gap or NOTHING)
        )
        values = np.full(len(self._ids), math.inf)
        for answer in answers:
            values[answer.site] = answer.value
        paying = np.minimum(values, 0.0)
        paying[self._acting] = np.where(np.isposinf(values), 0.0, values)[self._acting]
        bound = self.shared.rows_value(prices) + math.fsum(paying.tolist())
        self.ranking = values
        if sample is None:
            self._claim(bound, prices, paying, relaxed=relaxed)
        return values, bound, tuple(design for answer in answers for design in answer.designs)

    def price_whole(self, prices: Floats, weight: float, leave: float, most: int = WHOLE_MOST) -> tuple[Design, ...]:
        """Designs of blocks priced whole, `most` of them at most, that together may leave so much, at prices between the best so
        far and these; the best have this weight."""
        paying = max(PAYING_LEAST, int((self.values < PAYING).sum()))
        _, _, designs = self.price(self.between(prices, weight), gap=leave / paying, most=most)
        return designs

    def propose(self, prices: Floats, count: int) -> tuple[Design, ...]:
        """Designs of so many sites that are next to paying, at these prices. No proof."""
        used = np.flatnonzero(prices)
        order = np.argsort(self.ranking, kind="stable")[:count]
        sites = np.union1d(order[np.isfinite(self.ranking[order])], self._acting)
        gap = LEFT_SHARE * float(np.abs(prices).max(initial=0.0))
        answers = self._crew.price(Asked(used, prices[used], math.inf, sites, absolute_gap=gap))
        return tuple(design for answer in answers for design in answer.designs)

    def _claim(self, bound: float, prices: Floats, values: Floats, *, relaxed: bool) -> None:
        safe = bound - SAFETY * abs(bound)
        if safe > self.best:
            self.best, self.prices, self.values, self._proof = safe, prices, values, (bound, relaxed)

    def certificate(self, aim: str) -> Certificate | None:
        """The proof of the best bound; None before there is one."""
        if self._proof is None or self.prices is None:
            return None
        claimed, relaxed = self._proof
        used, paying = np.flatnonzero(self.prices), np.flatnonzero(self.values)
        return Certificate(
            aim=aim,
            kind=PRICES,
            claimed=claimed,
            bound=self.best,
            prices=dict(zip(self.shared.names(used), self.prices[used].tolist(), strict=True)),
            values={self._ids[site]: float(self.values[site]) for site in paying.tolist()},
            relaxed=relaxed,
        )
