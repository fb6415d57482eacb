"""The bound of every aim of a run folder computed again: an aim after the other, a block after the other, until each claim is
reached or refused.

    proven  =  sum over rows of price * side (exactly, rounded down)  +  sum over blocks of a safe lower bound of the minimum

A claim is reached where `proven` is no further below the claimed bound than `TOLERANCE` of its size. What the claim's own margin
and this tolerance leave is shared among the blocks, so that each is proven only as far as the claim needs it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from siting.certify import cut
from siting.certify.aims import Stated, priced_rows, stated
from siting.certify.branching import Proven, prove
from siting.certify.faults import CERTIFICATE_FILE, CLAIM, ROW, TOO_WEAK, UNFINISHED, Refused, fault
from siting.certify.plan import held_faults, read_told, told_faults
from siting.certify.question import read_question
from siting.certify.record import Claim, read_record
from siting.certify.safe import Block, sum_down
from siting.errors import Fault, VerificationFailed
from siting.layers.read import Layers
from siting.objectives import OBJECTIVES
from siting.program.assemble import Program
from siting.scenario import Scenario
from siting.statement import candidates_of, is_merged, merged_program_of, problem_of, program_of

TOLERANCE: Final = 1e-6
"""Share of its size by which what is proven may lie below a claimed bound."""
TIME_LIMIT_S: Final = 600.0
USED_SHARE: Final = 0.9
"""Share of the slack that blocks may use up."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AimProof:
    """What was proven of one aim, told as the manifest tells it: claimed and proven bound in `unit`; `blocks` that add to it,
    `prices`, and the `boxes` that were bounded for it."""

    name: str
    kind: str
    unit: str
    claimed: float
    proven: float
    prices: int
    blocks: int
    boxes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BoundReport:
    """The aims of a run with what was proven of each."""

    aims: tuple[AimProof, ...]


def verify_bound(folder: Path, seconds: float = TIME_LIMIT_S, root: Path | None = None, tell: Tell | None = None) -> BoundReport:
    """Compute the bounds of a run folder again. Raises VerificationFailed with all faults where one of them is not reached."""
    deadline = time.monotonic() + seconds
    try:
        proofs, faults = _verify(folder, deadline, seconds, root, tell or _silent)
    except Refused as refused:
        proofs, faults = [], list(refused.faults)
    if faults:
        raise VerificationFailed(f"the bound of {folder} is not proven, {len(faults)} faults", faults)
    return BoundReport(tuple(proofs))


def _silent(line: str) -> None:
    """For those who do not listen."""


def _verify(folder: Path, deadline: float, seconds: float, root: Path | None, tell: Tell) -> tuple[list[AimProof], list[Fault]]:
    claims, told = read_record(folder), read_told(folder)
    scenario, layers = read_question(folder, root)
    aims = [aim for name in scenario.objective.aims for aim in OBJECTIVES if aim.name == name]
    faults = told_faults(claims, told, aims, folder)
    if faults:
        return [], faults
    programs = _programs(scenario, layers, claims)
    proofs = []
    for question in stated(programs, aims, claims):
        tell(f"{question.claim.aim}: {len(question.claim.rows)} prices, {question.matrix.rows} rows")
        earlier = {each.name: each for each in told}
        faults += held_faults(question.claim, earlier, question.held, scenario, folder)
        began = time.monotonic()
        done = _proven(question, programs[question.claim.merged].problem.site_ids, deadline, tell)
        proofs.append(_proof(question.claim, done, time.monotonic() - began))
        faults += _short(question.claim, done, folder, seconds, over=time.monotonic() > deadline)
    return proofs, faults


def _programs(scenario: Scenario, layers: Layers, claims: Sequence[Claim]) -> dict[bool, Program]:
    """The programs the claims are of, by whether slices are merged."""
    wanted = {claim.merged for claim in claims if claim.kind != "none"}
    if True in wanted and not is_merged(scenario):
        found = next(claim.aim for claim in claims if claim.merged)
        expected = "false, since this scenario is searched on the slices it is dispatched on"
        raise Refused(fault(CLAIM, CERTIFICATE_FILE, f"aim {found}", "merged", "true", expected))
    problem = problem_of(scenario, layers, candidates_of(scenario, layers))
    state = {False: program_of, True: merged_program_of}
    return {merged: state[merged](scenario, problem) for merged in sorted(wanted)}


