"""The sift: roughly what compute and power are worth, and which candidates matter at that.

A kernel is relaxed, a sample of the candidates (or all of them) is priced at what its rows are worth, and those that would pay
join it, until the relaxed kernel is near the bound.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.solve.hand import Hand
from siting.solve.job import Floats, Ints, Status

SAMPLE: Final = 800
"""Candidates in the sample that settles the first prices, at least; fewer than twice as many."""
FIRST: Final = 60
"""Sites of the first kernel."""
JOIN: Final = 30
JOIN_WHEN_FAR: Final = 60
FAR: Final = 10.0
"""Sites that join a kernel at once, and how many do where it is so many times as far from the bound as it may be."""
LARGE: Final = 90
"""Sites above which a kernel lets go of those that do not pay."""
ROUNDS: Final = 8
"""Times that a kernel is relaxed and priced in a sift."""
RELAXED_NEAR: Final = 0.05
SAMPLE_NEAR: Final = 0.03
"""How near a relaxed kernel must come to the bound of all, and of the sample, as a share of what gaps are measured against."""


class Sift:
    """The sift over what is in hand. `scale` is what gaps are measured against in the last relaxed plan, `used` how many sites it
    uses."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self.scale, self.used = 0.0, 0

    def run(self) -> tuple[Status, Floats | None]:
        """Sift a sample, then all. Answers the last status and the relaxed plan."""
        hand = self._hand
        sample = np.arange(0, hand.count, max(1, hand.count // SAMPLE), dtype=np.int64)
        status, relaxed = self._sift(hand.first(sample, FIRST), sample if len(sample) < hand.count else None)
        if len(sample) < hand.count and (relaxed is None or hand.bound.prices is None):
            status, relaxed = self._sift(None, None)
        return status, relaxed

    def _sift(self, places: Ints | None, sample: Ints | None) -> tuple[Status, Floats | None]:
        """Relax over a kernel, price the sample (or all), let those that pay join, until the relaxed kernel is near the bound.
        Without `places` it goes on with the kernel in hand."""
        hand = self._hand
        relaxed: Floats | None = None
        status = Status.NO_SOLUTION_IN_LIMIT
        for _ in range(ROUNDS):
            if places is not None:
                hand.take(places)
                relaxed = None
            search, mine = hand.search, hand.places
            status, objective, solution, duals = search.relaxed(rough=True, sure=hand.bound.prices is None)
            if status is Status.INFEASIBLE and len(mine) < hand.count and not search.over:
                places = self._more(mine, sample)
                continue
            if solution is None or duals is None:
                return status, relaxed
            relaxed = solution
            self.scale, self.used = search.scale(relaxed), len(search.used(relaxed))
            values, bound, _ = hand.bound.price(hand.bound.prices_of(hand.kernel, duals), sample)
            hand.proven()
            search.say(f"relaxed {objective:.1f}, bound {bound:.1f}, kernel {len(mine)}")
            near = (RELAXED_NEAR if sample is None else SAMPLE_NEAR) * self.scale
            missing = np.setdiff1d(hand.bound.acting, mine)
            outside = np.setdiff1d(np.flatnonzero(values < -1e-6), mine)
            done = not len(missing) and (objective - bound <= near or not len(outside))
            if done or search.over or search.met:
                break
            count = JOIN if objective - bound <= FAR * near else JOIN_WHEN_FAR
            joining = outside[np.argsort(values[outside], kind="stable")][:count]
            places = np.union1d(self._staying(relaxed, values), joining)
        return status, relaxed

    def _staying(self, relaxed: Floats, values: Floats) -> Ints:
        """The kernel's sites, without those that do not pay where it is large."""
        search, mine = self._hand.search, self._hand.places
        if len(mine) <= LARGE:
            return mine
        used = np.union1d(search.used(relaxed), search.open_places())
        return np.union1d(mine[used], mine[values[mine] < -1e-6])

    def _more(self, places: Ints, sample: Ints | None) -> Ints:
        """A kernel with three times as many sites, spread over all that are asked."""
        others = np.setdiff1d(np.arange(self._hand.count) if sample is None else sample, places)
        step = max(1, len(others) // max(1, 2 * len(places)))
        return np.union1d(places, others[::step])
