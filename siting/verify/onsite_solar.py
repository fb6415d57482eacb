"""On-site solar: what a field can give by latitude, clearness, month and hour, and what it takes and costs.

    output >= 0,    curtailed >= 0,    output + curtailed  =  cf[i, t] * field                      for every site, period, slice
    field never shrinks,    field  <=  most_power_share * IT load standing

cf of month m and hour h, read off the two tables of FACTS 2b at the site's latitude and the clearness: the yearly mean A and the
mean W of the worst month. Sun on a tracker at the middle of month and hour: s = min(sqrt(z^2 + x^2), 2.5 * z) with z the sine of
the sun's height and x = cos(declination) * sin(hour angle), 0 at night. With S its mean over the day, M the year's mean of S
and L the lowest S, the month has A + (A - W) * (S - M) / (M - L), shared out over its hours as s, no hour above 1.

A MW of AC has 1.3 MW of panels, which cost, take land and are kept up by the MW of panels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.clock import DAYS
from siting.verify.cost import Item
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places

OUTPUT = Rule("V341", "onsite_solar.output", "a field gives, or curtails, what the sun gives it", "MW")
SIZE = Rule("V342", "onsite_solar.size", "a field is no larger than the load of its site allows, and not negative", "MW")
STAYS = Rule("V343", "onsite_solar.stays", "a field never shrinks", "MW")
FIELD: Final = "onsite_solar_mw"
GIVEN: Final = "onsite_solar_output_mw"
CURTAILED: Final = "onsite_solar_curtailed_mw"
ITEMS: Final = (FIELD, GIVEN, CURTAILED)
PANELS: Final = 1.3
CLEAR: Final = (0.40, 0.50, 0.60, 0.65)
TABLE: Final = {
    0: ((0.188, 0.253, 0.329, 0.365), (0.172, 0.232, 0.302, 0.339)),
    10: ((0.185, 0.249, 0.325, 0.362), (0.156, 0.210, 0.274, 0.308)),
    20: ((0.177, 0.240, 0.313, 0.349), (0.126, 0.170, 0.223, 0.252)),
    30: ((0.166, 0.225, 0.296, 0.331), (0.095, 0.128, 0.170, 0.194)),
    35: ((0.158, 0.216, 0.285, 0.320), (0.078, 0.106, 0.142, 0.161)),
    40: ((0.150, 0.206, 0.273, 0.307), (0.062, 0.084, 0.113, 0.129)),
    45: ((0.141, 0.194, 0.259, 0.293), (0.046, 0.064, 0.086, 0.099)),
    50: ((0.131, 0.182, 0.244, 0.277), (0.032, 0.044, 0.059, 0.068)),
    55: ((0.121, 0.170, 0.229, 0.260), (0.019, 0.025, 0.035, 0.040)),
    60: ((0.111, 0.157, 0.214, 0.243), (0.008, 0.011, 0.014, 0.017)),
    65: ((0.102, 0.146, 0.200, 0.228), (0.001, 0.002, 0.002, 0.002)),
}
"""Latitude: capacity factor of the year and of the worst month at each clearness."""


def _number(built: Built, name: str) -> float:
    return built.question.asked.number("onsite_solar", name)


def _between(place: float, known: list[float], values: list[float]) -> float:
    """A straight line between the two known places next to a place, flat beyond them."""
    if place <= known[0]:
        return values[0]
    for n in range(1, len(known)):
        if place <= known[n]:
            part = (place - known[n - 1]) / (known[n] - known[n - 1])
            return values[n - 1] + part * (values[n] - values[n - 1])
    return values[-1]


def _tabled(latitude: float, clearness: float, which: int) -> float:
    by_latitude = [_between(clearness, list(CLEAR), list(columns[which])) for columns in TABLE.values()]
    return _between(abs(latitude), [float(key) for key in TABLE], by_latitude)


@cache
def hourly(latitude: float, clearness: float) -> tuple[tuple[float, ...], ...]:
    """Capacity factor by month and hour (12 of 24)."""
    sun = [[_sun(latitude, month, hour) for hour in range(24)] for month in range(12)]
    daily = [math.fsum(hours) / 24.0 for hours in sun]
    mean = math.fsum(level * days for level, days in zip(daily, DAYS, strict=True)) / 365.0
    year, worst = _tabled(latitude, clearness, 0), _tabled(latitude, clearness, 1)
    found = []
    for hours, level in zip(sun, daily, strict=True):
        month = max(year + (year - worst) * (level - mean) / max(mean - min(daily), 1e-9), 0.0)
        found.append(tuple(min(1.0, month * each / max(level, 1e-9)) for each in hours))
    return tuple(found)


def _sun(latitude: float, month: int, hour: int) -> float:
    day = float(DAYS[:month].sum() + DAYS[month] / 2.0)
    tilt = math.radians(23.45 * math.sin(math.radians(360.0 * (284.0 + day) / 365.0)))
    turn, place = math.radians((hour + 0.5 - 12.0) * 15.0), math.radians(latitude)
    height = math.sin(place) * math.sin(tilt) + math.cos(place) * math.cos(tilt) * math.cos(turn)
    return min(math.hypot(height, math.cos(tilt) * math.sin(turn)), 2.5 * height) if height > 0 else 0.0


def capacity_factor(built: Built) -> Floats:
    """Output of a MW of AC at each site in each slice (I, T); 0 where there is no field."""
    clock, clearness = built.question.clock, _number(built, "clearness_share")
    found = np.zeros((len(built.site_ids), len(clock.hours)))
    for n in np.flatnonzero(built.stock(FIELD).max(axis=1) > 0):
        found[n] = clock.mean(np.array(hourly(float(built.lat[n]), clearness)))
    return found


def supply_mw(built: Built) -> Floats:
    """What fields give (I, P, T)."""
    return built.operation(GIVEN)


def on_time_mw(built: Built) -> Floats:
    """What fields can give on the mean (I, P)."""
    found: Floats = built.stock(FIELD) * built.question.clock.year_mean(capacity_factor(built))[:, None]
    return found


def land_ha(built: Built) -> Floats:
    """Land of fields (I, P)."""
    return PANELS * _number(built, "land_ha_per_mw") * built.stock(FIELD)


def carbon_t_per_year(built: Built) -> Floats:
    """Carbon of what fields can give (I, P)."""
    found: Floats = _number(built, "lifecycle_t_per_mwh") * 8760.0 * on_time_mw(built)
    return found


def items(built: Built) -> tuple[Item, ...]:
    """Fields and their upkeep."""
    site: Ints = np.arange(len(built.site_ids))
    panels = PANELS * built.stock(FIELD)
    musd = _number(built, "site_factor") * _number(built, "panels_musd_per_mw") * panels
    upkeep = _number(built, "upkeep_musd_per_mw_year") * panels
    return Item("solar field", "capital", site, musd), Item("solar field upkeep", "running", site, upkeep)


def columns(built: Built) -> Mapping[str, Floats]:
    """Fields in the last period."""
    return {FIELD: built.stock(FIELD)[:, -1]}


def check(built: Built, judge: Judge) -> None:
    """All rules of fields."""
    field, periods = built.stock(FIELD), built.question.clock.periods
    where = places(("site", built.site_ids), ("period", periods))
    before = np.concatenate([np.zeros((len(field), 1)), field[:, :-1]], axis=1)
    judge.at_least(STAYS, field, before, "equipment.csv", FIELD, where, slack=2 * ROUNDING)
    judge.at_least(SIZE, field, np.zeros(field.shape), "equipment.csv", FIELD, where, slack=ROUNDING)
    most = _number(built, "most_power_share") * built.it_mw
    judge.at_most(SIZE, field, most, "equipment.csv", FIELD, where, slack=2 * ROUNDING)
    hourly_where = places(("site", built.site_ids), ("period", periods), ("slice", built.slices))
    given, curtailed = built.operation(GIVEN), built.operation(CURTAILED)
    for name, mw in ((GIVEN, given), (CURTAILED, curtailed)):
        judge.at_least(OUTPUT, mw, np.zeros(mw.shape), "dispatch.parquet", name, hourly_where, slack=ROUNDING)
    could = capacity_factor(built)[:, None, :] * field[:, :, None]
    judge.equal(OUTPUT, given + curtailed, could, "dispatch.parquet", GIVEN, hourly_where, slack=3 * ROUNDING)
