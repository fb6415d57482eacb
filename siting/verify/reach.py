"""Where links may go: within reach, to one of the nearest, drawn between their ends, as long as they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from siting.verify.built import FIBRE, SATELLITE, SPUR, Built, target_places
from siting.verify.ground import LENGTH_SLACK_KM, Around, geodesic_km
from siting.verify.points import Ints
from siting.verify.report import Flags, Floats, Judge, Rule, rows

LENGTH = Rule("V141", "reach.length", "a link is as long as the geodesic between its ends", "km")
ENDS = Rule("V142", "reach.ends", "a link is drawn between its site and its point", "km")
REACH = Rule("V143", "reach.within", "a link is no longer than its family reaches", "km")
NEAREST = Rule("V144", "reach.nearest", "a link goes to one of the nearest points of its group", "points nearer")
OFFERED = Rule("V145", "reach.offered", "a link goes to a point that may be connected to")
NAMED = Rule("V146", "reach.named", "a link tells the name of what it goes to")
POWER: Final = "power_links.geojson"
DATA: Final = "data_links.geojson"


def check(built: Built, judge: Judge) -> None:
    """Hold every link to its ends and to the reach of its family."""
    _check_power(built, judge)
    for kind in (FIBRE, SATELLITE):
        if built.question.asked.on(kind):
            _check_data(built, kind, judge)
    if built.question.asked.on(FIBRE):
        _check_spurs(built, judge)


def _check_power(built: Built, judge: Judge) -> None:
    points, sites, at = built.points, built.link_site, built.link_point
    ids = built.link_ids
    table = built.folder.tables["power_links"].set_index("id").loc[list(ids)]
    _check_drawn(built, POWER, ids, sites, (points.lon[at], points.lat[at]), judge)
    judge.at_most(REACH, built.link_km, points.reach_km[at], POWER, "length_km", rows("link", ids))
    judge.holds(OFFERED, points.offered[at], POWER, "supply_id", rows("link", ids), lambda n: points.ids[at[n[0]]])
    judge.same(NAMED, list(table["supply_name"]), [points.names[n] for n in at], POWER, "supply_name", rows("link", ids))
    nearer = np.zeros(len(ids))
    groups, group = np.unique(np.array(points.group, dtype=str), return_inverse=True)
    offered: Flags = points.offered & (points.most_mw > 0)
    mine = group[at] if len(at) else np.zeros(0, dtype=np.int64)
    for number in range(len(groups)):
        links = np.flatnonzero(mine == number)
        if len(links):
            rivals = np.flatnonzero(offered & (group == number))
            around = Around(points.lon[rivals], points.lat[rivals])
            nearer[links] = [_nearer(built, int(sites[n]), around, (points.lon[at[n]], points.lat[at[n]])) for n in links]
    judge.at_most(NEAREST, nearer, points.nearest[at] - 1.0, POWER, "supply_id", rows("link", ids))


def _check_data(built: Built, kind: str, judge: Judge) -> None:
    chosen = built.data_of(kind)
    ids = [built.data_ids[n] for n in chosen]
    _, lon, lat = target_places(built.question, kind)
    sites, at = built.data_site[chosen], built.data_target[chosen]
    asked = built.question.asked
    _check_drawn(built, DATA, ids, sites, (lon[at], lat[at]), judge)
    judge.at_most(
        REACH, built.data_km[chosen], np.full(len(ids), asked.number(kind, "reach_km")), DATA, "length_km", rows("link", ids)
    )
    layer = built.question.layers.get("pops" if kind == FIBRE else "gateways")
    table = built.folder.tables["data_links"].set_index("id").loc[ids]
    judge.same(NAMED, list(table["target_name"]), [layer.texts("name")[n] for n in at], DATA, "target_name", rows("link", ids))
    around = Around(lon, lat)
    nearer = np.array([_nearer(built, int(site), around, (lon[to], lat[to])) for site, to in zip(sites, at, strict=True)])
    judge.at_most(NEAREST, nearer, np.full(len(ids), asked.number(kind, "nearest") - 1.0), DATA, "target_id", rows("link", ids))


def _check_spurs(built: Built, judge: Judge) -> None:
    """Spurs run to another candidate within reach. How many neighbours are looked at is the planner's affair: which of them are
    cheapest depends on what their sites could do otherwise, and a farther one is no worse for anybody else."""
    chosen = built.data_of(SPUR)
    ids = [built.data_ids[n] for n in chosen]
    sites, at = built.data_site[chosen], built.data_target[chosen]
    _check_drawn(built, DATA, ids, sites, (built.lon[at], built.lat[at]), judge)
    reach = np.full(len(ids), built.question.asked.number(FIBRE, "shared_reach_km"))
    judge.at_most(REACH, built.data_km[chosen], reach, DATA, "length_km", rows("link", ids))
    table = built.folder.tables["data_links"].set_index("id").loc[ids]
    names = built.folder.tables["sites"]["name"].tolist()
    judge.same(NAMED, list(table["target_name"]), [names[n] for n in at], DATA, "target_name", rows("link", ids))


def _check_drawn(built: Built, file: str, ids: Sequence[str], sites: Ints, ends: tuple[Floats, Floats], judge: Judge) -> None:
    table = built.folder.tables["power_links" if file == POWER else "data_links"].set_index("id").loc[list(ids)]
    where = rows("link", ids)
    length = geodesic_km(built.lon[sites], built.lat[sites], *ends)
    judge.equal(LENGTH, table["length_km"], length, file, "length_km", where, slack=LENGTH_SLACK_KM)
    at_site = (built.lon[sites], built.lat[sites])
    lon0, lat0, lon1, lat1 = (table[name].to_numpy(dtype=np.float64) for name in ("lon0", "lat0", "lon1", "lat1"))
    ahead = np.maximum(geodesic_km(lon0, lat0, ends[0], ends[1]), geodesic_km(lon1, lat1, at_site[0], at_site[1]))
    back = np.maximum(geodesic_km(lon1, lat1, ends[0], ends[1]), geodesic_km(lon0, lat0, at_site[0], at_site[1]))
    judge.at_most(ENDS, np.minimum(ahead, back), np.full(len(ids), LENGTH_SLACK_KM), file, "geometry", where)


def _nearer(built: Built, site: int, rivals: Around, point: tuple[float, float]) -> float:
    """How many rivals lie nearer to the site than the point does."""
    lon, lat = float(built.lon[site]), float(built.lat[site])
    own = float(geodesic_km(lon, lat, point[0], point[1]))
    near = rivals.within(lon, lat, own)
    return float(np.count_nonzero(geodesic_km(lon, lat, rivals.lon[near], rivals.lat[near]) < own - LENGTH_SLACK_KM))
