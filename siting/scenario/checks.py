"""What only several values together can get wrong: seasons that miss a month, names nobody knows, wishes that clash."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from siting.cells import did_you_mean, shown
from siting.errors import Fault
from siting.family import Knobs
from siting.scenario.merge import Merged
from siting.scenario.registry import Registry
from siting.scenario.settings import MONTHS, NAME_PATTERN, General, ObjectiveChoice, TimeTable
from siting.toml_lines import TomlPath
from siting.units import MONTHS_PER_YEAR

_MONTH_OF_YEAR: Final = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])")


def general_faults(general: General, merged: Merged, registry: Registry) -> Iterator[Fault]:
    """Currency, first month, time zone, names in `off`."""
    if general.currency != "USD":
        remedy = 'Convert the prices and write currency = "USD"'
        yield merged.fault("S016", ("currency",), shown(general.currency), '"USD", the currency of all built-in costs', remedy)
    if not _MONTH_OF_YEAR.fullmatch(general.start):
        yield merged.fault("S016", ("start",), shown(general.start), 'a month as in "2027-01"', "Write year, dash and month")
    zones = () if _is_zone(general.timezone) else available_timezones()
    if zones:
        advice = _zone_advice(general.timezone, zones)
        yield merged.fault("S016", ("timezone",), shown(general.timezone), "an IANA time zone", advice)
    yield from name_faults(general.off, ("off",), "a family", registry.knobs, merged)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _zone_advice(name: str, zones: Iterable[str]) -> str:
    city = name.replace(" ", "_").rsplit("/", 1)[-1].lower()
    exact = sorted(zone for zone in zones if zone.rsplit("/", 1)[-1].lower() == city)
    return f'Did you mean "{exact[0]}"?' if exact else did_you_mean(name, zones) or 'As in "America/Los_Angeles"'


def name_faults(names: Iterable[str], path: TomlPath, what: str, known: Iterable[str], merged: Merged) -> Iterator[Fault]:
    """Names in a list that are not in `known`, or stand there twice."""
    options = tuple(known)
    for number, name in enumerate(names):
        if name not in options:
            remedy = did_you_mean(name, options) or "Known: " + ", ".join(options)
            yield merged.fault("S010", (*path, number), shown(name), what, remedy)
    for name, times in Counter(names).items():
        if times > 1:
            yield merged.fault("S011", path, f"{shown(name)} {times} times", "each name once", "Keep one")


def time_faults(time: TimeTable, merged: Merged) -> Iterator[Fault]:
    """Blocks divide the day, every month has one season, periods have names of their own."""
    if 24 % time.blocks:
        fitting = [blocks for blocks in range(1, 25) if 24 % blocks == 0]
        remedy = f"Write {min(fitting, key=lambda blocks: abs(blocks - time.blocks))}"
        expected = "a divisor of 24: " + ", ".join(map(str, fitting))
        yield merged.fault("S012", ("time", "blocks"), str(time.blocks), expected, remedy)
    elif 24 % time.dispatch_blocks or time.dispatch_blocks % time.blocks:
        fitting = [blocks for blocks in range(1, 25) if 24 % blocks == 0 and blocks % time.blocks == 0]
        expected = f"a multiple of time.blocks ({time.blocks}) that divides 24"
        yield merged.fault(
            "S012", ("time", "dispatch_blocks"), str(time.dispatch_blocks), expected, f"Write {fitting[-1] if fitting else 24}"
        )
    if time.hydrology and abs(sum(year.probability_share for year in time.hydrology) - 1.0) > 1e-9:
        total = sum(year.probability_share for year in time.hydrology)
        yield merged.fault("S012", ("time", "hydrology"), f"probabilities that add up to {total:g}", "1 in all", "Mend them")
    for name, times in Counter(year.name for year in time.hydrology).items():
        if times > 1:
            yield merged.fault(
                "S012", ("time", "hydrology"), f"{shown(name)} {times} times", "a name for each hydrology year", "Rename one"
            )
    if not time.periods:
        remedy = 'Write periods = [{ name = "2027", months = 12 }]'
        yield merged.fault("S012", ("time", "periods"), "an empty list", "at least one period", remedy)
    for name, times in Counter(period.name for period in time.periods).items():
        if times > 1:
            yield merged.fault(
                "S012", ("time", "periods"), f"{shown(name)} {times} times", "a name for each period", "Rename one"
            )
    for season, months in time.seasons.items():
        if not months:
            yield merged.fault("S012", ("time", "seasons", season), "no month", "at least one month", "Leave the season out")
    held = Counter(month for months in time.seasons.values() for month in months)
    wrong = [f"month {month} in {f'{held[month]} seasons' if held[month] else 'none'}" for month in MONTHS if held[month] != 1]
    if wrong:
        expected = "every month 1 to 12 in exactly one season"
        yield merged.fault("S012", ("time", "seasons"), ", ".join(wrong), expected, "Mend the lists")


def objective_faults(objective: ObjectiveChoice, merged: Merged, registry: Registry) -> Iterator[Fault]:
    """At least one aim, all known, none twice."""
    if not objective.aims:
        remedy = "Known: " + ", ".join(registry.aims)
        yield merged.fault("S012", ("objective", "aims"), "an empty list", "at least one aim", remedy)
    yield from name_faults(objective.aims, ("objective", "aims"), "an aim", registry.aims, merged)


def module_name_faults(names: Iterable[str], merged: Merged) -> Iterator[Fault]:
    """Module types have names that can stand in file and column names; there is at least one."""
    known = tuple(names)
    if not known:
        remedy = "Add a table such as [modules.hall] with it_mw, facility_musd, it_musd, yard_ha"
        yield merged.fault("S008", ("modules",), "no module type", "at least one module type", remedy)
    for name in known:
        if not re.fullmatch(NAME_PATTERN, name):
            expected = "letters, digits, . _ and -, beginning with a letter or digit"
            yield merged.fault("S022", ("modules", name), shown(name), expected, "Rename it")


def lock_faults(force: Iterable[str], forbid: Iterable[str], merged: Merged) -> Iterator[Fault]:
    """Sites that are forced and forbidden at once, with both places."""
    forced = tuple(force)
    for number, site in enumerate(forbid):
        if site in forced:
            there = merged.origin(("locks", "force", forced.index(site)))
            remedy = "Take it out of one of the two lists"
            found = f"{shown(site)}, forced by {there}"
            yield merged.fault("S011", ("locks", "forbid", number), found, "a site that is not forced too", remedy)


def work_faults(knobs: Mapping[str, Knobs], off: Iterable[str], merged: Merged) -> Iterator[Fault]:
    """Inference and training that ask for more than the whole programme."""
    if {"inference", "training"} & set(off) or not {"inference", "training"} <= set(knobs):
        return
    serves, trains = knobs["inference"].model_dump()["inference_share"], knobs["training"].model_dump()["training_share"]
    if serves + trains > 1.0 + 1e-9:
        found = f"{trains:g}, with inference.inference_share = {serves:g} from {merged.origin(('inference', 'inference_share'))}"
        expected = f"at most {1.0 - serves:g}, what inference leaves of the programme"
        yield merged.fault("S011", ("training", "training_share"), found, expected, "Lower one of the two shares")


def idle_knobs(off: Iterable[str], knobs: Mapping[str, Knobs], merged: Merged) -> Iterator[Fault]:
    """Warnings for edits of families that are switched off: they change nothing."""
    for name in sorted(set(off) & set(knobs)):
        for path, (document, place) in merged.owners.items():
            if path[0] == name and len(path) > 1 and document.role != "model":
                remedy = f'Take "{name}" out of off, or the edit out of here'
                where, field = document.where(place), ".".join(map(str, path))
                found = f"{name} is switched off by {merged.origin(_place_in_off(name, merged))}"
                yield Fault("S011", document.label, where, field, found, "a family that is on", remedy, warning=True)


def budget_warnings(knobs: Mapping[str, Knobs], time: TimeTable, merged: Merged) -> Iterator[Fault]:
    """A warning where what all periods may spend together is far less than the total: the total then says nothing."""
    budget: dict[str, Any] = knobs["budget"].model_dump() if "budget" in knobs else {}
    total, yearly = budget.get("total_musd"), budget.get("period_musd_per_year")
    years = sum(period.months for period in time.periods) / MONTHS_PER_YEAR
    if total and years and yearly is not None and yearly * years < 0.5 * total:
        found = f"{years:g} years of {yearly:g} MUSD are {yearly * years:g} of {total:g} MUSD"
        remedy = "Raise budget.period_musd_per_year, or lower budget.total_musd to what can be spent"
        yield merged.fault("S011", ("budget", "period_musd_per_year"), found, "limits that can both bind", remedy, warning=True)


def _place_in_off(name: str, merged: Merged) -> TomlPath:
    off = merged.data.get("off")
    return ("off", off.index(name)) if isinstance(off, list) else ("off",)
