"""Inference: users in places are served, each class of them within the time it can bear.

    sum over i of inference[i, p]     >=  inference_share * IT MW standing in p
    sum over i of given[i, c, r, p]   >=  share of class c * share of place r * inference_share * IT MW standing in p
    sum over c, r of given[i, c, r, p]  =  inference[i, p]
    given[i, c, r, p] = 0 where no path of i that stands in p goes to r and back within the time of c

Places are the `places` with the most people, the earlier row of the layer first where they are alike; their shares are as
people to the power `population_power`. Batch bears any time. Where no family carries data, nothing is known of times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify import latency
from siting.verify.built import FIBRE, SATELLITE, Built
from siting.verify.ground import LENGTH_SLACK_KM
from siting.verify.part import Part
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places, rows

SHARE = Rule("V311", "inference.share", "as much of the programme serves users as is asked", "MW")
MIX = Rule("V312", "inference.mix", "every place and class is served its share", "MW")
GIVEN = Rule("V313", "inference.given", "what a site gives to places is its inference", "MW")
TIMES = Rule("V314", "inference.latency", "users are served over a path that is quick enough")
SIGN = Rule("V315", "inference.sign", "inference is not negative", "MW")
KNOWN = Rule("V316", "inference.places", "only the most populous places are served")
ITEMS: Final = ("inference_mw", "voice_mw", "agent_mw", "chat_mw", "batch_mw")
CLASSES: Final = ("voice", "agent", "chat", "batch")
STOCKS: Final = "equipment.csv"
FILE: Final = "given.csv"
SERVED_MW: Final = 1e-6
SLACK_MS: Final = 40 * LENGTH_SLACK_KM * latency.FIBRE_MS_PER_KM


def _number(built: Built, name: str) -> float:
    return built.question.asked.number("inference", name)


def inference_mw(built: Built) -> Floats:
    """MW of IT that serve users (I, P)."""
    return built.stock("inference_mw")


def bandwidth_gbps(built: Built) -> Floats:
    """Bandwidth it needs besides that of all load, as what is missing (I, P)."""
    return -_number(built, "gbps_per_mw") * inference_mw(built)


def served_places(built: Built) -> tuple[Ints, Floats]:
    """Rows of the layer of demand that are served, and their shares of the users."""
    people = built.question.layers.get("demand").numbers("population")
    ranked = sorted(range(len(people)), key=lambda row: (-people[row], row))[: int(_number(built, "places"))]
    row = np.array(sorted(ranked), dtype=np.int64)
    weight = np.array([float(people[n]) ** _number(built, "population_power") for n in row])
    total = weight.sum()
    return row, weight / total if total > 0 else np.full(len(row), 1.0 / max(len(row), 1))


def given_mw(built: Built) -> Floats:
    """MW given by class to the places of the layer (I, C, R, P)."""
    ids = built.question.layers.get("demand").ids
    found: Floats = np.stack([built.given(f"{name}_mw", ids) for name in CLASSES], axis=1)
    return found


def check(built: Built, judge: Judge) -> None:
    """Hold inference to what is asked, place by place and class by class, and to the times of the paths."""
    periods, asked = built.question.clock.periods, _number(built, "inference_share")
    inference, standing = inference_mw(built), built.it_mw.sum(axis=0)
    site = places(("site", built.site_ids), ("period", periods))
    period = places(("period", periods))
    rounding = ROUNDING * len(built.site_ids)
    judge.at_least(SIGN, inference, np.zeros(inference.shape), STOCKS, "amount", site)
    judge.at_least(SHARE, inference.sum(axis=0), asked * standing, STOCKS, "amount", period, slack=rounding)
    demand = built.question.layers.get("demand")
    if not len(demand):
        return
    row, weight = served_places(built)
    given = given_mw(built)
    share = np.array([_number(built, f"{name}_share") for name in CLASSES])
    wanted = np.zeros(given.shape[1:])
    wanted[:, row] = share[:, None, None] * weight[:, None] * (asked * standing)
    each = places(("", CLASSES), ("place", demand.ids), ("period", periods))
    judge.at_least(MIX, given.sum(axis=0), wanted, FILE, "amount", each, slack=rounding)
    cell = places(("site", built.site_ids), ("", CLASSES), ("place", demand.ids), ("period", periods))
    judge.at_least(SIGN, given, np.zeros(given.shape), FILE, "amount", cell)
    count = len(row) * len(CLASSES)
    judge.equal(GIVEN, given.sum(axis=(1, 2)), inference, FILE, "amount", site, slack=ROUNDING * count + count * 1e-7)
    other = np.ones(len(demand), dtype=np.bool_)
    other[row] = False
    judge.holds(KNOWN, ~other[:, None] | (np.abs(given) <= SERVED_MW), FILE, "place_id", cell)
    told = [place for item, place in built.equipment.given if item in ITEMS]
    judge.holds(KNOWN, [place in demand.ids for place in told], FILE, "place_id", rows("place", told))
    _check_times(built, given, judge)


def _check_times(built: Built, given: Floats, judge: Judge) -> None:
    """Where something is given, some path that stands is quick enough."""
    asked = built.question.asked
    needs_path = asked.on("connectivity") and asked.number("connectivity", "paths") > 0
    if not (asked.on(FIBRE) or asked.on(SATELLITE)) or not (built.data_ids or needs_path):
        return
    best = latency.best_ms(built)
    limit = np.array([*(_number(built, f"{name}_rtt_ms") for name in CLASSES[:-1]), np.inf])
    held = (best[:, None] <= limit[:, None, None] + SLACK_MS) | (given <= SERVED_MW)
    where = places(
        ("site", built.site_ids),
        ("", CLASSES),
        ("place", built.question.layers.get("demand").ids),
        ("period", built.question.clock.periods),
    )
    judge.holds(
        TIMES, held, FILE, "amount", where, lambda at: f"{given[at]:.6g} MW in {best[at[0], at[2], at[3]]:.1f} ms at best"
    )


def columns(built: Built) -> Mapping[str, Floats]:
    """MW of inference, places served and the longest round trip to one, in the last period (I)."""
    demand = built.question.layers.get("demand")
    quick = given_mw(built)[:, :-1, :, -1].sum(axis=1) > SERVED_MW
    best = latency.best_ms(built)[:, :, -1]
    times = np.where(quick & np.isfinite(best), best, 0.0).max(axis=1, initial=0.0)
    return {
        "inference_mw": inference_mw(built)[:, -1],
        "places_served": quick.sum(axis=1).astype(np.float64),
        "worst_rtt_ms": times if len(demand) else np.zeros(len(built.site_ids)),
    }


PART: Final = Part(
    "inference",
    check,
    sums={"firm_it_mw": inference_mw, "assigned_it_mw": inference_mw, "bandwidth_gbps": bandwidth_gbps},
    columns=columns,
    items=ITEMS,
)
