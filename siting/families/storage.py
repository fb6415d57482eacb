"""Batteries: power taken in when there is plenty and given back when it is short, within a representative day.

With c and d MW charged and discharged, h hours a slice, e the square root of the round-trip efficiency, E and P what stands,
u = 1 - least_charge_share, and D the slices of one representative day:

    c[i, p, t] + d[i, p, t]  <=  P[i, p]                                                                 for i, p, t
    e * h * sum over t in D of c  =  cycled[i, p, D]  =  h / e * sum over t in D of d                    for i, p, D
    cycled[i, p, D]  <=  cycles_per_day * held_back[i, p]
    held_back  =  u * E[i, p] - standby_h / e * standby[i, p]
    standby[i, p]  <=  P[i, p],    firm[i, p]  <=  P[i, p],    firm_h / e * firm[i, p]  <=  held_back
    shortest_h * P  <=  E  <=  longest_h * P,       P[i, p]  <=  most_power_share * IT load standing

`c + d <= P` stands for a choice between the two: it is the convex hull of charging alone and discharging alone, and with losses
and prices that are not negative doing both never pays. Up to one cycle a day what the battery holds needs no variable: it
cannot swing by more than the day puts through it, which fits into what is held back. Above one, it is stated:

    level[t]  =  level[before t] + e * h * c[t] - h / e * d[t],     level  <=  held_back                 for i, p, t

`standby` MW carry the site for `standby_h` hours at any time, so their energy is never cycled; `firm` MW are given for `firm_h`
stressed hours. E is what the battery holds after `service_years`: it is bought larger by 1 / (1 - fade), with formula F8

    fade  =  sum over days n of  0.5 * 1.16e-3 * 0.5 / sqrt(n)  +  2.46e-5 * cycles_per_day          (0.124 in ten years)

    capital  =  price_factor * (energy_musd_per_mwh * E / (1 - fade)  +  power_musd_per_mw * P)

and takes land_ha_per_mwh * E / (1 - fade). Cash flow: "batteries", "battery upkeep".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.arrays import ArrayVar, Axis, Sheet, Term, cells
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Family,
    Floats,
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Problem,
    Solved,
    Standing,
    Timeline,
    knob,
    looks_alone,
    no_facts,
)

DAYS_A_YEAR: Final = 365
CALENDAR_FADE: Final = 0.5 * 1.16e-3 * 0.5
CYCLE_FADE: Final = 2.46e-5


class StorageKnobs(Knobs):
    """Knobs of batteries."""

    energy_musd_per_mwh: float = knob(
        0.19, "battery, the part that holds energy", source="BAT-01", tighter="up", at_least=0.0, at_most=10.0
    )
    power_musd_per_mw: float = knob(
        0.15, "battery, the part that turns power", source="BAT-02", tighter="up", at_least=0.0, at_most=10.0
    )
    price_factor: float = knob(
        1.05, "multiplier on factory-built things at a remote place", source="FIN-08", tighter="up", at_least=0.0, at_most=10.0
    )
    upkeep_share_per_year: float = knob(
        0.025, "yearly upkeep as a share of a battery's capital", source="BAT-05", tighter="up", at_least=0.0, at_most=0.5
    )
    round_trip_share: float = knob(
        0.89, "energy given back of energy taken in", source="BAT-03", tighter="down", above=0.0, at_most=1.0
    )
    least_charge_share: float = knob(
        0.1, "share of its energy a battery never gives", source="BAT-08", tighter="up", at_least=0.0, at_most=0.9
    )
    cycles_per_day: float = knob(
        1.0, "full cycles of a battery a day, which is what its life supposes", source="BAT-04", above=0.0, at_most=4.0
    )
    service_years: float = knob(
        10.0, "years after which a battery still holds what is planned", source="F8", tighter="up", at_least=0.0, at_most=20.0
    )
    shortest_h: float = knob(
        2.0, "least hours at full power a battery is built for", source="BAT-07", tighter="up", at_least=0.0, at_most=1000.0
    )
    longest_h: float = knob(
        8.0, "most hours at full power a battery is built for", source="BAT-07", tighter="down", at_least=0.0, at_most=1000.0
    )
    most_power_share: float = knob(
        2.0,
        "largest battery of a site, MW a MW of IT load standing",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=20.0,
    )
    land_ha_per_mwh: float = knob(0.1, "land of a battery", source="BAT-06", tighter="up", at_least=0.0, at_most=10.0)
    standby_h: float = knob(
        8.0,
        "hours a battery on standby must carry a site that is cut off",
        source="RES-05",
        tighter="up",
        at_least=0.0,
        at_most=168.0,
    )
    firm_h: float = knob(
        4.0, "hours on end a battery's firm capacity must last", source="RES-04", tighter="up", at_least=0.0, at_most=24.0
    )


COLUMNS = (
    Column("battery_mw", "MW", "power of its batteries at the end"),
    Column("battery_mwh", "MWh", "energy its batteries hold at the end of their service"),
)
ITEMS: Final = {
    "battery_mw": "power of the batteries standing",
    "battery_mwh": "energy the batteries standing hold at the end of their service",
    "battery_standby_mw": "battery power that carries the site when it is cut off",
    "battery_firm_mw": "battery power that can be given in stressed hours",
    "battery_charge_mw": "charging, at the site's busbar",
    "battery_discharge_mw": "discharging, at the site's busbar",
    "battery_level_mwh": "energy in the cells at the end of the slice [MWh]",
}


@dataclass(frozen=True, slots=True)
class _Battery:
    """The variables: stocks (I, P), cycled (I, P, days), operation (I, P, T)."""

    power: ArrayVar
    energy: ArrayVar
    standby: ArrayVar
    firm: ArrayVar
    cycled: ArrayVar
    charge: ArrayVar
    discharge: ArrayVar


def fade_share(service_years: float, cycles_per_day: float) -> float:
    """Capacity lost in so many years at half charge (F8)."""
    days = round(service_years * DAYS_A_YEAR)
    calendar = CALENDAR_FADE * float(np.sum(1.0 / np.sqrt(np.arange(1, days + 1))))
    return min(calendar + CYCLE_FADE * cycles_per_day * days, 0.95)


def oversize(knobs: StorageKnobs) -> float:
    """MWh bought for a MWh that is there at the end of the service."""
    return 1.0 / (1.0 - fade_share(knobs.service_years, knobs.cycles_per_day))


def day_of(time: Timeline) -> Ints:
    """Number of the representative day of each slice (T)."""
    blocks = int(time.block_of.max()) + 1
    return np.asarray(np.arange(len(time.slices)) // blocks, dtype=np.int64)


def state(core: Core, problem: Problem, knobs: StorageKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Stocks, operation, and the rows above."""
    if knobs.most_power_share == 0.0:
        return
    battery = _variables(core, problem, knobs, block)
    _size_rows(core, problem, knobs, block, battery)
    _energy_rows(core, problem, knobs, block, battery)
    core.never_shrinks(block, battery.power)
    core.never_shrinks(block, battery.energy)
    _add_to_ledgers(problem, knobs, battery, ledgers)


