"""Hydro: what a plant sells is a share of its under-used energy and of its ordinary output, shaped by its river.

    sum of flow over the links of s  <=  min(capacity_mw, river[t] * (unused_share * unused_mw + contract_share * mean_output_mw))
        and, where there is a floor or a commitment,
                                     <=  max(0, min(capacity_mw, river[t] * (mean_output_mw + unused_share * unused_mw)
                                                - floor_share * mean_output_mw) - firm_commitment_share * mean_output_mw)

with river[t] = year_factor * water_factor[t] * shape[t], the shape being the mean of the profile over the months and hours of
the slice. A share of what is on offer would be spilled otherwise: the first MW a plant sends cost less, which is told as
what a year of them saves; no more can be saved than the plant sends.
"""

from __future__ import annotations

import numpy as np

from siting.verify import supply, tariff
from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.layers import Layer
from siting.verify.points import Points
from siting.verify.question import Question
from siting.verify.report import Floats, Judge, Rule, rows

SUPPLY = Rule("V201", "hydro.supply", "a plant sends no more than it may sell in a slice", "MW")
SPILLED = Rule("V202", "hydro.spilled", "spilled energy saves no more than there is of it and is sent", "MUSD")
SPILLED_ITEM = "hydro_spilled_musd_per_year"


def points(question: Question) -> Points:
    """Hydro plants with what each may sell."""
    asked = question.asked
    unused, contract, year = (asked.number("hydro", name) for name in ("unused_share", "contract_share", "year_factor"))
    plants = question.layers.get("sources")
    plants = plants.where(plants.columns["kind"] == "hydro")
    surplus, ordinary = unused * plants.numbers("unused_mw"), plants.numbers("mean_output_mw")
    river = year * question.clock.water_factor * shapes(question, plants)
    capacity = plants.numbers("capacity_mw")[:, None]
    sold = np.minimum(capacity, river * (surplus + contract * ordinary)[:, None])
    floor, firm = (asked.number("hydro", name) * ordinary[:, None] for name in ("floor_share", "firm_commitment_share"))
    if (floor + firm).any():
        turbined = np.minimum(capacity, river * (ordinary + surplus)[:, None] - floor)
        sold = np.minimum(sold, np.maximum(turbined - firm, 0.0))
    return plant_points(question, plants, "hydro", sold)


def shapes(question: Question, plants: Layer) -> Floats:
    """Output of plants as a multiple of its mean (S, T)."""
    return np.array([question.clock.mean(question.profile(name)) for name in plants.texts("profile")]).reshape(
        -1, question.shape[1]
    )


def plant_points(question: Question, plants: Layer, family: str, sold: Floats) -> Points:
    """Plants of one kind that may sell so much in each slice (S, T)."""
    periods, slices = question.shape
    asked = question.asked
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
        price_usd_per_mwh=np.broadcast_to(tariff.price(question, family), (count, slices)),
        group=(family,) * count,
        nearest=np.full(count, int(asked.number(family, "nearest")), dtype=np.int64),
        reach_km=np.full(count, asked.number(family, "reach_km")),
        offered=np.ones(count, dtype=np.bool_),
    )


def check(built: Built, judge: Judge) -> None:
    """Hold each plant to what it may sell, and what spilled energy saves to what there is of it."""
    supply.check(built, "hydro", SUPPLY, judge)
    saves = most_saved(built, "hydro", "spilled_share", "spilled_price_usd_per_mwh")
    check_saved(built, SPILLED_ITEM, saves, SPILLED, judge)


def most_saved(built: Built, kind: str, share: str, cheap: str) -> Floats:
    """What a year's energy that would be lost otherwise can save at most in each period (P) [MUSD]."""
    asked, points = built.question.asked, built.points
    sent = np.zeros(points.available_mw.shape)
    np.add.at(sent, built.link_point, built.flow_mw)
    least = np.minimum(sent, asked.number(kind, share) * points.available_mw)[points.of_kind(kind)]
    worth = (
        np.maximum(0.0, points.price_usd_per_mwh[points.of_kind(kind)] - asked.number(kind, cheap)) * built.question.clock.hours
    )
    found: Floats = np.einsum("spt,st->p", least, worth) / 1e6
    return found


def check_saved(built: Built, item: str, most: Floats, rule: Rule, judge: Judge) -> None:
    """Hold what is told to be saved to what can be."""
    told = built.programme(item)
    where = rows("period", built.question.clock.periods)
    judge.at_most(rule, told, most, "programme.csv", item, where, slack=1e-4)
    judge.at_least(rule, told, np.zeros(len(told)), "programme.csv", item, where)


def saved(built: Built, kind: str, item: str) -> tuple[Item, ...]:
    """The line of the cash flow: what is saved, as told, belongs to no site."""
    told = built.programme(item)
    return (Item(f"spilled: {kind}", "running", np.array([-1], dtype=np.int64), -told[None, :]),)


def items(built: Built) -> tuple[Item, ...]:
    """What spilled energy saves."""
    return saved(built, "hydro", SPILLED_ITEM)
