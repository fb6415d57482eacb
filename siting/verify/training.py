"""Training: part of the compute trains, in blocks that are large enough, and loses only a little of its energy.

    sum over i of training[i, p]                         >=  training_share * IT MW standing in p
    training[i, p]  -  sum over h of joined[i, h, p]     >=  0, and where it is more: i is a block
    joined[i, h, p]                                      >=  0, and where it is more: h is a block, within `spread_km` of i and
                                                         one of its `nearest` sites; there is none where multi_site is off
    h is a block: IT MW standing at h  +  sum over i of joined[i, h, p]  >=  block_mw

What is joined takes bandwidth at both ends, as much a MW as the way of training together asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.ground import LENGTH_SLACK_KM, geodesic_km
from siting.verify.part import Part
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places

SHARE = Rule("V321", "training.share", "as much of the programme trains as is asked", "MW")
SIGN = Rule("V322", "training.sign", "training is not negative, nor what is joined of it more than it", "MW")
BLOCK = Rule("V323", "training.block", "training stands in a block that is large enough, or is joined to one", "MW")
HUB = Rule("V324", "training.hub", "training is joined to a hub that is near enough, where sites may train together")
KNOWN = Rule("V325", "training.known", "training is joined to a site")
ITEMS: Final = ("training_mw", "joined_mw")
STOCKS: Final = "equipment.csv"
FILE: Final = "given.csv"
SOME_MW: Final = 1e-5


def _number(built: Built, name: str) -> float:
    return built.question.asked.number("training", name)


def training_mw(built: Built) -> Floats:
    """MW of IT that train (I, P)."""
    return built.stock("training_mw")


def flexible_it_mw(built: Built) -> Floats:
    """MW of IT, on the mean of a year, whose energy may be lost (I, P)."""
    return _number(built, "interruptible_share") * training_mw(built)


def joined_mw(built: Built) -> Floats:
    """MW that train together with a hub (I, I, P)."""
    return built.given("joined_mw", built.site_ids)


def bandwidth_gbps(built: Built) -> Floats:
    """Bandwidth that joined training needs, as what is missing (I, P)."""
    way = str(built.question.asked.value("training", "multi_site"))
    if way == "off":
        return np.zeros(built.open.shape)
    joined = joined_mw(built)
    both_ends: Floats = joined.sum(axis=0) + joined.sum(axis=1)
    return -_number(built, f"{way}_gbps_per_mw") * both_ends


def check(built: Built, judge: Judge) -> None:
    """Hold training to what is asked, and to blocks."""
    periods = built.question.clock.periods
    training, joined = training_mw(built), joined_mw(built)
    site, period = places(("site", built.site_ids), ("period", periods)), places(("period", periods))
    rounding = ROUNDING * len(built.site_ids)
    wanted = _number(built, "training_share") * built.it_mw.sum(axis=0)
    judge.at_least(SHARE, training.sum(axis=0), wanted, STOCKS, "amount", period, slack=rounding)
    here = training - joined.sum(axis=1)
    judge.at_least(SIGN, here, np.zeros(here.shape), STOCKS, "amount", site, slack=10 * ROUNDING)
    pair = places(("site", built.site_ids), ("hub", built.site_ids), ("period", periods))
    judge.at_least(SIGN, joined, np.zeros(joined.shape), FILE, "amount", pair)
    block = built.it_mw + joined.sum(axis=0)
    needed = (here > SOME_MW) | (joined.sum(axis=0) > SOME_MW)
    least = np.where(needed, _number(built, "block_mw"), 0.0)
    judge.at_least(BLOCK, block, least, STOCKS, "amount", site, slack=rounding)
    told = [place for item, place in built.equipment.given if item == "joined_mw"]
    judge.holds(KNOWN, [place in built.site_ids for place in told], FILE, "place_id", places(("hub", told)))
    _check_hubs(built, joined, judge)


def _check_hubs(built: Built, joined: Floats, judge: Judge) -> None:
    source, hub = np.nonzero((joined > SOME_MW).any(axis=2))
    near, every = np.zeros(len(source), dtype=np.bool_), built.everyone
    if str(built.question.asked.value("training", "multi_site")) != "off":
        for n, (i, h) in enumerate(zip(source, hub, strict=True)):
            way = float(geodesic_km(built.lon[i], built.lat[i], built.lon[h], built.lat[h]))
            km = np.asarray(geodesic_km(built.lon[i], built.lat[i], every.lon, every.lat))
            km[every.used[i]] = np.inf
            nearer = (km < way - LENGTH_SLACK_KM).sum()
            near[n] = i != h and way <= _number(built, "spread_km") + LENGTH_SLACK_KM and nearer < _number(built, "nearest")
    names = [f"{built.site_ids[i]} to {built.site_ids[h]}" for i, h in zip(source, hub, strict=True)]
    judge.holds(HUB, near, FILE, "place_id", places(("joined", names)))


def columns(built: Built) -> Mapping[str, Floats]:
    """MW that train in the last period (I)."""
    return {"training_mw": training_mw(built)[:, -1]}


PART: Final = Part(
    "training",
    check,
    sums={"assigned_it_mw": training_mw, "flexible_it_mw": flexible_it_mw, "bandwidth_gbps": bandwidth_gbps},
    columns=columns,
    items=ITEMS,
)
