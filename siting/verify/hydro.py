"""Hydro: what a plant sells is a share of its under-used energy and of its ordinary output, shaped by its river.

    sum of flow over the links of s  <=  min(capacity_mw,
            year_factor * water_factor[t] * (unused_share * unused_mw + contract_share * mean_output_mw) * shape[t])

The shape is the mean of the profile over the months and hours of the slice.
"""

from __future__ import annotations

import numpy as np

from siting.verify import supply
from siting.verify.built import Built
from siting.verify.layers import Layer
from siting.verify.points import Points
from siting.verify.question import Question
from siting.verify.report import Floats, Judge, Rule

SUPPLY = Rule("V201", "hydro.supply", "a plant sends no more than it may sell in a slice", "MW")


def points(question: Question) -> Points:
    """Hydro plants with what each may sell."""
    asked = question.asked
    unused, contract, year = (asked.number("hydro", name) for name in ("unused_share", "contract_share", "year_factor"))
    plants = question.layers.get("sources")
    plants = plants.where(plants.columns["kind"] == "hydro")
    mean = year * (unused * plants.numbers("unused_mw") + contract * plants.numbers("mean_output_mw"))
    return plant_points(question, plants, "hydro", mean[:, None] * question.clock.water_factor)


def plant_points(question: Question, plants: Layer, family: str, mean_mw: Floats) -> Points:
    """Plants of one kind that may sell `mean_mw` on the mean of the year (S) or of each slice's year (S, T), in the shape of
    their profiles."""
    periods, slices = question.shape
    asked, clock = question.asked, question.clock
    shapes = np.array([clock.mean(question.profile(name)) for name in plants.texts("profile")]).reshape(-1, slices)
    mean = mean_mw[:, None] if mean_mw.ndim == 1 else mean_mw
    sold = np.minimum(plants.numbers("capacity_mw")[:, None], mean * shapes)
    count = len(plants)
    return Points(
        ids=tuple(plants.ids),
        names=tuple(plants.texts("name")),
        kinds=(family,) * count,
        zones=tuple(plants.texts("zone")),
        lon=plants.lon,
        lat=plants.lat,
        kv=np.full(count, np.nan),
        available_mw=np.repeat(sold[:, None, :], periods, axis=1),
        price_usd_per_mwh=np.full((count, slices), asked.number(family, "price_usd_per_mwh")),
        group=(family,) * count,
        nearest=np.full(count, int(asked.number(family, "nearest")), dtype=np.int64),
        reach_km=np.full(count, asked.number(family, "reach_km")),
        offered=np.ones(count, dtype=np.bool_),
    )


def check(built: Built, judge: Judge) -> None:
    """Hold each plant to what it may sell."""
    supply.check(built, "hydro", SUPPLY, judge)
