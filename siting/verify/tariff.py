"""Prices by slice: a price, times the multiplier of the season, times the mean of the multipliers of the slice's hours."""

from __future__ import annotations

import numpy as np

from siting.verify.clock import HOURS_A_DAY
from siting.verify.question import Question
from siting.verify.report import Floats


def price(question: Question, family: str) -> Floats:
    """USD/MWh of a family's energy in each slice (T)."""
    asked, clock = question.asked, question.clock
    seasons = tuple(str(name) for name in asked.value("time", "seasons"))
    yearly = [float(each) for each in asked.value(family, "price_by_season")] or [1.0] * len(seasons)
    daily = [float(each) for each in asked.value(family, "price_by_block")] or [1.0]
    by_hour = np.array([daily[hour * len(daily) // HOURS_A_DAY] for hour in range(HOURS_A_DAY)])
    in_slice = clock.days.sum(axis=1)
    by_day: Floats = (in_slice * by_hour).sum(axis=1) / in_slice.sum(axis=1)
    by_season = np.array([yearly[seasons.index(name)] for name in clock.seasons])
    found: Floats = asked.number(family, "price_usd_per_mwh") * by_season * by_day
    return found
