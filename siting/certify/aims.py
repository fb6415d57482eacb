"""Each aim stated again: its cost over the columns of the program, and the rows that hold what earlier aims have reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from siting.arrays import Floats, Ints
from siting.certify.faults import CERTIFICATE_FILE, HELD, PRICES_FILE, ROW, Refused, fault
from siting.certify.record import Claim, HeldRow
from siting.errors import Fault
from siting.objectives import OBJECTIVES
from siting.objectives.aim import HELD as BETWEEN
from siting.objectives.aim import Aim, Scales, hold_between
from siting.program.assemble import Program
from siting.program.matrix import Matrix, audit, compile_matrix

AIM_NAMES: Final = frozenset(aim.name for aim in OBJECTIVES)


@dataclass(frozen=True, slots=True)
class Stated:
    """The program of one claim: its matrix with the held rows at the sides recorded, and its cost of the minimisation."""

    claim: Claim
    matrix: Matrix
    cost: Floats


def stated(programs: Mapping[bool, Program], aims: Sequence[Aim], claims: Sequence[Claim]) -> Iterator[Stated]:
    """The program of every claim in the order of the aims; `programs` by whether slices are merged. Rows that hold the aims
    before are added to the programs on the way. Raises Refused where held rows are not those of the aims before."""
    held: dict[str, str] = {}
    for aim, claim in zip(aims, claims, strict=True):
        if claim.kind != "none":
            program = programs[claim.merged]
            cost = claim.sign * aim.coefficients(_scales(program))
            matrix = _with_sides(compile_matrix(program.model, program.space), claim, held)
            audit(matrix, cost)
            yield Stated(claim, matrix, cost)
        for program in programs.values():
            before = set(program.model.component_map())
            aim.hold(_scales(program), np.zeros(program.space.size))
            hold_between(aim, f"{BETWEEN}{aim.name}", _scales(program), -np.inf, np.inf)
            held |= dict.fromkeys(set(program.model.component_map()) - before, aim.name)


def _scales(program: Program) -> Scales:
    return Scales(program.problem, program.core, program.ledgers, program.space.size)


def _with_sides(matrix: Matrix, claim: Claim, held: Mapping[str, str]) -> Matrix:
    """The matrix with held rows at the sides the claim tells. An aim may be held by the rows it writes itself or by one row
    between two sides; rows that the claim does not name hold nothing, which only makes its bound harder to reach."""
    known = {each.row: each for each in claim.held}
    components = {name.partition("[")[0] for name in known}
    lower, upper = matrix.row_lower.copy(), matrix.row_upper.copy()
    names = []
    for family in matrix.families:
        if family.name not in held:
            continue
        for row in range(family.first, family.last):
            if family.name not in components:
                lower[row], upper[row] = -np.inf, np.inf
                continue
            names.append(family.row_name(row))
            side = known.get(names[-1])
            if side is not None:
                _refuse_other_sides(claim, side, float(lower[row]), float(upper[row]))
                lower[row], upper[row] = side.lower, side.upper
    if set(known) != set(names) or len(names) != len(claim.held):
        raise Refused(_fault(claim, "held", ", ".join(known) or "none", f"the rows {', '.join(names) or 'none'}, each once"))
    return replace(matrix, row_lower=lower, row_upper=upper)


def _refuse_other_sides(claim: Claim, side: HeldRow, lower: float, upper: float) -> None:
    """A row that an aim writes itself has the sides it writes, whatever their numbers."""
    told = f"{side.lower:g} to {side.upper:g}"
    if not side.lower <= side.upper or np.isnan(side.lower) or np.isnan(side.upper):
        raise Refused(_fault(claim, side.row, told, "a lower side not above the upper one"))
    free = side.row.startswith(BETWEEN) and side.row.removeprefix(BETWEEN).partition("[")[0] in AIM_NAMES
    if not free and (np.isinf(side.lower) != np.isinf(lower) or np.isinf(side.upper) != np.isinf(upper)):
        raise Refused(_fault(claim, side.row, told, f"{lower:g} to {upper:g} with other numbers"))


def _fault(claim: Claim, field: str, found: str, expected: str) -> Fault:
    return fault(HELD, CERTIFICATE_FILE, f"aim {claim.aim}", field, found, expected)


def priced_rows(matrix: Matrix, claim: Claim) -> tuple[Ints, Floats, list[str]]:
    """Rows of the matrix with a price, their prices and their names. Raises Refused for a price that speaks for a side its
    row does not have, or a name that two rows have."""
    price = {name: price for name, price in zip(claim.rows, claim.prices.tolist(), strict=True) if price != 0.0}
    components = {name.partition("[")[0] for name in claim.rows}
    rows: list[int] = []
    found: list[str] = []
    for family in matrix.families:
        if family.name in components:
            for row in range(family.first, family.last):
                name = family.row_name(row)
                if name in price:
                    rows.append(row)
                    found.append(name)
    numbers = np.array(rows, dtype=np.int64)
    prices = np.array([price[name] for name in found])
    side = np.where(prices > 0, matrix.row_lower[numbers], matrix.row_upper[numbers])
    bad = np.flatnonzero(~np.isfinite(side))
    if len(bad) or len(set(found)) < len(found):
        name = found[int(bad[0])] if len(bad) else next(name for name in found if found.count(name) > 1)
        expected = "a price for a side the row has: above 0 for its lower, below 0 for its upper" if len(bad) else "one row of it"
        raise Refused(fault(ROW, PRICES_FILE, f"aim {claim.aim}, row {name}", "price", price[name], expected))
    return numbers, prices, found
