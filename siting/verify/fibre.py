"""Fibre: laterals from sites to points of presence.

    lateral[h, p] = 1:  lateral_gbps of bandwidth and one data path at its site, for musd_per_km * route km + ends_musd
    lateral[h, p]  <=  open[site(h), p]

Only the `nearest` points of presence within `reach_km` may be reached. Upkeep is a yearly share of the capital.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import FIBRE, Built
from siting.verify.cost import Item
from siting.verify.report import Floats, Judge, Rule, places, rows

ONE = Rule("V251", "fibre.one", "a lateral stands once", "laterals")
LIT = Rule("V252", "fibre.gbps", "a lateral offers what is lit on it", "Gbps")
CAPITAL = Rule("V253", "fibre.capital", "a lateral costs its route and its ends", "MUSD")
RUNNING = Rule("V254", "fibre.running", "a lateral's upkeep is a share of its capital", "MUSD/year")
FILE: Final = "data_links.geojson"


def capital_musd(built: Built) -> Floats:
    """Cost of the laterals standing (n, P), in the order of `built.data_of("fibre")`."""
    asked, at = built.question.asked, built.data_of(FIBRE)
    each = asked.number("fibre", "musd_per_km") * asked.number("fibre", "route_factor") * built.data_km[at] + asked.number(
        "fibre", "ends_musd"
    )
    found: Floats = each[:, None] * built.units[at]
    return found


def items(built: Built) -> tuple[Item, ...]:
    """Capital of the laterals and their yearly upkeep."""
    capital, site = capital_musd(built), built.data_site[built.data_of(FIBRE)]
    upkeep = built.question.asked.number("fibre", "upkeep_share_per_year") * capital
    return (Item("fibre laterals", "capital", site, capital), Item("fibre upkeep", "running", site, upkeep))


def check(built: Built, judge: Judge) -> None:
    """Hold laterals to one each, and the written capacity and cost to the recomputed ones."""
    at = built.data_of(FIBRE)
    ids = [built.data_ids[n] for n in at]
    table = built.folder.tables["data_links"].set_index("id").loc[ids]
    asked = built.question.asked
    period = places(("link", ids), ("period", built.question.clock.periods))
    where = rows("link", ids)
    units = built.units[at]
    judge.equal(ONE, units, np.minimum(units, 1.0), "data_periods.csv", "units", period)
    lit = asked.number("fibre", "lateral_gbps")
    judge.equal(LIT, built.gbps[at], lit * units, "data_periods.csv", "gbps", period)
    judge.equal(LIT, table["capacity_gbps"], lit * units[:, -1], FILE, "capacity_gbps", where)
    judge.equal(ONE, table["terminals"], np.zeros(len(at)), FILE, "terminals", where)
    judge.equal(CAPITAL, table["capital_musd"], capital_musd(built)[:, -1], FILE, "capital_musd", where)
    upkeep = asked.number("fibre", "upkeep_share_per_year") * capital_musd(built)[:, -1]
    judge.equal(RUNNING, table["running_musd_per_year"], upkeep, FILE, "running_musd_per_year", where)
