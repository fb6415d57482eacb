"""What aims and target ask for, against what the rest of the scenario can give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from siting.cells import shown
from siting.errors import Fault
from siting.family import Knobs
from siting.scenario.merge import Merged
from siting.scenario.registry import Registry
from siting.scenario.settings import ModuleType, ObjectiveChoice, TimeTable
from siting.units import MONTHS_PER_YEAR


def goal_faults(
    objective: ObjectiveChoice, knobs: Mapping[str, Knobs], off: frozenset[str], merged: Merged, registry: Registry
) -> Iterator[Fault]:
    """Aims whose family is off count nothing; the cheapest for a target needs a target."""
    for number, aim in enumerate(objective.aims):
        place = ("objective", "aims", number)
        for family in registry.aim_needs.get(aim, ()):
            if family in off or family not in registry.knobs:
                found = f"{shown(aim)}, while {family} is off by {merged.origin(('off',))}"
                remedy = f'Take "{family}" out of off, or the aim out of here'
                yield merged.fault("S011", place, found, f"{family} switched on", remedy)
            elif family == "target" and family in knobs and not knobs[family].model_dump()["it_mw"]:
                found = f"{shown(aim)}, while target.it_mw asks for nothing"
                yield merged.fault("S011", place, found, "a target", "Write target.it_mw, MW for each period, or take least_cost")
    yield from _empty_plan(objective, knobs, off, merged, registry)


def _empty_plan(
    objective: ObjectiveChoice, knobs: Mapping[str, Knobs], off: frozenset[str], merged: Merged, registry: Registry
) -> Iterator[Fault]:
    """A warning where the first aim only makes a plan smaller and nothing says how big it must be."""
    first = objective.aims[0] if objective.aims else ""
    if not registry.asking or first not in registry.aims or first in registry.asking or {"target", "locks"} - set(knobs):
        return
    target, force = (knobs[name].model_dump().get(key) for name, key in (("target", "it_mw"), ("locks", "force")))
    if (target and "target" not in off) or (force and "locks" not in off):
        return
    remedy = f"Put one of {', '.join(sorted(registry.asking))} first, or write target.it_mw"
    found = f"{shown(first)} first, with no target and no site forced"
    yield merged.fault("S011", ("objective", "aims", 0), found, "something that asks for compute", remedy, warning=True)


def target_faults(
    time: TimeTable,
    knobs: Mapping[str, Knobs],
    modules: Mapping[str, ModuleType],
    off: frozenset[str],
    merged: Merged,
) -> Iterator[Fault]:
    """One number a period, and no more than the budget pays for: of every module at least the IT and a facility at list price."""
    asked: tuple[float, ...] = knobs["target"].model_dump()["it_mw"] if "target" in knobs and "target" not in off else ()
    if not asked:
        return
    if len(asked) != len(time.periods):
        found = f"{len(asked)} numbers, where time.periods has {len(time.periods)} ({merged.origin(('time', 'periods'))})"
        yield merged.fault("S012", ("target", "it_mw"), found, "one number a period, or none", "Write one MW for each period")
        return
    if "budget" in knobs and not {"budget", "hardware"} & off and modules:
        yield from _money_faults(time, asked, knobs["budget"].model_dump(), _cheapest(modules.values(), knobs), merged)
    if "rollout" in knobs and "rollout" not in off:
        yield from _pace_faults(time, asked, knobs["rollout"].model_dump(), merged)


def _pace_faults(time: TimeTable, asked: tuple[float, ...], rollout: Mapping[str, Any], merged: Merged) -> Iterator[Fault]:
    """No more by any period than the programme can have brought up by then, month by month."""
    ends = list(accumulate(period.months for period in time.periods))
    start, most_a_month, growth = (
        rollout[key] for key in ("start_mw_per_month", "programme_mw_per_month", "growth_share_per_month")
    )
    months, pace = [], min(start, most_a_month)
    for _ in range(ends[-1]):
        months.append(pace)
        pace = min(pace * (1.0 + growth), most_a_month)
    for number, (mw, end) in enumerate(zip(asked, ends, strict=True)):
        most = sum(months[:end])
        if mw > most * (1.0 + 1e-9):
            path = ("rollout", "programme_mw_per_month")
            expected = f"at most {most:,.0f} MW: rollout.programme_mw_per_month ({merged.origin(path)}) and the start before it"
            remedy = "Lower the target, or raise rollout.start_mw_per_month, growth_share_per_month or programme_mw_per_month"
            found = f"{mw:g} MW by {time.periods[number].name}"
            yield merged.fault("S011", ("target", "it_mw", number), found, expected, remedy)
            return


def _cheapest(modules: Iterable[ModuleType], knobs: Mapping[str, Knobs]) -> float:
    """No MW of IT costs less [MUSD]: the cheapest type, its facility at the lowest multiplier anything may have."""
    hardware: dict[str, Any] = knobs["hardware"].model_dump() if "hardware" in knobs else {}
    factor = min(1.0, *(float(hardware.get(name, 1.0)) for name in ("remote_factor", "transport_factor")))
    return min((kind.it_musd + factor * kind.facility_musd) / kind.it_mw for kind in modules)


def _money_faults(
    time: TimeTable, asked: tuple[float, ...], budget: Mapping[str, Any], musd_per_mw: float, merged: Merged
) -> Iterator[Fault]:
    signed = accumulate(period.months / MONTHS_PER_YEAR * budget["period_musd_per_year"] for period in time.periods)
    for number, (mw, by_then) in enumerate(zip(asked, signed, strict=True)):
        key = "total_musd" if budget["total_musd"] <= by_then else "period_musd_per_year"
        most = min(budget["total_musd"], by_then)
        if mw * musd_per_mw > most * (1.0 + 1e-9):
            needed = f"{mw * musd_per_mw:,.0f} MUSD at {musd_per_mw:.4g} MUSD a MW or more"
            found = f"{mw:g} MW by {time.periods[number].name}, {needed}"
            origin = merged.origin(("budget", key))
            expected = f"at most {most / musd_per_mw:,.0f} MW: budget.{key} ({origin}) signs {most:,.0f} MUSD"
            remedy = f"Lower the target or raise budget.{key}"
            yield merged.fault("S011", ("target", "it_mw", number), found, expected, remedy)
            return
