"""A bound by cases: how many modules of each type, and how many sites, there are in all.

A mix of designs takes parts of sites, and where few sites make a plan it is far below any. Prices cannot mend that; cases can. Of
what a row counts (`siting.program.counted`), n say, every plan is in one of two:

    n  <=  floor(v)        or        n  >=  floor(v) + 1            v what the best mix makes of it, which is not whole

In either the row has a side and so a price, and the bound is as before. The weakest case is parted in two, and each half bounded
anew; the bound of all is the least of all cases. Which candidates are open is never asked: where many are alike one more that is
closed changes nothing, while one module of the largest type more or less changes the whole plan (branching on sums of columns of
the original program: Vanderbeck, Math. Program. 130 (2011) 249-294).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.solve.bound import LITTLE_SMOOTHED, SMOOTHED, Bound
from siting.solve.certificate import CASES, Certificate, ProvenCase
from siting.solve.job import Floats
from siting.solve.master import Master

PASSES: Final = 8
"""Passes over whole blocks in a case at most."""
NEAR_SHARE: Final = 0.05
UNLIKELY_SHARE: Final = 0.3
"""How near its mix the bound of a case must come, in shares of the gap asked and of what even the mix lacks to what is wanted."""
MIX_LEFT: Final = 0.02
"""Share of the gap asked that designs left out of a mix may be worth."""
BLOCK_GAP_SHARE: Final = 0.15
"""Share of the gap asked that all whole blocks together may leave open."""
WHOLE_WITHIN: Final = 0.02
"""How far from a whole number a count may be."""


@dataclass(frozen=True, slots=True)
class Case:
    """Plans in which what is counted lies between these sides (counted rows), and the bound of them."""

    lower: Floats
    upper: Floats
    bound: Bound
    master: Master


class Cases:
    """Cases that every plan is in one of. `counted_mw` are the MW that one more of each counted row stands for; `allowed` is how
    far from the best plan the bound may be, in the unit of the aim."""

    def __init__(self, bound: Bound, master: Master, counted_mw: Floats, allowed: float) -> None:
        self._mw, self._allowed = counted_mw, allowed
        everything = np.full(len(counted_mw), -np.inf), np.full(len(counted_mw), np.inf)
        self._open: list[tuple[float, int, Case]] = [(bound.best, 0, Case(*everything, bound, master))]
        self._ended: list[Case] = []
        self._begun = 0

    @property
    def best(self) -> float:
        """The bound of all plans."""
        return min([known for known, _, _ in self._open] + [case.bound.best for case in self._ended], default=math.inf)

    @property
    def stuck(self) -> bool:
        """Whether no case that can be parted would make the bound better."""
        return not self._open or self._open[0][0] > min((case.bound.best for case in self._ended), default=math.inf)

    @property
    def count(self) -> int:
        """How many cases there are."""
        return len(self._open) + len(self._ended)

    def step(self, wanted: float, over: Callable[[], bool]) -> Master:
        """Part the weakest case, and bound both halves until theirs is what is wanted. Answers the master of the weaker half."""
        _, _, case = heapq.heappop(self._open)
        at, value = self._where(case)
        if at < 0:
            self._ended.append(case)
            return case.master
        halves = [self._half(case, at, math.floor(value), below=below) for below in (True, False)]
        for half in halves:
            self._improve(half, wanted, over)
            self._keep(half)
        return min(halves, key=lambda half: half.bound.best).master

    def _where(self, case: Case) -> tuple[int, float]:
        """The counted row to part a case at, where most MW are undecided, and what its mix makes of it; -1 if all are whole, or
        outside their sides, as they are where a mix lacks something: a half would be the case itself."""
        value = case.master.counts()
        apart = np.abs(value - np.rint(value))
        parts = (np.floor(value) >= case.lower) & (np.floor(value) + 1.0 <= case.upper)
        undecided = np.where((apart > WHOLE_WITHIN) & parts, apart * self._mw, 0.0)
        at = int(np.argmax(undecided)) if len(undecided) else -1
        return (at, float(value[at])) if at >= 0 and undecided[at] > 0 else (-1, math.nan)

    def _half(self, case: Case, at: int, floor: int, *, below: bool) -> Case:
        lower, upper = case.lower.copy(), case.upper.copy()
        if below:
            upper[at] = floor
        else:
            lower[at] = floor + 1
        bound = case.bound.within(lower, upper)
        assert bound.prices is not None
        return Case(lower, upper, bound, case.master.within(bound.shared, bound.prices))

    def _keep(self, case: Case) -> None:
        self._begun += 1
        heapq.heappush(self._open, (case.bound.best, self._begun, case))

    def _improve(self, case: Case, wanted: float, over: Callable[[], bool]) -> None:
        """Price whole and mix by turns, until the bound is what is wanted or near the mix."""
        bound, master = case.bound, case.master
        if over():
            return
        left = MIX_LEFT * self._allowed
        weight, mixed = LITTLE_SMOOTHED, master.mix(left)
        for _ in range(PASSES):
            apart = mixed.objective - bound.best
            near = max(NEAR_SHARE * self._allowed, UNLIKELY_SHARE * (wanted - mixed.objective))
            if bound.best >= wanted or apart <= near or over():
                return
            assert bound.prices is not None
            before = bound.best
            designs = bound.price_whole(mixed.prices, weight, BLOCK_GAP_SHARE * self._allowed)
            if bound.best > before:
                master.move(bound.prices)
            master.add(designs)
            mixed = master.mix(left)
            weight = SMOOTHED if bound.best <= before else LITTLE_SMOOTHED

    def certificate(self, aim: str) -> Certificate | None:
        """The proof of the bound of all plans; None before there is one."""
        everyone = [*(case for _, _, case in self._open), *self._ended]
        known = [(case, case.bound.certificate(aim)) for case in everyone]
        proofs = [self._proof(case, proof) for case, proof in known if proof is not None]
        if len(proofs) < len(everyone) or not everyone:
            return None
        weakest = min((proof for _, proof in known if proof is not None), key=lambda proof: proof.bound)
        if len(proofs) == 1:
            return weakest
        return Certificate(aim, CASES, weakest.claimed, weakest.bound, cases=tuple(proofs))

    def _proof(self, case: Case, proof: Certificate) -> ProvenCase:
        bounded = np.flatnonzero(np.isfinite(case.lower) | np.isfinite(case.upper))
        shared = case.bound.shared
        names = shared.names(shared.counted[bounded])
        sides = zip(case.lower[bounded].tolist(), case.upper[bounded].tolist(), strict=True)
        return ProvenCase(dict(zip(names, sides, strict=True)), proof.claimed, proof.prices, proof.values, proof.relaxed)
