"""Latency: round-trip times of chosen sites to the places of users, best path of each kind.

    fibre      =  2 * (ms per km) * (route_factor * km to the point of presence + internet_route_factor * km on to the users)
    satellite  =  2 * (2 * slant km / c + 7.5 ms + (fibre ms per km) * internet_route_factor * km from the gateway to the users)

with 4.897 us per km of fibre one way (F3), 0.3 ms of equipment per 1 000 km, and the slant path of 812 km at 40 degrees (F4).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.units import LIGHT_KM_PER_MS
from siting.verify.built import FIBRE, SATELLITE, Built, target_places
from siting.verify.ground import LENGTH_SLACK_KM, geodesic_km
from siting.verify.report import Floats, Judge, Rule, rows

TIMES = Rule("V171", "latency.rtt", "a round-trip time follows from the path", "ms")
EVERY = Rule("V172", "latency.rows", "every chosen site has a row for each place and each kind of path it has")
FILE: Final = "latency.csv"
FIBRE_MS_PER_KM: Final = 0.004897
EQUIPMENT_MS_PER_KM: Final = 0.0003
SLANT_KM: Final = 812.0
ACCESS_MS: Final = 7.5


def check(built: Built, judge: Judge) -> None:
    """Hold the table of times to the paths that stand in the last period."""
    demand = built.question.layers.get("demand")
    expected: dict[tuple[str, str, str], float] = {}
    for kind in (FIBRE, SATELLITE):
        if built.question.asked.on(kind):
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
    lon, lat = demand.lon, demand.lat
    _, east, north = target_places(built.question, kind)
    found: dict[tuple[str, str, str], float] = {}
    for link in built.data_of(kind):
        if built.units[link, -1] <= 0:
            continue
        target = built.data_target[link]
        onward = geodesic_km(east[target], north[target], lon, lat)
        times = _times(built, kind, float(built.data_km[link]), onward)
        for name, ms in zip(demand.ids, times, strict=True):
            key = (built.site_ids[built.data_site[link]], str(name), kind)
            found[key] = min(found.get(key, np.inf), float(ms))
    return found


def _times(built: Built, kind: str, km: float, onward_km: Floats) -> Floats:
    asked = built.question.asked
    onward = asked.number(kind, "internet_route_factor") * onward_km
    if kind == FIBRE:
        route = asked.number(kind, "route_factor") * km + onward
        return 2.0 * (FIBRE_MS_PER_KM + EQUIPMENT_MS_PER_KM) * route
    up = 2.0 * SLANT_KM / LIGHT_KM_PER_MS + ACCESS_MS
    return 2.0 * (up + FIBRE_MS_PER_KM * onward)
