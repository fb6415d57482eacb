"""Budget: undiscounted capital stays within what is signed, in all and in each period.

    capital[p] - capital[p - 1]  <=  period_musd_per_year * years[p]              for p      (carry_over = false)
    capital[p]                   <=  sum over q <= p of period_musd_per_year * years[q]      (carry_over = true)
    capital[last]                <=  total_musd

capital[p] is the cost of the stock standing in period p, summed over what all families add to the capital ledger. With
`count_running` the undiscounted running cost of the periods counts as well. FIN-14: 45 GUSD, 15 a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.arrays import Sheet, Term
from siting.family import (
    Column,
    Core,
    Family,
    Floats,
    Knobs,
    Ledgers,
    Limit,
    Problem,
    knob,
    looks_alone,
    no_columns,
    no_facts,
    no_rows,
)


class BudgetKnobs(Knobs):
    """Knobs of the budget."""

    total_musd: float = knob(
        45000.0, "capital over all periods", source="FIN-14", tighter="down", at_least=0.0, at_most=10_000_000.0
    )
    period_musd_per_year: float = knob(
        15000.0, "capital a year", source="FIN-14", tighter="down", at_least=0.0, at_most=10_000_000.0
    )
    carry_over: bool = knob(False, "whether what a period leaves may be spent later", source="FACTS 6")
    count_running: bool = knob(False, "whether running cost of the periods counts against the budget", source="judgement")


COLUMNS: tuple[Column, ...] = ()


def close(core: Core, problem: Problem, knobs: BudgetKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Period and total rows over everything in the money ledgers."""
    years = problem.time.years
    last = len(years) - 1
    standing = [Term(entry.at, entry.columns, entry.coefficients) for entry in ledgers.capital_musd.entries]
    running = _running(ledgers, years) if knobs.count_running else []
    cumulative_running = [
        Term(np.full_like(term.rows, later), term.columns, term.coefficients * (term.rows <= later))
        for later in range(len(years))
        for term in running
    ]
    if knobs.carry_over:
        terms, upper = [*standing, *cumulative_running], knobs.period_musd_per_year * np.cumsum(years)
    else:
        terms, upper = [*standing, *_before(ledgers, last), *running], knobs.period_musd_per_year * years
    block.rows("period_budget", [core.period], terms, upper=upper)
    whole = block.axis("programme", ["total"])
    at_last = [Term(np.zeros_like(term.rows), term.columns, term.coefficients * (term.rows == last)) for term in standing]
    all_running = [Term(np.zeros_like(term.rows), term.columns, term.coefficients) for term in running]
    block.rows("total_budget", [whole], [*at_last, *all_running], upper=knobs.total_musd)


def _before(ledgers: Ledgers, last: int) -> list[Term]:
    """Minus the stock of the period before."""
    terms = []
    for entry in ledgers.capital_musd.entries:
        earlier = entry.at < last
        terms.append(Term(entry.at[earlier] + 1, entry.columns[earlier], -entry.coefficients[earlier]))
    return terms


def _running(ledgers: Ledgers, years: Floats) -> list[Term]:
    return [Term(entry.at, entry.columns, entry.coefficients * years[entry.at]) for entry in ledgers.running_musd.entries]


def explain(row: Mapping[str, Any], knobs: BudgetKnobs) -> str:
    """What the site takes of the budget."""
    share = row["capital_musd"] / knobs.total_musd if knobs.total_musd > 0 else 0.0
    return f"It takes {row['capital_musd']:,.0f} MUSD, {share:.1%} of the budget, {row['capital_musd_per_mw']:.1f} MUSD per MW."


BUDGET = Family(
    name="budget",
    title="Budget",
    knobs=BudgetKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "period_budget": Limit("capital that may be spent in a period", "MUSD", ("budget.period_musd_per_year",)),
        "total_budget": Limit("capital over all periods", "MUSD", ("budget.total_musd",)),
    },
    derive=no_facts,
    state=no_rows,
    close=close,
    report=no_columns,
    explain=explain,
    across=looks_alone,
)
