"""A block's minimum over whole numbers, bounded from below by branch and bound on safe bounds of its relaxation.

There is nothing to find, only a value to prove: every box of the tree is bounded safely, columns whose reduced cost alone lifts
the box above the value are held at their bound, and a box is left once its bound reaches the value. What is proven is the least
bound of the boxes that are left, however early the search ends. Columns are chosen by pseudocosts that begin with strong
branching (Achterberg, Koch and Martin, Oper. Res. Lett. 33 (2005) 42-54).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.arrays import Floats, Ints
from siting.certify.propagate import Tightening
from siting.certify.relaxation import Hint, Relaxation
from siting.certify.safe import Block, Bound, Rounded

WHOLE_ENOUGH: Final = 1e-6
TRIED: Final = 8
"""Columns tried at a box before one of them is chosen."""
TRUSTED: Final = 4
"""Trials of a column after which its pseudocosts are believed."""


@dataclass(frozen=True, slots=True)
class Proven:
    """How far a block is proven: a lower bound of its minimum, the boxes looked at, and whether the value asked was reached."""

    bound: float
    boxes: int
    reached: bool


@dataclass(frozen=True, slots=True)
class _Box:
    lower: Floats
    upper: Floats
    bound: float


def prove(block: Block, value: float, deadline: float) -> Proven:
    """Prove that a block's minimum over whole numbers is at least `value`, until the deadline (monotonic seconds)."""
    return _Search(block, value, deadline).run()


