"""Connectivity: every site has the bandwidth its load needs, over enough separate paths.

    sum of bandwidth on offer at i  >=  gbps_per_mw * IT MW at i  +  what workloads add       for i, p
    sum of paths at i               >=  asked[p] * open[i, p]                                 for i, p

    asked[p]  =  paths where period p starts at or after month `paths_from_months`, before that no more than 1

Fibre laterals, spurs and satellite terminals offer bandwidth and paths (their own families); this family closes the two
ledgers. Separate are paths that end at different places: two points of presence, or one and the sky; fibre and satellite
see to that. Two separate paths are the rule for inference, and for training fibre and a satellite path for control (RES-07,
FACTS 4), with 0.3 Gbps per MW of training (BW-03); what inference adds is its own family's. Fibre takes months to be lit:
until then a satellite path alone carries a site ("satellite first", FACTS 4), so that the second path is asked for only
from the month in which a lateral of some 100 km can be lit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.arrays import Sheet, Term
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Family,
    Floats,
    Knobs,
    Ledger,
    Ledgers,
    Limit,
    Problem,
    Solved,
    Timeline,
    knob,
    looks_alone,
    no_facts,
)


class ConnectivityKnobs(Knobs):
    """Knobs of the data path."""

    gbps_per_mw: float = knob(0.3, "bandwidth needed per MW of IT", source="BW-03", tighter="up", at_least=0.0, at_most=2000.0)
    paths: int = knob(2, "separate data paths a site needs", source="RES-07", tighter="up", at_least=0, at_most=4)
    paths_from_months: float = knob(
        12.0,
        "month of the programme from which more than one path is asked for",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=600.0,
    )


COLUMNS = (Column("gbps_needed", "Gbps", "bandwidth its IT load needs in the last period"),)


def state(core: Core, problem: Problem, knobs: ConnectivityKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Needs of bandwidth and paths."""
    site = ledgers.bandwidth_gbps.cells()
    ledgers.bandwidth_gbps.add(
        "need", site[:, None, :], core.modules.columns, -knobs.gbps_per_mw * core.module_it_mw[None, :, None]
    )
    ledgers.paths.add("need", site, core.open.columns, -paths_asked(problem.time, knobs))
    ledgers.latency.every_site_has_one = knobs.paths > 0


def paths_asked(time: Timeline, knobs: ConnectivityKnobs) -> Floats:
    """Separate paths an open site needs in each period (P)."""
    asked = np.where(time.start_month >= knobs.paths_from_months, knobs.paths, min(knobs.paths, 1))
    return np.asarray(asked, dtype=np.float64)


def close(core: Core, problem: Problem, knobs: ConnectivityKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Bandwidth and paths on offer cover the needs."""
    if any((entry.coefficients < 0).any() for entry in ledgers.bandwidth_gbps.entries):
        block.rows("bandwidth", [core.site, core.period], _terms(ledgers.bandwidth_gbps), lower=0.0)
    if knobs.paths > 0:
        block.rows("paths", [core.site, core.period], _terms(ledgers.paths), lower=0.0)


def _terms(ledger: Ledger) -> list[Term]:
    return [Term(entry.at, entry.columns, entry.coefficients) for entry in ledger.entries]


def report(problem: Problem, knobs: ConnectivityKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """Bandwidth each site needs."""
    it_mw = np.einsum("ik,k->i", solved["modules"][:, :, -1], problem.modules.it_mw)
    return {"gbps_needed": knobs.gbps_per_mw * it_mw}


def explain(row: Mapping[str, Any], knobs: ConnectivityKnobs) -> str:
    """What the data path has to carry."""
    return f"It needs {row['gbps_needed']:.0f} Gbps over {knobs.paths} separate {'path' if knobs.paths == 1 else 'paths'}."


CONNECTIVITY = Family(
    name="connectivity",
    title="Connectivity",
    knobs=ConnectivityKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "bandwidth": Limit("bandwidth at a site", "Gbps", ("connectivity.gbps_per_mw",)),
        "paths": Limit("separate data paths of a site", "paths", ("connectivity.paths", "connectivity.paths_from_months")),
    },
    derive=no_facts,
    state=state,
    close=close,
    report=report,
    explain=explain,
    across=looks_alone,
)
