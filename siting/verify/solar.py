"""Solar: a plant sells a share of its output, hour by hour as the sun gives it.

    sum of flow over the links of s  <=  min(capacity_mw, contract_share * mean_output_mw * shape[t])

The shape is the mean of the profile over the months and hours of the slice. A share of what is on offer would be curtailed
otherwise and costs less, which is told as what a year of it saves.
"""

from __future__ import annotations

import numpy as np

from siting.verify import supply
from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.hydro import check_saved, most_saved, plant_points, saved, shapes
from siting.verify.points import Points
from siting.verify.question import Question
from siting.verify.report import Judge, Rule

SUPPLY = Rule("V211", "solar.supply", "a plant sends no more than it may sell in a slice", "MW")
CURTAILED = Rule("V212", "solar.curtailed", "curtailed energy saves no more than there is of it and is sent", "MUSD")
CURTAILED_ITEM = "solar_curtailed_musd_per_year"


def points(question: Question) -> Points:
    """Solar plants with what each may sell."""
    plants = question.layers.get("sources")
    plants = plants.where(plants.columns["kind"] == "solar")
    share = question.asked.number("solar", "contract_share") * plants.numbers("mean_output_mw")
    sold = np.minimum(plants.numbers("capacity_mw")[:, None], share[:, None] * shapes(question, plants))
    return plant_points(question, plants, "solar", sold)


def check(built: Built, judge: Judge) -> None:
    """Hold each plant to what it may sell, and what curtailed energy saves to what there is of it."""
    supply.check(built, "solar", SUPPLY, judge)
    saves = most_saved(built, "solar", "curtailed_share", "curtailed_price_usd_per_mwh")
    check_saved(built, CURTAILED_ITEM, saves, CURTAILED, judge)


def items(built: Built) -> tuple[Item, ...]:
    """What curtailed energy saves."""
    return saved(built, "solar", CURTAILED_ITEM)
