"""Workload: how much of the load may go unserved, in the year and in any slice.

    IT draw               =  load_factor[k] * it_mw[k] * modules[i, k, p]                                   for i, p, t
    unserved_mw[i, p, t]  <=  (1 - firm_share) * draw[i, p, t]                                              for i, p, t
    sum over t in h of hours[t] * unserved_mw[i, p, t]  <=  (1 - served_share) * sum over t in h of hours[t] * draw   for i, p, h

for every hydrology year h: what a dry year leaves unserved, a wet one does not make up for.

    unserved_mw[i, p, t]  <=  draw[i, p, t] - (largest draw of a MW of IT at i in t) * firm_it_mw[i, p]     where any is firm

The draw is what all families have added to it: IT and cooling; `firm_it_mw` is the load other families say may never wait
(inference). Flexible training tolerates losing 0.25 to 1 % of its
yearly energy (GRID-06); no slice may fall under the firm share. Switched off, all of the load must be served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.arrays import Sheet, Term, cells
from siting.family import Column, Core, Family, Floats, Knobs, Ledgers, Limit, Problem, knob, no_columns, no_facts, no_rows


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
    year = block.axis("hydrology", problem.time.hydrology)
    year_of = problem.time.hydrology_of
    share = hours / np.bincount(year_of, weights=hours)[year_of]
    at = cells(core.site, core.period, year)
    yearly = [Term(at[:, :, year_of], unserved, share)]
    firm = [Term(cells(core.site, core.period, core.slice), unserved, 1.0)]
    for entry in ledgers.draw_mw.entries:
        slice_ = entry.at % slices
        row = (entry.at // slices) * len(year) + year_of[slice_]
        yearly.append(Term(row, entry.columns, -(1.0 - knobs.served_share) * share[slice_] * entry.coefficients))
        firm.append(Term(entry.at, entry.columns, -(1.0 - knobs.firm_share) * entry.coefficients))
    _firm_load(core, problem, block, ledgers)
    block.rows("served_energy", [core.site, core.period, year], yearly, upper=0.0)
    block.rows("firm", [core.site, core.period, core.slice], firm, upper=0.0)


def _firm_load(core: Core, problem: Problem, block: Sheet, ledgers: Ledgers) -> None:
    """Rows that keep firm load served, where a family has any."""
    if not ledgers.firm_it_mw.entries:
        return
    slices = len(core.slice)
    per_mw = np.zeros((len(core.site), len(core.period), slices))
    each = _draw_per_mw(core, problem, ledgers)
    np.copyto(per_mw, each.max(axis=1))
    at = cells(core.site, core.period, core.slice)
    terms = [Term(at, core.unserved_mw.columns, 1.0)]
    terms += [Term(entry.at, entry.columns, -entry.coefficients) for entry in ledgers.draw_mw.entries]
    flat, rows = per_mw.reshape(-1, slices), at.reshape(-1, slices)
    terms += [
        Term(rows[entry.at], entry.columns[:, None], flat[entry.at] * entry.coefficients[:, None])
        for entry in ledgers.firm_it_mw.entries
    ]
    block.rows("firm_load", [core.site, core.period, core.slice], terms, upper=0.0)


def _draw_per_mw(core: Core, problem: Problem, ledgers: Ledgers) -> Floats:
    """Facility MW drawn by a MW of IT of each module type (I, K, P, T)."""
    slices = len(core.slice)
    drawn = np.zeros((core.modules.columns.size, slices))
    for entry in ledgers.draw_mw.entries:
        np.add.at(drawn, (entry.columns - core.modules.first, entry.at % slices), entry.coefficients)
    shaped: Floats = drawn.reshape(*core.modules.shape, slices) / problem.modules.it_mw[None, :, None, None]
    return shaped


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
        "served_energy": Limit("energy of the year that may go unserved", "MW", ("workload.served_share",)),
        "firm_load": Limit("load that may never go unserved", "MW"),
        "firm": Limit("load that may go unserved in a slice", "MW", ("workload.firm_share",)),
    },
    derive=no_facts,
    state=no_rows,
    close=close,
    report=no_columns,
    explain=explain,
)
