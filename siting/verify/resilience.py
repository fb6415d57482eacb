"""Resilience: what inference is left when any one site, basin, substation or landing place of data is lost.

In periods that start at month `from_months` or later, with f the MW of IT at a site that may never wait and F their sum:

    lost  <=  free_mw + (1 - served_share) * (F - free_mw)

    with a site         f of the site
    with a basin or a substation
                        sum over sites of max(0, need - fed without it) / (need of a MW)
                        need of a MW  =  worst_over_mean * mean draw of a MW of IT at the site of the thirstiest module type
                        fed  =  standby + sum over lines of (1 - loss) * steady
    with a landing place
                        f of the sites all of whose data paths end there (a gateway, or a point of presence, over a spur too)

The steady power of a line is within the line, and over all lines of a point within what the point has in its worst slice. A
share of 0 asks nothing. `programme.csv` tells the most that is lost with a site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from siting.verify import fibre, tie_lines
from siting.verify.built import FIBRE, SATELLITE, SPUR, Built
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Flags, Floats, Judge, Rule, places, rows
from siting.verify.workload import busy_mw, draw_mw

SITE: Final = Rule("V441", "resilience.site", "enough inference survives the loss of any one site", "MW")
BASIN: Final = Rule("V442", "resilience.basin", "enough inference survives the loss of any one basin", "MW")
SUBSTATION: Final = Rule("V443", "resilience.substation", "enough inference survives the loss of any one substation", "MW")
LANDING: Final = Rule("V444", "resilience.landing", "enough inference survives the loss of any one landing place", "MW")
STEADY: Final = Rule("V445", "resilience.steady", "steady power is within its line and what its point always has", "MW")
LARGEST: Final = Rule("V446", "resilience.largest", "the most that is lost with a site is the plan's", "MW")
PLACE: Final = Rule("V447", "resilience.lines", "steady power is told of lines of the plan, at their sites")
LOST_ITEM: Final = "largest_site_loss_mw"
STEADY_ITEM: Final = "steady_mw"
ITEMS: Final = (LOST_ITEM, STEADY_ITEM)
FILE: Final = "given.csv"


def _number(built: Built, name: str) -> float:
    return built.question.asked.number("resilience", name)


def asked(built: Built) -> Flags:
    """Periods in which losses must be survived (P)."""
    months: Flags = built.question.clock.start_month >= _number(built, "from_months")
    return months


def firm_mw(built: Built) -> Floats:
    """MW of IT that may never wait (I, P), in the periods that are asked for."""
    found: Floats = built.total("firm_it_mw") * asked(built)
    return found


def columns(built: Built) -> Mapping[str, Floats]:
    """Share of the inference that is lost with each site, in the last period (I)."""
    firm = firm_mw(built)[:, -1]
    total = float(firm.sum())
    return {"outage_share": firm / (total if total > 0 else 1.0)}


def check(built: Built, judge: Judge) -> None:
    """Hold every loss to its limit, and what is told to the plan."""
    firm, periods = firm_mw(built), built.question.clock.periods
    most = firm.max(axis=0, initial=0.0)
    judge.equal(LARGEST, built.programme(LOST_ITEM), most, "programme.csv", LOST_ITEM, rows("period", periods), slack=ROUNDING)
    by_site = {name: firm[n] for n, name in enumerate(built.site_ids)}
    _hold(built, judge, SITE, by_site, "site", "equipment.csv")
    _check_steady(built, judge)
    basins, substations = _by_group(built)
    _hold(built, judge, BASIN, basins, "basin", FILE)
    _hold(built, judge, SUBSTATION, substations, "substation", FILE)
    _hold(built, judge, LANDING, _by_landing(built), "landing", "data_links.geojson")


def _hold(built: Built, judge: Judge, rule: Rule, lost: Mapping[str, Floats], kind: str, file: str) -> None:
    """Hold what is lost with each place of a kind to the limit of the kind."""
    served = _number(built, f"{kind}_served_share")
    if served == 0 or not lost:
        return
    free, whole = _number(built, "free_mw"), firm_mw(built).sum(axis=0)
    limit = np.where(asked(built), free + (1.0 - served) * (whole - free), np.inf)
    use = np.array(list(lost.values()))[:, asked(built)]
    names = [name for name, is_asked in zip(built.question.clock.periods, asked(built), strict=True) if is_asked]
    slack = ROUNDING * (len(built.site_ids) + 2 * len(built.link_ids))
    bound = np.broadcast_to(limit[asked(built)], use.shape)
    judge.at_most(rule, use, bound, file, "amount", places((kind, list(lost)), ("period", names)), slack=slack)


def steady_mw(built: Built) -> Floats:
    """Steady power by line (L, P)."""
    given = built.given(STEADY_ITEM, built.link_ids)
    found: Floats = given[built.link_site, np.arange(len(built.link_ids))]
    return found


def _check_steady(built: Built, judge: Judge) -> None:
    steady, points, periods = steady_mw(built), built.points, built.question.clock.periods
    told = [key for key in built.equipment.given if key[0] == STEADY_ITEM]
    known = [place in built.link_ids for _, place in told]
    judge.holds(PLACE, known, FILE, "place_id", rows("line", [place for _, place in told]))
    elsewhere = built.given(STEADY_ITEM, built.link_ids)
    elsewhere[built.link_site, np.arange(len(built.link_ids))] = 0.0
    where = places(("site", built.site_ids), ("line", built.link_ids), ("period", periods))
    judge.holds(PLACE, np.abs(elsewhere) <= ROUNDING, FILE, "site_id", where)
    line = places(("line", built.link_ids), ("period", periods))
    judge.at_least(STEADY, steady, np.zeros(steady.shape), FILE, "amount", line, slack=ROUNDING)
    judge.at_most(STEADY, steady, built.line_mw, FILE, "amount", line, slack=2 * ROUNDING)
    used = np.zeros((len(points.ids), len(periods)))
    np.add.at(used, built.link_point, steady)
    count = np.bincount(built.link_point, minlength=len(points.ids))[:, None]
    least = points.available_mw.min(axis=2) if len(points.ids) else used
    at_point = places(("point", points.ids), ("period", periods))
    judge.at_most(STEADY, used, least, FILE, "amount", at_point, slack=ROUNDING * (1 + count))


def need_per_mw(built: Built) -> Floats:
    """Facility MW that a MW of IT needs in the worst hour (I, P); 0 where nothing stands."""
    mean, busy = built.question.clock.year_mean(draw_mw(built)), busy_mw(built)
    thirsty = float(built.question.asked.module_numbers("load_factor").max())
    per_busy = np.divide(mean, busy, out=np.zeros(mean.shape), where=busy > 0)
    found: Floats = _number(built, "worst_over_mean") * thirsty * per_busy
    return found


def _by_group(built: Built) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """MW of inference that goes unfed with each basin, and with each substation (P)."""
    points, plants = built.points, built.question.layers.get("sources")
    basin = dict(zip(plants.ids, plants.texts("basin"), strict=True))
    arrives = (1.0 - tie_lines.loss_share(built))[:, None] * steady_mw(built)
    fed = built.total("standby_mw") + built.per_site(arrives, built.link_site)
    names: list[tuple[bool, str]] = [
        (True, points.ids[point]) if points.kinds[point] == "grid" else (False, basin.get(points.ids[point], ""))
        for point in built.link_point
    ]
    found: tuple[dict[str, Floats], dict[str, Floats]] = ({}, {})
    for grid, name in dict.fromkeys(each for each in names if each[1]):
        mine = np.flatnonzero([each == (grid, name) for each in names])
        without = fed - built.per_site(arrives[mine], built.link_site[mine])
        found[grid][name] = _unfed(built, without).sum(axis=0)
    return found


def _unfed(built: Built, fed: Floats) -> Floats:
    """MW of inference (I, P) that so much facility power does not feed."""
    firm, per_mw = firm_mw(built), need_per_mw(built)
    short = np.maximum(0.0, firm * per_mw - np.maximum(0.0, fed))
    found: Floats = np.divide(short, per_mw, out=firm.copy(), where=per_mw > 0)
    return found


def _by_landing(built: Built) -> dict[str, Floats]:
    """MW of inference of the sites all of whose data paths end at a place (P)."""
    ends = _ends(built)
    stands = built.units > 0
    every = built.per_site(stands.astype(np.float64), built.data_site)
    found: dict[str, Floats] = {}
    for name in dict.fromkeys(each for each in ends if each):
        mine = np.flatnonzero([each == name for each in ends])
        here = built.per_site(stands[mine].astype(np.float64), built.data_site[mine])
        found[name] = np.where((here > 0) & (here == every), firm_mw(built), 0.0).sum(axis=0)
    return found


def _ends(built: Built) -> Sequence[str]:
    """Where each data path ends: a gateway or a point of presence."""
    layer = {kind: built.question.layers.get(name).ids for kind, name in ((FIBRE, "pops"), (SATELLITE, "gateways"))}
    found = [
        layer[kind][target] if kind in layer else "" for kind, target in zip(built.data_kind, built.data_target, strict=True)
    ]
    spurs: Ints = built.data_of(SPUR)
    for spur, lateral in zip(spurs, fibre.trunks(built) if len(spurs) else (), strict=True):
        found[spur] = found[lateral] if lateral >= 0 else ""
    return found
