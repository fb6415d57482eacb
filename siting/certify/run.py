"""The bounds of a run folder computed again: the question stated anew, some of the candidates after the other where no family
looks across them, and every claim added up (`siting.certify.tally`) until it is reached or refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np

from siting.certify.aims import stated
from siting.certify.cases import refuse_gaps, within
from siting.certify.faults import CERTIFICATE_FILE, CLAIM, TOO_WEAK, UNFINISHED, Refused, fault
from siting.certify.plan import held_faults, read_told, told_faults
from siting.certify.question import read_question
from siting.certify.record import Claim, read_record
from siting.certify.tally import TOLERANCE, Tally, required
from siting.errors import Fault, VerificationFailed
from siting.layers.read import Layers
from siting.objectives import OBJECTIVES
from siting.problem import active_families
from siting.program.assemble import Program
from siting.program.counted import count_choices
from siting.scenario import Scenario
from siting.statement import candidates_of, is_merged, merged_program_of, problem_of, program_of

TIME_LIMIT_S: Final = 600.0
AT_ONCE: Final = 500
"""Candidates stated at once where they are many."""
MANY: Final = 1000
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


def verify_bound(
    folder: Path, seconds: float = TIME_LIMIT_S, root: Path | None = None, tell: Tell | None = None, at_once: int = 0
) -> BoundReport:
    """Compute the bounds of a run folder again. `at_once` is the number of candidates stated at once, 0 to choose by their
    number. Raises VerificationFailed with all faults where a bound is not reached."""
    deadline = time.monotonic() + seconds
    try:
        claims, told = read_record(folder), read_told(folder)
        scenario, layers = read_question(folder, root)
        aims = [aim for name in scenario.objective.aims for aim in OBJECTIVES if aim.name == name]
        faults = told_faults(claims, told, aims, folder)
        if not faults:
            earlier = {each.name: each for each in told}
            faults = [each for claim in claims for each in held_faults(claim, earlier, scenario, folder)]
            proofs, weak = _proven(_Question(scenario, layers, claims, at_once), folder, deadline, seconds, tell or _silent)
            faults += weak
    except Refused as refused:
        faults = list(refused.faults)
    if faults:
        raise VerificationFailed(f"the bound of {folder} is not proven, {len(faults)} faults", faults)
    return BoundReport(tuple(proofs))


def _silent(line: str) -> None:
    """For those who do not listen."""


class _Question:
    """The question stated anew, all candidates at once or part by part."""

    def __init__(self, scenario: Scenario, layers: Layers, claims: Sequence[Claim], at_once: int) -> None:
        self._scenario, self._layers, self.claims = scenario, layers, claims
        self._sites = candidates_of(scenario, layers).sort_values("id").reset_index(drop=True)
        self.aims = [aim for claim in claims for aim in OBJECTIVES if aim.name == claim.aim]
        apart = not any(family.across(scenario.knobs[family.name]) for family in active_families(scenario))
        one_part = not apart or any(claim.kind == "whole" for claim in claims)
        size = at_once or (AT_ONCE if len(self._sites) > MANY else len(self._sites))
        self._size = len(self._sites) if one_part else size

    @property
    def candidates(self) -> int:
        """How many candidates there are."""
        return len(self._sites)

    @property
    def one_part(self) -> bool:
        """Whether all candidates are stated at once."""
        return self._size >= len(self._sites)

    def parts(self) -> Iterator[Mapping[bool, Program]]:
        """The programs of the claims by whether slices are merged, for each part of the candidates."""
        wanted = sorted({claim.merged for claim in self.claims if claim.kind != "none"})
        if True in wanted and not is_merged(self._scenario):
            found = next(claim.aim for claim in self.claims if claim.merged)
            expected = "false, since this scenario is searched on the slices it is dispatched on"
            raise Refused(fault(CLAIM, CERTIFICATE_FILE, f"aim {found}", "merged", "true", expected))
        for first in range(0, len(self._sites), max(self._size, 1)):
            yield self._programs(self._sites.iloc[first : first + self._size], wanted)

    def _programs(self, sites: gpd.GeoDataFrame, wanted: Sequence[bool]) -> dict[bool, Program]:
        problem = problem_of(self._scenario, self._layers, sites, part=not self.one_part)
        state = {False: program_of, True: merged_program_of}
        programs = {merged: state[merged](self._scenario, problem) for merged in wanted}
        counted = any(claim.cases for claim in self.claims)
        return {merged: count_choices(program) if counted else program for merged, program in programs.items()}


def _proven(question: _Question, folder: Path, deadline: float, seconds: float, tell: Tell) -> tuple[list[AimProof], list[Fault]]:
    """What is proven of every claim, and the faults of those that are not reached."""
    known = [claim for claim in question.claims if claim.kind != "none"]
    count = question.candidates + 1
    for claim in known:
        if claim.cases:
            refuse_gaps(claim)
    tallies = {
        claim.aim: [Tally(each, count, deadline, tell, whole=question.one_part) for each in claim.cases or (claim,)]
        for claim in known
    }
    spent = dict.fromkeys(tallies, 0.0)
    for number, programs in enumerate(question.parts() if known else ()):
        tell(f"part {number + 1}: {len(next(iter(programs.values())).problem.site_ids)} of {question.candidates} candidates")
        for each in stated(programs, question.aims, question.claims):
            began, claim = time.monotonic(), each.claim
            for tally, case in zip(tallies[claim.aim], claim.cases or (None,), strict=True):
                tally.take(each if case is None else within(each, case), programs[claim.merged].problem.site_ids)
            spent[claim.aim] += time.monotonic() - began
    proofs, faults = list[AimProof](), list[Fault]()
    for claim in known:
        began, mine = time.monotonic(), tallies[claim.aim]
        proven = min(tally.proven() for tally in mine)
        took = spent[claim.aim] + time.monotonic() - began
        bounds, prices = (claim.sign * claim.bound, claim.sign * proven), sum(len(each.rows) for each in claim.cases or (claim,))
        blocks, boxes = sum(tally.blocks for tally in mine), sum(tally.boxes for tally in mine)
        proofs.append(AimProof(claim.aim, claim.kind, claim.unit, *bounds, prices, blocks, boxes, took))
        faults += _short(claim, proven, folder, seconds, over=time.monotonic() > deadline)
    return proofs, faults


def _short(claim: Claim, proven: float, folder: Path, seconds: float, *, over: bool) -> list[Fault]:
    """The fault of a claim that is not reached."""
    if proven >= required(claim):
        return []
    told = f"proven {claim.sign * proven:.9g} {claim.unit}" if np.isfinite(proven) else "nothing proven"
    claimed = f"{claim.sign * claim.bound:.9g} {claim.unit} within {TOLERANCE:g} of it"
    file = str(folder / CERTIFICATE_FILE)
    if over:
        told += f" within {seconds:.0f} s"
        return [fault(UNFINISHED, file, f"aim {claim.aim}", "bound", told, claimed, "Give it more time with --time-limit")]
    return [fault(TOO_WEAK, file, f"aim {claim.aim}", "bound", told, claimed)]
