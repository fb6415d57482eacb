"""Time to power: nothing stands before it can be powered, and what is not powered yet does not count as compute.

    energised[l]  =  max of the zone's queue (grid only), line_lead_months + line_months_per_100_km * km / 100 and
                     transformer_lead_months, from the first month of the programme
    ready[l, p]   =  share of period p after it             window[k, p]  =  share of period p after the lead of module k

A line stands only in periods with ready > 0, a module only in periods with window > 0. With a = arrival_share and new modules
those standing less those of the period before, what is written as waiting, in modules on the mean of the period, keeps

    (1 - a * window) * new  <=  waiting  <=  new
    late MW  <=  sum over k of draw[k] * ((1 - window) * new + (waiting - (1 - a * window) * new) / a)

Late MW are what supplies bring on the mean less what they bring in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify import locks
from siting.verify.built import Built
from siting.verify.cooling import pue
from siting.verify.part import Part
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places
from siting.verify.tie_lines import loss_share

NAME: Final = "time_to_power"
WAITING: Final = "waiting_it_mw"
MODULE = Rule("V371", "time_to_power.modules", "a module stands only once its lead time is over", "modules")
LINE = Rule("V372", "time_to_power.lines", "a tie-line stands only in periods in which it is energised")
WAITS = Rule("V373", "time_to_power.waiting", "what is new works at most its share of the time after its lead", "MW")
NEW = Rule("V374", "time_to_power.new", "only what is new waits for power", "MW")
POWER = Rule("V375", "time_to_power.power", "what works has its power in time", "MW")
NEARLY: Final = 1e-6
"""Months within which rounded lengths may move the day a line is there."""


def after(month: Floats, built: Built) -> Floats:
    """Share of each period after months of the programme (..., P)."""
    clock = built.question.clock
    left: Floats = (clock.start_month + clock.months - month[..., None]) / clock.months
    return np.clip(left, 0.0, 1.0)


def energised_month(built: Built) -> Floats:
    """Month from which each built tie-line carries power (L)."""
    asked, zones, points = built.question.asked, built.question.layers.get("zones"), built.points
    general = asked.number(NAME, "queue_months")
    own = dict(zip(zones.ids, zones.numbers("queue_months"), strict=True))
    found = np.zeros(len(built.link_ids))
    for n, point in enumerate(built.link_point):
        told = own.get(points.zones[point], np.nan)
        queue = (general if np.isnan(told) else told) if points.kinds[point] == "grid" else 0.0
        line = asked.number(NAME, "line_lead_months") + asked.number(NAME, "line_months_per_100_km") * built.link_km[n] / 100.0
        found[n] = max(queue, line, asked.number(NAME, "transformer_lead_months"))
    return np.where(locks.existing_line_mw(built) > 0, 0.0, found)


def new_modules(built: Built) -> Floats:
    """Modules standing less those of the period before (I, K, P)."""
    return np.diff(built.modules, axis=2, prepend=locks.existing_modules(built)[:, :, None])


def window(built: Built) -> Floats:
    """Share of each period after the lead of each module type (K, P)."""
    return after(built.question.asked.module_numbers("lead_months"), built)


def waiting(built: Built) -> Floats:
    """Modules that do not work yet, on the mean of the period (I, K, P)."""
    asked = built.question.asked
    found: Floats = built.given(WAITING, asked.module_names()) / asked.module_numbers("it_mw")[:, None]
    return found


def compute_mw(built: Built) -> Floats:
    """What waits is no compute (I, P)."""
    asked = built.question.asked
    effective = asked.module_numbers("it_mw") * asked.module_numbers("performance")
    found: Floats = -np.einsum("ikp,k->ip", waiting(built), effective)
    return found


def links_on_time_mw(built: Built) -> Floats:
    """What tie-lines bring on the mean of the period, from the month they are energised (I, P)."""
    mean = (1.0 - loss_share(built))[:, None] * built.question.clock.year_mean(built.flow_mw)
    return built.per_site(mean * after(energised_month(built), built), built.link_site)


def columns(built: Built) -> Mapping[str, Floats]:
    """First month of work of the chosen sites, and the worth of a month earlier (I)."""
    asked, clock = built.question.asked, built.question.clock
    lead = asked.module_numbers("lead_months")
    effective = asked.module_numbers("it_mw") * asked.module_numbers("performance")
    own = built.total("on_time_mw") - links_on_time_mw(built)
    energised = energised_month(built)
    month, worth = np.full(len(built.site_ids), np.nan), np.full(len(built.site_ids), np.nan)
    for i in np.flatnonzero(built.open.any(axis=1)):
        p = int(np.argmax(built.open[i]))
        stands = built.modules[i, :, p]
        links = np.flatnonzero((built.link_site == i) & built.line[:, p])
        power = energised[links].min() if len(links) and own[i, p] <= 1e-6 else 0.0
        month[i] = max(clock.start_month[p], lead[stands > 0].min(initial=np.inf), power)
        worth[i] = asked.number("objective", "compute_value_musd_per_mw_month") * float(stands @ effective)
    return {"earliest_month": month, "month_earlier_musd": worth}


def check(built: Built, judge: Judge) -> None:
    """Hold modules, lines, waiting and power to the months."""
    asked, periods = built.question.asked, built.question.clock.periods
    where = places(("site", built.site_ids), ("module", asked.module_names()), ("period", periods))
    open_window, new = window(built), new_modules(built)
    early = np.maximum(built.modules - locks.existing_modules(built)[:, :, None], 0.0) * (open_window <= 1e-9)
    judge.at_most(MODULE, early, np.zeros(new.shape), "modules.csv", "count", where)
    lines = places(("link", built.link_ids), ("period", periods))
    soon = after(energised_month(built) - NEARLY, built) > 0
    judge.holds(LINE, ~built.line | soon, "link_periods.csv", "period", lines)
    share, it_mw = asked.number(NAME, "arrival_share"), asked.module_numbers("it_mw")[:, None]
    idle, waits = (1.0 - share * open_window) * new, waiting(built)
    judge.at_least(WAITS, waits * it_mw, idle * it_mw, "given.csv", WAITING, where, slack=ROUNDING)
    judge.at_most(NEW, waits * it_mw, new * it_mw, "given.csv", WAITING, where, slack=ROUNDING)
    _check_power(built, new, (waits - idle) / share, judge)


def _check_power(built: Built, new: Floats, late: Floats, judge: Judge) -> None:
    asked, clock = built.question.asked, built.question.clock
    air = clock.year_mean(pue(built.question, built.lon, built.lat))
    draw = air[:, None] * asked.module_numbers("it_mw") * asked.module_numbers("load_factor")
    spared = np.einsum("ikp,ik->ip", (1.0 - window(built)) * new + late, draw)
    links = built.per_site((1.0 - loss_share(built))[:, None] * clock.year_mean(built.flow_mw), built.link_site)
    lack = links + clock.year_mean(built.total("supply_mw")) - built.total("on_time_mw")
    slack = ROUNDING * (20.0 + np.bincount(built.link_site, minlength=len(built.site_ids)))[:, None]
    where = places(("site", built.site_ids), ("period", clock.periods))
    judge.at_most(POWER, lack, spared, "dispatch.parquet", "mw", where, slack=slack)


PART: Final = Part(
    NAME,
    check,
    sums={"compute_mw": compute_mw, "on_time_mw": links_on_time_mw},
    columns=columns,
    items=(WAITING,),
)
