"""One claim added up: priced rows exactly, and a safe bound of every block, part after part of the candidates.

    proven  =  sum over rows of price * side (exactly, rounded down)  +  sum over blocks of a safe lower bound of the minimum

What the claim's own margin and the tolerance leave is shared among the blocks, so that each is proven only as far as the claim
needs it. Where the candidates come in parts, a row over no axis of sites may be met by sites of other parts; only at the end is
it known whether it belongs to one site alone. Until then it is left out, and blocks that miss their value without it wait.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from siting.arrays import ArrayConstraint, Ints
from siting.certify import cut
from siting.certify.aims import Stated, priced_rows
from siting.certify.branching import Proven, prove
from siting.certify.faults import CERTIFICATE_FILE, CLAIM, PRICE, PRICES_FILE, ROW, Refused, fault
from siting.certify.record import Claim
from siting.certify.safe import Block, sum_down
from siting.program.matrix import Matrix

TOLERANCE: Final = 1e-6
"""Share of its size by which what is proven may lie below a claimed bound; absolute for sizes below 1."""
ALIKE: Final = 1e-9
"""Relative difference of two sides of a row up to which they are the same but for rounding."""
USED_SHARE: Final = 0.9
"""Share of the slack that blocks may use up."""
Keys = NDArray[np.uint64]
Tell = Callable[[str], None]


def required(claim: Claim) -> float:
    """What has to be proven of a claim at the least."""
    return claim.bound - TOLERANCE * max(1.0, abs(claim.bound))


class Tally:
    """What is proven of one claim. `whole` says that all candidates come in one part; `count` is the number of blocks."""

    def __init__(self, claim: Claim, count: int, deadline: float, tell: Tell, *, whole: bool) -> None:
        self._claim, self._deadline, self._tell, self._one_part = claim, deadline, tell, whole
        self._share = _share(claim, count)
        self._wanted = {"": claim.claimed} if claim.kind == "whole" else dict(claim.blocks)
        self._met: dict[str, tuple[float, float]] = {}
        self._sites: set[str] = {""}
        self._bounds: list[float] = []
        self._waiting: list[tuple[Block, Block, NDArray[np.bool_], Keys]] = []
        self._keys: list[Keys] = []
        self.boxes = 0

    @property
    def blocks(self) -> int:
        """Blocks that were claimed to add something."""
        return len(self._wanted)

    def take(self, question: Stated, site_ids: Sequence[str]) -> None:
        """Add some of the candidates (all for a program searched whole). Raises Refused for prices that do not fit the rows."""
        matrix, claim = question.matrix, self._claim
        self._sites |= set(site_ids)
        if claim.kind == "whole":
            for block in cut.blocks(cut.whole(matrix), question.cost, np.zeros(matrix.columns), ("",)):
                self._count(block, self._prove(block))
            return
        if not self._one_part and (matrix.owner < 0).any():
            found = "columns that belong to no site"
            raise Refused(fault(CLAIM, CERTIFICATE_FILE, f"aim {claim.aim}", "", found, "families that state each site alone"))
        priced, prices, names = priced_rows(matrix, claim)
        self._meet(names, matrix, priced)
        owner = cut.owners_of_rows(matrix, len(site_ids))
        unsure = np.zeros(matrix.rows, dtype=bool) if self._one_part else self._shareable(matrix, owner)
        parts = cut.cut(matrix, len(site_ids), owner)
        cost, error = cut.reduced(matrix, question.cost, priced, prices)
        if not (np.isfinite(cost).all() and np.isfinite(error).all()):
            found, expected = f"up to {np.abs(prices).max(initial=0.0):.9g}", "prices that can be computed with"
            raise Refused(fault(PRICE, PRICES_FILE, f"aim {claim.aim}", "price", found, expected))
        keys = np.zeros(0, np.uint64) if self._one_part else row_keys(matrix)
        for block, rows in cut.blocks_with_rows(parts, cost, error, (*site_ids, "")):
            sure = ~unsure[rows]
            first = block if sure.all() else cut.without_rows(block, sure)
            proven = self._prove(first)
            if proven.reached or sure.all():
                self._count(first, proven)
            else:
                self._waiting.append((block, first, sure, keys[rows]))

    def _meet(self, names: Sequence[str], matrix: Matrix, rows: Ints) -> None:
        """Remember the sides of priced rows, which must be the same in every part but for rounding; the looser count."""
        for name, row in zip(names, rows.tolist(), strict=True):
            sides = (float(matrix.row_lower[row]), float(matrix.row_upper[row]))
            known = self._met.setdefault(name, sides)
            self._met[name] = (min(known[0], sides[0]), max(known[1], sides[1]))
            if not all(math.isclose(one, other, rel_tol=ALIKE) for one, other in zip(known, sides, strict=True)):
                told, expected = f"{sides[0]:.9g} to {sides[1]:.9g}", f"{known[0]:.9g} to {known[1]:.9g}"
                where = f"aim {self._claim.aim}, row {name}"
                raise Refused(fault(ROW, PRICES_FILE, where, "sides", told, f"{expected}, as for other candidates"))

    def _shareable(self, matrix: Matrix, owner: Ints) -> NDArray[np.bool_]:
        """Rows over no axis of sites, which sites of other parts may meet; those met here are remembered."""
        found = np.zeros(matrix.rows, dtype=bool)
        for family in matrix.families:
            axes = family.component.axes if isinstance(family.component, ArrayConstraint) else ()
            found[family.first : family.last] = not any(axis.of_sites for axis in axes)
        touched = found & (owner != -1)
        self._keys.append(np.unique(row_keys(matrix)[touched]))
        return found

    def _prove(self, block: Block) -> Proven:
        value = self._wanted.get(block.site, 0.0)
        proven = prove(block, value - self._share(value), self._deadline)
        self.boxes += proven.boxes
        return proven

    def _count(self, block: Block, proven: Proven) -> None:
        self._bounds.append(proven.bound)
        value = self._wanted.get(block.site, 0.0)
        if value:
            told = "" if proven.reached else ", not reached"
            self._tell(f"{self._claim.aim}: {block.site or 'all'}: {proven.bound:.6g} of {value:.6g}, {proven.boxes} boxes{told}")

    def proven(self) -> float:
        """The bound proven, once all parts were taken. Raises Refused for prices of rows and values of sites that are nowhere."""
        self._refuse_strangers()
        for block, first, sure, keys in self._waiting:
            parts = np.zeros(len(keys), dtype=np.int64)
            for known in self._keys:
                parts += np.isin(keys, known)
            alone = sure | (parts == 1)
            fuller = cut.without_rows(block, alone) if (alone & ~sure).any() else first
            self._count(fuller, self._prove(fuller))
        claim = self._claim
        price = dict(zip(claim.rows, claim.prices.tolist(), strict=True))
        names = [name for name in self._met if price[name] != 0.0]
        sides = np.array([self._met[name] for name in names]).reshape(len(names), 2)
        fixed = cut.rows_value(np.array([price[name] for name in names]), sides[:, 0], sides[:, 1])
        return sum_down(np.array([fixed, *self._bounds]))

    def _refuse_strangers(self) -> None:
        claim, where = self._claim, f"aim {self._claim.aim}"
        price = dict(zip(claim.rows, claim.prices.tolist(), strict=True))
        faults = [
            fault(ROW, PRICES_FILE, where, "row", name, "a row of the program as it is stated again")
            for name in claim.rows
            if name not in self._met and price[name] != 0.0
        ]
        faults += [
            fault(CLAIM, CERTIFICATE_FILE, where, f"blocks.{site}", claim.blocks[site], "a candidate site")
            for site in sorted(set(claim.blocks) - self._sites)
        ]
        if faults:
            raise Refused(*faults[:20])


def _share(claim: Claim, count: int) -> Callable[[float], float]:
    """How far a block may stay below what is claimed of it, so that all together stay within the slack: half of it alike for all
    blocks, half by the size of what they add."""
    slack = USED_SHARE * (claim.claimed - required(claim))
    size = math.fsum(abs(value) for value in claim.blocks.values())
    alike = (0.5 if size else 1.0) * slack / max(count, 1)
    return lambda value: alike + (0.5 * slack * abs(value) / size if size else 0.0)


def row_keys(matrix: Matrix) -> Keys:
    """A number for each row that is the same wherever the row of that name is stated. Two rows that have one by chance count as
    one row that is met twice, which only makes a bound weaker."""
    found = np.zeros(matrix.rows, dtype=np.uint64)
    for family in matrix.families:
        place = slice(family.first, family.last)
        if not isinstance(family.component, ArrayConstraint):
            found[place] = [_number(family.row_name(row)) for row in range(family.first, family.last)]
            continue
        flat = np.arange(family.last - family.first) if family.kept is None else family.kept
        key = np.full(len(flat), _number(family.name), dtype=np.uint64)
        for axis, at in zip(family.component.axes, np.unravel_index(flat, family.component.shape), strict=True):
            labels = np.array([_number(label) for label in axis.labels], dtype=np.uint64)
            key = (key * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)) ^ labels[at]
        found[place] = key
    return found


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
