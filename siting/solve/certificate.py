"""What proves a bound, kept so that somebody else can compute it again: the prices on the coupling rows and what each block gave
at them, or the word that the whole program was searched.

Either engine fills a `Certificate`; the run folder holds it as files (`siting.runs.certificates`), and `siting.certify`, which
imports nothing from here, recomputes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from siting.objectives.aim import HELD
from siting.program.matrix import Matrix
from siting.solve.blocks import SAFETY, Split
from siting.solve.job import Floats, Ints

PRICES = "prices"
WHOLE = "whole"
CASES = "cases"
OWN_BLOCK = ""
"""Stands for the programme's own block where blocks are named by the ids of their sites."""


@dataclass(frozen=True, slots=True)
class Held:
    """A row that holds what an earlier aim has reached, by its Pyomo name, with its two sides."""

    row: str
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class ProvenCase:
    """The proof of one case: all plans in which some rows lie between these sides (lower, upper, by Pyomo name); the rest as a
    certificate has it."""

    sides: Mapping[str, tuple[float, float]]
    claimed: float
    prices: Mapping[str, float]
    values: Mapping[str, float]
    relaxed: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """What proves the bound of one aim.

    `kind` is "prices" (L(pi) of `siting.solve.blocks`), "cases" (the same in each of some `cases`, one of which every plan is in;
    the bound is the least of theirs) or "whole" (branch and bound over all of the program). `claimed` is the
    bound of the minimisation before the margin for rounding, `bound` after it, both in the unit of the aim (a maximised aim
    counts negative). `prices` by Pyomo row name, those that are not 0, above 0 where they speak for the lower side. `values`:
    what every block adds, where that is not 0, by site id, the programme's own block under `OWN_BLOCK`; `relaxed` says that
    these are minima of blocks without their integers. `held` are the rows of earlier aims as they stood, `merged` says that all
    this is on merged slices.
    """

    aim: str
    kind: str
    claimed: float
    bound: float
    prices: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    relaxed: bool = False
    held: tuple[Held, ...] = ()
    merged: bool = False
    maximise: bool = False
    cases: tuple[ProvenCase, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What a search keeps of its best bound until it ends: the bound before and after its margin, prices on rows of the
    matrix, and (number of block, what it adds) of every block. Without prices the whole program was searched."""

    claimed: float
    bound: float
    rows: Ints | None = None
    prices: Floats | None = None
    values: tuple[tuple[int, float], ...] = ()
    relaxed: bool = False

    def certificate(self, aim: str, matrix: Matrix, site_ids: tuple[str, ...]) -> Certificate:
        """The proof by names."""
        if self.rows is None or self.prices is None:
            return Certificate(aim, WHOLE, self.claimed, self.bound)
        used = np.flatnonzero(self.prices)
        return Certificate(
            aim=aim,
            kind=PRICES,
            claimed=self.claimed,
            bound=self.bound,
            prices={matrix.row_name(int(self.rows[row])): float(self.prices[row]) for row in used.tolist()},
            values=named_values(self.values, site_ids),
            relaxed=self.relaxed,
        )


def priced_proof(cut: Split, prices: Floats, claimed: float, values: Iterable[tuple[int, float]], *, relaxed: bool) -> Proof:
    """The proof that L(prices) is at least what is claimed less the margin, from (number of block, minimum) pairs; minima above 0
    are not counted."""
    counted = tuple((site, value) for site, value in values if value < 0)
    return Proof(claimed, claimed - SAFETY * abs(claimed), cut.coupling, prices, counted, relaxed)


def named_values(values: Iterable[tuple[int, float]], site_ids: tuple[str, ...]) -> dict[str, float]:
    """What blocks add, by site id, where it is not 0; the block after the last site is the programme's own."""
    names = (*site_ids, OWN_BLOCK)
    return {names[site]: float(value) for site, value in values if value != 0}


def held_rows(matrix: Matrix) -> tuple[Held, ...]:
    """The rows of a matrix that hold what earlier aims have reached."""
    return tuple(
        Held(family.row_name(row), float(matrix.row_lower[row]), float(matrix.row_upper[row]))
        for family in matrix.families
        if family.name.startswith(HELD)
        for row in range(family.first, family.last)
    )
