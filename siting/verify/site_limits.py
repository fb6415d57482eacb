"""Site limits: how many sites, how small and large each at the end, and how far apart.

least_sites  <=  sites open  <=  most_sites;   least_mw  <=  IT of an open site  <=  most_mw;   distance  >=  spacing_km
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.ground import LENGTH_SLACK_KM, geodesic_km
from siting.verify.part import Part
from siting.verify.report import Judge, Rule, places, rows

MOST = Rule("V491", "site_limits.most_sites", "no more sites are open than may be", "sites")
LEAST = Rule("V492", "site_limits.least_sites", "as many sites are open as must be", "sites")
SMALL = Rule("V493", "site_limits.least_mw", "an open site is no smaller than it may be at the end", "MW")
LARGE = Rule("V494", "site_limits.most_mw", "a site is no larger than it may be", "MW")
APART = Rule("V495", "site_limits.spacing", "open sites are no nearer to each other than they may be", "km")
FILE: Final = "sites.geojson"


def check(built: Built, judge: Judge) -> None:
    """Hold number, size and distance of the open sites."""
    asked = built.question.asked
    most, least, small, large, apart = (
        asked.number("site_limits", name) for name in ("most_sites", "least_sites", "least_mw", "most_mw", "spacing_km")
    )
    opened = np.flatnonzero(built.open[:, -1])
    ids = [built.site_ids[n] for n in opened]
    whole = places(("", ["all sites"]))
    judge.at_most(MOST, [len(opened)], [most], FILE, "verdict", whole)
    judge.at_least(LEAST, [len(opened)], [least], FILE, "verdict", whole)
    load = built.it_mw[opened]
    judge.at_least(SMALL, load[:, -1], np.full(len(opened), small), "modules.csv", "it_mw", rows("site", ids))
    where = places(("site", ids), ("period", built.question.clock.periods))
    judge.at_most(LARGE, load, np.full(load.shape, large), "modules.csv", "it_mw", where)
    lon, lat = built.lon[opened], built.lat[opened]
    one, other = np.triu_indices(len(opened), 1)
    km = geodesic_km(lon[one], lat[one], lon[other], lat[other])
    pairs = [f"{ids[a]} and {ids[b]}" for a, b in zip(one, other, strict=True)]
    judge.at_least(APART, km, np.full(len(km), apart), FILE, "geometry", rows("sites", pairs), slack=LENGTH_SLACK_KM)


PART: Final = Part("site_limits", check)
