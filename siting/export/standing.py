"""What stands, works and is given by item, read from the plan's tables `equipment`, `given` and `programme`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from siting.export.cells import counts, records, says, text
from siting.export.words import heading
from siting.plan.record import Plan

BATTERY_MW: Final = "battery_mw"
BATTERY_MWH: Final = "battery_mwh"
FIELD_MW: Final = "onsite_solar_mw"
GENERATORS: Final = ("gas_engine_mw", "gas_turbine_mw", "diesel_mw")
TRAINING_MW: Final = "training_mw"
INFERENCE_MW: Final = "inference_mw"
WAITING_MW: Final = "waiting_it_mw"
_NOTHING: Final = 1e-6

ByPeriod = Mapping[str, float]


def at_sites(plan: Plan) -> Mapping[str, Mapping[str, ByPeriod]]:
    """Item -> site -> period -> how much stands or holds there."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in records(plan.equipment, ("site_id", "item", "period", "amount")):
        sites = found.setdefault(says(row, "item"), {})
        sites.setdefault(says(row, "site_id"), {})[says(row, "period")] = counts(row, "amount")
    return found


def given(plan: Plan) -> Mapping[str, Mapping[str, Mapping[str, ByPeriod]]]:
    """Item -> site -> place -> period -> how much the site gives to the place."""
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for row in records(plan.given, ("site_id", "place_id", "item", "period", "amount")):
        places = found.setdefault(says(row, "item"), {}).setdefault(says(row, "site_id"), {})
        places.setdefault(says(row, "place_id"), {})[says(row, "period")] = counts(row, "amount")
    return found


def of_programme(plan: Plan) -> Mapping[str, tuple[float, ...]]:
    """Item -> how much of it, one value a period."""
    found: dict[str, dict[str, float]] = {}
    for row in records(plan.programme, ("item", "period", "amount")):
        found.setdefault(says(row, "item"), {})[says(row, "period")] = counts(row, "amount")
    return {item: tuple(values.get(period, 0.0) for period in plan.record.periods) for item, values in found.items()}


def summed(plan: Plan, sites: Mapping[str, ByPeriod] | None) -> tuple[float, ...]:
    """Sum over sites, one value a period; zeros where there are none."""
    return tuple(sum(by.get(period, 0.0) for by in (sites or {}).values()) for period in plan.record.periods)


def given_in_all(plan: Plan, sites: Mapping[str, Mapping[str, ByPeriod]] | None) -> tuple[float, ...]:
    """Sum of what is given over sites and places, one value a period."""
    parts = [by for places in (sites or {}).values() for by in places.values()]
    return tuple(sum(by.get(period, 0.0) for by in parts) for period in plan.record.periods)


def some(values: tuple[float, ...]) -> bool:
    """Whether there is anything in any period."""
    return any(abs(value) > _NOTHING for value in values)


def meaning(plan: Plan, item: str) -> str:
    """What an item is, in words: its family's, or its name where the plan has none."""
    said = text(plan.items.get(item, "")) or heading(item)
    return said[:1].upper() + said[1:]
