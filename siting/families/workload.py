"""Workload: how much of the load may go unserved, in the year and in any slice.

    IT draw               =  load_factor[k] * it_mw[k] * modules[i, k, p]                                   for i, p, t
    unserved_mw[i, p, t]  <=  (1 - firm_share) * draw[i, p, t]                                              for i, p, t
    sum over t in h of hours[t] * unserved_mw[i, p, t]  <=  (1 - served_share) * sum over t in h of hours[t] * draw   for i, p, h

for every hydrology year h: what a dry year leaves unserved, a wet one does not make up for. Where other families say how much
of the load may never wait (inference) and how much of a year's energy may be lost (training), it is held to that too:

    unserved_mw[i, p, t]  <=  draw[i, p, t] - (largest draw of a MW of IT at i in t) * firm_it_mw[i, p]        for i, p, t
    mean over t in h of unserved_mw[i, p, t]  <=  (least mean draw of a MW of IT at i) * flexible_it_mw[i, p]  for i, p, h

The draw is what all families have added to it: IT and cooling. Flexible training tolerates losing 0.25 to 1 % of its yearly
energy (GRID-06); no slice may fall under the firm share. Switched off, all of the load must be served.

What a site draws in a slice is, as long as all module types are cooled alike, its busy IT times a factor of the slice. Then
both limits of a slice are one: with waiting_mw[i, p] MW of busy IT that may wait,

    unserved_mw[i, p, t]  <=  factor[i, t] * waiting_mw[i, p]
    waiting_mw[i, p]      <=  (1 - firm_share) * busy IT,      waiting_mw[i, p]  <=  busy IT - (largest load factor) * firm_it_mw

and both limits of a year are held to lost_mw[i, p, h], the mean over the year of what goes unserved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.arrays import Sheet, Term, cells
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
    """Allow unserved load within the limits of each slice and of the year."""
    per_mw = _draw_per_mw(core, problem, ledgers)
    factor = _factor(problem, per_mw)
    if factor is None:
        _firm_by_draw(core, knobs, block, ledgers, per_mw)
    else:
        _firm_by_factor(core, problem, knobs, block, ledgers, factor)
    _yearly(core, problem, knobs, block, ledgers, per_mw)


def _factor(problem: Problem, per_mw: Floats) -> Floats | None:
    """MW drawn by a MW of busy IT (I, P, T) where it is the same for all module types, else None."""
    load = problem.modules.load_factor
    if not (load > 0).all():
        return None
    factor = per_mw / load[None, :, None, None]
    alike = np.allclose(factor, factor[:, :1], rtol=1e-12, atol=0.0)
    return factor[:, 0] if alike else None


def _firm_by_factor(core: Core, problem: Problem, knobs: WorkloadKnobs, block: Sheet, ledgers: Ledgers, factor: Floats) -> None:
    modules = problem.modules
    busy = (modules.it_mw * modules.load_factor)[None, :, None]
    most = (1.0 - knobs.firm_share) * problem.limit_mw * modules.load_factor.max()
    owner = np.arange(len(core.site))[:, None]
    waiting = block.variables("waiting_mw", [core.site, core.period], upper=most[:, None], owner=owner)
    core.unserved_mw.upper_values[:] = (factor * most[:, None, None]).ravel()
    at = cells(core.site, core.period, core.slice)
    slices = [core.site, core.period, core.slice]
    terms = [Term(at, core.unserved_mw.columns, 1.0), Term(at, waiting.columns[:, :, None], -factor)]
    block.rows("waiting", slices, terms, upper=0.0)
    site = cells(core.site, core.period)
    own = Term(site, waiting.columns, 1.0)
    share = Term(site[:, None, :], core.modules.columns, -(1.0 - knobs.firm_share) * busy)
    block.rows("firm", [core.site, core.period], [own, share], upper=0.0)
    if ledgers.firm_it_mw.entries:
        whole = Term(site[:, None, :], core.modules.columns, -busy)
        firm = ledgers.firm_it_mw.terms(float(modules.load_factor.max()))
        block.rows("firm_load", [core.site, core.period], [own, whole, *firm], upper=0.0)


def _firm_by_draw(core: Core, knobs: WorkloadKnobs, block: Sheet, ledgers: Ledgers, per_mw: Floats) -> None:
    """The same over the whole draw of each slice, for module types that are cooled differently."""
    slices = len(core.slice)
    core.unserved_mw.upper_values[:] = np.inf
    at = cells(core.site, core.period, core.slice)
    own, axes = Term(at, core.unserved_mw.columns, 1.0), [core.site, core.period, core.slice]
    block.rows("firm", axes, [own, *ledgers.draw_mw.shaped(knobs.firm_share - 1.0)], upper=0.0)
    if ledgers.firm_it_mw.entries:
        flat, rows = per_mw.max(axis=1).reshape(-1, slices), at.reshape(-1, slices)
        firm = [
            Term(rows[entry.at], entry.columns[:, None], flat[entry.at] * entry.coefficients[:, None])
            for entry in ledgers.firm_it_mw.entries
        ]
        block.rows("firm_load", axes, [own, *ledgers.draw_mw.shaped(-1.0), *firm], upper=0.0)


def _yearly(core: Core, problem: Problem, knobs: WorkloadKnobs, block: Sheet, ledgers: Ledgers, per_mw: Floats) -> None:
    """Limits on what a hydrology year leaves unserved, on the mean."""
    hours, year_of = problem.time.hours, problem.time.hydrology_of
    year = block.axis("hydrology", problem.time.hydrology)
    share = hours / np.bincount(year_of, weights=hours)[year_of]
    mean = np.stack([(per_mw * share)[..., year_of == h].sum(axis=-1) for h in range(len(year))], axis=-1)
    most = (1.0 - knobs.served_share) * mean.max(axis=1) * problem.limit_mw[:, None, None]
    axes, owner = [core.site, core.period, year], np.arange(len(core.site))[:, None, None]
    lost = block.variables("lost_mw", axes, upper=most, owner=owner)
    at = cells(*axes)
    unserved = Term(at[:, :, year_of], core.unserved_mw.columns, share)
    own = Term(at, lost.columns, 1.0)
    block.rows("lost", axes, [unserved, Term(at, lost.columns, -1.0)], upper=0.0)
    weighted = ledgers.draw_mw.of_variable(core.modules) * share
    by_year = np.stack([weighted[..., year_of == h].sum(axis=-1) for h in range(len(year))], axis=-1)
    drawn = Term(at[:, None], core.modules.columns[..., None], -(1.0 - knobs.served_share) * by_year)
    block.rows("served_energy", axes, [own, drawn], upper=0.0)
    if ledgers.flexible_it_mw.entries:
        rows, flat = at.reshape(-1, len(year)), mean.min(axis=1).reshape(-1, len(year))
        flexible = [
            Term(rows[entry.at], entry.columns[:, None], -flat[entry.at] * entry.coefficients[:, None])
            for entry in ledgers.flexible_it_mw.entries
        ]
        block.rows("flexible_energy", axes, [own, *flexible], upper=0.0)


def _draw_per_mw(core: Core, problem: Problem, ledgers: Ledgers) -> Floats:
    """Facility MW drawn by a MW of IT of each module type (I, K, P, T)."""
    return np.asarray(ledgers.draw_mw.of_variable(core.modules) / problem.modules.it_mw[None, :, None, None])


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
        "lost": Limit("energy of the year that goes unserved", "MW", structure=True),
        "served_energy": Limit("energy of the year that may go unserved", "MW", ("workload.served_share",)),
        "flexible_energy": Limit("energy of the year that training may lose", "MW", ("training.interruptible_share",)),
        "waiting": Limit("load that may go unserved in a slice", "MW", structure=True),
        "firm": Limit("load that may wait", "MW", ("workload.firm_share",)),
        "firm_load": Limit("load that may never go unserved", "MW", ("inference.inference_share",)),
    },
    derive=no_facts,
    state=no_rows,
    close=close,
    report=no_columns,
    explain=explain,
    across=looks_alone,
)
