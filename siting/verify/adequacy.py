"""Adequacy: a zone short of margin is paid for in stressed hours, and where the tier is high a site brings its own capacity.

    short[z, p]  =  max over stressed t of (1 + RM*) * (1 - curtailable_share) * (flow from the substations of z)[p, t]
                    - own capacity of the sites in z [p] - max(0, RM[z] - RM*) * peak_load_mw[z],  at least 0
    paid[p]      >=  sum over z of multiplier[z] * capacity_musd_per_mw_year * short[z, p]
    own capacity[i, p]  >=  (1 + RM*) * (1 - curtailable_share) * (flow to i from zones of the high tier)[p, t]    stressed t

RM* is reference_margin_share. A zone is high where RM < high_margin_share, else normal where RM >= RM*, else elevated. A slice
is stressed in a zone where its load at its highest reaches stressed_share of the yearly peak.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.part import Part
from siting.verify.report import ROUNDING, Flags, Floats, Judge, Rule, places, rows

PAID = Rule("V501", "adequacy.payment", "capacity a zone is short of in its stressed hours is paid for", "MUSD")
BRING = Rule("V502", "adequacy.own_capacity", "in a zone of the high tier a site brings capacity for what it draws", "MW")
ITEM: Final = "capacity_payment_musd_per_year"
WEIGHTS: Final = (0.35, 0.30, 0.20, 0.15)


def _number(built: Built, name: str) -> float:
    return built.question.asked.number("adequacy", name)


def _loads(built: Built) -> Floats:
    """Load of each zone in each slice, of its peak (Z, T)."""
    question = built.question
    names = question.layers.get("zones").texts("load_profile")
    return np.array([question.clock.peak(question.profile(name)) for name in names]).reshape(-1, question.shape[1])


def _stressed(built: Built) -> Flags:
    flags: Flags = _loads(built) >= _number(built, "stressed_share") - 1e-12
    return flags


def _zone_of_links(built: Built) -> list[int]:
    """Zone of each line from a substation, -1 for lines from plants (L)."""
    ids, points = list(built.question.layers.get("zones").ids), built.points
    return [ids.index(points.zones[at]) if points.kinds[at] == "grid" else -1 for at in built.link_point]


def _per_mw(built: Built) -> float:
    return (1.0 + _number(built, "reference_margin_share")) * (1.0 - _number(built, "curtailable_share"))


def least_paid(built: Built) -> Floats:
    """What has to be paid in a year of each period (P) [MUSD]."""
    zones = built.question.layers.get("zones")
    margin, asked = zones.numbers("reserve_margin_share"), _number(built, "reference_margin_share")
    multiple = np.where(margin >= asked, _number(built, "normal_multiplier"), _number(built, "elevated_multiplier"))
    multiple = np.where(margin < _number(built, "high_margin_share"), _number(built, "high_multiplier"), multiple)
    own = built.total("own_capacity_mw")
    stands_in = list(built.folder.tables["sites"]["zone"])
    total, tight = np.zeros(own.shape[1]), _stressed(built)
    linked = _zone_of_links(built)
    for z, name in enumerate(zones.ids):
        drawn = built.flow_mw[[n for n, zone in enumerate(linked) if zone == z]].sum(axis=0)[:, tight[z]]
        if not drawn.size:
            continue
        brought = own[[n for n, zone in enumerate(stands_in) if zone == name]].sum(axis=0)
        spare = max(0.0, margin[z] - asked) * zones.numbers("peak_load_mw")[z]
        short = np.maximum(0.0, _per_mw(built) * drawn.max(axis=1) - brought - spare)
        total += multiple[z] * short
    found: Floats = total * _number(built, "capacity_musd_per_mw_year")
    return found


def check(built: Built, judge: Judge) -> None:
    """Hold what is paid to what is short, and sites in high zones to what they bring."""
    periods = built.question.clock.periods
    lines = max(1, len(built.link_ids))
    judge.at_least(
        PAID, built.programme(ITEM), least_paid(built), "programme.csv", ITEM, rows("period", periods), slack=ROUNDING * lines
    )
    high = built.question.layers.get("zones").numbers("reserve_margin_share") < _number(built, "high_margin_share")
    tight = _stressed(built)
    drawn = np.zeros((*built.open.shape, len(built.slices)))
    for n, zone in enumerate(_zone_of_links(built)):
        if zone >= 0 and high[zone]:
            drawn[built.link_site[n]] += built.flow_mw[n] * tight[zone]
    where = places(("site", built.site_ids), ("period", periods), ("slice", built.slices))
    own = np.broadcast_to(built.total("own_capacity_mw")[:, :, None], drawn.shape)
    judge.at_least(BRING, own, _per_mw(built) * drawn, "dispatch.parquet", "mw", where, slack=10 * ROUNDING)


def items(built: Built) -> tuple[Item, ...]:
    """What is paid for capacity, as told: it belongs to no site."""
    told = built.programme(ITEM)
    return (Item("capacity payment", "running", np.array([-1], dtype=np.int64), told[None, :]),)


def columns(built: Built) -> Mapping[str, Floats]:
    """Strain score, margin and own capacity of each site in the last period; 0 where it has no substation."""
    zones, stations = built.question.layers.get("zones"), built.question.layers.get("substations")
    margin, asked, loads = zones.numbers("reserve_margin_share"), _number(built, "reference_margin_share"), _loads(built)
    score, least = np.zeros(len(built.site_ids)), np.full(len(built.site_ids), np.inf)
    place = {name: n for n, name in enumerate(stations.ids)}
    ratings, shares = stations.numbers("rating_mw"), stations.numbers("loading_share")
    for n, zone in enumerate(_zone_of_links(built)):
        if zone < 0:
            continue
        row = place[built.points.ids[built.link_point[n]]]
        rating = float(ratings[row])
        flow = built.flow_mw[built.link_point == built.link_point[n]][:, -1].sum(axis=0)
        loading = float((shares[row] * loads[zone] + flow / rating).max()) if rating > 0 else 0.0
        lacks = (asked - margin[zone]) / asked if asked > 0 else float(margin[zone] < 0)
        parts = (
            lacks,
            (loading - 0.7) / 0.3,
            _number(built, "queue_years") / 7.0,
            _number(built, "capacity_musd_per_mw_year") / 0.193,
        )
        here = float(np.dot(WEIGHTS, np.clip(parts, 0.0, 1.0)))
        site = built.link_site[n]
        score[site], least[site] = max(score[site], here), min(least[site], margin[zone])
    return {
        "strain_score": score,
        "reserve_margin_share": np.where(np.isfinite(least), least, 0.0),
        "own_capacity_mw": built.total("own_capacity_mw")[:, -1],
    }


PART = Part("adequacy", check, money=items, columns=columns, items=(ITEM,))
