"""Islanding: what keeps a site going by itself when its line is cut.

    what all families offer as standby_mw[i, p]
        >=  critical_share * peak draw of the modules standing
          + firm_load_share * peak draw of a MW of IT * firm_it_mw[i, p]                                   for i, p

A repair takes hours (`outage_h`, RES-05), not seconds. Training checkpoints and stops, the cheap alternative (RES-05), so only
control, network, cooling pumps and an orderly stop must run on: a tenth of the peak by default (judgement). Inference
(`firm_it_mw`) either runs on, or its traffic moves to other sites (FACTS 7, which the rules on lost sites hold): by default it
moves. Batteries offer standby with energy that they never cycle, diesel and gas what stands of them; the hours they last are
knobs of theirs and may not be fewer than `outage_h`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet, Term, cells
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Family,
    Floats,
    Knobs,
    Ledgers,
    Limit,
    Problem,
    Solved,
    knob,
    looks_alone,
    no_facts,
    no_rows,
)


class IslandingKnobs(Knobs):
    """Knobs of sites that are cut off."""

    outage_h: float = knob(
        8.0, "hours a site must do without its line", source="RES-05", tighter="up", at_least=0.0, at_most=2000.0
    )
    critical_share: float = knob(
        0.1,
        "share of a site's peak draw that must run on when it is cut off",
        source="judgement",
        tighter="up",
        at_least=0.0,
        at_most=1.0,
    )
    firm_load_share: float = knob(
        0.0,
        "share of inference that must run on at a site that is cut off, instead of moving to others",
        source="FACTS 7",
        tighter="up",
        at_least=0.0,
        at_most=1.0,
    )


COLUMNS: Final = (Column("standby_mw", "MW", "power that carries the site when it is cut off, at the end"),)


def close(core: Core, problem: Problem, knobs: IslandingKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Standby against the peak draw, which all families have added by now."""
    if knobs.critical_share == 0.0 and (knobs.firm_load_share == 0.0 or not ledgers.firm_it_mw.entries):
        return
    peak = _peak_draw(core, ledgers)
    at = cells(core.site, core.period)
    terms = [Term(at[:, None, :], core.modules.columns, -knobs.critical_share * peak), *ledgers.standby_mw.shaped()]
    if knobs.firm_load_share > 0.0:
        per_mw = (peak / core.module_it_mw[:, None]).max(axis=1).ravel()
        terms += [
            Term(entry.at, entry.columns, -knobs.firm_load_share * per_mw[entry.at] * entry.coefficients)
            for entry in ledgers.firm_it_mw.entries
        ]
    block.rows("standby", [core.site, core.period], terms, lower=0.0)


def _peak_draw(core: Core, ledgers: Ledgers) -> Floats:
    """Facility MW one module draws in the slice in which it draws most (I, K, P)."""
    return np.asarray(ledgers.draw_mw.of_variable(core.modules).max(axis=-1))


def report(problem: Problem, knobs: IslandingKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Standby power of each site."""
    return {"standby_mw": solved.ledgers["standby_mw"][:, -1]}


def explain(row: Mapping[str, Any], knobs: IslandingKnobs) -> str:
    """What carries the site when it is cut off."""
    if not row["standby_mw"] > 1e-3:
        return ""
    return f"Cut off, it keeps {row['standby_mw']:.1f} MW running for {knobs.outage_h:g} h and more."


ISLANDING = Family(
    name="islanding",
    title="Islanding",
    knobs=IslandingKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "standby": Limit("power of a site that is cut off", "MW", ("islanding.critical_share", "islanding.firm_load_share")),
    },
    derive=no_facts,
    state=no_rows,
    close=close,
    report=report,
    explain=explain,
    across=looks_alone,
)
