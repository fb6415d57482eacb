"""Risk: what energy costs in the worst of the hydrology years, beside what it costs on the mean.

    cost[h, p]  =  sum over the slices t of year h of what energy bought in t costs, over the probability share[h]
    excess[h, p]  >=  cost[h, p] - threshold[p],   excess >= 0                                               for h, p
    premium[p]  >=  threshold[p] + sum over h of share[h] * (excess[h, p] / tail_share - cost[h, p])         for p
    running[p]  gains  weight * premium[p]                                                                   for p

The premium is CVaR less the mean: what the worst `tail_share` of all years cost on their mean, beyond the mean of all. With
tail_share = 1 it is nothing, near 0 it is that of the dearest year. The threshold finds its place where the cost is least (the
linear form of Rockafellar and Uryasev). The line "risk" of the cash flow is a weight on bad years and no payment; it counts
where plans are weighed by cost. `weight` is at most 1, so that cheaper energy never weighs more. Cost is what the lines
"energy: ..." hold; what does not depend on the year would cancel. With one hydrology year the premium is nothing. weight = 0
writes no variable and no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet, Term, cells
from siting.family import (
    Core,
    Entry,
    Family,
    Floats,
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Problem,
    Solved,
    Standing,
    knob,
    looks_across,
    no_columns,
    no_facts,
    no_rows,
)

ENERGY: Final = "energy: "
"""How the lines of the cash flow begin that the years are told apart by."""
ITEMS = {"risk_premium_musd": "what the worst hydrology years cost a year in energy beyond the mean year"}


class RiskKnobs(Knobs):
    """Knobs of risk."""

    weight: float = knob(
        0.0, "weight on the worst years against the mean year; 0 is none", source="the planner", at_least=0.0, at_most=1.0
    )
    tail_share: float = knob(
        0.25, "share of all years that count as the worst", source="judgement, a dry year in four", above=0.0, at_most=1.0
    )


def close(core: Core, problem: Problem, knobs: RiskKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Threshold, excess and premium, and what the premium adds to the running cost."""
    if knobs.weight == 0.0:
        return
    time = problem.time
    paid = _energy(core, ledgers)
    year = block.axis("hydrology_year", time.hydrology)
    least, most = _range(core, problem, paid)
    threshold = block.variables("threshold", [core.period], lower=least.min(axis=0), upper=most.max(axis=0))
    excess = block.variables("excess", [year, core.period], upper=most - least.min(axis=0))
    at = cells(year, core.period)
    terms = [Term(at, excess.columns, 1.0), Term(at, threshold.columns[None, :], 1.0)]
    for entry in paid:
        in_year = _year_of(core, problem, entry)
        terms.append(Term(at[in_year, entry.at], entry.columns, -entry.coefficients / time.hydrology_share[in_year]))
    block.rows("bad_year", [year, core.period], terms, lower=0.0)
    premium = block.variables("premium", [core.period], upper=most.max(axis=0) - least.min(axis=0))
    period = cells(core.period)
    share = time.hydrology_share[:, None] / knobs.tail_share
    beyond = [
        Term(period, premium.columns, 1.0),
        Term(period, threshold.columns, -1.0),
        Term(period, excess.columns, -share),
        *(Term(entry.at, entry.columns, entry.coefficients) for entry in paid),
    ]
    block.rows("beyond_mean", [core.period], beyond, lower=0.0)
    ledgers.running_musd.add("risk", period, premium.columns, knobs.weight)


def _energy(core: Core, ledgers: Ledgers) -> list[Entry]:
    """What is paid for flows."""
    flows = (core.flow_mw.first, core.flow_mw.first + core.flow_mw.columns.size)
    return [
        entry
        for entry in ledgers.running_musd.entries
        if entry.label.startswith(ENERGY) and ((entry.columns >= flows[0]) & (entry.columns < flows[1])).all()
    ]


def _year_of(core: Core, problem: Problem, entry: Entry) -> Ints:
    """Hydrology year of each column of an entry: the last axis of flows are the slices."""
    return problem.time.hydrology_of[(entry.columns - core.flow_mw.first) % len(core.slice)]


def _range(core: Core, problem: Problem, paid: list[Entry]) -> tuple[Floats, Floats]:
    """Least and most that energy can cost in each year and period (H, P): every line in full use."""
    least, most = np.zeros((2, len(problem.time.hydrology), len(core.period)))
    for entry in paid:
        year = _year_of(core, problem, entry)
        full = core.flow_mw.upper_values[entry.columns - core.flow_mw.first]
        musd = entry.coefficients * full / problem.time.hydrology_share[year]
        np.add.at(most, (year, entry.at), np.maximum(musd, 0.0))
        np.add.at(least, (year, entry.at), np.minimum(musd, 0.0))
    return least, most


def standing(problem: Problem, knobs: RiskKnobs, solved: Solved) -> Standing:  # noqa: ARG001
    """Premium of each period."""
    return Standing(programme={"risk_premium_musd": solved["risk.premium"]} if knobs.weight > 0.0 else {})


def explain(row: Mapping[str, Any], knobs: RiskKnobs) -> str:  # noqa: ARG001
    """Risk belongs to the programme, not to a site."""
    return ""


RISK = Family(
    name="risk",
    title="Risk of dry years",
    knobs=RiskKnobs,
    reads={},
    columns=(),
    limits={
        "bad_year": Limit("cost of energy in a hydrology year", "MUSD", structure=True),
        "beyond_mean": Limit("cost of the worst years beyond the mean", "MUSD", structure=True),
    },
    derive=no_facts,
    state=no_rows,
    close=close,
    report=no_columns,
    explain=explain,
    standing=standing,
    items=ITEMS,
    across=looks_across,
)
