"""Connectivity: every site has the bandwidth its load needs, over enough separate paths.

    sum of bandwidth on offer at i  >=  gbps_per_mw * IT MW at i               for i, p
    sum of paths at i               >=  paths * open[i, p]                     for i, p

Fibre laterals and satellite terminals offer bandwidth and paths (their own families); this family closes the two
ledgers. Two separate paths are the rule for inference (RES-07); training makes do with one and 0.3 Gbps per MW (BW-03).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.arrays import Sheet, Term
from siting.family import Column, ColumnValues, Core, Family, Knobs, Ledger, Ledgers, Limit, Problem, Solved, knob, no_facts


class ConnectivityKnobs(Knobs):
    """Knobs of the data path."""

    gbps_per_mw: float = knob(0.3, "bandwidth needed per MW of IT", source="BW-03", tighter="up", at_least=0.0, at_most=2000.0)
    paths: int = knob(2, "separate data paths a site needs", source="RES-07", tighter="up", at_least=0, at_most=4)


COLUMNS = (Column("gbps_needed", "Gbps", "bandwidth its IT load needs in the last period"),)


def state(core: Core, problem: Problem, knobs: ConnectivityKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Needs of bandwidth and paths."""
    site = ledgers.bandwidth_gbps.cells()
    ledgers.bandwidth_gbps.add(
        "need", site[:, None, :], core.modules.columns, -knobs.gbps_per_mw * core.module_it_mw[None, :, None]
    )
    ledgers.paths.add("need", site, core.open.columns, -float(knobs.paths))


def close(core: Core, problem: Problem, knobs: ConnectivityKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Bandwidth and paths on offer cover the needs."""
    if knobs.gbps_per_mw > 0:
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
        "paths": Limit("separate data paths of a site", "paths", ("connectivity.paths",)),
    },
    derive=no_facts,
    state=state,
    close=close,
    report=report,
    explain=explain,
)
