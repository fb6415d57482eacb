"""The rows of the classical models, as families beside the core variable `open`: opening, assignment, coverage.

Opening counts open sites i and pays for them:

    sites_at_least  <=  sum over i of open[i, p]  <=  sites_at_most                          for p
    sum over i of capacity[i] * open[i, p]  >=  sum over r of demand[r]                     where sites have capacities

Assignment serves every place r from open sites, over pairs (i, r), at a cost for each:

    sum over pairs of r of assigned[pair, p]  =  1                                          for r, p
    assigned[pair, p]  <=  open[i, p]                                                       for pairs that are linked, p
    sum over pairs of i of demand[r] * assigned[pair, p]  <=  capacity[i] * open[i, p]      for i with a capacity, p

A pair that is not linked is held by its site's capacity row alone: the linked ones are those that tighten the relaxation.
`assigned` is a share, whole where places have a single source.

Coverage asks for an open site within reach of every place, or pays for the place without:

    sum over i within reach of r of open[i, p]  +  uncovered[r, p]  >=  1                   for r, p

No layer carries the numbers of these families: they are not in the registry, and `siting.locate` hands them to `assemble`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet, Term, cells
from siting.family import (
    PAIR_SEPARATOR,
    Core,
    Facts,
    Family,
    Flags,
    Floats,
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Problem,
    knob,
    looks_alone,
    no_columns,
    no_facts,
)


class OpeningKnobs(Knobs):
    """Knobs of opening."""

    sites_at_least: int = knob(0, "least number of open sites", source="FORMULATION 2.3", tighter="up", at_least=0)
    sites_at_most: int = knob(10**9, "largest number of open sites", source="FORMULATION 2.3", tighter="down", at_least=0)


class AssignmentKnobs(Knobs):
    """Knobs of assignment."""

    single_source: bool = knob(False, "whether each place is served from one site only", source="FORMULATION 2.3")


class CoverageKnobs(Knobs):
    """Knobs of coverage."""

    all_places: bool = knob(True, "whether every place must be covered", source="FORMULATION 2.3")


@dataclass(frozen=True, kw_only=True)
class OpeningFacts(Facts):
    """Price of opening and capacity of each site (I), infinite where there is none, and the demand they serve together."""

    cost: Floats
    capacity: Floats
    demand: float


@dataclass(frozen=True, kw_only=True)
class AssignmentFacts(Facts):
    """Places of demand (R) and the pairs (G) that may be assigned: site, place, cost of serving all of the place, and whether
    the pair has a row of its own."""

    places: tuple[str, ...]
    demand: Floats
    capacity: Floats
    site: Ints
    place: Ints
    cost: Floats
    linked: Flags


@dataclass(frozen=True, kw_only=True)
class CoverageFacts(Facts):
    """Places of demand (R), what each counts, and the pairs (G) of a site and a place within its reach."""

    places: tuple[str, ...]
    weight: Floats
    site: Ints
    place: Ints


def state_opening(core: Core, problem: Problem, knobs: OpeningKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """What opening costs, how many open, and capacity enough for all."""
    facts = problem.facts["opening"]
    assert isinstance(facts, OpeningFacts)
    ledgers.capital_musd.add("opening", ledgers.capital_musd.cells()[None, :], core.open.columns, facts.cost[:, None])
    count = cells(core.period)[None, :]
    if knobs.sites_at_least > 0 or knobs.sites_at_most < len(core.site):
        terms = [Term(count, core.open.columns, 1.0)]
        lower, upper = float(knobs.sites_at_least), float(knobs.sites_at_most)
        block.rows("number_of_sites", [core.period], terms, lower=lower, upper=upper)
    if np.isfinite(facts.capacity).all():
        terms = [Term(count, core.open.columns, facts.capacity[:, None])]
        block.rows("enough_capacity", [core.period], terms, lower=facts.demand)


def state_assignment(core: Core, problem: Problem, knobs: AssignmentKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Shares of demand, the rows that hold them, and what they cost."""
    facts = problem.facts["assignment"]
    assert isinstance(facts, AssignmentFacts)
    place, pair = block.axis("place", facts.places), _pairs(block, "pair", problem, facts, np.arange(len(facts.site)))
    owner = facts.site[:, None]
    assigned = block.variables("assigned", [pair, core.period], upper=1.0, integer=knobs.single_source, owner=owner)
    period = ledgers.running_musd.cells()[None, :]
    ledgers.running_musd.add("assignment", period, assigned.columns, facts.cost[:, None])
    served = cells(place, core.period)[facts.place]
    block.rows("all_demand", [place, core.period], [Term(served, assigned.columns, 1.0)], lower=1.0, upper=1.0)
    linked = np.flatnonzero(facts.linked)
    link = _pairs(block, "link", problem, facts, linked)
    at, opened = cells(link, core.period), core.open.columns[facts.site[linked]]
    terms = [Term(at, assigned.columns[linked], 1.0), Term(at, opened, -1.0)]
    block.rows("assigned_open", [link, core.period], terms, upper=0.0)
    if np.isfinite(facts.capacity).any():
        site = cells(core.site, core.period)
        some = np.where(np.isfinite(facts.capacity), facts.capacity, facts.demand.sum())
        load = [
            Term(site[facts.site], assigned.columns, facts.demand[facts.place][:, None]),
            Term(site, core.open.columns, -some[:, None]),
        ]
        block.rows("assigned_load", [core.site, core.period], load, upper=0.0)


