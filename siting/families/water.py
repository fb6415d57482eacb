"""Water: how much a year may take, in all and at each site.

    sum of water over all sites  <=  most_m3_per_year                      for p
    water of site i              <=  site_m3_per_year                      for i, p

Water is what families add to the ledger; dry coolers add next to none (COOL-12), evaporative towers 0.3 m3 and more for each
MWh of IT (COOL-13). A limit of 1e9 m3 is none and writes no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from siting.arrays import Ints, Sheet, Term, cells
from siting.family import (
    Core,
    Family,
    Knobs,
    Ledgers,
    Limit,
    Problem,
    Solved,
    Standing,
    knob,
    looks_alone,
    no_columns,
    no_facts,
    no_rows,
)

NO_LIMIT: Final = 1e9
ITEMS = {"programme_water_m3_per_year": "water the programme takes in a year"}


class WaterKnobs(Knobs):
    """Knobs of water."""

    most_m3_per_year: float = knob(
        NO_LIMIT,
        "water the programme may take in a year; 1e9 is no limit",
        source="the planner",
        tighter="down",
        at_least=0.0,
        at_most=NO_LIMIT,
    )
    site_m3_per_year: float = knob(
        NO_LIMIT,
        "water a site may take in a year; 1e9 is no limit",
        source="the planner",
        tighter="down",
        at_least=0.0,
        at_most=NO_LIMIT,
    )


def close(core: Core, problem: Problem, knobs: WaterKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """The limits that are set."""
    terms = ledgers.water_m3_per_year.terms()
    if knobs.most_m3_per_year < NO_LIMIT and terms:
        block.rows("programme_water", [core.period], terms, upper=knobs.most_m3_per_year)
    if knobs.site_m3_per_year < NO_LIMIT and terms:
        owner = np.concatenate([variable.owner.ravel() for variable in block.space.variables])
        at_site = [_at_site(term, owner, cells(core.site, core.period)) for term in terms]
        block.rows("site_water", [core.site, core.period], at_site, upper=knobs.site_m3_per_year)


def _at_site(term: Term, owner: Ints, places: Ints) -> Term:
    """A term of the programme at the site its column belongs to; columns of nobody fall away."""
    mine = owner[term.columns] >= 0
    columns, coefficients = term.columns[mine], np.asarray(term.coefficients)[mine]
    return Term(places[owner[columns], term.rows[mine]], columns, coefficients)


def standing(problem: Problem, knobs: WaterKnobs, solved: Solved) -> Standing:  # noqa: ARG001
    """Water of the programme."""
    return Standing(programme={"programme_water_m3_per_year": solved.ledgers["water_m3_per_year"]})


def explain(row: Mapping[str, Any], knobs: WaterKnobs) -> str:  # noqa: ARG001
    """Cooling says it."""
    return ""


WATER = Family(
    name="water",
    title="Water",
    knobs=WaterKnobs,
    reads={},
    columns=(),
    limits={
        "programme_water": Limit("water of the programme", "m3/year", ("water.most_m3_per_year",)),
        "site_water": Limit("water of a site", "m3/year", ("water.site_m3_per_year",)),
    },
    derive=no_facts,
    state=no_rows,
    close=close,
    report=no_columns,
    explain=explain,
    across=looks_alone,
    standing=standing,
    items=ITEMS,
)
