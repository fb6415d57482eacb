"""Satellite: terminals at a site that reach a gateway.

    gbps[j, p]  <=  terminal_gbps * terminals[j, p],    terminals[j, p]  <=  site_terminals,    gbps[j, p]  >=  least_gbps
    sum of gbps over the sites of gateway g  <=  gateway_gbps[g]
    sum of gbps over the sites of cell c     <=  cell_gbps

A coverage cell is cell_degrees on a side, counted from longitude 0 and latitude 0.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import SATELLITE, Built
from siting.verify.cost import Item
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places, rows

CARRIES = Rule("V261", "satellite.terminal", "a path carries no more than its terminals", "Gbps")
TERMINALS = Rule("V262", "satellite.site", "a site has no more terminals than allowed, and a used path at least one", "terminals")
LEAST = Rule("V263", "satellite.least", "a used path has the committed bandwidth", "Gbps")
GATEWAY = Rule("V264", "satellite.gateway", "a gateway serves no more than it has open", "Gbps")
CELL = Rule("V265", "satellite.cell", "a coverage cell serves no more than it has open", "Gbps")
WRITTEN = Rule("V266", "satellite.written", "the link's terminals and bandwidth are those of the last period", "")
CAPITAL = Rule("V267", "satellite.capital", "a path costs its terminals", "MUSD")
RUNNING = Rule("V268", "satellite.running", "a path costs its bandwidth by the year", "MUSD/year")
PERIODS_FILE: Final = "data_periods.csv"
FILE: Final = "data_links.geojson"


def capital_musd(built: Built) -> Floats:
    """Cost of the terminals standing (n, P), in the order of `built.data_of("satellite")`."""
    found: Floats = built.question.asked.number("satellite", "terminal_musd") * built.units[built.data_of(SATELLITE)]
    return found


def running_musd(built: Built) -> Floats:
    """Cost of a year's bandwidth (n, P)."""
    found: Floats = built.question.asked.number("satellite", "musd_per_gbps_year") * built.gbps[built.data_of(SATELLITE)]
    return found


def items(built: Built) -> tuple[Item, ...]:
    """Capital of terminals and running cost of bandwidth."""
    site = built.data_site[built.data_of(SATELLITE)]
    return (
        Item("satellite terminals", "capital", site, capital_musd(built)),
        Item("satellite bandwidth", "running", site, running_musd(built)),
    )


def check(built: Built, judge: Judge) -> None:
    """Hold paths to their terminals, gateways and coverage cells to what they have open."""
    asked, at = built.question.asked, built.data_of(SATELLITE)
    ids = [built.data_ids[n] for n in at]
    units, gbps = built.units[at], built.gbps[at]
    used = units > 0
    period = places(("link", ids), ("period", built.question.clock.periods))
    judge.at_most(CARRIES, gbps, asked.number("satellite", "terminal_gbps") * units, PERIODS_FILE, "gbps", period, slack=ROUNDING)
    judge.at_most(
        TERMINALS, units, np.full(units.shape, asked.number("satellite", "site_terminals")), PERIODS_FILE, "units", period
    )
    judge.at_least(LEAST, gbps, asked.number("satellite", "least_gbps") * used, PERIODS_FILE, "gbps", period, slack=ROUNDING)
    _check_written(built, at, ids, judge)
    _check_gateways(built, at, judge)
    _check_cells(built, at, judge)


def _check_written(built: Built, at: Ints, ids: list[str], judge: Judge) -> None:
    table = built.folder.tables["data_links"].set_index("id").loc[ids]
    where = rows("link", ids)
    judge.equal(WRITTEN, table["terminals"], built.units[at][:, -1], FILE, "terminals", where)
    judge.equal(WRITTEN, table["capacity_gbps"], built.gbps[at][:, -1], FILE, "capacity_gbps", where)
    judge.equal(CAPITAL, table["capital_musd"], capital_musd(built)[:, -1], FILE, "capital_musd", where)
    judge.equal(RUNNING, table["running_musd_per_year"], running_musd(built)[:, -1], FILE, "running_musd_per_year", where)


def _check_gateways(built: Built, at: Ints, judge: Judge) -> None:
    gateways = built.question.layers.get("gateways")
    if not len(gateways):
        return
    own = gateways.numbers("capacity_gbps")
    limit = np.where(np.isnan(own), built.question.asked.number("satellite", "gateway_gbps"), own)
    served = np.zeros((len(limit), built.gbps.shape[1]))
    np.add.at(served, built.data_target[at], built.gbps[at])
    count = np.bincount(built.data_target[at], minlength=len(limit))
    where = places(("gateway", gateways.ids), ("period", built.question.clock.periods))
    judge.at_most(
        GATEWAY,
        served,
        np.broadcast_to(limit[:, None], served.shape),
        PERIODS_FILE,
        "gbps",
        where,
        slack=ROUNDING * count[:, None],
    )


def _check_cells(built: Built, at: Ints, judge: Judge) -> None:
    asked = built.question.asked
    side = asked.number("satellite", "cell_degrees")
    sites = built.data_site[at]
    columns, lines = np.floor(built.lon[sites] / side), np.floor(built.lat[sites] / side)
    names = [f"{column * side:g} E, {line * side:g} N" for column, line in zip(columns, lines, strict=True)]
    cells = list(dict.fromkeys(names))
    served = np.zeros((len(cells), built.gbps.shape[1]))
    number = np.array([cells.index(name) for name in names], dtype=np.int64)
    np.add.at(served, number, built.gbps[at])
    where = places(("cell", cells), ("period", built.question.clock.periods))
    limit = np.full(served.shape, asked.number("satellite", "cell_gbps"))
    judge.at_most(
        CELL, served, limit, PERIODS_FILE, "gbps", where, slack=ROUNDING * np.bincount(number, minlength=len(cells))[:, None]
    )
