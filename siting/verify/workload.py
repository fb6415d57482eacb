"""Workload: what sites draw, and how much of it may go unserved.

    draw[i, p, t]      =  sum over k of load_factor[k] * it_mw[k] * modules[i, k, p] * pue[i, t]
    unserved[i, p, t]  <=  (1 - firm_share) * draw[i, p, t]
    sum over t in h of hours[t] * unserved[i, p, t]  <=  (1 - served_share) * sum over t in h of hours[t] * draw[i, p, t]

for every hydrology year h. What workloads are given is no more than stands; what some of them may never lose is served in
every slice, and what others may lose is all that a year leaves unserved:

    given IT MW at i in p  <=  IT MW standing
    draw - unserved  >=  (largest load factor) * pue[i, t] * firm IT MW                                      for i, p, t
    mean over t in h of unserved  <=  (least load factor) * mean over t in h of pue[i, t] * flexible IT MW    for i, p, h
                                      where training is on

Switched off, all of the load must be served.
"""

from __future__ import annotations

import numpy as np

from siting.verify.built import Built
from siting.verify.cooling import pue
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places

FIRM = Rule("V301", "workload.firm_share", "in no slice more goes unserved than the firm share leaves", "MW")
SERVED = Rule("V302", "workload.served_share", "over the year no more energy goes unserved than the served share leaves", "MW")
FIRM_LOAD = Rule("V303", "workload.firm_load", "load that may never go unserved is served", "MW")
ASSIGNED = Rule("V304", "workload.assigned", "workloads share the IT load that stands", "MW")
FLEXIBLE = Rule("V305", "workload.flexible", "over the year no more energy goes unserved than training may lose", "MW")
DISPATCH = "dispatch.parquet"


def busy_mw(built: Built) -> Floats:
    """Mean draw of the IT (I, P)."""
    asked = built.question.asked
    found: Floats = np.einsum("ikp,k->ip", built.modules, asked.module_numbers("it_mw") * asked.module_numbers("load_factor"))
    return found


def draw_mw(built: Built) -> Floats:
    """What each site draws, cooling included (I, P, T)."""
    found: Floats = busy_mw(built)[:, :, None] * pue(built.question, built.lon, built.lat)[:, None, :]
    return found


def check(built: Built, judge: Judge) -> None:
    """Hold the unserved load to the firm share in each slice and to the served share over the year."""
    asked, clock = built.question.asked, built.question.clock
    on = asked.on("workload")
    firm, served = (asked.number("workload", name) if on else 1.0 for name in ("firm_share", "served_share"))
    draw = draw_mw(built)
    where = places(("site", built.site_ids), ("period", clock.periods), ("slice", built.slices))
    judge.at_most(FIRM, built.unserved_mw, (1.0 - firm) * draw, DISPATCH, "mw", where, slack=ROUNDING)
    year = places(("site", built.site_ids), ("period", clock.periods))
    for number in range(len(clock.year_share)):
        hours = np.where(clock.year_of == number, clock.hours, 0.0)
        lost, drawn = (values @ hours / hours.sum() for values in (built.unserved_mw, draw))
        judge.at_most(SERVED, lost, (1.0 - served) * drawn, DISPATCH, "mw", year, slack=ROUNDING)
    _check_firm_load(built, draw, judge)
    given = built.total("assigned_it_mw")
    judge.at_most(ASSIGNED, given, built.it_mw, "equipment.csv", "amount", year, slack=4 * ROUNDING)
    if asked.on("training") and asked.number("training", "training_share") > 0:
        _check_flexible(built, judge)


def _check_firm_load(built: Built, draw: Floats, judge: Judge) -> None:
    """Load that may never wait is served: as much as it draws at most, by the thirstiest module type."""
    firm_it_mw = built.total("firm_it_mw")
    most = built.question.asked.module_numbers("load_factor").max() * pue(built.question, built.lon, built.lat)
    needed = firm_it_mw[:, :, None] * most[:, None, :]
    where = places(("site", built.site_ids), ("period", built.question.clock.periods), ("slice", built.slices))
    judge.at_least(FIRM_LOAD, draw - built.unserved_mw, needed, DISPATCH, "mw", where, slack=ROUNDING * 5)


def _check_flexible(built: Built, judge: Judge) -> None:
    """What a year leaves unserved is within what training may lose of its draw, on the mean."""
    clock = built.question.clock
    least = built.question.asked.module_numbers("load_factor").min() * pue(built.question, built.lon, built.lat)
    where = places(("site", built.site_ids), ("period", clock.periods))
    for number in range(len(clock.year_share)):
        hours = np.where(clock.year_of == number, clock.hours, 0.0)
        lost, each = (values @ hours / hours.sum() for values in (built.unserved_mw, least))
        may = each[:, None] * built.total("flexible_it_mw")
        judge.at_most(FLEXIBLE, lost, may, DISPATCH, "mw", where, slack=2 * ROUNDING)
