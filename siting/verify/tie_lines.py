"""Tie-lines: what it costs and loses to bring power from a plant or a substation to a site.

    capital[l, p]  =  fixed_musd[l] * line[l, p] + musd_per_mw[l] * line_mw[l, p]
    line_mw[l, p]  <=  what the line's voltage class carries over its length
    delivered      =  flow - loss_share[l] * flow - heavy_share[l] * max(0, flow - knee_share * full[l])

A class carries its thermal rating, over long lines 44.2 * (route km) ^ -0.613 times its surge impedance loading (St Clair). A
line to a plant takes the smallest class that carries what the plant can ever offer, a line to a substation the class nearest
to its voltage. A km of a class costs its price of 2019 x price_factor x remote_factor, the length is geodesic x route_factor;
fixed_share of that, the bay and a share of a substation fall with the first MW, the rest by MW of the class's thermal rating,
with the main transformer.

Losses are a parabola in the load: at full load, the least of what the line carries, its point offers and its site takes, the
share ohm per km * route km / kV ^ 2 * full load. Lines that lose more than second_segment_above_share there have two chords of
it that meet at knee_share of full load, others one; none loses less than loss_share_per_100_km. Transformers come on top.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.candidates import own_numbers
from siting.verify.cost import Item
from siting.verify.locks import existing_line_mw
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places, rows

CLASS_KV: Final = np.array([138.0, 230.0, 345.0, 500.0])
RATING_MW: Final = np.array([205.0, 400.0, 900.0, 1500.0])
MUSD_2019_PER_KM: Final = np.array([0.82, 1.02, 1.5, 2.21])
BAY_MUSD_2019: Final = np.array([1.7, 3.1, 5.5, 10.0])
SUBSTATION_MUSD_2019: Final = np.array([6.7, 11.0, 16.0, 25.0])
SURGE_LOADING_MW: Final = np.array([50.0, 143.0, 418.0, 962.0])
OHM_PER_KM: Final = np.array([0.1, 0.05, 0.035, 0.02])
NEVER_MORE: Final = 0.9
"""No line loses more of what it sends."""

RATING = Rule("V231", "tie_lines.rating", "a line carries no more than its voltage class over its length", "MW")
VOLTAGE = Rule(
    "V232", "tie_lines.kv", "a line has the voltage of its substation, or the smallest class that carries its plant", "kV"
)
LOSS = Rule("V233", "tie_lines.loss", "the loss told is that of the flows, by load and length, with the transformers", "share")
CAPITAL = Rule("V234", "tie_lines.capital", "a line costs its fixed part and its part by MW", "MUSD")
FILE: Final = "power_links.geojson"


def lost_mw(built: Built) -> Floats:
    """What is lost on the way of each flow (L, P, T); 0 where tie-lines are switched off."""
    if not built.question.asked.on("tie_lines"):
        return np.zeros(built.flow_mw.shape)
    low, high, knee = _chords(built)
    above = np.maximum(built.flow_mw - knee[:, None, None], 0.0)
    found: Floats = built.flow_mw * low[:, None, None] + above * high[:, None, None]
    return found


def loss_share(built: Built) -> Floats:
    """Share lost of a light load (L); 0 where tie-lines are switched off."""
    return _chords(built)[0] if built.question.asked.on("tie_lines") else np.zeros(len(built.link_ids))


def told_share(built: Built) -> Floats:
    """Share of what is sent in a year of the last period that is lost (L); that of a light load where nothing is sent."""
    mean = built.question.clock.year_mean
    sent, lost = mean(built.flow_mw[:, -1]), mean(lost_mw(built)[:, -1])
    some = sent > 1e-7
    return np.where(some, lost / np.where(some, sent, 1.0), loss_share(built))


def _chords(built: Built) -> tuple[Floats, Floats, Floats]:
    """Loss share of a light load, what is added to it above the knee, and the knee [MW] (L)."""
    asked, at = built.question.asked, voltage_class(built)
    resistance, knee, above, planned, ends = (
        asked.number("tie_lines", name)
        for name in (
            "resistance_factor",
            "knee_share",
            "second_segment_above_share",
            "loss_share_per_100_km",
            "transformer_loss_share",
        )
    )
    route = asked.number("tie_lines", "route_factor") * built.link_km
    full = np.minimum(own_numbers(built, "limit_mw")[built.link_site], built.points.most_mw[built.link_point])
    full = np.minimum(full, carries_mw(built)[np.arange(len(at)), at])
    share = resistance * OHM_PER_KM[at] * route * full / CLASS_KV[at] ** 2
    bent = share > above
    low = np.minimum(ends + np.maximum(planned * route / 100.0, np.where(bent, knee * share, share)), NEVER_MORE)
    whole = np.minimum(ends + (1.0 + knee) * share, NEVER_MORE)
    return low, np.where(bent, np.maximum(whole - low, 0.0), 0.0), knee * full


def carries_mw(built: Built) -> Floats:
    """What each line would carry in each class (L, classes)."""
    asked = built.question.asked
    count = len(built.link_ids)
    if not asked.flag("tie_lines", "loadability_limit"):
        return np.tile(RATING_MW, (count, 1))
    route = np.maximum(asked.number("tie_lines", "route_factor") * built.link_km, 1.0)
    found: Floats = np.minimum(RATING_MW, 44.2 * route[:, None] ** -0.613 * SURGE_LOADING_MW)
    return found


def voltage_class(built: Built) -> Ints:
    """Position of each line's class (L)."""
    points = built.points
    kv, most = points.kv[built.link_point], points.most_mw[built.link_point]
    enough = carries_mw(built) >= most[:, None] * (1.0 - 1e-9)
    smallest = np.where(enough.any(axis=1), enough.argmax(axis=1), len(CLASS_KV) - 1)
    near = np.argmin(np.abs(np.where(np.isnan(kv), 0.0, kv)[:, None] - CLASS_KV[None, :]), axis=1)
    return np.where(np.isnan(kv), smallest, near).astype(np.int64)