def _variables(core: Core, problem: Problem, knobs: StorageKnobs, block: Sheet) -> _Battery:
    both, all_three = [core.site, core.period], [core.site, core.period, core.slice]
    time, owner = problem.time, np.arange(len(core.site))[:, None]
    days = day_of(time)
    first = np.flatnonzero(np.diff(days, prepend=-1))
    many = len(time.hydrology) > 1
    names = [time.seasons[time.season_of[t]] for t in first]
    labels = [f"{time.hydrology[time.hydrology_of[t]]}-{name}" if many else name for t, name in zip(first, names, strict=True)]
    day = block.axis("day", labels)
    most_mw = knobs.most_power_share * problem.limit_mw[:, None]
    most_mwh = knobs.longest_h * most_mw
    usable = 1.0 - knobs.least_charge_share
    return _Battery(
        power=block.variables("mw", both, upper=most_mw, owner=owner),
        energy=block.variables("mwh", both, upper=most_mwh, owner=owner),
        standby=block.variables("standby_mw", both, upper=most_mw, owner=owner),
        firm=block.variables("firm_mw", both, upper=most_mw, owner=owner),
        cycled=block.variables(
            "cycled_mwh",
            [core.site, core.period, day],
            upper=knobs.cycles_per_day * usable * most_mwh[:, :, None],
            owner=owner[:, :, None],
        ),
        charge=block.variables("charge_mw", all_three, upper=most_mw[:, :, None], owner=owner[:, :, None]),
        discharge=block.variables("discharge_mw", all_three, upper=most_mw[:, :, None], owner=owner[:, :, None]),
    )


