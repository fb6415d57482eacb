"""The bounds of a run folder computed again: the question stated anew (`siting.certify.parts`), and every claim added up
(`siting.certify.tally`) until it is reached or refused, its cases and aims by processes side by side.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from siting.certify.cases import refuse_gaps
from siting.certify.faults import CERTIFICATE_FILE, TOO_WEAK, UNFINISHED, Refused, fault
from siting.certify.parts import Key, Question, Reached, keys_of, reached
from siting.certify.plan import held_faults, read_told, told_faults
from siting.certify.question import read_question
from siting.certify.record import Claim, read_record
from siting.certify.side_by_side import Share, digest_of, prove_shares
from siting.certify.tally import TOLERANCE, Tell, required
from siting.errors import Fault, SolverFailed, VerificationFailed
from siting.objectives import OBJECTIVES

TIME_LIMIT_S: Final = 600.0
PROCESSES: Final = 8
"""Processes at most, unless told: each states the whole question."""
FEW_BLOCKS: Final = 1000
"""Blocks that one process may prove sooner than several have started."""


@dataclass(frozen=True, slots=True)
class AimProof:
    """What was proven of one aim, told as the manifest tells it: claimed and proven bound in `unit`; `blocks` that add to it,
    `prices`, the `boxes` that were bounded for it, and the seconds this took of one processor."""

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


def verify_bound(
    folder: Path,
    seconds: float = TIME_LIMIT_S,
    root: Path | None = None,
    tell: Tell | None = None,
    at_once: int = 0,
    workers: int = 0,
) -> BoundReport:
    """Compute the bounds of a run folder again. `at_once` is the number of candidates stated at once, 0 to choose by their
    number; `workers` are processes that share the cases and aims, 0 for one a processor where there is much to prove. Raises
    VerificationFailed with all faults where a bound is not reached, SolverFailed where a process is lost
    or the folder is written anew meanwhile."""
    deadline, digest = time.monotonic() + seconds, digest_of(folder)
    try:
        claims, told = read_record(folder), read_told(folder)
        scenario, layers = read_question(folder, root)
        aims = [aim for name in scenario.objective.aims for aim in OBJECTIVES if aim.name == name]
        faults = told_faults(claims, told, aims, folder)
        proofs = list[AimProof]()
        if not faults:
            earlier = {each.name: each for each in told}
            faults = [each for claim in claims for each in held_faults(claim, earlier, scenario, folder)]
            question = Question(scenario, layers, claims, at_once)
            found = _prove_all(
                question, Share(folder, root, keys_of(claims), at_once, digest), deadline, tell or _silent, workers
            )
            proofs, weak = _judged(claims, found, folder, seconds)
            faults += weak
    except Refused as refused:
        faults = list(refused.faults)
    if faults:
        raise VerificationFailed(f"the bound of {folder} is not proven, {len(faults)} faults", faults)
    return BoundReport(tuple(proofs))


def _prove_all(question: Question, everything: Share, deadline: float, tell: Tell, workers: int) -> list[Reached]:
    """What is reached of all claims, by one process or by several."""
    for claim in question.claims:
        if claim.cases:
            refuse_gaps(claim)
    keys = everything.keys
    several = min(workers or _processes_for(len(keys) * question.candidates), len(keys))
    if several <= 1:
        return reached(question, keys, deadline, tell)
    return prove_shares([replace(everything, keys=keys[first::several]) for first in range(several)], deadline, tell)


def _judged(
    claims: Sequence[Claim], found: Sequence[Reached], folder: Path, seconds: float
) -> tuple[list[AimProof], list[Fault]]:
    """What is proven of every claim, and the faults of those that are not reached."""
    by_key = {(each.aim, each.case): each for each in found}
    if sorted((each.aim, each.case) for each in found) != sorted(keys_of(claims)):
        raise SolverFailed(f"not all that {folder} claims was looked at")
    late = {each.aim for each in found if each.late}
    proofs = {claim.aim: _proof(claim, by_key) for claim in claims if claim.kind != "none"}
    weak = [
        each
        for claim in claims
        if claim.aim in proofs
        for each in _short(claim, proofs[claim.aim], folder, seconds, over=claim.aim in late)
    ]
    return list(proofs.values()), weak


def _processes_for(blocks: int) -> int:
    """How many processes share so many blocks."""
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(mine, PROCESSES) if blocks > FEW_BLOCKS else 1


def _silent(line: str) -> None:
    """For those who do not listen."""


def _proof(claim: Claim, found: Mapping[Key, Reached]) -> AimProof:
    """What is proven of a claim: the least of its cases."""
    mine = [found[claim.aim, case] for case in range(max(1, len(claim.cases)))]
    proven = min(-math.inf if math.isnan(each.bound) else each.bound for each in mine)
    bounds, prices = (claim.sign * claim.bound, claim.sign * proven), sum(len(each.rows) for each in claim.cases or (claim,))
    blocks, boxes, took = (
        sum(each.blocks for each in mine),
        sum(each.boxes for each in mine),
        sum(each.seconds for each in mine),
    )
    return AimProof(claim.aim, claim.kind, claim.unit, *bounds, prices, blocks, boxes, took)


def _short(claim: Claim, proof: AimProof, folder: Path, seconds: float, *, over: bool) -> list[Fault]:
    """The fault of a claim that is not reached."""
    proven = claim.sign * proof.proven
    if proven >= required(claim):
        return []
    told = f"proven {claim.sign * proven:.9g} {claim.unit}" if np.isfinite(proven) else "nothing proven"
    claimed = f"{claim.sign * claim.bound:.9g} {claim.unit} within {TOLERANCE:g} of it"
    file = str(folder / CERTIFICATE_FILE)
    if over:
        told += f" within {seconds:.0f} s"
        return [fault(UNFINISHED, file, f"aim {claim.aim}", "bound", told, claimed, "Give it more time with --time-limit")]
    return [fault(TOO_WEAK, file, f"aim {claim.aim}", "bound", told, claimed)]
