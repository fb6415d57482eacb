"""The question of a run folder stated anew, all candidates at once or, where no family looks across them, part by part; and what
is reached of its claims in that.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd

from siting.certify.aims import stated
from siting.certify.cases import within
from siting.certify.faults import CERTIFICATE_FILE, CLAIM, Refused, fault
from siting.certify.record import Claim
from siting.certify.tally import Tally, Tell
from siting.layers.read import Layers
from siting.objectives import OBJECTIVES
from siting.problem import active_families
from siting.program.assemble import Program
from siting.program.counted import count_choices
from siting.scenario import Scenario
from siting.statement import candidates_of, is_merged, merged_program_of, problem_of, program_of

AT_ONCE: Final = 500
"""Candidates stated at once where they are many."""
MANY: Final = 1000
Key = tuple[str, int]
"""An aim, and which of its cases, 0 for a claim without cases."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What is proven of a case of a claim: a bound of the minimisation, the blocks and boxes it took, and seconds; `late` where
    the time was over before it was done."""

    aim: str
    case: int
    bound: float
    blocks: int
    boxes: int
    seconds: float
    late: bool


def keys_of(claims: Sequence[Claim]) -> list[Key]:
    """All that is to be proven of claims."""
    return [(claim.aim, case) for claim in claims if claim.kind != "none" for case in range(max(1, len(claim.cases)))]


class Question:
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


def reached(question: Question, keys: Collection[Key], deadline: float, tell: Tell) -> list[Reached]:
    """Prove some of what is claimed. A case that the time is over for before all parts are taken stays without a bound: the least
    of all cases counts. Raises Refused."""
    count, wanted = question.candidates + 1, frozenset(keys)
    tallies = {
        (claim.aim, case): Tally(each, count, deadline, tell, whole=question.one_part)
        for claim in question.claims
        for case, each in enumerate(claim.cases or (claim,))
        if (claim.aim, case) in wanted
    }
    spent, late = dict.fromkeys(tallies, 0.0), set[Key]()
    for number, programs in enumerate(question.parts() if tallies else ()):
        tell(f"part {number + 1}: {len(next(iter(programs.values())).problem.site_ids)} of {question.candidates} candidates")
        for each in stated(programs, question.aims, question.claims):
            for case, of_case in enumerate(each.claim.cases or (None,)):
                key, began = (each.claim.aim, case), time.monotonic()
                if key not in tallies:
                    continue
                if of_case is not None and (key in late or began > deadline):
                    late.add(key)
                    continue
                mine = each if of_case is None else within(each, of_case)
                tallies[key].take(mine, programs[each.claim.merged].problem.site_ids)
                spent[key] += time.monotonic() - began
    return [_reached(key, tally, spent[key], deadline, complete=key not in late) for key, tally in tallies.items()]


def _reached(key: Key, tally: Tally, spent: float, deadline: float, *, complete: bool) -> Reached:
    began = time.monotonic()
    bound = tally.proven() if complete else -math.inf
    ended = time.monotonic()
    return Reached(*key, bound, tally.blocks, tally.boxes, spent + ended - began, late=not complete or ended > deadline)
