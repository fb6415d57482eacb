"""An earlier plan taken as what exists: its modules and tie-lines become values of the scenario, so that they are told, hashed
and checked like those written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from siting.cells import did_you_mean, shown
from siting.errors import Fault
from siting.families.locks import ExistingLine, ExistingModules, LocksKnobs
from siting.family import Knobs
from siting.scenario.layers import LayerRequest
from siting.scenario.places import path_faults, source_from
from siting.toml_lines import TomlPath

PLAN: Final[TomlPath] = ("locks", "earlier_plan")
UNTIL: Final[TomlPath] = ("locks", "until")


def with_earlier_plan(
    knobs: Mapping[str, Knobs], off: frozenset[str], request: LayerRequest
) -> tuple[dict[str, Knobs], list[Fault]]:
    """The knobs of all families, what stands in `locks.earlier_plan` up to `locks.until` added to what exists."""
    locks = knobs.get("locks")
    found = dict(knobs)
    if not isinstance(locks, LocksKnobs) or "locks" in off:
        return found, []
    merged = request.merged
    if not locks.earlier_plan:
        if locks.until:
            return found, [merged.fault("S011", UNTIL, shown(locks.until), "locks.earlier_plan beside it", "Name the plan")]
        return found, []
    source = source_from("earlier_plan", locks.earlier_plan, request.base(PLAN))
    barred = [
        merged.fault(code, PLAN, value, expected, remedy)
        for code, value, expected, remedy in path_faults(source, request.roots, request.allow_outside)
    ]
    if barred:
        return found, barred
    plan, faults = _read(source.resolved, locks, request)
    if plan is None:
        return found, faults
    period = locks.until or plan["periods"][-1]
    existing, lines = _standing(plan, str(period))
    twice = {each.site for each in locks.existing} & {each.site for each in existing}
    if twice:
        named = ", ".join(sorted(twice))
        remedy = "Take them out of locks.existing"
        return found, [merged.fault("S011", ("locks", "existing"), named, "sites that the earlier plan does not build", remedy)]
    found["locks"] = locks.model_copy(
        update={"existing": (*locks.existing, *existing), "existing_lines": (*locks.existing_lines, *lines)}
    )
    return found, []


def _read(path: Path, locks: LocksKnobs, request: LayerRequest) -> tuple[dict[str, Any] | None, list[Fault]]:
    """A plan.json with what is needed of it, or the faults."""
    merged = request.merged
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        periods = [str(name) for name in plan["periods"]]
        _standing(plan, periods[-1])
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        told = f"{shown(locks.earlier_plan)}: {type(error).__name__}"
        return None, [merged.fault("S031", PLAN, told, "the plan.json of a run", "Name the file of a published plan")]
    if locks.until and locks.until not in periods:
        remedy = did_you_mean(locks.until, periods) or "Its periods: " + ", ".join(periods)
        return None, [merged.fault("S010", UNTIL, shown(locks.until), "a period of the earlier plan", remedy)]
    return plan, []


def _standing(plan: Mapping[str, Any], period: str) -> tuple[list[ExistingModules], list[ExistingLine]]:
    """What stands in a period of a plan, sites in their order."""
    modules = [
        ExistingModules(site=str(site["id"]), module=str(kind), count=int(count))
        for site in plan["sites"]
        for kind, count in site["modules"].get(period, {}).items()
        if int(count) > 0
    ]
    lines = [
        ExistingLine(link=str(link["id"]), line_mw=float(link["mw_by_period"][period]))
        for site in plan["sites"]
        for link in site["power_links"]
        if float(link["mw_by_period"].get(period, 0.0)) > 0.0
    ]
    return modules, lines
