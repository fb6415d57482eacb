"""Satellite: terminals at a site that reach a gateway.

    gbps[j, p]  <=  terminal_gbps * terminals[j, p],    gbps[j, p]  >=  least_gbps
    sum over the paths of a site of terminals  <=  site_terminals,  of gbps  <=  site_gbps, site_network_share * network_gbps
    sum of gbps over the sites of gateway g  <=  gateway_gbps[g]
    sum of gbps over the sites of cell c     <=  cell_gbps and the sky over the middle of c
    sum of gbps over the sites of footprint  <=  the sky over its middle
    sum of gbps over all sites               <=  programme_share * network_gbps

A coverage cell is cell_degrees on a side, counted from longitude 0 and latitude 0; a footprint likewise, psi times the root of
2 on a side. The sky is satellites in view * satellite_gbps * usable_share. In view from latitude p, of N satellites at
inclination i, are those within psi = acos(R cos e / (R + h)) - e: with x the sine of the nadir's latitude

    N * integral over x of 1 / (pi sqrt(sin^2 i - x^2)) * acos((cos psi - x sin p) / (cos p sqrt(1 - x^2))) / pi dx

for the main shell up to dense_latitude_degrees and the polar shell everywhere.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.units import EARTH_RADIUS_KM
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
FOOTPRINT = Rule("V269", "satellite.footprint", "sites that share the satellites in view take no more than those carry", "Gbps")
SITE = Rule("V511", "satellite.site_gbps", "a site takes no more of the network than allowed", "Gbps")
NETWORK = Rule("V512", "satellite.network", "all sites take no more of the network than allowed", "Gbps")
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
    judge.at_least(LEAST, gbps, asked.number("satellite", "least_gbps") * used, PERIODS_FILE, "gbps", period, slack=ROUNDING)
    _check_written(built, at, ids, judge)
    _check_gateways(built, at, judge)
    _check_sites(built, at, judge)
    _check_sky(built, at, judge)


def _check_sites(built: Built, at: Ints, judge: Judge) -> None:
    asked = built.question.asked
    sites, number = np.unique(built.data_site[at], return_inverse=True)
    units, gbps = (np.zeros((len(sites), built.units.shape[1])) for _ in range(2))
    np.add.at(units, number, built.units[at])
    np.add.at(gbps, number, built.gbps[at])
    periods = built.question.clock.periods
    where = places(("site", [built.site_ids[site] for site in sites]), ("period", periods))
    most = np.full(units.shape, asked.number("satellite", "site_terminals"))
    judge.at_most(TERMINALS, units, most, PERIODS_FILE, "units", where)
    network = asked.number("satellite", "network_gbps")
    ceiling = min(asked.number("satellite", "site_gbps"), asked.number("satellite", "site_network_share") * network)
    slack = ROUNDING * np.bincount(number, minlength=len(sites))[:, None]
    judge.at_most(SITE, gbps, np.full(gbps.shape, ceiling), PERIODS_FILE, "gbps", where, slack=slack)
    share = np.full((1, len(periods)), asked.number("satellite", "programme_share") * network)
    everyone = places(("", ["all sites"]), ("period", periods))
    judge.at_most(NETWORK, gbps.sum(axis=0)[None, :], share, PERIODS_FILE, "gbps", everyone, slack=ROUNDING * len(at))


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


def _check_sky(built: Built, at: Ints, judge: Judge) -> None:
    """Coverage cells and footprints."""
    asked = built.question.asked
    side = asked.number("satellite", "cell_degrees")
    wide = float(np.degrees(_psi(built)) * np.sqrt(2.0))
    _check_squares(built, at, judge, (CELL, "cell", side, asked.number("satellite", "cell_gbps")))
    _check_squares(built, at, judge, (FOOTPRINT, "footprint", wide, np.inf))


def _check_squares(built: Built, at: Ints, judge: Judge, what: tuple[Rule, str, float, float]) -> None:
    rule, word, side, own = what
    sites = built.data_site[at]
    square = np.column_stack([np.floor(built.lon[sites] / side), np.floor(built.lat[sites] / side)])
    kinds, number = np.unique(square, axis=0, return_inverse=True)
    served = np.zeros((len(kinds), built.gbps.shape[1]))
    np.add.at(served, number.ravel(), built.gbps[at])
    names = [f"{column * side:g} E, {line * side:g} N" for column, line in kinds]
    limit = np.array([min(own, _sky_gbps(built, (line + 0.5) * side)) for _, line in kinds])
    where = places((word, names), ("period", built.question.clock.periods))
    most = np.broadcast_to(limit[:, None], served.shape)
    slack = ROUNDING * np.bincount(number.ravel(), minlength=len(kinds))[:, None] + 1e-6 * most
    judge.at_most(rule, served, most, PERIODS_FILE, "gbps", where, slack=np.broadcast_to(slack, served.shape))


def _psi(built: Built) -> float:
    """Radius of the ground that sees one satellite [radians]."""
    asked = built.question.asked
    least = np.radians(asked.number("satellite", "least_elevation_degrees"))
    higher = EARTH_RADIUS_KM + asked.number("satellite", "altitude_km")
    return float(np.arccos(EARTH_RADIUS_KM * np.cos(least) / higher) - least)


def _sky_gbps(built: Built, latitude: float) -> float:
    """What the satellites in view from a latitude in degrees carry for new sites."""
    asked, psi = built.question.asked, _psi(built)
    latitude = min(max(latitude, -90.0), 90.0)
    seen = _in_view(latitude, asked.number("satellite", "polar_inclination_degrees"), psi)
    seen *= asked.number("satellite", "polar_satellites")
    if abs(latitude) <= asked.number("satellite", "dense_latitude_degrees"):
        main = _in_view(latitude, asked.number("satellite", "inclination_degrees"), psi)
        seen += asked.number("satellite", "satellites") * main
    return seen * asked.number("satellite", "satellite_gbps") * asked.number("satellite", "usable_share")


def _in_view(latitude: float, inclination: float, psi: float) -> float:
    """Share of a shell in view, by Gauss's rule; both ends of the stretch are smoothed by x = middle + half * sin(s)."""
    tilt = np.sin(np.radians(inclination))
    place = np.radians(min(max(latitude, -89.999), 89.999))
    steepest = min(np.radians(inclination), np.pi - np.radians(inclination))
    south, north = max(place - psi, -steepest), min(place + psi, steepest)
    if south >= north:
        return 0.0
    nodes, weights = np.polynomial.legendre.leggauss(200)
    s = nodes * np.pi / 2.0
    middle, half = (np.sin(north) + np.sin(south)) / 2.0, (np.sin(north) - np.sin(south)) / 2.0
    x = middle + half * np.sin(s)
    wide = np.arccos(np.clip((np.cos(psi) - x * np.sin(place)) / (np.cos(place) * np.sqrt(1.0 - x**2)), -1.0, 1.0))
    density = half * np.cos(s) / np.sqrt(np.maximum(tilt**2 - x**2, 1e-300))
    return float((weights * density * wide).sum() * np.pi / 2.0 / np.pi**2)
