"""Cases: rows that count between sides, and whether every plan is in one of them.

What `siting.program.counted` counts is whole in every plan. So a box of counts (one interval a row) may be cut at any whole
number, and the cases cover it if they cover both halves. Nothing is asked of how the cases were found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from siting.certify.aims import Stated
from siting.certify.faults import CERTIFICATE_FILE, CLAIM, Refused, fault
from siting.certify.record import Claim
from siting.program.counted import COUNTED

CUTS: Final = 100_000
"""Times that boxes are cut at most before cases count as leaving something out."""
Box = Mapping[str, tuple[float, float]]
EVERYTHING: Final = (-math.inf, math.inf)


def refuse_gaps(claim: Claim) -> None:
    """Raises Refused where some counts are in none of a claim's cases."""
    left = _uncovered({}, [case.sides for case in claim.cases], [CUTS])
    if left is not None:
        told = ", ".join(f"{row} from {low:g} to {high:g}" for row, (low, high) in sorted(left.items())) or "everything"
        expected = "cases that every plan is in one of"
        raise Refused(fault(CLAIM, CERTIFICATE_FILE, f"aim {claim.aim}", "cases", f"none for {told}", expected))


def _uncovered(box: Box, cases: Sequence[Box], cuts: list[int]) -> Box | None:
    """Some part of a box that no case covers; None where there is none. `cuts` holds how many are left."""
    touching = [case for case in cases if all(_overlap(side, box.get(row, EVERYTHING)) for row, side in case.items())]
    for case in touching:
        if all(_inside(box.get(row, EVERYTHING), side) for row, side in case.items()):
            return None
    cuts[0] -= 1
    if not touching or cuts[0] < 0:
        return box
    row, below = _cut(box, touching[0])
    low, high = box.get(row, EVERYTHING)
    for half in ((low, below), (below + 1.0, high)):
        left = _uncovered({**box, row: half}, touching, cuts)
        if left is not None:
            return left
    return None


def _cut(box: Box, case: Box) -> tuple[str, float]:
    """A row, and the whole number after which a case that overlaps a box and does not cover it cuts it there."""
    for row, (low, high) in sorted(case.items()):
        least, most = box.get(row, EVERYTHING)
        if high < most:
            return row, high
        if low > least:
            return row, low - 1.0
    raise AssertionError("a case that covers the box cuts it nowhere")


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _inside(inner: tuple[float, float], outer: tuple[float, float]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def within(question: Stated, case: Claim) -> Stated:
    """The program of a claim in one of its cases. Raises Refused for a side of a row that does not count."""
    matrix, wanted = question.matrix, dict(case.sides)
    lower, upper = matrix.row_lower.copy(), matrix.row_upper.copy()
    for family in matrix.families:
        if not family.name.startswith(f"{COUNTED}."):
            continue
        for row in range(family.first, family.last):
            lower[row], upper[row] = wanted.pop(family.row_name(row), (lower[row], upper[row]))
    if wanted:
        expected = f"a row of the block {COUNTED}, which counts what is decided whole"
        raise Refused(fault(CLAIM, CERTIFICATE_FILE, f"aim {case.aim}", "cases", next(iter(wanted)), expected))
    return Stated(case, replace(matrix, row_lower=lower, row_upper=upper), question.cost)
