"""Workload: how much of the load may go unserved, in the year and in any slice.

    IT draw               =  load_factor[k] * it_mw[k] * modules[i, k, p]                                   for i, p, t
    unserved_mw[i, p, t]  <=  (1 - firm_share) * draw[i, p, t]                                              for i, p, t
    sum over t of hours[t] * unserved_mw[i, p, t]  <=  (1 - served_share) * sum over t of hours[t] * draw   for i, p

The draw is what all families have added to it: IT and cooling. Flexible training tolerates losing 0.25 to 1 % of its
yearly energy (GRID-06); no slice may fall under the firm share. Switched off, all of the load must be served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.arrays import Sheet, Term, cells
from siting.family import Column, Core, Family, Knobs, Ledgers, Limit, Problem, knob, no_columns, no_facts, no_rows


class WorkloadKnobs(Knobs):
    """Knobs of the workload."""

    served_share: float = knob(
        0.98, "share of the yearly energy that must be served", source="RES-02", tighter="up", at_least=0.0, at_most=1.0
    )
    firm_share: float = knob(
        0.5,
        "share of the load that must be served in every slice",
        source="FORMULATION 2",
        tighter="up",
        at_least=0.0,
        at_most=1.0,
    )


COLUMNS: tuple[Column, ...] = ()


def close(core: Core, problem: Problem, knobs: WorkloadKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Allow unserved load, with served-energy rows of the year and firm rows of each slice over the whole draw."""
    slices, hours = len(core.slice), problem.time.hours
    core.unserved_mw.upper_values[:] = np.inf
    unserved = core.unserved_mw.columns
    at = cells(core.site, core.period)
    yearly = [Term(at[:, :, None], unserved, hours / hours.sum())]
    firm = [Term(cells(core.site, core.period, core.slice), unserved, 1.0)]
    for entry in ledgers.draw_mw.entries:
        share = hours[entry.at % slices] / hours.sum()
        yearly.append(Term(entry.at // slices, entry.columns, -(1.0 - knobs.served_share) * share * entry.coefficients))
        firm.append(Term(entry.at, entry.columns, -(1.0 - knobs.firm_share) * entry.coefficients))
    block.rows("served_energy", [core.site, core.period], yearly, upper=0.0)
    block.rows("firm", [core.site, core.period, core.slice], firm, upper=0.0)


def explain(row: Mapping[str, Any], knobs: WorkloadKnobs) -> str:
    """How much of its energy is served."""
    return f"{row['served_share']:.1%} of its energy is served (at least {knobs.served_share:.0%} asked)."


WORKLOAD = Family(
    name="workload",
    title="Workload",
    knobs=WorkloadKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "served_energy": Limit("energy of the year that may go unserved", "MW"),
        "firm": Limit("load that may go unserved in a slice", "MW"),
    },
    derive=no_facts,
    state=no_rows,
    close=close,
    report=no_columns,
    explain=explain,
)
