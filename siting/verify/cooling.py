"""Cooling: power usage effectiveness by the air temperature of the slice.

    pue(T)  =  base_pue up to 24 C,  + 0.0037 per K to 34 C,  + 0.0126 per K to 44 C,  at most base_pue + 0.204;  + margin

Each site takes the nearest climate point. The year is a cosine, warmest in July (January south of the equator), the day one
that is warmest at 15 h, each hour taken at its middle; a slice has the mean over its months and hours. Without a climate
layer it is 15 C.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.ground import geodesic_km
from siting.verify.question import Question
from siting.verify.report import Floats

MILD_C: Final = 15.0
WARMEST_MONTH: Final = 7
WARMEST_HOUR: Final = 15


def pue(question: Question, lon: Floats, lat: Floats) -> Floats:
    """Power usage effectiveness of each site in each slice (I, T); 1 where cooling is switched off."""
    asked = question.asked
    if not asked.on("cooling"):
        return np.ones((len(lon), question.shape[1]))
    base, margin = asked.number("cooling", "base_pue"), asked.number("cooling", "margin")
    air = temperature_c(question, lon, lat) + asked.number("cooling", "warming_c")
    mild = 0.0037 * (np.clip(air, 24.0, 34.0) - 24.0)
    hot = 0.0126 * (np.clip(air, 34.0, 44.0) - 34.0)
    beyond = np.where(air > 44.0, 0.0126 * (air - 44.0), 0.0)
    rise: Floats = np.minimum(mild + hot + beyond, 0.204)
    return base + rise + margin


def temperature_c(question: Question, lon: Floats, lat: Floats) -> Floats:
    """Mean air temperature of each site in each slice (I, T)."""
    climate = question.layers.get("climate")
    if not len(climate):
        return np.full((len(lon), question.shape[1]), MILD_C)
    east, north = climate.lon, climate.lat
    nearest = np.array([int(np.argmin(geodesic_km(x, y, east, north))) for x, y in zip(lon, lat, strict=True)], dtype=np.int64)
    months, hours = np.arange(1, 13)[:, None], np.arange(24)[None, :]
    phase = 2 * np.pi * (months - WARMEST_MONTH) / 12.0
    year = np.where(north[:, None, None] >= 0, np.cos(phase), -np.cos(phase))
    day = np.cos(2 * np.pi * (hours + 0.5 - WARMEST_HOUR) / 24.0)[None]
    mean, seasonal, daily = (climate.numbers(name)[:, None, None] for name in ("mean_c", "seasonal_swing_c", "daily_swing_c"))
    by_point = question.clock.mean(mean + seasonal * year + daily * day)
    found: Floats = by_point[nearest]
    return found
