"""Fibre: laterals from sites to points of presence, and spurs to a neighbour's lateral.

    lateral[h, p] = 1:  lateral_gbps of bandwidth and one data path at its site, for musd_per_km * route km + ends_musd
    spur[s, p] = 1:     the same over the lateral of the neighbour to its nearest point of presence, with spur_ends_musd
    lateral[h, p]  <=  open[site(h), p];     spurs on h in p  <=  (pair_gbps / lateral_gbps - 1, whole) * lateral[h, p]

Fibre of d km is lit lead_months + lead_months_per_km * route_factor * d after the programme begins. It stands from the first
period whose first month is no earlier; a period counts as beginning no earlier than the shortest lead time of a module.
No two paths of a site, laterals or spurs, end at one point of presence, and no two spurs at one neighbour. Only the
`nearest` points of presence within `reach_km` and the neighbours within `shared_reach_km` may be reached. Upkeep is a
yearly share of the capital.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import FIBRE, SPUR, Built
from siting.verify.cost import Item
from siting.verify.ground import LENGTH_SLACK_KM, geodesic_km
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places, rows

ONE = Rule("V251", "fibre.one", "a lateral or spur stands once", "laterals")
CARRIES = Rule("V252", "fibre.gbps", "a lateral or spur offers what is lit on it", "Gbps")
CAPITAL = Rule("V253", "fibre.capital", "a lateral or spur costs its route and its ends", "MUSD")
RUNNING = Rule("V254", "fibre.running", "upkeep of a lateral or spur is a share of its capital", "MUSD/year")
LIT = Rule("V255", "fibre.lit", "a lateral or spur stands no earlier than it can be lit", "months")
TRUNK = Rule("V256", "fibre.trunk", "spurs go on over a lateral of the neighbour that stands and has room", "spurs")
DIVERSE = Rule("V257", "fibre.diverse", "paths of a site end at different points of presence", "paths")
FILE: Final = "data_links.geojson"
PERIODS: Final = "data_periods.csv"


def capital_musd(built: Built, kind: str = FIBRE) -> Floats:
    """Cost of the laterals or spurs standing (n, P), in the order of `built.data_of(kind)`."""
    asked, at = built.question.asked, built.data_of(kind)
    ends = asked.number("fibre", "ends_musd" if kind == FIBRE else "spur_ends_musd") if len(at) else 0.0
    each = asked.number("fibre", "musd_per_km") * asked.number("fibre", "route_factor") * built.data_km[at] + ends
    found: Floats = each[:, None] * built.units[at]
    return found


def items(built: Built) -> tuple[Item, ...]:
    """Capital of laterals and spurs, and their yearly upkeep."""
    share = built.question.asked.number("fibre", "upkeep_share_per_year")
    laterals, spurs = capital_musd(built), capital_musd(built, SPUR)
    site, shared = (built.data_site[built.data_of(kind)] for kind in (FIBRE, SPUR))
    upkeep = Item("fibre upkeep", "running", np.append(site, shared), share * np.concatenate([laterals, spurs]))
    return (Item("fibre laterals", "capital", site, laterals), Item("fibre spurs", "capital", shared, spurs), upkeep)


def check(built: Built, judge: Judge) -> None:
    """Hold laterals and spurs to one each, to what is written of them, to the month they are lit, and to their ends."""
    for kind in (FIBRE, SPUR):
        _check_written(built, kind, judge)
        _check_lit(built, kind, judge)
    trunk = trunks(built)
    _check_trunks(built, trunk, judge)
    _check_diverse(built, trunk, judge)


def _check_written(built: Built, kind: str, judge: Judge) -> None:
    at = built.data_of(kind)
    ids = [built.data_ids[n] for n in at]
    table = built.folder.tables["data_links"].set_index("id").loc[ids]
    asked = built.question.asked
    period = places(("link", ids), ("period", built.question.clock.periods))
    where = rows("link", ids)
    units = built.units[at]
    judge.equal(ONE, units, np.minimum(units, 1.0), PERIODS, "units", period)
    lit = asked.number("fibre", "lateral_gbps")
    judge.equal(CARRIES, built.gbps[at], lit * units, PERIODS, "gbps", period)
    judge.equal(CARRIES, table["capacity_gbps"], lit * units[:, -1], FILE, "capacity_gbps", where)
    judge.equal(ONE, table["terminals"], np.zeros(len(at)), FILE, "terminals", where)
    capital = capital_musd(built, kind)[:, -1]
    judge.equal(CAPITAL, table["capital_musd"], capital, FILE, "capital_musd", where)
    upkeep = asked.number("fibre", "upkeep_share_per_year") * capital
    judge.equal(RUNNING, table["running_musd_per_year"], upkeep, FILE, "running_musd_per_year", where)


def _check_lit(built: Built, kind: str, judge: Judge) -> None:
    asked, at = built.question.asked, built.data_of(kind)
    route_km = asked.number("fibre", "route_factor") * built.data_km[at]
    lead = asked.number("fibre", "lead_months") + asked.number("fibre", "lead_months_per_km") * route_km
    months = np.maximum(built.question.clock.start_month, asked.module_numbers("lead_months").min())
    stands = built.units[at] > 0
    where = places(("link", [built.data_ids[n] for n in at]), ("period", built.question.clock.periods))
    slack = np.full(stands.shape, asked.number("fibre", "lead_months_per_km") * 2.0 * LENGTH_SLACK_KM + ROUNDING)
    limit = np.broadcast_to(months, stands.shape)
    judge.at_most(LIT, np.where(stands, lead[:, None], 0.0), limit, PERIODS, "period", where, slack=slack)


def trunks(built: Built) -> Ints:
    """The lateral each spur goes on over: that of the neighbour to its nearest point of presence; -1 where it has none."""
    pops = built.question.layers.get("pops")
    laterals = built.data_of(FIBRE)
    found = np.full(len(built.data_of(SPUR)), -1, dtype=np.int64)
    for n, neighbour in enumerate(built.data_target[built.data_of(SPUR)]):
        nearest = int(np.argmin(geodesic_km(built.lon[neighbour], built.lat[neighbour], pops.lon, pops.lat)))
        own = laterals[(built.data_site[laterals] == neighbour) & (built.data_target[laterals] == nearest)]
        found[n] = own[0] if len(own) else -1
    return found


def _check_trunks(built: Built, trunk: Ints, judge: Judge) -> None:
    spurs, asked = built.data_of(SPUR), built.question.asked
    ids = [built.data_ids[n] for n in spurs]
    judge.holds(TRUNK, trunk >= 0, FILE, "target_id", rows("link", ids))
    used = np.zeros(built.units.shape)
    np.add.at(used, trunk[trunk >= 0], built.units[spurs[trunk >= 0]])
    lit = asked.number("fibre", "lateral_gbps")
    room = np.floor(asked.number("fibre", "pair_gbps") / lit + ROUNDING) - 1.0 if lit > 0 else np.inf
    most = np.where(built.units > 0, room, 0.0)
    where = places(("link", built.data_ids), ("period", built.question.clock.periods))
    judge.at_most(TRUNK, used, most, PERIODS, "units", where)


def _check_diverse(built: Built, trunk: Ints, judge: Judge) -> None:
    laterals, spurs = built.data_of(FIBRE), built.data_of(SPUR)
    good = trunk >= 0
    ends = [(int(built.data_site[h]), f"point {built.data_target[h]}", h) for h in laterals]
    ends += [(int(built.data_site[s]), f"point {built.data_target[h]}", s) for s, h in zip(spurs[good], trunk[good], strict=True)]
    ends += [(int(built.data_site[s]), f"site {built.data_target[s]}", s) for s in spurs]
    keys = list(dict.fromkeys((site, end) for site, end, _ in ends))
    count = np.zeros((len(keys), built.units.shape[1]))
    for site, end, link in ends:
        count[keys.index((site, end))] += built.units[link] > 0
    where = places(
        ("", [f"site {built.site_ids[site]} to {end}" for site, end in keys]), ("period", built.question.clock.periods)
    )
    judge.at_most(DIVERSE, count, np.ones(count.shape), FILE, "target_id", where)
