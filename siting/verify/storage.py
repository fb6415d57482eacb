"""Batteries: what they hold from slice to slice, what they may cycle, what they cost.

With e the square root of the round-trip efficiency, h the hours of a slice, and what is kept back for standby K = standby_h / e
* standby:

    c, d >= 0,    c + d <= P,    never both at once                                          for every site, period and slice
    level[t]  =  level[t before in its day] + e * h * c[t] - h / e * d[t]
    least_charge_share * E + K  <=  level  <=  E
    h / e * sum of d over a day  <=  cycles_per_day * ((1 - least_charge_share) * E - K)
    shortest_h * P <= E <= longest_h * P,    P <= most_power_share * IT load standing,    P and E never shrink
    standby <= P,    firm <= P,    firm_h / e * firm  <=  (1 - least_charge_share) * E - K

Bought are E / (1 - fade) MWh, where fade is what service_years take: 0.00029 / sqrt(n) on the n-th day and 2.46e-5 a full cycle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places

POWER = Rule("V331", "storage.power", "a battery charges or discharges, within its power, and not both at once", "MW")
LEVEL = Rule("V332", "storage.level", "a battery holds what it held, plus what went in less what came out", "MWh")
ROOM = Rule("V333", "storage.room", "a battery holds no more than it can and no less than it must", "MWh")
CYCLES = Rule("V334", "storage.cycles", "a battery gives no more in a day than its cycles allow", "MWh")
SIZE = Rule("V335", "storage.size", "energy, power and load of a site fit each other")
STAYS = Rule("V336", "storage.stays", "batteries never shrink")
FIRM = Rule("V337", "storage.firm", "standby and firm power are there and last as long as they must")
ITEMS: Final = (
    "battery_mw",
    "battery_mwh",
    "battery_standby_mw",
    "battery_firm_mw",
    "battery_charge_mw",
    "battery_discharge_mw",
    "battery_level_mwh",
)
STOCKS: Final = "equipment.csv"
DISPATCH: Final = "dispatch.parquet"


def _number(built: Built, name: str) -> float:
    return built.question.asked.number("storage", name)


def _one_way(built: Built) -> float:
    return math.sqrt(_number(built, "round_trip_share"))


def supply_mw(built: Built) -> Floats:
    """What batteries give, less what they take (I, P, T)."""
    return built.operation("battery_discharge_mw") - built.operation("battery_charge_mw")


def on_time_mw(built: Built) -> Floats:
    """Their mean over the year, which is what they lose (I, P)."""
    return built.question.clock.year_mean(supply_mw(built))


def bought_mwh(built: Built) -> Floats:
    """Energy bought so that what is planned is there at the end of the service (I, P)."""
    days = round(365 * _number(built, "service_years"))
    calendar = sum(0.00029 / math.sqrt(day) for day in range(1, days + 1))
    lost = min(calendar + 2.46e-5 * days * _number(built, "cycles_per_day"), 0.95)
    return built.stock("battery_mwh") / (1.0 - lost)


def land_ha(built: Built) -> Floats:
    """Land of the batteries (I, P)."""
    return _number(built, "land_ha_per_mwh") * bought_mwh(built)


def standby_mw(built: Built) -> Floats:
    """Standby power (I, P)."""
    return built.stock("battery_standby_mw")


def own_capacity_mw(built: Built) -> Floats:
    """Firm power in stressed hours (I, P)."""
    return built.stock("battery_firm_mw")


def items(built: Built) -> tuple[Item, ...]:
    """Batteries and their upkeep."""
    energy, power = _number(built, "energy_musd_per_mwh"), _number(built, "power_musd_per_mw")
    site: Ints = np.arange(len(built.site_ids))
    musd = _number(built, "price_factor") * (energy * bought_mwh(built) + power * built.stock("battery_mw"))
    upkeep = _number(built, "upkeep_share_per_year") * musd
    return Item("batteries", "capital", site, musd), Item("battery upkeep", "running", site, upkeep)


def columns(built: Built) -> Mapping[str, Floats]:
    """Batteries of each site in the last period."""
    return {name: built.stock(name)[:, -1] for name in ("battery_mw", "battery_mwh")}


def check(built: Built, judge: Judge) -> None:
    """All rules of batteries."""
    _check_sizes(built, judge)
    _check_power(built, judge)
    _check_energy(built, judge)


def _kept_mwh(built: Built) -> Floats:
    """Energy kept for standby (I, P)."""
    return _number(built, "standby_h") / _one_way(built) * built.stock("battery_standby_mw")


def _free_mwh(built: Built) -> Floats:
    """Energy that may be cycled (I, P)."""
    return (1.0 - _number(built, "least_charge_share")) * built.stock("battery_mwh") - _kept_mwh(built)


def _check_sizes(built: Built, judge: Judge) -> None:
    power, energy = built.stock("battery_mw"), built.stock("battery_mwh")
    where = places(("site", built.site_ids), ("period", built.question.clock.periods))
    for name, stock in (("battery_mw", power), ("battery_mwh", energy)):
        before = np.concatenate([np.zeros((len(stock), 1)), stock[:, :-1]], axis=1)
        judge.at_least(STAYS, stock, before, STOCKS, name, where, slack=2 * ROUNDING)
    for name in ITEMS[:4]:
        judge.at_least(SIZE, built.stock(name), np.zeros(power.shape), STOCKS, name, where, slack=ROUNDING)
    shortest, longest = _number(built, "shortest_h"), _number(built, "longest_h")
    judge.at_least(SIZE, energy, shortest * power, STOCKS, "battery_mwh", where, slack=ROUNDING * (1 + shortest))
    judge.at_most(SIZE, energy, longest * power, STOCKS, "battery_mwh", where, slack=ROUNDING * (1 + longest))
    most = _number(built, "most_power_share") * built.it_mw
    judge.at_most(SIZE, power, most, STOCKS, "battery_mw", where, slack=ROUNDING)
    standby, firm = built.stock("battery_standby_mw"), built.stock("battery_firm_mw")
    judge.at_most(FIRM, standby, power, STOCKS, "battery_standby_mw", where, slack=2 * ROUNDING)
    judge.at_most(FIRM, firm, power, STOCKS, "battery_firm_mw", where, slack=2 * ROUNDING)
    lasting, hours = _number(built, "firm_h") / _one_way(built), _number(built, "standby_h") / _one_way(built)
    slack = ROUNDING * (2 + lasting + hours)
    judge.at_most(FIRM, lasting * firm, _free_mwh(built), STOCKS, "battery_firm_mw", where, slack=slack, size=energy)


def _check_power(built: Built, judge: Judge) -> None:
    charge, discharge = built.operation("battery_charge_mw"), built.operation("battery_discharge_mw")
    where = places(("site", built.site_ids), ("period", built.question.clock.periods), ("slice", built.slices))
    for name, mw in (("battery_charge_mw", charge), ("battery_discharge_mw", discharge)):
        judge.at_least(POWER, mw, np.zeros(mw.shape), DISPATCH, name, where, slack=ROUNDING)
    power = np.broadcast_to(built.stock("battery_mw")[:, :, None], charge.shape)
    judge.at_most(POWER, charge + discharge, power, DISPATCH, "battery_charge_mw", where, slack=3 * ROUNDING)
    both = np.minimum(charge, discharge)
    judge.at_most(POWER, both, np.zeros(both.shape), DISPATCH, "battery_discharge_mw", where, slack=2 * ROUNDING)


def _check_energy(built: Built, judge: Judge) -> None:
    clock, way = built.question.clock, _one_way(built)
    charge, discharge = built.operation("battery_charge_mw"), built.operation("battery_discharge_mw")
    level, energy = built.operation("battery_level_mwh"), built.stock("battery_mwh")
    where = places(("site", built.site_ids), ("period", clock.periods), ("slice", built.slices))
    expected = level[:, :, clock.before] + clock.block_h * (way * charge - discharge / way)
    noise = ROUNDING * (2 + 3 * clock.block_h)
    judge.equal(LEVEL, level, expected, DISPATCH, "battery_level_mwh", where, slack=noise, size=energy[:, :, None])
    floor = _number(built, "least_charge_share") * energy + _kept_mwh(built)
    hours = _number(built, "standby_h") / way
    for held, rule in ((floor, judge.at_least), (energy, judge.at_most)):
        bound, size = np.broadcast_to(held[:, :, None], level.shape), energy[:, :, None]
        rule(ROOM, level, bound, DISPATCH, "battery_level_mwh", where, slack=ROUNDING * (3 + hours) + noise, size=size)
    day = np.cumsum(np.arange(len(clock.hours)) <= clock.before) - 1
    of_day = (day[:, None] == np.arange(int(day.max()) + 1)[None, :]).astype(np.float64)
    given = (discharge * clock.block_h / way) @ of_day
    most = _number(built, "cycles_per_day") * _free_mwh(built)
    names = [built.slices[int(np.argmax(day == n))] for n in range(given.shape[2])]
    daily = places(("site", built.site_ids), ("period", clock.periods), ("day of slice", names))
    slack = ROUNDING * (24.0 / way + 2.0 + _number(built, "cycles_per_day") * (2.0 + hours))
    limit = np.broadcast_to(most[:, :, None], given.shape)
    judge.at_most(CYCLES, given, limit, DISPATCH, "battery_discharge_mw", daily, slack=slack, size=energy[:, :, None])
