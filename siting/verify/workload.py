"""Workload: what sites draw, and how much of it may go unserved.

    draw[i, p, t]      =  sum over k of load_factor[k] * it_mw[k] * modules[i, k, p] * pue[i, t]
    unserved[i, p, t]  <=  (1 - firm_share) * draw[i, p, t]
    sum over t in h of hours[t] * unserved[i, p, t]  <=  (1 - served_share) * sum over t in h of hours[t] * draw[i, p, t]

for every hydrology year h.

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


def _check_firm_load(built: Built, draw: Floats, judge: Judge) -> None:
    """Load that may never wait is served: as much as it draws at most, by the thirstiest module type."""
    firm_it_mw = built.total("firm_it_mw")
    most = built.question.asked.module_numbers("load_factor").max() * pue(built.question, built.lon, built.lat)
    needed = firm_it_mw[:, :, None] * most[:, None, :]
    where = places(("site", built.site_ids), ("period", built.question.clock.periods), ("slice", built.slices))
    judge.at_least(FIRM_LOAD, draw - built.unserved_mw, needed, DISPATCH, "mw", where, slack=ROUNDING * 5)
