"""Workload: what sites draw, and how much of it may go unserved.

    draw[i, p, t]      =  sum over k of load_factor[k] * it_mw[k] * modules[i, k, p] * pue[i, t]
    unserved[i, p, t]  <=  (1 - firm_share) * draw[i, p, t]
    sum over t of hours[t] * unserved[i, p, t]  <=  (1 - served_share) * sum over t of hours[t] * draw[i, p, t]

Switched off, all of the load must be served.
"""

from __future__ import annotations

import numpy as np

from siting.verify.built import Built
from siting.verify.cooling import pue
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places

FIRM = Rule("V301", "workload.firm_share", "in no slice more goes unserved than the firm share leaves", "MW")
SERVED = Rule("V302", "workload.served_share", "over the year no more energy goes unserved than the served share leaves", "MW")
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
    judge.at_most(
        SERVED, clock.year_mean(built.unserved_mw), (1.0 - served) * clock.year_mean(draw), DISPATCH, "mw", year, slack=ROUNDING
    )