def _size_rows(core: Core, problem: Problem, knobs: StorageKnobs, block: Sheet, battery: _Battery) -> None:
    both, at = [core.site, core.period], cells(core.site, core.period)
    power, energy = Term(at, battery.power.columns, 1.0), Term(at, battery.energy.columns, 1.0)
    block.rows("shortest", both, [energy, Term(at, battery.power.columns, -knobs.shortest_h)], lower=0.0)
    block.rows("longest", both, [energy, Term(at, battery.power.columns, -knobs.longest_h)], upper=0.0)
    it_mw = -knobs.most_power_share * problem.modules.it_mw[None, :, None]
    block.rows("most_power", both, [power, Term(at[:, None, :], core.modules.columns, it_mw)], upper=0.0)
    less = Term(at, battery.power.columns, -1.0)
    block.rows("standby_power", both, [Term(at, battery.standby.columns, 1.0), less], upper=0.0)
    block.rows("firm_power", both, [Term(at, battery.firm.columns, 1.0), less], upper=0.0)
    lasting = knobs.firm_h / np.sqrt(knobs.round_trip_share)
    if lasting > 0:
        firm = Term(at, battery.firm.columns, lasting)
        block.rows("firm_energy", both, [firm, *_held_back(at, knobs, battery, -1.0)], upper=0.0)


def _held_back(at: Ints, knobs: StorageKnobs, battery: _Battery, factor: float) -> list[Term]:
    """What may be cycled, times a factor: usable energy less what standby keeps."""
    shape = (..., *([None] * (at.ndim - 2)))
    kept = knobs.standby_h / np.sqrt(knobs.round_trip_share)
    energy = Term(at, battery.energy.columns[shape], factor * (1.0 - knobs.least_charge_share))
    return [energy, Term(at, battery.standby.columns[shape], -factor * kept)]


def _energy_rows(core: Core, problem: Problem, knobs: StorageKnobs, block: Sheet, battery: _Battery) -> None:
    time, one_way = problem.time, float(np.sqrt(knobs.round_trip_share))
    all_three: list[Axis] = [core.site, core.period, core.slice]
    at = cells(*all_three)
    charge, discharge = battery.charge.columns, battery.discharge.columns
    power = Term(at, battery.power.columns[:, :, None], -1.0)
    block.rows("power", all_three, [Term(at, charge, 1.0), Term(at, discharge, 1.0), power], upper=0.0)
    by_day = list(battery.cycled.axes)
    daily = cells(*by_day)
    through = Term(daily, battery.cycled.columns, -1.0)
    slices = daily[:, :, day_of(time)]
    block.rows("charged", by_day, [Term(slices, charge, one_way * time.block_h), through], lower=0.0, upper=0.0)
    block.rows("discharged", by_day, [Term(slices, discharge, time.block_h / one_way), through], lower=0.0, upper=0.0)
    cycled = Term(daily, battery.cycled.columns, 1.0)
    block.rows("cycles", by_day, [cycled, *_held_back(daily, knobs, battery, -knobs.cycles_per_day)], upper=0.0)
    if knobs.cycles_per_day <= 1.0:
        return
    most = (1.0 - knobs.least_charge_share) * battery.energy.upper_values.reshape(battery.energy.shape)[:, :, None]
    level = block.variables("level_mwh", all_three, upper=most, owner=np.arange(len(core.site))[:, None, None])
    now, before = Term(at, level.columns, 1.0), Term(at, level.columns[:, :, time.before], -1.0)
    flows = [Term(at, charge, -one_way * time.block_h), Term(at, discharge, time.block_h / one_way)]
    block.rows("level", all_three, [now, before, *flows], lower=0.0, upper=0.0)
    block.rows("room", all_three, [now, *_held_back(at, knobs, battery, -1.0)], upper=0.0)