class _Search:
    def __init__(self, block: Block, value: float, deadline: float) -> None:
        self._block, self._value, self._deadline = block, value, deadline
        self._rounded, self._relaxation, self._tightening = Rounded(block), Relaxation(block), Tightening(block)
        self._whole = np.flatnonzero(block.integer)
        self._gain = np.zeros((2, len(block.cost)))
        self._trials = np.zeros((2, len(block.cost)))
        self._boxes = 0

    def run(self) -> Proven:
        """Bound boxes until all are left or the time is over. A box that cannot be parted and stays below the value is the best
        there is to prove: the value asked of all others comes down to it."""
        block, asked = self._block, self._value
        free = self._rounded.bound(np.zeros(len(block.row_lower)), block.lower, block.upper).value
        if free >= self._value:
            return Proven(free, 0, True)
        lower, upper = self._tightening.begin()
        if (lower > upper).any():
            return Proven(math.inf, 0, True)
        least, open_boxes = math.inf, [_Box(lower, upper, free)]
        while open_boxes and (self._boxes == 0 or time.monotonic() < self._deadline):
            box = open_boxes.pop()
            bound, parts = self._look(box)
            least = min(least, bound)
            self._value = min(self._value, least)
            open_boxes.extend(parts)
        if self._boxes == 1 and not open_boxes:
            return Proven(least, 1, least >= asked)
        found = min([least, self._value, *(box.bound for box in open_boxes)])
        found = max(found, free)
        return Proven(found, self._boxes, found >= asked)

    def _look(self, box: _Box) -> tuple[float, list[_Box]]:
        """Bound a box. Answers its bound where it is left, reached or not, and infinity with its parts where it is not: what was
        held on the way only says that nothing below the value is elsewhere, so the bound is then never above the value."""
        self._boxes += 1
        lower, upper, best = box.lower, box.upper, box.bound
        hint, whole_box = None, True
        for _ in range(3):
            hint = self._hint(lower, upper)
            bound = self._safe(hint, lower, upper)
            best = max(best, bound.value)
            if best >= self._value:
                return best if whole_box else self._value, []
            held = self._hold(bound, lower, upper)
            if held is None:
                break
            lower, upper, whole_box = *held, False
            if (lower > upper).any():
                return self._value, []
            if hint.solution is None or not self._cut_off(hint.solution, lower, upper):
                break
        assert hint is not None
        column, at = self._choose(hint, lower, upper, best)
        if column < 0:
            return best, []
        return math.inf, self._parts(column, at, lower, upper, best)

    def _hint(self, lower: Floats, upper: Floats, iterations: int = 0) -> Hint:
        return self._relaxation.hint(lower, upper, self._deadline - time.monotonic(), iterations)

    def _safe(self, hint: Hint, lower: Floats, upper: Floats) -> Bound:
        if hint.possible:
            return self._rounded.bound(hint.multipliers, lower, upper)
        for sign in (1.0, -1.0):
            none = self._rounded.bound(sign * hint.multipliers, lower, upper, cost=False)
            if none.value > 0.0:
                return Bound(math.inf, none.least, none.most)
        return self._rounded.bound(np.zeros(len(hint.multipliers)), lower, upper)

    def _hold(self, bound: Bound, lower: Floats, upper: Floats) -> tuple[Floats, Floats] | None:
        """Narrower bounds: whole columns that would lift the box above the value if they left their bound, and what follows.
        None where nothing moved."""
        missing = self._value - bound.value
        if not math.isfinite(missing):
            return None
        whole = self._whole
        up, down = bound.least[whole], -bound.most[whole]
        steps = 1e-9 + missing * (1.0 + 1e-9)
        low, high = lower[whole], upper[whole]
        with np.errstate(divide="ignore", invalid="ignore"):
            top = np.where(up > 0, low + np.floor(steps / up + 1e-9), np.inf)
            bottom = np.where(down > 0, high - np.floor(steps / down + 1e-9), -np.inf)
        tighter = (top < high) | (bottom > low)
        if not tighter.any():
            return None
        lower, upper = lower.copy(), upper.copy()
        upper[whole], lower[whole] = np.minimum(high, top), np.maximum(low, bottom)
        return self._tightening.follow(lower, upper)

    def _cut_off(self, solution: Floats, lower: Floats, upper: Floats) -> bool:
        return bool(((solution < lower - 1e-7) | (solution > upper + 1e-7)).any())

    def _parts(self, column: int, at: float, lower: Floats, upper: Floats, bound: float) -> list[_Box]:
        """The halves of a box that hold anything, the one that is easier to leave last, so that it is looked at first."""
        down, up = upper.copy(), lower.copy()
        down[column], up[column] = at, at + 1.0
        halves = [(lower, down), (up, upper)]
        if self._gain[0, column] > self._gain[1, column]:
            halves.reverse()
        narrowed = [self._tightening.follow(low, high) for low, high in halves]
        return [_Box(low, high, bound) for low, high in narrowed if (low <= high).all()]

    def _choose(self, hint: Hint, lower: Floats, upper: Floats, bound: float) -> tuple[int, float]:
        """The column to part a box at and the largest value of its lower half; -1 where none is free, or all are whole already:
        then the bound of the box is as good as its minimum."""
        whole = self._whole[upper[self._whole] > lower[self._whole]]
        if not len(whole):
            return -1, 0.0
        if hint.solution is None:
            widest = int(whole[np.argmax(np.minimum(upper[whole] - lower[whole], 1e9))])
            low, high = max(lower[widest], -1e9), min(upper[widest], 1e9)
            return widest, float(np.floor(0.5 * (low + high)))
        at = np.clip(hint.solution[whole], lower[whole], upper[whole])
        part = at - np.floor(at)
        broken = np.minimum(part, 1.0 - part) > WHOLE_ENOUGH
        if not broken.any():
            return -1, 0.0
        return self._best_of(whole[broken], at[broken], lower, upper, bound)

    def _best_of(self, columns: Ints, at: Floats, lower: Floats, upper: Floats, bound: float) -> tuple[int, float]:
        part = at - np.floor(at)
        mean = [
            max(float(gain.sum() / max(trials.sum(), 1.0)), 1e-9) for gain, trials in zip(self._gain, self._trials, strict=True)
        ]
        each = [
            np.where(trials[columns] > 0, gain[columns] / np.maximum(trials[columns], 1.0), average)
            for gain, trials, average in zip(self._gain, self._trials, mean, strict=True)
        ]
        score = np.maximum(each[0] * part, 1e-9) * np.maximum(each[1] * (1.0 - part), 1e-9)
        order = np.argsort(-score, kind="stable")
        best, most = int(order[0]), -math.inf
        for place in order[:TRIED].tolist():
            column = int(columns[place])
            if self._trials[:, column].min() >= TRUSTED:
                found = float(score[place])
            else:
                found = self._tried(column, float(at[place]), lower, upper, bound)
            if found > most:
                best, most = place, found
        return int(columns[best]), float(np.floor(at[best]))

    def _tried(self, column: int, at: float, lower: Floats, upper: Floats, bound: float) -> float:
        """What parting a box at a column gains, by solving both halves."""
        gains = []
        part = at - math.floor(at)
        for side, width in ((0, part), (1, 1.0 - part)):
            low, high = lower, upper
            if side == 0:
                high = upper.copy()
                high[column] = math.floor(at)
            else:
                low = lower.copy()
                low[column] = math.floor(at) + 1.0
            hint = self._hint(low, high, 50)
            found = self._safe(hint, low, high).value
            gain = min(max(found - bound, 0.0), max(self._value - bound, 0.0))
            self._gain[side, column] += gain / max(width, 1e-6)
            self._trials[side, column] += 1.0
            gains.append(max(gain, 1e-9))
        return gains[0] * gains[1]
