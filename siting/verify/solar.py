"""Solar: a plant sells a share of its output, hour by hour as the sun gives it.

    sum of flow over the links of s  <=  min(capacity_mw, contract_share * mean_output_mw * shape[t])

The shape is the mean of the profile over the months and hours of the slice.
"""

from __future__ import annotations

from siting.verify import supply
from siting.verify.built import Built
from siting.verify.hydro import plant_points
from siting.verify.points import Points
from siting.verify.question import Question
from siting.verify.report import Judge, Rule

SUPPLY = Rule("V211", "solar.supply", "a plant sends no more than it may sell in a slice", "MW")


def points(question: Question) -> Points:
    """Solar plants with what each may sell."""
    plants = question.layers.get("sources")
    plants = plants.where(plants.columns["kind"] == "solar")
    share = question.asked.number("solar", "contract_share")
    return plant_points(question, plants, "solar", share * plants.numbers("mean_output_mw"))


def check(built: Built, judge: Judge) -> None:
    """Hold each plant to what it may sell."""
    supply.check(built, "solar", SUPPLY, judge)
