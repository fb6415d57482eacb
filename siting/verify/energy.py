"""Energy bought: what leaves a point in a year, at the point's price."""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.report import Floats

KINDS: Final = ("hydro", "solar", "grid")
FAMILY: Final = {"hydro": "hydro", "solar": "solar", "grid": "grid_strain"}
LINES: Final = {"hydro": "energy: hydro", "solar": "energy: solar", "grid": "energy: grid"}
USD_TO_MUSD: Final = 1e-6


def gwh_per_year(built: Built) -> Floats:
    """Energy sent on each link in a year (L, P) [GWh]."""
    found: Floats = built.flow_mw @ built.question.clock.hours / 1000.0
    return found


def musd_per_year(built: Built) -> Floats:
    """What the energy of each link costs in a year (L, P) [MUSD]."""
    price = built.points.price_usd_per_mwh[built.link_point]
    found: Floats = np.einsum("lpt,lt,t->lp", built.flow_mw, price, built.question.clock.hours) * USD_TO_MUSD
    return found


def items(built: Built) -> tuple[Item, ...]:
    """Energy by kind."""
    cost = musd_per_year(built)
    kinds = np.array([built.points.kinds[point] for point in built.link_point], dtype=object)
    found = []
    for kind in KINDS:
        if built.question.asked.on(FAMILY[kind]):
            at = np.flatnonzero(kinds == kind)
            found.append(Item(LINES[kind], "running", built.link_site[at], cost[at]))
    return tuple(found)
