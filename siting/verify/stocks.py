"""The core: stocks, links, flows, and the balance of every site.

    modules whole and never shrinking; a site that is open has at least one, one that is not has none
    sum over k of it_mw[k] * modules[i, k, p]  <=  limit_mw[i]
    line_mw[l, p]  <=  what the point of l can ever offer, or what exists of l;   0 <= flow_mw[l, p, t]  <=  line_mw[l, p]
    sum over l to i of (flow_mw[l, p, t] - what is lost of it)  +  unserved_mw[i, p, t]  >=  draw_mw[i, p, t]

A link ends at one of the `nearest` points of its group within `reach_km`; points that offer nothing are not counted.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify import tie_lines
from siting.verify.built import FIBRE, SPUR, Built
from siting.verify.candidates import own_numbers
from siting.verify.energy import FAMILY
from siting.verify.locks import existing_line_mw
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places, rows
from siting.verify.workload import draw_mw

WHOLE = Rule("V111", "core.modules_whole", "modules are whole and not negative", "modules")
STAYS = Rule("V112", "core.stays", "what stands never shrinks")
ADDED = Rule("V113", "core.added", "modules added are those standing less those of the period before", "modules")
MODULE_MW = Rule("V114", "core.module_mw", "IT load is modules times the module's load", "MW")
OPEN = Rule("V115", "core.open", "modules and links stand only at open sites, and an open site has a module")
LIMIT = Rule("V116", "core.limit", "a site's IT load is within what the place can take", "MW")
LARGEST = Rule("V117", "core.line_size", "a line is no larger than what its point can ever offer", "MW")
FLOW = Rule("V118", "core.flow", "a flow is not negative and within its line", "MW")
BALANCE = Rule("V119", "core.balance", "what comes in and what goes unserved cover what is drawn", "MW")
SERVED = Rule("V120", "core.served", "what is served is what is drawn less what goes unserved", "MW")
OFF = Rule("V131", "core.off", "a family that is switched off has no links")
DISPATCH: Final = "dispatch.parquet"


def check(built: Built, judge: Judge) -> None:
    """All rules of the core but where links may go."""
    _check_modules(built, judge)
    _check_open(built, judge)
    _check_stocks(built, judge)
    _check_flows(built, judge)
    _check_balance(built, judge)
    _check_off(built, judge)


def _check_modules(built: Built, judge: Judge) -> None:
    asked, table, periods = built.question.asked, built.folder.tables["modules"], built.question.clock.periods
    cells = places(("site", built.site_ids), ("module", asked.module_names()), ("period", periods))
    judge.at_least(WHOLE, built.modules, np.zeros(built.modules.shape), "modules.csv", "count", cells)
    before = np.concatenate([np.zeros((*built.modules.shape[:2], 1)), built.modules[:, :, :-1]], axis=2)
    judge.at_least(STAYS, built.modules, before, "modules.csv", "count", cells)
    number = {name: n for n, name in enumerate(asked.module_names())}
    when = {name: n for n, name in enumerate(periods)}
    site = {name: n for n, name in enumerate(built.site_ids)}
    known = table["site_id"].isin(site) & table["module"].isin(number) & table["period"].isin(when)
    table = table[known.to_numpy(dtype=np.bool_)]
    at = tuple(
        np.array([find[name] for name in table[column]], dtype=np.int64)
        for column, find in (("site_id", site), ("module", number), ("period", when))
    )
    where = rows(
        "",
        [
            f"site {row[0]}, module {row[1]}, period {row[2]}"
            for row in zip(table["site_id"], table["module"], table["period"], strict=True)
        ],
    )
    judge.equal(ADDED, table["added"], (built.modules - before)[at], "modules.csv", "added", where)
    judge.equal(
        MODULE_MW,
        table["it_mw"],
        table["count"].to_numpy(dtype=np.float64) * asked.module_numbers("it_mw")[at[1]],
        "modules.csv",
        "it_mw",
        where,
    )


def _check_open(built: Built, judge: Judge) -> None:
    periods = built.question.clock.periods
    where = places(("site", built.site_ids), ("period", periods))
    some = built.modules.sum(axis=1) > 0
    judge.holds(OPEN, some == built.open, "modules.csv", "count", where, lambda at: _says_open(built, at))
    lines = places(("link", built.link_ids), ("period", periods))
    judge.holds(OPEN, ~built.line | built.open[built.link_site], "link_periods.csv", "period", lines)
    data = places(("link", built.data_ids), ("period", periods))
    judge.holds(OPEN, (built.units == 0) | built.open[built.data_site], "data_periods.csv", "period", data)


def _says_open(built: Built, at: tuple[int, ...]) -> str:
    return "open without a module" if built.open[at] else "modules before the site opens"


def _check_stocks(built: Built, judge: Judge) -> None:
    periods = built.question.clock.periods
    where = places(("link", built.link_ids), ("period", periods))
    judge.at_least(STAYS, built.line_mw, _before(built.line_mw), "link_periods.csv", "line_mw", where, slack=ROUNDING)
    data = places(("link", built.data_ids), ("period", periods))
    judge.at_least(STAYS, built.units, _before(built.units), "data_periods.csv", "units", data)
    judge.at_least(STAYS, built.units, np.zeros(built.units.shape), "data_periods.csv", "units", data)
    most = np.maximum(built.points.most_mw[built.link_point], existing_line_mw(built))[:, None]
    judge.at_most(LARGEST, built.line_mw, most * built.line, "link_periods.csv", "line_mw", where, slack=ROUNDING)
    judge.at_least(LARGEST, built.line_mw, np.zeros(built.line_mw.shape), "link_periods.csv", "line_mw", where)
    site = places(("site", built.site_ids), ("period", periods))
    limit = np.broadcast_to(own_numbers(built, "limit_mw")[:, None], built.it_mw.shape)
    judge.at_most(LIMIT, built.it_mw, limit, "modules.csv", "it_mw", site)


def _before(stock: Floats) -> Floats:
    return np.concatenate([np.zeros((len(stock), 1)), stock[:, :-1]], axis=1)


def _check_flows(built: Built, judge: Judge) -> None:
    where = places(("link", built.link_ids), ("period", built.question.clock.periods), ("slice", built.slices))
    room = np.broadcast_to(built.line_mw[:, :, None], built.flow_mw.shape)
    judge.at_most(FLOW, built.flow_mw, room, DISPATCH, "mw", where, slack=ROUNDING)
    judge.at_least(FLOW, built.flow_mw, np.zeros(built.flow_mw.shape), DISPATCH, "mw", where)


def delivered_mw(built: Built) -> Floats:
    """What each link brings to its site (L, P, T)."""
    found: Floats = built.flow_mw - tie_lines.lost_mw(built)
    return found


def _check_balance(built: Built, judge: Judge) -> None:
    where = places(("site", built.site_ids), ("period", built.question.clock.periods), ("slice", built.slices))
    draw = draw_mw(built)
    arrives = built.per_site(delivered_mw(built), built.link_site)
    own = built.total("supply_mw")
    slack = ROUNDING * (5.0 + np.bincount(built.link_site, minlength=len(built.site_ids)))[:, None, None]
    judge.at_least(BALANCE, arrives + own + built.unserved_mw, draw, DISPATCH, "mw", where, slack=slack)
    judge.equal(SERVED, built.served_mw, draw - built.unserved_mw, DISPATCH, "mw", where, slack=2 * ROUNDING, size=draw)
    judge.at_least(SERVED, built.unserved_mw, np.zeros(draw.shape), DISPATCH, "mw", where)


def _check_off(built: Built, judge: Judge) -> None:
    asked = built.question.asked
    links = [asked.on(FAMILY[built.points.kinds[point]]) for point in built.link_point]
    judge.holds(OFF, links, "power_links.geojson", "kind", rows("link", built.link_ids))
    data = [asked.on(FIBRE if kind == SPUR else kind) for kind in built.data_kind]
    judge.holds(OFF, data, "data_links.geojson", "kind", rows("link", built.data_ids))
