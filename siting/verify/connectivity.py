"""Connectivity: bandwidth for the load of every site, over enough separate paths.

    sum of bandwidth on offer at i  >=  gbps_per_mw * IT MW at i               for i, p
    sum of paths at i               >=  paths * open[i, p]                     for i, p

A lateral is a path, and so is a satellite link in use.
"""

from __future__ import annotations

import numpy as np

from siting.verify.built import Built
from siting.verify.report import ROUNDING, Judge, Rule, places

BANDWIDTH = Rule("V241", "connectivity.bandwidth", "a site has the bandwidth its IT load needs", "Gbps")
PATHS = Rule("V242", "connectivity.paths", "an open site has enough separate data paths", "paths")
FILE = "data_periods.csv"


def check(built: Built, judge: Judge) -> None:
    """Hold every site to its bandwidth and paths."""
    asked = built.question.asked
    where = places(("site", built.site_ids), ("period", built.question.clock.periods))
    offered = built.per_site(built.gbps, built.data_site)
    count = built.per_site((built.units > 0).astype(np.float64), built.data_site)
    judge.at_least(
        BANDWIDTH, offered, asked.number("connectivity", "gbps_per_mw") * built.it_mw, FILE, "gbps", where, slack=ROUNDING * count
    )
    judge.at_least(PATHS, count, asked.number("connectivity", "paths") * built.open, FILE, "units", where)
