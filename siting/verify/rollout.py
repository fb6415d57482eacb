"""Rollout: what a period adds is within what crews, sites and trucks can bring up in its months.

MW added in all        <=  sum over the months m of p of min(start * (1 + growth) ^ m, programme_mw_per_month), m from 0
MW added in a zone     <=  zone_mw_per_month * months[p]
MW added at a site     <=  site_mw_per_month * months[p]
truck loads            <=  trucks_per_month * months[p]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify import locks
from siting.verify.built import Built
from siting.verify.part import Part
from siting.verify.report import Floats, Judge, Rule, places, rows

NAME: Final = "rollout"
FILE: Final = "modules.csv"
PROGRAMME = Rule("V381", "rollout.programme", "a period adds no more than the programme brings up in its months", "MW")
ZONE = Rule("V382", "rollout.zone", "a zone adds no more than its crews bring up", "MW")
SITE = Rule("V383", "rollout.site", "a site adds no more than its pace", "MW")
TRUCKS = Rule("V384", "rollout.trucks", "a period needs no more truck loads than there are", "trucks")


def added(built: Built) -> Floats:
    """Modules added to those of the period before, in the first to those that exist (I, K, P)."""
    return np.diff(built.modules, axis=2, prepend=locks.existing_modules(built)[:, :, None])


def added_mw(built: Built) -> Floats:
    """MW of IT added (I, P)."""
    found: Floats = np.einsum("ikp,k->ip", added(built), built.question.asked.module_numbers("it_mw"))
    return found


def programme_mw(built: Built) -> Floats:
    """MW the programme can bring up in each period (P)."""
    asked, clock = built.question.asked, built.question.clock
    start, growth, most = (
        asked.number(NAME, name) for name in ("start_mw_per_month", "growth_share_per_month", "programme_mw_per_month")
    )
    pace, monthly = start, []
    for _ in range(int(clock.start_month[-1] + clock.months[-1])):
        monthly.append(min(pace, most))
        pace = min(pace * (1.0 + growth), most)
    first = clock.start_month.astype(np.int64)
    return np.array([sum(monthly[m : m + int(n)]) for m, n in zip(first, clock.months, strict=True)])


def columns(built: Built) -> Mapping[str, Floats]:
    """The fastest pace of each site (I)."""
    return {"fastest_mw_per_month": (added_mw(built) / built.question.clock.months).max(axis=1)}


def check(built: Built, judge: Judge) -> None:
    """Hold what is added to the four paces."""
    asked, clock = built.question.asked, built.question.clock
    mw, periods = added_mw(built), clock.periods
    judge.at_most(PROGRAMME, mw.sum(axis=0), programme_mw(built), FILE, "added", rows("period", periods))
    zone = list(built.folder.tables["sites"]["zone"])
    names = sorted(set(zone))
    by_zone = np.zeros((len(names), len(periods)))
    np.add.at(by_zone, np.array([names.index(each) for each in zone], dtype=np.int64), mw)
    most = np.broadcast_to(asked.number(NAME, "zone_mw_per_month") * clock.months, by_zone.shape)
    judge.at_most(ZONE, by_zone, most, FILE, "added", places(("zone", names), ("period", periods)))
    most = np.broadcast_to(asked.number(NAME, "site_mw_per_month") * clock.months, mw.shape)
    judge.at_most(SITE, mw, most, FILE, "added", places(("site", built.site_ids), ("period", periods)))
    loads = np.einsum("ikp,k->p", added(built), asked.module_numbers("trucks"))
    judge.at_most(TRUCKS, loads, asked.number(NAME, "trucks_per_month") * clock.months, FILE, "added", rows("period", periods))


PART: Final = Part(NAME, check, columns=columns)
