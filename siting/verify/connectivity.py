"""Connectivity: bandwidth for the load of every site, over enough separate paths.

    sum of bandwidth on offer at i  >=  gbps_per_mw * IT MW at i               for i, p
    sum of paths at i               >=  asked[p] * open[i, p]                  for i, p

with asked[p] = paths from the first period that starts at or after month `paths_from_months`, and no more than 1 before.
A lateral is a path, and so is a spur; the satellite links of a site are `separate_paths` of them at most.
"""

from __future__ import annotations

import numpy as np

from siting.verify.built import SATELLITE, Built
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places

BANDWIDTH = Rule("V241", "connectivity.bandwidth", "a site has the bandwidth its IT load needs", "Gbps")
PATHS = Rule("V242", "connectivity.paths", "an open site has enough separate data paths", "paths")
FILE = "data_periods.csv"


def check(built: Built, judge: Judge) -> None:
    """Hold every site to its bandwidth and paths."""
    asked = built.question.asked
    where = places(("site", built.site_ids), ("period", built.question.clock.periods))
    offered = built.per_site(built.gbps, built.data_site) + built.total("bandwidth_gbps")
    links = np.array([kind == SATELLITE for kind in built.data_kind], dtype=np.bool_)
    stands = (built.units > 0).astype(np.float64)
    count = built.per_site(stands, built.data_site)
    judge.at_least(
        BANDWIDTH, offered, asked.number("connectivity", "gbps_per_mw") * built.it_mw, FILE, "gbps", where, slack=ROUNDING * count
    )
    sky = built.per_site(stands[links], built.data_site[links])
    most = asked.number(SATELLITE, "separate_paths") if links.any() else 0.0
    judge.at_least(PATHS, count - sky + np.minimum(sky, most), _asked(built)[None, :] * built.open, FILE, "units", where)


def _asked(built: Built) -> Floats:
    """Separate paths an open site needs in each period (P)."""
    asked = built.question.asked
    paths, start = asked.number("connectivity", "paths"), built.question.clock.start_month
    found: Floats = np.where(start < asked.number("connectivity", "paths_from_months"), min(paths, 1.0), paths)
    return found
