"""Assignment: places of demand are served from sites, at a cost by pair; what is not served is paid for.

    sum over i of assigned[i, r, p]  +  unmet[r, p]  =  1                                   for r, p
    assigned[i, r, p]  <=  open[i, p]                                                       for i, r, p
    sum over r of demand_mw[r] * assigned[i, r, p]  <=  IT MW at i                          for i, p
    sum over i of open[i, last]  =  sites                                                   where `sites` is set

`assigned` is a share of a place's demand. With the power and data families left out the program is the facility location
problem of the textbooks: capacitated, uncapacitated, or the p-median. No layer carries the cost of a pair yet, so the family
is not in the registry: its facts are given to `assemble` by whoever has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from siting.arrays import Sheet, Term, cells
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Floats,
    Knobs,
    Ledgers,
    Limit,
    Problem,
    Solved,
    knob,
    no_facts,
)


class AssignmentKnobs(Knobs):
    """Knobs of assignment."""

    sites: int = knob(0, "sites that are open at the end, 0 for any number", source="FORMULATION 2", at_least=0, at_most=100000)
    unmet_musd_per_mw_year: float = knob(
        0.0,
        "penalty on demand that is not served, 0 where all of it must be",
        source="FORMULATION 2",
        tighter="up",
        at_least=0.0,
        at_most=1e6,
    )


COLUMNS = (Column("assigned_mw", "MW", "demand served from the site in the last period"),)


@dataclass(frozen=True, kw_only=True)
class AssignmentFacts(Facts):
    """Places of demand (R), their demand, and the yearly cost of serving all of a place from a site (I, R)."""

    demand_ids: tuple[str, ...]
    demand_mw: Floats
    musd_per_year: Floats


def state(core: Core, problem: Problem, knobs: AssignmentKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Shares of demand, the rows that hold them, and what they cost."""
    facts = problem.facts["assignment"]
    assert isinstance(facts, AssignmentFacts)
    demand = block.axis("demand", facts.demand_ids)
    pair = [core.site, demand, core.period]
    owner = np.arange(len(core.site))[:, None, None]
    assigned = block.variables("assigned", pair, upper=1.0, owner=owner)
    served, site = cells(demand, core.period), cells(core.site, core.period)
    whole = [Term(served[None, :, :], assigned.columns, 1.0)]
    period = ledgers.running_musd.cells()
    ledgers.running_musd.add("assignment", period, assigned.columns, facts.musd_per_year[:, :, None])
    if knobs.unmet_musd_per_mw_year > 0:
        unmet = block.variables("unmet", [demand, core.period], upper=1.0)
        whole.append(Term(served, unmet.columns, 1.0))
        penalty = knobs.unmet_musd_per_mw_year * facts.demand_mw[:, None]
        ledgers.running_musd.add("unmet demand", period, unmet.columns, penalty)
    block.rows("all_demand", [demand, core.period], whole, lower=1.0, upper=1.0)
    block.rows(
        "assigned_open",
        pair,
        [Term(cells(*pair), assigned.columns, 1.0), Term(cells(*pair), core.open.columns[:, None, :], -1.0)],
        upper=0.0,
    )
    load = [
        Term(site[:, None, :], assigned.columns, facts.demand_mw[None, :, None]),
        Term(site[:, None, :], core.modules.columns, -core.module_it_mw[None, :, None]),
    ]
    block.rows("assigned_load", [core.site, core.period], load, upper=0.0)
    if knobs.sites > 0:
        count = [Term(np.zeros(len(core.site), np.int64), core.open.columns[:, -1], 1.0)]
        sites = float(knobs.sites)
        block.rows("number_of_sites", [block.axis("number", ["sites"])], count, lower=sites, upper=sites)


def report(problem: Problem, knobs: AssignmentKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Demand served from each site."""
    facts = problem.facts["assignment"]
    assert isinstance(facts, AssignmentFacts)
    return {"assigned_mw": solved["assignment.assigned"][:, :, -1] @ facts.demand_mw}


def explain(row: Mapping[str, Any], knobs: AssignmentKnobs) -> str:  # noqa: ARG001
    """What it serves."""
    return f"It serves {row['assigned_mw']:.0f} MW of demand." if row["assigned_mw"] > 0 else ""


ASSIGNMENT = Family(
    name="assignment",
    title="Assignment of demand",
    knobs=AssignmentKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "all_demand": Limit("demand of a place is served or paid for", "share"),
        "assigned_open": Limit("demand is served from open sites", "share"),
        "assigned_load": Limit("demand served from a site", "MW"),
        "number_of_sites": Limit("number of open sites", "sites"),
    },
    derive=no_facts,
    state=state,
    report=report,
    explain=explain,
)
