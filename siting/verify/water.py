"""Water: what a year takes, in all and at each site.

sum over i of water[i, p]  <=  most_m3_per_year;      water[i, p]  <=  site_m3_per_year       (1e9: no limit)
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.part import Part
from siting.verify.report import Judge, Rule, places, rows

ALL = Rule("V475", "water.programme", "the programme's water of a year is within its limit", "m3/year")
SITE = Rule("V476", "water.site", "a site's water of a year is within its limit", "m3/year")
TOLD = Rule("V477", "water.told", "the water told is what stands takes", "m3/year")
FILE: Final = "programme.csv"


def check(built: Built, judge: Judge) -> None:
    """Hold the limits on water, and what is told of it."""
    asked, periods = built.question.asked, built.question.clock.periods
    total, by_site = built.total("water_m3_per_year"), built.at_sites("water_m3_per_year")
    judge.equal(TOLD, built.programme("programme_water_m3_per_year"), total, FILE, "amount", rows("period", periods))
    most = asked.number("water", "most_m3_per_year")
    judge.at_most(ALL, total, np.full(len(total), most), FILE, "amount", rows("period", periods))
    limit = asked.number("water", "site_m3_per_year")
    where = places(("site", built.site_ids), ("period", periods))
    judge.at_most(SITE, by_site, np.full(by_site.shape, limit), "modules.csv", "count", where)


PART: Final = Part("water", check, items=("programme_water_m3_per_year",))
