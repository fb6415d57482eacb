"""An off-grid site in the US Southwest: sun, batteries and gas, sized and dispatched by the model (A1, A11); solar yield (A12).

The published figures are those of the offgridai calculator at its defaults (its file of defaults, read on 2026-11-22): panels,
battery, engine and turbine as in FACTS 2; besides them 410 USD for each kW of load to join them, soft costs of 11.8 % on all
that is built, fixed running cost of 6 USD for each kW of load, 10 or 15 of engine or turbine and 2.5 of battery a year, fuel
that rises by 3 % and running cost by 2.5 % a year, a tax credit of 30 % on sun and storage, and a cost of capital of 7.45 %
(FIN-01). Taxes are left out: with depreciation in six years they take from gas about 3 % and from sun less than they give.
Backup is 125 % of the load (F10). What is the same for every mix stands on the engines, whose size is given. The mix of panels
and batteries behind each share is not published: ours is the cheapest there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siting.arrays import Term
from siting.families.onsite_solar import PANELS
from siting.solve.job import Status
from tests.acceptance.anchors import AIMS, Anchor, monthly, within
from tests.worlds import Row, World, candidate, opened, optimum, pod, small_world, source, substation, zone

LOAD_MW = 100.0
NEVER_MONTHS = 240.0
LATITUDE = 32.0
RATE = 0.0745
CREDIT = 0.30
YEARS = 20.0
"""FIN-05."""
BACKUP = 1.25
"""F10: backup of the load."""
SOFT = 1.118
"""What is built, with conditions, overhead, design, permits, start-up, insurance and taxes on it."""
JOINING_MUSD_PER_MW = 0.41
"""Microgrid, controls and their labour, for each MW of load."""
FUEL_RISE, RUNNING_RISE = 0.03, 0.025


def levelled(rise: float) -> float:
    """The steady price that is worth as much over the years as one that rises."""
    year = np.arange(1.0, YEARS + 1.0)
    return float(((1.0 + rise) / (1.0 + RATE)) ** year @ np.ones(len(year)) / ((1.0 + RATE) ** -year).sum())


FUEL, RUNNING = levelled(FUEL_RISE), levelled(RUNNING_RISE)
ANNUITY = RATE / (1.0 - (1.0 + RATE) ** -YEARS)


def gas_musd_per_mw(price: float, fixed_musd_per_mw_year: float) -> float:
    """A MW of engines, with what joins the site and what runs it whatever its mix; yearly cost as capital of the same worth."""
    yearly = fixed_musd_per_mw_year + 0.006 / BACKUP
    return float(SOFT * (price + JOINING_MUSD_PER_MW / BACKUP) + yearly * RUNNING / ANNUITY)


SUPPLY: dict[str, dict[str, Any]] = {
    "onsite_solar": {
        "panels_musd_per_mw": 0.77 * SOFT,
        "site_factor": 1.0 - CREDIT,
        "upkeep_musd_per_mw_year": 0.011 * RUNNING,
        "clearness_share": 0.65,
        "most_power_share": 20.0,
        "land_ha_per_mw": 0.0,
    },
    "storage": {
        "energy_musd_per_mwh": 0.26 * SOFT,
        "power_musd_per_mw": 0.0,
        "price_factor": 1.0 - CREDIT,
        "upkeep_share_per_year": 0.0025 / 4.0 / 0.26 * RUNNING / SOFT,
        "shortest_h": 4.0,
        "longest_h": 4.0,
        "service_years": YEARS,
        "most_power_share": 20.0,
        "land_ha_per_mwh": 0.0,
    },
    "generation": {
        "engine_musd_per_mw": gas_musd_per_mw(1.15, 0.010),
        "turbine_musd_per_mw": gas_musd_per_mw(0.885, 0.015),
        "price_factor": 1.0,
        "engine_efficiency_share": 3412.142 / 8989.0,
        "turbine_efficiency_share": 3412.142 / 9630.0,
        "gas_usd_per_mmbtu": 5.0 * FUEL,
        "engine_running_usd_per_mwh": 25.0 * RUNNING,
        "turbine_running_usd_per_mwh": 5.0 * RUNNING,
        "engine_lead_months": 0.0,
        "turbine_lead_months": NEVER_MONTHS,
        "diesel_lead_months": NEVER_MONTHS,
        "bridge_months": 0.0,
        "most_power_share": 2.0,
    },
}
"""What offgridai asks for panels, battery (BAT-07: four hours), engine and turbine: SOL-01, SOL-03, BAT-01, GEN-01 to GEN-10."""
TURBINES = {"engine_lead_months": NEVER_MONTHS, "turbine_lead_months": 0.0}


@dataclass(frozen=True)
class Mix:
    """What stands for each MW of load, the cost of what is served, and the share that is not gas."""

    lcoe_usd_per_mwh: float
    renewable_share: float
    panels_mw: float
    battery_mwh: float


def desert(renewable_share: float, **generation: float) -> World:
    """One site of 100 MW of steady load with no line worth the name."""
    world = small_world().only()
    world.model["off"] = [name for name in world.model["off"] if name not in (*SUPPLY, "target")]
    box = (-112.0, 31.0, -110.0, 33.0)
    world.layers["region"] = [{"id": "toyland", "name": "Toyland", "box": box}]
    world.layers["zones"] = [zone("west", -112.0, -110.0) | {"box": box}]
    world.layers["sources"] = [source("spring", -111.0, LATITUDE + 0.1, mean_output_mw=1e-3, capacity_mw=1e-3)]
    world.layers["substations"] = [substation("post", -111.0, LATITUDE - 0.1)]
    for name in ("pops", "gateways", "demand", "climate"):
        world.layers[name] = [row | {"at": (-111.0, LATITUDE)} for row in world.layers[name][:1]]
    world.layers["candidates"] = [candidate("a", -111.0, LATITUDE, limit_mw=LOAD_MW)]
    world.model["modules"] = {"load": pod(LOAD_MW)}
    world.model["finance"] = {"discount_rate": RATE, "operating_years": YEARS}
    world.model["target"] = {"it_mw": [LOAD_MW]}
    for family, knobs in SUPPLY.items():
        world.model[family] = dict(knobs)
    world.model["generation"] |= {"most_energy_share": 1.0 - renewable_share, **generation}
    return monthly(world)


def mix(renewable_share: float, folder: Path, **generation: float) -> Mix:
    """The cheapest supply with this share: present value of all cost over that of all energy."""
    program = opened(desert(renewable_share, **generation), folder).program()
    _backed_up(program, 1.0 - renewable_share)
    best = optimum(program, [AIMS["cheapest_for_target"]])
    assert best.status is Status.OPTIMAL, best.status
    time = program.problem.time
    served_mwh = LOAD_MW * 8760.0 * float(time.running_years[-1])
    gas = float(best["generation.mean_mw"].sum()) / LOAD_MW
    return Mix(
        lcoe_usd_per_mwh=1e6 * best.reached[0] / served_mwh,
        renewable_share=1.0 - gas,
        panels_mw=PANELS * float(best["onsite_solar.mw"].sum()) / LOAD_MW,
        battery_mwh=float(best["storage.mwh"].sum()) / LOAD_MW,
    )


def _backed_up(program: Any, gas_share: float) -> None:
    """Two rows more: engines of 125 % of the load, and no less gas than the share."""
    sheet, block = program.core.sheet, {variable.name: variable for variable in program.space.variables}
    for name, variable, amount in (
        ("backup", block["generation.mw"], BACKUP * LOAD_MW),
        ("gas_share", block["generation.mean_mw"], gas_share * LOAD_MW),
    ):
        columns = variable.columns.ravel()
        term = Term(np.zeros(len(columns), np.int64), columns, np.ones(len(columns)))
        sheet.rows(name, [sheet.axis(f"{name}_all", ["total"])], [term], lower=amount)


# ---- the anchors


def off_grid(folder: Path) -> Iterator[Anchor]:
    """A1 at both shares and with turbines alone; A11 from the site of 90 %."""
    for share, published in ((0.44, 93.0), (0.90, 109.0)):
        found = mix(share, folder / f"{share:g}")
        what = f"off-grid in the Southwest, {found.renewable_share:.0%} renewable: cost of energy"
        why = "the published mix is not known; ours is the cheapest of that share"
        yield within(f"A1.{share:.0%}".rstrip("%"), what, found.lcoe_usd_per_mwh, published, "USD/MWh", reason=why)
    yield Anchor("A11.panels", "panels for a MW round the clock", found.panels_mw, 5.0, "MWdc/MW", 2.5, 10.0)
    yield Anchor("A11.battery", "battery for a MW round the clock", found.battery_mwh, 19.0, "MWh/MW", 9.5, 38.0)
    turbines = mix(0.0, folder / "turbines", **TURBINES)
    yield within("A1.gas", "off-grid with turbines alone: cost of energy", turbines.lcoe_usd_per_mwh, 86.0, "USD/MWh")


def solar_yield(folder: Path) -> Iterator[Anchor]:
    """What a kWp of panels gives a year, from the field's own output by slice."""
    for name, place, latitude, clearness, published in (
        ("A12.texas", "North Texas", 35.0, 0.55, 1673.0),
        ("A12.denmark", "Denmark", 55.0, 0.50, 1100.0),
    ):
        world = desert(0.5)
        shift = latitude - LATITUDE
        for rows in world.layers.values():
            for row in rows:
                _move(row, shift)
        facts: Any = opened(world.turned(onsite_solar__clearness_share=clearness), folder / name).problem.facts["onsite_solar"]
        hours = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]).repeat(24)
        yield within(name, f"yield of panels, {place}", float(facts.cf[0] @ hours) / PANELS, published, "kWh/kWp")


def _move(row: Row, north: float) -> None:
    if "at" in row:
        row["at"] = (row["at"][0], row["at"][1] + north)
    elif "box" in row:
        west, south, east, top = row["box"]
        row["box"] = (west, south + north, east, top + north)
