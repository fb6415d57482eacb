"""Target: MW of IT that stand at the end of each period, at the least.

    sum over i, k of it_mw[k] * modules[i, k, p]  >=  it_mw[p]                 for p with it_mw[p] > 0

`it_mw` holds a number for each period, or none at all. It counts modules standing, as a programme is signed; what of them is
at work is the matter of time to power. A target that no plan can reach is refused before the solve where that can be seen: the
limits of all sites add up to less, or the budget does not pay for the cheapest modules (FORMULATION 2.1).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field as PydanticField

from siting.arrays import Sheet, Term
from siting.errors import Fault, input_error
from siting.family import (
    Core,
    Facts,
    Family,
    Floats,
    Geography,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    knob,
    looks_alone,
    no_columns,
)

TargetMW = Annotated[float, PydanticField(ge=0.0, le=1_000_000.0)]


class TargetKnobs(Knobs):
    """Knobs of the target."""

    it_mw: tuple[TargetMW, ...] = knob(
        (), "MW of IT that must stand at the end of each period, one number a period; empty asks for none", source="the planner"
    )


def derive(geography: Geography, network: Network, knobs: TargetKnobs) -> Facts:  # noqa: ARG001
    """Nothing but a check. Raises InputError where there is not one number a period, or where all sites together take less."""
    faults = _length_faults(len(geography.time.periods), knobs)
    if not geography.part:
        faults += _room_faults(geography, knobs)
    if faults:
        raise input_error(faults)
    return Facts()


def _length_faults(periods: int, knobs: TargetKnobs) -> list[Fault]:
    if len(knobs.it_mw) in (0, periods):
        return []
    found = f"{len(knobs.it_mw)} numbers for {periods} periods"
    return [Fault("S012", "scenario", "", "target.it_mw", found, "one number a period, or none", "Write one MW for each period")]


def _room_faults(geography: Geography, knobs: TargetKnobs) -> list[Fault]:
    """Whole modules only, as many as each site's own limit takes."""
    limit_mw = geography.sites["limit_mw"].to_numpy(float)
    smallest = geography.modules.it_mw.min()
    room_mw = float(limit_mw[limit_mw >= smallest - 1e-9].sum())
    asked = max(knobs.it_mw, default=0.0)
    if asked <= room_mw * (1.0 + 1e-9):
        return []
    found = f"{asked:g} MW, where candidates.limit_mw and the candidates' own limits let all sites together take {room_mw:g} MW"
    remedy = "Lower the target, raise candidates.limit_mw, or bring more candidates"
    return [Fault("S011", "scenario", "", "target.it_mw", found, f"at most {room_mw:g} MW", remedy)]


def state(core: Core, problem: Problem, knobs: TargetKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """A row for each period that asks for something."""
    asked: Floats = np.array(knobs.it_mw, dtype=np.float64)
    when = np.flatnonzero(asked > 0)
    if not len(when):
        return
    axis = block.axis("asked_periods", [core.period.labels[p] for p in when])
    at = np.broadcast_to(np.arange(len(when)), (*core.modules.shape[:2], len(when)))
    block.rows(
        "target",
        [axis],
        [Term(at, core.modules.columns[:, :, when], problem.modules.it_mw[None, :, None])],
        lower=asked[when],
    )


def explain(row: object, knobs: TargetKnobs) -> str:  # noqa: ARG001
    """Nothing of a site: the target is the programme's."""
    return ""


TARGET = Family(
    name="target",
    title="Target",
    knobs=TargetKnobs,
    reads={},
    columns=(),
    limits={"target": Limit("MW of IT that must stand at the end of a period", "MW", ("target.it_mw",))},
    derive=derive,
    state=state,
    report=no_columns,
    explain=explain,
    across=looks_alone,
)