def _pairs(block: Sheet, name: str, problem: Problem, facts: AssignmentFacts, of: Ints) -> Any:
    sites, places = problem.site_ids, facts.places
    pairs = zip(facts.site[of].tolist(), facts.place[of].tolist(), strict=True)
    return block.axis(name, [f"{sites[i]}{PAIR_SEPARATOR}{places[r]}" for i, r in pairs], of_sites=True)


def state_coverage(core: Core, problem: Problem, knobs: CoverageKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """An open site within reach, or a place that is paid for."""
    facts = problem.facts["coverage"]
    assert isinstance(facts, CoverageFacts)
    place = block.axis("place", facts.places)
    at = cells(place, core.period)
    terms = [Term(at[facts.place], core.open.columns[facts.site], 1.0)]
    if not knobs.all_places:
        uncovered = block.variables("uncovered", [place, core.period], upper=1.0)
        terms.append(Term(at, uncovered.columns, 1.0))
        period = ledgers.running_musd.cells()[None, :]
        ledgers.running_musd.add("uncovered", period, uncovered.columns, facts.weight[:, None])
    block.rows("covered", [place, core.period], terms, lower=1.0)


def unspoken(row: Mapping[str, Any], knobs: Knobs) -> str:  # noqa: ARG001
    """These families report through `Located`, not through sentences on sites."""
    return ""


OPENING: Final = Family(
    name="opening",
    title="Open sites",
    knobs=OpeningKnobs,
    reads={},
    columns=(),
    limits={
        "number_of_sites": Limit("number of open sites", "sites"),
        "enough_capacity": Limit("capacity of open sites together", "demand"),
    },
    derive=no_facts,
    state=state_opening,
    report=no_columns,
    explain=unspoken,
    across=looks_alone,
)
ASSIGNMENT: Final = Family(
    name="assignment",
    title="Assignment of demand",
    knobs=AssignmentKnobs,
    reads={},
    columns=(),
    limits={
        "all_demand": Limit("demand of a place is served", "share"),
        "assigned_open": Limit("demand is served from open sites", "share", structure=True),
        "assigned_load": Limit("demand served from a site", "demand"),
    },
    derive=no_facts,
    state=state_assignment,
    report=no_columns,
    explain=unspoken,
    across=looks_alone,
)
COVERAGE: Final = Family(
    name="coverage",
    title="Coverage of demand",
    knobs=CoverageKnobs,
    reads={},
    columns=(),
    limits={"covered": Limit("open sites within reach of a place", "sites")},
    derive=no_facts,
    state=state_coverage,
    report=no_columns,
    explain=unspoken,
    across=looks_alone,
)
