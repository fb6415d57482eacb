"""Cooling: power usage effectiveness by the air of the slice, and the water cooling takes.

    pue  =  base + rise(T) + thin air + margin

    dry           base_pue,         + 0.0037 per K from 24 C, + 0.0126 per K from 34 C, at most + 0.204
    air           air_pue,          + 0.023 per K from 30 C
    evaporative   evaporative_pue,  + 0.0055 per K from 20 C, + 0.017 per K from 30 C

Fans take ((1.225 / density)^2 - 1) more in thin air, density by the standard atmosphere: dry coolers 0.0225 v^3 with
v = (11 / (45 - T))^(1 / 0.65) within 0.25 and 1, air 0.06, towers nothing.

Each site takes the nearest climate point. The year is a cosine, warmest in July (January south of the equator), the day one
that is warmest at 15 h, each hour taken at its middle; a slice has the mean over its months and hours. The hottest day is
mean + both swings + 6 K. Without a climate layer it is 15 C at the sea.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.candidates import own_numbers
from siting.verify.ground import geodesic_km
from siting.verify.part import Part
from siting.verify.points import Ints
from siting.verify.question import Question
from siting.verify.report import Floats, Judge, Rule, rows

MILD_C: Final = 15.0
HEAT_WAVE_C: Final = 6.0
WARMEST_MONTH: Final = 7
WARMEST_HOUR: Final = 15
HOURS: Final = 8760.0
PEAK = Rule("V276", "cooling.peak_limit", "the facility is within its limit on the hottest day", "MW")


def pue(question: Question, lon: Floats, lat: Floats) -> Floats:
    """Power usage effectiveness of each site in each slice (I, T); 1 where cooling is switched off."""
    if not question.asked.on("cooling"):
        return np.ones((len(lon), question.shape[1]))
    height = _height_m(question, lon, lat)
    return _at(question, temperature_c(question, lon, lat), height[:, None])


def pue_peak(question: Question, lon: Floats, lat: Floats) -> Floats:
    """The same on the hottest day (I)."""
    climate = question.layers.get("climate")
    if len(climate):
        hottest = climate.numbers("mean_c") + climate.numbers("seasonal_swing_c") + climate.numbers("daily_swing_c") + HEAT_WAVE_C
        air: Floats = hottest[_nearest(question, lon, lat)]
    else:
        air = np.full(len(lon), MILD_C)
    return _at(question, air, _height_m(question, lon, lat))


def _at(question: Question, air_c: Floats, height_m: Floats) -> Floats:
    asked = question.asked
    kind = str(asked.value("cooling", "technology"))
    air = air_c + asked.number("cooling", "warming_c")

    def above(degrees: float) -> Floats:
        over: Floats = np.maximum(air - degrees, 0.0)
        return over

    if kind == "dry":
        base = asked.number("cooling", "base_pue")
        rise = np.minimum(0.0037 * above(24.0) + (0.0126 - 0.0037) * above(34.0), 0.204)
        speed = np.where(air >= 34.0, 1.0, (11.0 / (45.0 - np.minimum(air, 44.0))) ** (1 / 0.65))
        fans = 0.0225 * np.clip(speed, 0.25, 1.0) ** 3
    elif kind == "air":
        base, rise, fans = asked.number("cooling", "air_pue"), 0.023 * above(30.0), np.full(air.shape, 0.06)
    else:
        base, fans = asked.number("cooling", "evaporative_pue"), np.zeros(air.shape)
        rise = 0.0055 * above(20.0) + (0.017 - 0.0055) * above(30.0)
    density = 1.225 * np.power(1.0 - 0.0000225577 * height_m, 4.2559)
    found: Floats = base + rise + fans * ((1.225 / density) ** 2 - 1.0) + asked.number("cooling", "margin")
    return found


def _nearest(question: Question, lon: Floats, lat: Floats) -> Ints:
    climate = question.layers.get("climate")
    east, north = climate.lon, climate.lat
    return np.array([int(np.argmin(geodesic_km(x, y, east, north))) for x, y in zip(lon, lat, strict=True)], dtype=np.int64)


def _height_m(question: Question, lon: Floats, lat: Floats) -> Floats:
    climate = question.layers.get("climate")
    if not len(climate):
        return np.zeros(len(lon))
    found: Floats = climate.numbers("elevation_m")[_nearest(question, lon, lat)]
    return found


def temperature_c(question: Question, lon: Floats, lat: Floats) -> Floats:
    """Mean air temperature of each site in each slice (I, T)."""
    climate = question.layers.get("climate")
    if not len(climate):
        return np.full((len(lon), question.shape[1]), MILD_C)
    north = climate.lat
    months, hours = np.arange(1, 13)[:, None], np.arange(24)[None, :]
    phase = 2 * np.pi * (months - WARMEST_MONTH) / 12.0
    year = np.where(north[:, None, None] >= 0, np.cos(phase), -np.cos(phase))
    day = np.cos(2 * np.pi * (hours + 0.5 - WARMEST_HOUR) / 24.0)[None]
    mean, seasonal, daily = (climate.numbers(name)[:, None, None] for name in ("mean_c", "seasonal_swing_c", "daily_swing_c"))
    by_point = question.clock.mean(mean + seasonal * year + daily * day)
    found: Floats = by_point[_nearest(question, lon, lat)]
    return found


def water_m3_per_year(built: Built) -> Floats:
    """Water that cooling takes at each site (I, P)."""
    asked = built.question.asked
    use = asked.number("cooling", f"{asked.value('cooling', 'technology')}_m3_per_mwh")
    busy = asked.module_numbers("it_mw") * asked.module_numbers("load_factor")
    found: Floats = np.einsum("ikp,k->ip", built.modules, busy) * HOURS * use
    return found


def columns(built: Built) -> Mapping[str, Floats]:
    """Peak PUE and load, and water, of each site at the end."""
    peak = pue_peak(built.question, built.lon, built.lat)
    opened = built.open[:, -1]
    return {
        "pue_peak": np.where(opened, peak, np.nan),
        "peak_mw": built.it_mw[:, -1] * peak,
        "water_m3_per_year": water_m3_per_year(built)[:, -1],
    }


def check(built: Built, judge: Judge) -> None:
    """Hold the facility to the limit of the place where that is what the limit means."""
    if built.question.asked.flag("cooling", "limit_is_facility"):
        load = built.it_mw[:, -1] * pue_peak(built.question, built.lon, built.lat)
        judge.at_most(PEAK, load, own_numbers(built, "limit_mw"), "modules.csv", "it_mw", rows("site", built.site_ids))


def everywhere(built: Built) -> Mapping[str, Floats]:
    """A candidate may tell its peak PUE whether anything stands there or not."""
    return {"pue_peak": np.full(len(built.everyone.ids), np.nan)}


PART: Final = Part("cooling", check, sums={"water_m3_per_year": water_m3_per_year}, columns=columns, everywhere=everywhere)
