"""What a click on a candidate tells: the figures read first, the reasons, and everything else in groups that open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from siting.export import palette
from siting.export.cells import Cell, counts, says
from siting.export.standing import BATTERY_MW, BATTERY_MWH, FIELD_MW, GENERATORS, INFERENCE_MW, TRAINING_MW, ByPeriod, meaning
from siting.export.webmap.layer import Card
from siting.export.words import amount, heading, held_back, month_of, percent, shown
from siting.plan.record import Plan
from siting.units import unit_of

Rows = tuple[tuple[str, str], ...]
Stock = Mapping[str, Mapping[str, ByPeriod]]

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Rollout": ("earliest_month", "gated_by", "month_earlier_musd", "fastest_mw_per_month", "module_mix", "lock"),
    "Work": ("training_mw", "inference_mw", "places_served", "worst_rtt_ms"),
    "Power": (
        "hydro_mw", "solar_mw", "grid_mw", "tie_km", "battery_mw", "battery_mwh", "onsite_solar_mw", "generator_mw",
        "generated_mw", "standby_mw", "own_capacity_mw", "strain_share", "strain_score", "reserve_margin_share",
    ),
    "Data": ("gbps_needed", "fibre_to", "fibre_km", "satellite_gbps", "gateway"),
    "Cooling, carbon and water": ("pue_mean", "pue_peak", "peak_mw", "carbon_kg_per_mwh", "water_m3_per_year"),
    "Land and risk": ("land_ha_used", "excluded_by", "zone_it_share", "outage_share"),
}  # fmt: skip
"""Columns of sites by what they are about; those of no group are told under `OTHERS`."""
OTHERS: Final = "More"
_BESIDE: Final = (BATTERY_MW, BATTERY_MWH, FIELD_MW, *GENERATORS, TRAINING_MW, INFERENCE_MW)


def site_card(
    plan: Plan, row: Mapping[str, Cell], standing: Mapping[str, float], stock: Stock, titles: Mapping[str, str]
) -> Card:
    """The card of a candidate: `standing` is its MW by period, `stock` the equipment of all sites by item."""
    is_chosen = row["verdict"] == "chosen"
    first = _first_rows(plan, row, standing, stock) if is_chosen else [("Room for", shown(row["limit_mw"], "MW"))]
    first += [("Grid zone", says(row, "zone")), ("Id", says(row, "id"))]
    shares = (("hydro", "hydro_share"), ("solar", "solar_share"), ("grid", "grid_share"))
    bar = tuple((kind, counts(row, name), palette.SUPPLY[kind]) for kind, name in shares if is_chosen and counts(row, name) > 0)
    stops = "; ".join(held_back(row.get("held_back_by"), titles))
    told = [("Supplied by", says(row, "supplied_by")), ("Why", says(row, "why"))]
    told.append(("What stops it from growing" if is_chosen else "What holds it back", stops))
    return Card(
        says(row, "name") or says(row, "id"),
        f"Chosen · opens {says(row, 'first_period')}" if is_chosen else "Passed over",
        tuple(pair for pair in first if pair[1]),
        bar,
        tuple(part for part in told if part[1]),
        _groups(plan, row, stock, is_chosen),
    )


def _first_rows(plan: Plan, row: Mapping[str, Cell], standing: Mapping[str, float], stock: Stock) -> list[tuple[str, str]]:
    steps = [f"{amount(standing[period])} MW in {period}" for period in plan.record.periods if standing.get(period)]
    per_mw = amount(counts(row, "capital_musd_per_mw"))
    found = [("IT load", ", ".join(steps))]
    if says(row, "gated_by"):
        found.append(("First works", f"{month_of(plan, counts(row, 'earliest_month'))}, after {says(row, 'gated_by')}"))
    work = [("training", TRAINING_MW), ("serving users", INFERENCE_MW)]
    found.append(("Work", ", ".join(f"{words} {shown(row[name], 'MW')}" for words, name in work if counts(row, name))))
    found.append(("Own power", _own_power(plan, says(row, "id"), stock)))
    found.append(("Capital", f"{amount(counts(row, 'capital_musd'), 'MUSD')}, {per_mw} per MW"))
    found.append(("Running", shown(row["running_musd_per_year"], "MUSD/year")))
    found.append(("Energy", f"{shown(row['energy_usd_per_mwh'], 'USD/MWh')}, {percent(counts(row, 'served_share'))} served"))
    return found


def _own_power(plan: Plan, site: str, stock: Stock) -> str:
    """What stands at the site for its power in the last period, in words."""
    last = plan.record.periods[-1] if plan.record.periods else ""
    have = {item: sites.get(site, {}).get(last, 0.0) for item, sites in stock.items()}
    told = []
    if have.get(BATTERY_MW) or have.get(BATTERY_MWH):
        told.append(f"battery {amount(have.get(BATTERY_MW, 0.0), 'MW')}, {amount(have.get(BATTERY_MWH, 0.0), 'MWh')}")
    if have.get(FIELD_MW):
        told.append(f"solar field {amount(have[FIELD_MW], 'MW')}")
    told += [f"{heading(item).lower()} {amount(have[item], 'MW')}" for item in GENERATORS if have.get(item)]
    return "; ".join(told)


def _groups(plan: Plan, row: Mapping[str, Cell], stock: Stock, is_chosen: bool) -> tuple[tuple[str, Rows], ...]:
    placed = {name for names in GROUPS.values() for name in names}
    rest = tuple(name for name in plan.site_columns if name not in placed)
    groups = {title: _rows(plan, row, names, is_chosen) for title, names in (*GROUPS.items(), (OTHERS, rest))}
    groups["Power"] += _equipment(plan, says(row, "id"), stock)
    return tuple((title, rows) for title, rows in groups.items() if rows)


def _rows(plan: Plan, row: Mapping[str, Cell], names: tuple[str, ...], is_chosen: bool) -> Rows:
    there = [name for name in names if name in plan.site_columns and row.get(name) not in (None, "")]
    told = [name for name in there if row[name] != 0]
    return tuple((heading(name), _value(plan, name, row[name])) for name in told if is_chosen or name != "earliest_month")


def _value(plan: Plan, name: str, value: Cell) -> str:
    if name == "earliest_month" and isinstance(value, (int, float)):
        return month_of(plan, float(value))
    return shown(value, plan.site_columns[name][0])


def _equipment(plan: Plan, site: str, stock: Stock) -> Rows:
    """What stands there by period, besides what the figures read first name."""
    found = []
    for item, sites in stock.items():
        by = sites.get(site, {})
        steps = [f"{amount(by[period], unit_of(item))} in {period}" for period in plan.record.periods if by.get(period)]
        if steps and item not in _BESIDE:
            found.append((meaning(plan, item), ", ".join(steps)))
    return tuple(found)
