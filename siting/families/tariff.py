"""Prices by slice: one price, and how it differs from season to season and through the day.

    price[t]  =  price_usd_per_mwh * by_season[season of t] * mean of by_block over the hours of t

`by_season` has a multiplier for each season in the model's order, `by_block` one for each of as many equal parts of the
day; without them the multiplier is 1. Not a family: those that sell power meet here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siting.family import Floats, Timeline

HOURS_A_DAY = 24


def price_by_slice(usd_per_mwh: float, by_season: Sequence[float], by_block: Sequence[float], time: Timeline) -> Floats:
    """USD/MWh in each slice (T). `by_season` has one entry a season or none, `by_block` a divisor of 24 of them or none."""
    season = np.asarray(by_season or [1.0] * len(time.seasons), dtype=np.float64)
    hourly = np.repeat(np.asarray(by_block or [1.0], dtype=np.float64), HOURS_A_DAY // max(1, len(by_block)))
    by_slice = hourly.reshape(-1, round(time.block_h)).mean(axis=1)
    return np.asarray(usd_per_mwh * season[time.season_of] * by_slice[time.block_of])
