"""Hardware: what modules cost to buy and to run.

    capital  =  sum over k of (it_musd[k] + remote_facility_musd[k]) * modules[i, k, p]  +  opening_musd * open[i, p]
    remote_facility_musd[k]  =  facility_musd[k] * (site_work_share * remote_factor + (1 - site_work_share) * transport_factor)

    running  =  remote_running_factor * running_musd_per_year[k] * modules[i, k, p]

Lines of the cash flow: "IT hardware", "modules", "site opening", "operation". IT hardware costs the same wherever it
stands, so the gap a plan is judged by leaves it out ("controllable cost"). Site work is dearer far from towns,
factory-built parts hardly (FIN-08, FIN-09).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from siting.arrays import Sheet
from siting.family import (
    IT_HARDWARE,
    Column,
    ColumnValues,
    Core,
    Family,
    Knobs,
    Ledgers,
    Problem,
    Solved,
    knob,
    looks_alone,
    no_facts,
)


class HardwareKnobs(Knobs):
    """Knobs of what modules cost."""

    site_work_share: float = knob(
        0.4, "share of a module's facility cost that is work on site", source="FACTS 1", at_least=0.0, at_most=1.0
    )
    remote_factor: float = knob(1.25, "remote multiplier on site work", source="FIN-08", tighter="up", at_least=0.0, at_most=10.0)
    transport_factor: float = knob(
        1.05, "multiplier on factory-built parts", source="FIN-08", tighter="up", at_least=0.0, at_most=10.0
    )
    opening_musd: float = knob(
        5.0, "access road, permits and water of a new site", source="judgement", tighter="up", at_least=0.0, at_most=1000.0
    )
    remote_running_factor: float = knob(
        1.4, "remote multiplier on running cost other than energy", source="MOD-15", tighter="up", at_least=0.0, at_most=10.0
    )


COLUMNS = (Column("module_mix", "", "modules standing at the end, largest first"),)


def state(core: Core, problem: Problem, knobs: HardwareKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Capital and running cost of modules and openings."""
    modules, period = problem.modules, ledgers.capital_musd.cells()
    factor = knobs.site_work_share * knobs.remote_factor + (1.0 - knobs.site_work_share) * knobs.transport_factor
    stock = core.modules.columns
    ledgers.capital_musd.add(IT_HARDWARE, period, stock, modules.it_musd[:, None])
    ledgers.capital_musd.add("modules", period, stock, factor * modules.facility_musd[:, None])
    ledgers.capital_musd.add("site opening", period, core.open.columns, knobs.opening_musd)
    ledgers.running_musd.add("operation", period, stock, knobs.remote_running_factor * modules.running_musd_per_year[:, None])


def report(problem: Problem, knobs: HardwareKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """The modules at each site, in words."""
    names = problem.modules.names
    largest = np.argsort(-problem.modules.it_mw, kind="stable")
    counts = np.rint(solved["modules"][:, :, -1]).astype(int)
    return {"module_mix": [" + ".join(f"{row[k]} x {names[k]}" for k in largest if row[k] > 0) for row in counts]}


def explain(row: Mapping[str, Any], knobs: HardwareKnobs) -> str:  # noqa: ARG001
    """What stands at the site."""
    return f"{row['it_mw']:.0f} MW of IT stand here at the end ({row['module_mix']}), the first from {row['first_period']}."


HARDWARE = Family(
    name="hardware",
    title="Hardware",
    knobs=HardwareKnobs,
    reads={},
    columns=COLUMNS,
    limits={},
    derive=no_facts,
    state=state,
    report=report,
    explain=explain,
    across=looks_alone,
)
