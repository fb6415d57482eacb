"""Land: modules stand on land that may be built on, and only so much of it.

    land in use  =  sum over k of yard_ha[k] * modules[i, k, p]  +  what other families take
    land in use  <=  usable_share * land_ha[i]                                        for i, p
    open[i, p] = 0                                                                    for i inside an exclusion

Land is paid by the hectare used, at price_factor times the candidate's price.
"""

from __future__ import annotations

import numpy as np

from siting.verify.built import Built
from siting.verify.candidates import own_numbers
from siting.verify.cost import Item
from siting.verify.ground import inside
from siting.verify.points import Ints
from siting.verify.report import Floats, Judge, Rule, places, rows

LAND = Rule("V271", "land.area", "yards and equipment of a site fit on its land", "ha")
EXCLUDED = Rule("V272", "land.exclusion", "no site stands inside an exclusion")


def used_ha(built: Built) -> Floats:
    """Land in use (I, P)."""
    yards: Floats = np.einsum("ikp,k->ip", built.modules, built.question.asked.module_numbers("yard_ha"))
    return yards + built.total("land_ha")


def items(built: Built) -> tuple[Item, ...]:
    """What the land costs."""
    site: Ints = np.arange(len(built.site_ids))
    price = built.question.asked.number("land", "price_factor") * own_numbers(built, "land_musd_per_ha")
    return (Item("land", "capital", site, used_ha(built) * price[:, None]),)


def check(built: Built, judge: Judge) -> None:
    """Hold yards to the land of the site, and open sites to places outside exclusions."""
    limit = built.question.asked.number("land", "usable_share") * own_numbers(built, "land_ha")
    where = places(("site", built.site_ids), ("period", built.question.clock.periods))
    judge.at_most(LAND, used_ha(built), np.broadcast_to(limit[:, None], used_ha(built).shape), "modules.csv", "count", where)
    areas = built.question.layers.get("exclusions")
    opened = np.flatnonzero(built.open[:, -1])
    held = inside(built.lon[opened], built.lat[opened], areas.shapes)
    ids = [built.site_ids[n] for n in opened]
    names = [", ".join(areas.columns["id"][row]) for row in held]
    judge.holds(EXCLUDED, ~held.any(axis=1), "sites.geojson", "geometry", rows("site", ids), lambda at: f"inside {names[at[0]]}")
