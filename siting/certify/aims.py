"""Each aim stated again: its cost over the columns of the program, and the rows that hold what earlier aims have reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from siting.arrays import Floats, Ints
from siting.certify.faults import CERTIFICATE_FILE, HELD, ROW, Refused, fault
from siting.certify.record import Claim
from siting.errors import Fault
from siting.objectives.aim import Aim, Scales
from siting.program.assemble import Program
from siting.program.matrix import Matrix, audit, compile_matrix


@dataclass(frozen=True, slots=True)
class Stated:
    """The program of one claim: its matrix with the held rows at the sides recorded, its cost of the minimisation, and the aim
    that each component of held rows holds."""

    claim: Claim
    matrix: Matrix
    cost: Floats
    held: Mapping[str, str]


def stated(programs: Mapping[bool, Program], aims: Sequence[Aim], claims: Sequence[Claim]) -> Iterator[Stated]:
    """The program of every claim in the order of the aims; `programs` by whether slices are merged. Rows that hold the aims
    before are added to the programs on the way. Raises Refused where held rows are not those of the aims before."""
    held: dict[str, str] = {}
    for aim, claim in zip(aims, claims, strict=True):
        if claim.kind != "none":
            program = programs[claim.merged]
            scales = _scales(program)
            cost = claim.sign * aim.coefficients(scales)
            matrix = _with_sides(compile_matrix(program.model, program.space), claim, held)
            audit(matrix, cost)
            yield Stated(claim, matrix, cost, dict(held))
        for program in programs.values():
            before = set(program.model.component_map())
            aim.hold(_scales(program), np.zeros(program.space.size))
            added = set(program.model.component_map()) - before
            held |= dict.fromkeys(added, aim.name)


def _scales(program: Program) -> Scales:
    return Scales(program.problem, program.core, program.ledgers, program.space.size)


def _with_sides(matrix: Matrix, claim: Claim, held: Mapping[str, str]) -> Matrix:
    known = {each.row: each for each in claim.held}
    lower, upper = matrix.row_lower.copy(), matrix.row_upper.copy()
    names = []
    for family in matrix.families:
        if family.name not in held:
            continue
        for row in range(family.first, family.last):
            names.append(family.row_name(row))
            side = known.get(names[-1])
            if side is not None:
                if np.isinf(side.lower) != np.isinf(lower[row]) or np.isinf(side.upper) != np.isinf(upper[row]):
                    told = f"{side.lower:g} to {side.upper:g}"
                    raise Refused(_fault(claim, side.row, told, f"{lower[row]:g} to {upper[row]:g} with other numbers"))
                lower[row], upper[row] = side.lower, side.upper
    differing = sorted(set(known) ^ set(names))
    if differing or len(names) != len(claim.held):
        raise Refused(_fault(claim, "held", ", ".join(known) or "none", f"the rows {', '.join(names) or 'none'}, each once"))
    return replace(matrix, row_lower=lower, row_upper=upper)


def _fault(claim: Claim, field: str, found: str, expected: str) -> Fault:
    return fault(HELD, CERTIFICATE_FILE, f"aim {claim.aim}", field, found, expected)


def priced_rows(matrix: Matrix, claim: Claim) -> tuple[Ints, Floats, set[str]]:
    """Rows of the matrix with a price, their prices, and the names found. Raises Refused for a price that speaks for a side its
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
        raise Refused(fault(ROW, "prices.parquet", f"aim {claim.aim}, row {name}", "price", price[name], expected))
    return numbers, prices, set(found)