def capital_musd(built: Built) -> Floats:
    """Cost of the stock of each line in each period (L, P)."""
    asked = built.question.asked
    if not asked.on("tie_lines"):
        return np.zeros(built.line_mw.shape)
    at = voltage_class(built)
    level = asked.number("tie_lines", "price_factor") * asked.number("tie_lines", "remote_factor")
    length = MUSD_2019_PER_KM[at] * level * asked.number("tie_lines", "route_factor") * built.link_km
    fixed_share = asked.number("tie_lines", "fixed_share")
    ends = BAY_MUSD_2019[at] + asked.number("tie_lines", "substation_share") * SUBSTATION_MUSD_2019[at]
    fixed = fixed_share * length + ends * asked.number("tie_lines", "price_factor")
    by_mw = (1.0 - fixed_share) * length / RATING_MW[at] + asked.number("tie_lines", "transformer_musd_per_mw")
    found: Floats = fixed[:, None] * built.line + by_mw[:, None] * built.line_mw
    return found


def items(built: Built) -> tuple[Item, ...]:
    """Capital of the lines and their yearly upkeep."""
    capital = capital_musd(built)
    upkeep = built.question.asked.number("tie_lines", "upkeep_share_per_year") * capital
    return (Item("tie lines", "capital", built.link_site, capital), Item("line upkeep", "running", built.link_site, upkeep))


def check(built: Built, judge: Judge) -> None:
    """Hold lines to their class, and the written voltage, loss and capital to the recomputed ones."""
    table = built.folder.tables["power_links"].set_index("id").loc[list(built.link_ids)]
    where = rows("link", built.link_ids)
    sent = built.question.clock.year_mean(built.flow_mw[:, -1])
    judge.equal(LOSS, table["loss_share"], told_share(built), FILE, "loss_share", where, slack=ROUNDING / np.maximum(sent, 1.0))
    judge.equal(CAPITAL, table["capital_musd"], capital_musd(built)[:, -1], FILE, "capital_musd", where)
    if not built.question.asked.on("tie_lines"):
        return
    at = voltage_class(built)
    kv = built.points.kv[built.link_point]
    judge.equal(VOLTAGE, table["kv"], np.where(np.isnan(kv), CLASS_KV[at], kv), FILE, "kv", where)
    period = places(("link", built.link_ids), ("period", built.question.clock.periods))
    carried = np.maximum(carries_mw(built)[np.arange(len(at)), at], existing_line_mw(built))
    judge.at_most(RATING, built.line_mw, carried[:, None] * built.line, "link_periods.csv", "line_mw", period)
