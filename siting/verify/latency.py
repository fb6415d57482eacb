"""Latency: round-trip times of chosen sites to the places of users, best path of each kind.

    fibre      =  2 * (ms per km) * (route_factor * km to the point of presence + internet_route_factor * km on to the users)
    spur       =  the same with the km of the spur and of the neighbour's lateral together
    satellite  =  2 * (2 * slant km / c + 7.5 ms + the smaller of
                       laser(km to the gateway) + (fibre ms per km) * internet_route_factor * km from the gateway to the users
                       laser(km to the users)                                                         where `lasers` is true)
    laser(d)   =  laser_route_factor * d * (R + h) / R / c + 0.3 ms for each hop of 4 500 km, begun ones counted

with 4.897 us per km of fibre one way (F3), 0.3 ms of equipment per 1 000 km, and the slant path at 40 degrees of elevation
(F4; half the way to the gateway where that is longer). A gateway that sees the same satellite as the site, above the least
elevation, needs no laser.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.units import EARTH_RADIUS_KM, LIGHT_KM_PER_MS
from siting.verify.built import FIBRE, SATELLITE, SPUR, Built, target_places
from siting.verify.ground import LENGTH_SLACK_KM, geodesic_km
from siting.verify.report import Floats, Judge, Rule, rows

TIMES = Rule("V171", "latency.rtt", "a round-trip time follows from the path", "ms")
EVERY = Rule("V172", "latency.rows", "every chosen site has a row for each place and each kind of path it has")
FILE: Final = "latency.csv"
FIBRE_MS_PER_KM: Final = 0.004897
EQUIPMENT_MS_PER_KM: Final = 0.0003
HOP_MS: Final = 0.3
HOP_KM: Final = 4500.0
ACCESS_MS: Final = 7.5
ELEVATION: Final = 40.0


def check(built: Built, judge: Judge) -> None:
    """Hold the table of times to the paths that stand in the last period."""
    demand = built.question.layers.get("demand")
    expected: dict[tuple[str, str, str], float] = {}
    asked = built.question.asked
    kinds = [*([FIBRE, SPUR] if asked.on(FIBRE) else []), *([SATELLITE] if asked.on(SATELLITE) else [])]
    for kind in kinds:
        expected |= _best(built, kind)
    table = built.folder.tables["latency"]
    written = dict(zip(zip(table["site_id"], table["demand_id"], table["kind"], strict=True), table["rtt_ms"], strict=True))
    judge.match(EVERY, (", ".join(key) for key in written), (", ".join(key) for key in expected), FILE, "site_id")
    both = [key for key in expected if key in written]
    label = rows("", [", ".join(key) for key in both])
    slack = 10 * LENGTH_SLACK_KM * FIBRE_MS_PER_KM
    judge.equal(TIMES, [float(written[key]) for key in both], [expected[key] for key in both], FILE, "rtt_ms", label, slack=slack)
    names = dict(zip(demand.ids, demand.texts("name"), strict=True))
    known = table[table["demand_id"].isin(names)]
    judge.same(
        EVERY,
        list(known["demand_name"]),
        [str(names[name]) for name in known["demand_id"]],
        FILE,
        "demand_name",
        rows("row of", list(known["demand_id"])),
    )


def _best(built: Built, kind: str) -> dict[tuple[str, str, str], float]:
    demand = built.question.layers.get("demand")
    found: dict[tuple[str, str, str], float] = {}
    for link in built.data_of(kind):
        if built.units[link, -1] <= 0:
            continue
        times = _over_sky(built, int(link)) if kind == SATELLITE else _over_fibre(built, int(link), kind)
        for name, ms in zip(demand.ids, times, strict=True):
            key = (built.site_ids[built.data_site[link]], str(name), kind)
            found[key] = min(found.get(key, np.inf), float(ms))
    return found


def best_ms(built: Built) -> Floats:
    """Round-trip times (I, R, P) over the best path of each kind that stands in the period, infinite where none does."""
    best = np.full((len(built.site_ids), len(built.question.layers.get("demand").ids), built.units.shape[1]), np.inf)
    for kind in (FIBRE, SPUR, SATELLITE):
        for link in built.data_of(kind):
            times = _over_sky(built, int(link)) if kind == SATELLITE else _over_fibre(built, int(link), kind)
            stands = built.units[link] > 0
            site = built.data_site[link]
            best[site] = np.minimum(best[site], np.where(stands[None, :], times[:, None], np.inf))
    return best


def _over_fibre(built: Built, link: int, kind: str) -> Floats:
    """Round-trip times (R) over a lateral, or over a spur and the nearest point of presence of the neighbour."""
    asked, pops, demand = built.question.asked, built.question.layers.get("pops"), built.question.layers.get("demand")
    end, laid_km = int(built.data_target[link]), float(built.data_km[link])
    if kind == SPUR:
        on_km = geodesic_km(built.lon[end], built.lat[end], pops.lon, pops.lat)
        end = int(np.argmin(on_km))
        laid_km += float(on_km[end])
    beyond = geodesic_km(pops.lon[end], pops.lat[end], demand.lon, demand.lat)
    route = asked.number(FIBRE, "route_factor") * laid_km + asked.number(FIBRE, "internet_route_factor") * beyond
    return 2.0 * (FIBRE_MS_PER_KM + EQUIPMENT_MS_PER_KM) * route


def _over_sky(built: Built, link: int) -> Floats:
    """Round-trip times (R) over a satellite link, by the gateway or straight to the users."""
    asked, demand = built.question.asked, built.question.layers.get("demand")
    _, east, north = target_places(built.question, SATELLITE)
    site, gateway, km = built.data_site[link], built.data_target[link], float(built.data_km[link])
    height, least = asked.number(SATELLITE, "altitude_km"), np.radians(asked.number(SATELLITE, "least_elevation_degrees"))
    apart = EARTH_RADIUS_KM * (np.arccos(EARTH_RADIUS_KM / (EARTH_RADIUS_KM + height) * np.cos(least)) - least)
    slant = _slant_km(height)
    alone = 2.0 * slant / LIGHT_KM_PER_MS
    to_gateway = 2.0 * max(slant, km / 2.0) / LIGHT_KM_PER_MS if km <= apart else alone + float(_laser_ms(built, np.array(km)))
    on = asked.number(SATELLITE, "internet_route_factor") * geodesic_km(east[gateway], north[gateway], demand.lon, demand.lat)
    ways = to_gateway + FIBRE_MS_PER_KM * on
    if asked.flag(SATELLITE, "lasers"):
        straight = geodesic_km(built.lon[site], built.lat[site], demand.lon, demand.lat)
        ways = np.minimum(ways, alone + _laser_ms(built, straight))
    found: Floats = 2.0 * (ACCESS_MS + ways)
    return found


def _slant_km(height_km: float) -> float:
    """Distance of a satellite seen at 40 degrees: the law of cosines in the triangle of ground, satellite and earth's centre."""
    beta = np.arcsin(EARTH_RADIUS_KM * np.sin(np.radians(90.0 + ELEVATION)) / (EARTH_RADIUS_KM + height_km))
    centre = np.radians(90.0 - ELEVATION) - beta
    far = EARTH_RADIUS_KM + height_km
    return float(np.sqrt(EARTH_RADIUS_KM**2 + far**2 - 2.0 * EARTH_RADIUS_KM * far * np.cos(centre)))


def _laser_ms(built: Built, km: Floats) -> Floats:
    """One way over laser links."""
    asked = built.question.asked
    stretch = (EARTH_RADIUS_KM + asked.number(SATELLITE, "altitude_km")) / EARTH_RADIUS_KM
    way: Floats = asked.number(SATELLITE, "laser_route_factor") * stretch * km / LIGHT_KM_PER_MS
    return way + HOP_MS * np.ceil(km / HOP_KM)