def _add_to_ledgers(problem: Problem, knobs: StorageKnobs, battery: _Battery, ledgers: Ledgers) -> None:
    share = problem.time.hours / problem.time.hours.sum()
    site = ledgers.land_ha.cells()
    for label, columns, sign in (("charging", battery.charge.columns, -1.0), ("discharging", battery.discharge.columns, 1.0)):
        ledgers.supply_mw.add(label, ledgers.supply_mw.cells(), columns, sign)
        ledgers.on_time_mw.add(label, site[:, :, None], columns, sign * share)
    bought = oversize(knobs)
    ledgers.land_ha.add("batteries", site, battery.energy.columns, knobs.land_ha_per_mwh * bought)
    ledgers.standby_mw.add("batteries", site, battery.standby.columns, 1.0)
    ledgers.own_capacity_mw.add("batteries", site, battery.firm.columns, 1.0)
    period = ledgers.capital_musd.cells()
    for columns, price in (
        (battery.energy.columns, knobs.energy_musd_per_mwh * bought),
        (battery.power.columns, knobs.power_musd_per_mw),
    ):
        musd = knobs.price_factor * price
        ledgers.capital_musd.add("batteries", period, columns, musd)
        ledgers.running_musd.add("battery upkeep", period, columns, knobs.upkeep_share_per_year * musd)


def report(problem: Problem, knobs: StorageKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """Batteries of each site in the last period."""
    if knobs.most_power_share == 0.0:
        return dict.fromkeys(("battery_mw", "battery_mwh"), np.zeros(len(problem.site_ids)))
    return {"battery_mw": solved["storage.mw"][:, -1], "battery_mwh": solved["storage.mwh"][:, -1]}


def standing(problem: Problem, knobs: StorageKnobs, solved: Solved) -> Standing:
    """Batteries and what they do. Charging and discharging at once is netted: it holds the same energy and wastes less."""
    if knobs.most_power_share == 0.0:
        return Standing()
    charge, discharge, change = _netted(solved["storage.charge_mw"], solved["storage.discharge_mw"], knobs)
    blocks = int(problem.time.block_of.max()) + 1
    days = np.cumsum(change.reshape(*change.shape[:2], -1, blocks), axis=3) * problem.time.block_h
    kept = knobs.standby_h / np.sqrt(knobs.round_trip_share) * solved["storage.standby_mw"]
    floor = knobs.least_charge_share * solved["storage.mwh"] + kept
    level = (days - days.min(axis=3, keepdims=True)).reshape(change.shape) + floor[:, :, None]
    return Standing(
        stock={
            "battery_mw": solved["storage.mw"],
            "battery_mwh": solved["storage.mwh"],
            "battery_standby_mw": solved["storage.standby_mw"],
            "battery_firm_mw": solved["storage.firm_mw"],
        },
        operation={"battery_charge_mw": charge, "battery_discharge_mw": discharge, "battery_level_mwh": level},
    )


def _netted(charge: Floats, discharge: Floats, knobs: StorageKnobs) -> tuple[Floats, Floats, Floats]:
    """Charging and discharging with only one at a time, and MW into the cells: the same energy held, less of it lost."""
    one_way = float(np.sqrt(knobs.round_trip_share))
    into = one_way * charge - discharge / one_way
    return np.maximum(into, 0.0) / one_way, np.maximum(-into, 0.0) * one_way, into


def explain(row: Mapping[str, Any], knobs: StorageKnobs) -> str:  # noqa: ARG001
    """What its batteries are."""
    if not row["battery_mw"] > 1e-3:
        return ""
    return f"Batteries of {row['battery_mw']:.1f} MW and {row['battery_mwh']:.0f} MWh shift its power within the day."


STORAGE = Family(
    name="storage",
    title="Batteries",
    knobs=StorageKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "power": Limit("power of a battery", "MW"),
        "charged": Limit("energy charged in a day", "MWh", structure=True),
        "discharged": Limit("energy discharged in a day", "MWh", structure=True),
        "cycles": Limit("energy a battery may cycle in a day", "MWh", ("storage.cycles_per_day",)),
        "level": Limit("energy in a battery from slice to slice", "MWh", structure=True),
        "room": Limit("energy a battery can hold", "MWh"),
        "shortest": Limit("least hours of a battery at full power", "MWh", ("storage.shortest_h",)),
        "longest": Limit("most hours of a battery at full power", "MWh", ("storage.longest_h",)),
        "most_power": Limit("largest battery of a site", "MW", ("storage.most_power_share",)),
        "standby_power": Limit("battery power on standby", "MW", structure=True),
        "firm_power": Limit("firm battery power", "MW", structure=True),
        "firm_energy": Limit("energy behind firm battery power", "MWh", ("storage.firm_h",)),
    },
    derive=no_facts,
    state=state,
    report=report,
    explain=explain,
    across=looks_alone,
    standing=standing,
    items=ITEMS,
)
