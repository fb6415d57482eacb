"""Carbon: tonnes of the energy bought and of what was built, the cap on a year, and its price.

yearly  =  energy and what other families emit  +  embodied / embodied_years   <=   cap_t_per_year (1e9: no cap)
energy  =  kg of the point * MWh sent a year / 1000; hydro and solar by the knob, grid by its zone, else by the knob
embodied  =  embodied_t_per_mw * IT standing + what other families have built
price  =  price_usd_per_t * yearly
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify import energy
from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.part import Part
from siting.verify.report import ROUNDING, Floats, Judge, Rule, rows

CAP = Rule("V461", "carbon.cap", "carbon of a year is within its cap", "t/year")
TOLD = Rule("V462", "carbon.told", "carbon told of the programme is that of what runs and stands", "t")
NO_CAP: Final = 1e9
FILE: Final = "programme.csv"


def _kg_per_mwh(built: Built) -> Floats:
    """Carbon of what each link brings (L)."""
    asked, zones = built.question.asked, built.question.layers.get("zones")
    own = dict(zip(zones.ids, zones.numbers("carbon_kg_per_mwh"), strict=True))
    knob = {kind: asked.number("carbon", f"{kind}_kg_per_mwh") for kind in energy.KINDS}
    found = np.zeros(len(built.link_point))
    for n, point in enumerate(built.link_point):
        kind = built.points.kinds[point]
        said = own.get(built.points.zones[point], np.nan) if kind == "grid" else np.nan
        found[n] = knob.get(kind, 0.0) if np.isnan(said) else said
    return found


def energy_t_per_year(built: Built) -> Floats:
    """Tonnes of the energy each site buys (I, P)."""
    return built.per_site(_kg_per_mwh(built)[:, None] * energy.gwh_per_year(built), built.link_site)


def modules_t(built: Built) -> Floats:
    """Tonnes emitted to build the modules at each site (I, P)."""
    found: Floats = built.question.asked.number("carbon", "embodied_t_per_mw") * built.it_mw
    return found


def items(built: Built) -> tuple[Item, ...]:
    """What carbon costs."""
    asked = built.question.asked
    usd = asked.number("carbon", "price_usd_per_t")
    if usd == 0.0:
        return ()
    yearly = built.at_sites("carbon_t_per_year") + built.at_sites("embodied_t") / asked.number("carbon", "embodied_years")
    return (Item("carbon price", "running", np.arange(len(built.site_ids)), usd * yearly / 1e6),)


def columns(built: Built) -> Mapping[str, Floats]:
    """Carbon of a MWh each site buys at the end."""
    gwh = built.per_site(energy.gwh_per_year(built), built.link_site)[:, -1]
    tonnes = energy_t_per_year(built)[:, -1]
    return {"carbon_kg_per_mwh": np.divide(tonnes, gwh, out=np.full(len(gwh), np.nan), where=gwh > 1.0)}


def check(built: Built, judge: Judge) -> None:
    """Hold what is told, and the cap."""
    asked, where = built.question.asked, rows("period", built.question.clock.periods)
    running, embodied = built.total("carbon_t_per_year"), built.total("embodied_t")
    slack = ROUNDING * 9.0 * (1 + len(built.link_ids))
    judge.equal(TOLD, built.programme("carbon_t_per_year"), running, FILE, "amount", where, slack=slack)
    judge.equal(TOLD, built.programme("embodied_t"), embodied, FILE, "amount", where, slack=slack)
    cap = asked.number("carbon", "cap_t_per_year")
    if cap < NO_CAP:
        yearly = running + embodied / asked.number("carbon", "embodied_years")
        judge.at_most(CAP, yearly, np.full(len(yearly), cap), FILE, "amount", where, slack=slack)


PART: Final = Part(
    "carbon",
    check,
    money=items,
    sums={"carbon_t_per_year": energy_t_per_year, "embodied_t": modules_t},
    columns=columns,
    items=("carbon_t_per_year", "embodied_t"),
)
