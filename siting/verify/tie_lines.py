"""Tie-lines: what it costs and loses to bring power from a plant or a substation to a site.

    capital[l, p]  =  fixed_musd[l] * line[l, p] + musd_per_mw[l] * line_mw[l, p]
    line_mw[l, p]  <=  rating_mw of the line's voltage class
    delivered      =  (1 - loss_share[l]) * flow

A line to a plant takes the smallest class that carries what the plant can ever offer, a line to a substation the class nearest
to its voltage. A km of a class costs its price of 2019 x price_factor x remote_factor, the length is geodesic x route_factor;
fixed_share of that and the bay falls with the first MW, the rest by MW of the class's rating, with the main transformer.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.points import Ints
from siting.verify.report import Floats, Judge, Rule, places, rows

CLASS_KV: Final = np.array([138.0, 230.0, 345.0, 500.0])
RATING_MW: Final = np.array([205.0, 400.0, 900.0, 1500.0])
MUSD_2019_PER_KM: Final = np.array([0.82, 1.02, 1.5, 2.21])
BAY_MUSD_2019: Final = np.array([1.7, 3.1, 5.5, 10.0])

RATING = Rule("V231", "tie_lines.rating", "a line carries no more than its voltage class", "MW")
VOLTAGE = Rule(
    "V232", "tie_lines.kv", "a line has the voltage of its substation, or the smallest class that carries its plant", "kV"
)
LOSS = Rule("V233", "tie_lines.loss", "the loss is the planning value per route length plus the transformers", "share")
CAPITAL = Rule("V234", "tie_lines.capital", "a line costs its fixed part and its part by MW", "MUSD")
FILE: Final = "power_links.geojson"


def loss_share(built: Built) -> Floats:
    """Share lost on the way of each line (L); 0 where tie-lines are switched off."""
    asked = built.question.asked
    if not asked.on("tie_lines"):
        return np.zeros(len(built.link_ids))
    per_km = asked.number("tie_lines", "loss_share_per_100_km") * asked.number("tie_lines", "route_factor") / 100.0
    found: Floats = per_km * built.link_km + asked.number("tie_lines", "transformer_loss_share")
    return found


def voltage_class(built: Built) -> Ints:
    """Position of each line's class (L)."""
    points = built.points
    kv, most = points.kv[built.link_point], points.most_mw[built.link_point]
    carries = np.minimum(np.searchsorted(RATING_MW, most - 1e-9), len(RATING_MW) - 1)
    near = np.argmin(np.abs(np.where(np.isnan(kv), 0.0, kv)[:, None] - CLASS_KV[None, :]), axis=1)
    return np.where(np.isnan(kv), carries, near).astype(np.int64)


def capital_musd(built: Built) -> Floats:
    """Cost of the stock of each line in each period (L, P)."""
    asked = built.question.asked
    if not asked.on("tie_lines"):
        return np.zeros(built.line_mw.shape)
    at = voltage_class(built)
    level = asked.number("tie_lines", "price_factor") * asked.number("tie_lines", "remote_factor")
    length = MUSD_2019_PER_KM[at] * level * asked.number("tie_lines", "route_factor") * built.link_km
    fixed_share = asked.number("tie_lines", "fixed_share")
    fixed = fixed_share * length + BAY_MUSD_2019[at] * asked.number("tie_lines", "price_factor")
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
    judge.equal(LOSS, table["loss_share"], loss_share(built), FILE, "loss_share", where)
    judge.equal(CAPITAL, table["capital_musd"], capital_musd(built)[:, -1], FILE, "capital_musd", where)
    if not built.question.asked.on("tie_lines"):
        return
    at = voltage_class(built)
    kv = built.points.kv[built.link_point]
    judge.equal(VOLTAGE, table["kv"], np.where(np.isnan(kv), CLASS_KV[at], kv), FILE, "kv", where)
    period = places(("link", built.link_ids), ("period", built.question.clock.periods))
    judge.at_most(RATING, built.line_mw, RATING_MW[at][:, None] * built.line, "link_periods.csv", "line_mw", period)