@dataclass(frozen=True, slots=True)
class _Done:
    proven: float
    blocks: int
    boxes: int


def _proven(question: Stated, site_ids: Sequence[str], deadline: float, tell: Tell) -> _Done:
    """The bound that prices and blocks prove."""
    matrix, claim = question.matrix, question.claim
    names = (*site_ids, "")
    if claim.kind == "whole":
        names = ("",)
        parts = cut.whole(matrix)
        priced, prices = np.zeros(0, dtype=np.int64), np.zeros(0)
        wanted = {"": claim.claimed}
    else:
        priced, prices, found = priced_rows(matrix, claim)
        _refuse_strangers(claim, found, names)
        parts = cut.cut(matrix, len(site_ids), cut.owners_of_rows(matrix, len(site_ids)))
        wanted = dict(claim.blocks)
    cost, error = cut.reduced(matrix, question.cost, priced, prices)
    fixed = cut.rows_value(prices, matrix.row_lower[priced], matrix.row_upper[priced])
    share = _share(claim, len(names))
    results = []
    for number, block in enumerate(cut.blocks(parts, cost, error, names)):
        value = wanted.get(block.site, 0.0) - share(wanted.get(block.site, 0.0))
        results.append(_block(block, value, deadline))
        if wanted.get(block.site):
            tell(f"{claim.aim}: block {number + 1}: {results[-1].bound:.6g} of {value:.6g}, {results[-1].boxes} boxes")
    total = sum_down(np.array([fixed, *(each.bound for each in results)]))
    return _Done(total, len(wanted), sum(each.boxes for each in results))


def _block(block: Block, value: float, deadline: float) -> Proven:
    """One block; where the time is over, what it can reach without looking further."""
    return prove(block, value, deadline)


def _refuse_strangers(claim: Claim, found: set[str], names: Sequence[str]) -> None:
    faults = [
        fault(ROW, "prices.parquet", f"aim {claim.aim}", "row", name, "a row of the program as it is stated again")
        for name in sorted(set(claim.rows) - found)
        if claim.prices[claim.rows.index(name)] != 0.0
    ]
    faults += [
        fault(CLAIM, CERTIFICATE_FILE, f"aim {claim.aim}", f"blocks.{site}", claim.blocks[site], "a candidate site")
        for site in sorted(set(claim.blocks) - set(names))
    ]
    if faults:
        raise Refused(*faults[:20])


def _required(claim: Claim) -> float:
    """What has to be proven at the least."""
    return claim.bound - TOLERANCE * max(1.0, abs(claim.bound))


def _share(claim: Claim, count: int) -> Callable[[float], float]:
    """How far a block may stay below what is claimed of it, so that all together stay within the slack: half of it alike for all
    blocks, half by the size of what they add."""
    slack = USED_SHARE * (claim.claimed - _required(claim))
    size = math.fsum(abs(value) for value in claim.blocks.values())
    alike = (0.5 if size else 1.0) * slack / max(count, 1)
    return lambda value: alike + (0.5 * slack * abs(value) / size if size else 0.0)


def _short(claim: Claim, done: _Done, folder: Path, seconds: float, *, over: bool) -> list[Fault]:
    """The fault of a claim that is not reached."""
    if done.proven >= _required(claim):
        return []
    proven = f"{claim.sign * done.proven:.9g} {claim.unit}"
    claimed = f"{claim.sign * claim.bound:.9g} {claim.unit} within {TOLERANCE:g} of it"
    file = str(folder / CERTIFICATE_FILE)
    if over:
        told = f"proven {proven} within {seconds:.0f} s"
        return [fault(UNFINISHED, file, f"aim {claim.aim}", "bound", told, claimed, "Give it more time with --time-limit")]
    return [fault(TOO_WEAK, file, f"aim {claim.aim}", "bound", f"proven {proven}", claimed)]


def _proof(claim: Claim, done: _Done, seconds: float) -> AimProof:
    proven, bound = claim.sign * done.proven, claim.sign * claim.bound
    return AimProof(claim.aim, claim.kind, claim.unit, bound, proven, len(claim.rows), done.blocks, done.boxes, seconds)
