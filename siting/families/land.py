"""Land: modules stand on land that may be built on, and only so much of it.

    sum of land in use at i in p  <=  land_ha[i] * open[i, p]                        for i, p
    open[i, p]  <=  0                                                                for i inside an exclusion

land_ha is the candidate's, times `usable_share`; in use are yard_ha[k] for each module, and what other families add to the
ledger of land (batteries, solar fields). Land is paid by the hectare in use, at the candidate's price times
`price_factor` (line "land" of the cash flow). MOD-18: a modular yard takes 0.15 to 0.2 ha per MW.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from siting.arrays import Sheet, Term, cells
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Flags,
    Floats,
    Geography,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    knob,
    looks_alone,
)
from siting.table import Field


class LandKnobs(Knobs):
    """Knobs of land."""

    price_factor: float = knob(
        1.0, "multiplier on the price of land", source="FIN-07", tighter="up", at_least=0.0, at_most=1000.0
    )
    usable_share: float = knob(
        1.0, "share of a candidate's land that can be used", source="judgement", tighter="down", at_least=0.0, at_most=1.0
    )


READS = {
    "candidates": (
        Field("land_ha", "number", "land that can be built on", "ha"),
        Field("land_musd_per_ha", "number", "price of land", "MUSD/ha"),
    )
}
COLUMNS = (Column("land_ha_used", "ha", "land in use at the end"), Column("excluded_by", "", "exclusion the candidate lies in"))


@dataclass(frozen=True, kw_only=True)
class LandFacts(Facts):
    """By site (I): usable land, price of a hectare, name of the exclusion it lies in ("" where free)."""

    land_ha: Floats
    musd_per_ha: Floats
    excluded: Flags
    excluded_by: tuple[str, ...]


def derive(geography: Geography, network: Network, knobs: LandKnobs) -> LandFacts:  # noqa: ARG001
    """Land and exclusions of the candidates; the land limit in MW of IT is what the most compact module makes of it."""
    sites = geography.sites
    land = knobs.usable_share * sites["land_ha"].to_numpy(float)
    excluded_by = tuple(str(name) for name in sites["excluded_by"].to_list())
    with np.errstate(divide="ignore"):
        compact = float(np.max(geography.modules.it_mw / geography.modules.yard_ha))
    return LandFacts(
        site_limit_mw=np.full(len(sites), np.inf) if np.isinf(compact) else land * compact,
        land_ha=land,
        musd_per_ha=knobs.price_factor * sites["land_musd_per_ha"].to_numpy(float),
        excluded=np.array([name != "" for name in excluded_by], dtype=bool),
        excluded_by=excluded_by,
    )


def state(core: Core, problem: Problem, knobs: LandKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Yards of the modules, and exclusion rows."""
    facts = problem.facts["land"]
    assert isinstance(facts, LandFacts)
    at = ledgers.land_ha.cells()[:, None, :]
    ledgers.land_ha.add("yards", at, core.modules.columns, problem.modules.yard_ha[None, :, None])
    inside = np.flatnonzero(facts.excluded)
    if len(inside):
        axis = block.axis("excluded", [core.site.labels[site] for site in inside], of_sites=True)
        block.rows("exclusion", [axis, core.period], [Term(cells(axis, core.period), core.open.columns[inside], 1.0)], upper=0.0)


def close(core: Core, problem: Problem, knobs: LandKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """All land in use fits on the land of the site, and is paid for."""
    facts = problem.facts["land"]
    assert isinstance(facts, LandFacts)
    own = Term(cells(core.site, core.period), core.open.columns, -facts.land_ha[:, None])
    block.rows("yard", [core.site, core.period], [*ledgers.land_ha.shaped(), own], upper=0.0)
    periods = len(core.period)
    for entry in ledgers.land_ha.entries:
        price = facts.musd_per_ha[entry.at // periods] * entry.coefficients
        ledgers.capital_musd.add("land", entry.at % periods, entry.columns, price)


def report(problem: Problem, knobs: LandKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Land in use, and the exclusion a candidate lies in."""
    facts = problem.facts["land"]
    assert isinstance(facts, LandFacts)
    return {
        "land_ha_used": solved.ledgers["land_ha"][:, -1],
        "excluded_by": facts.excluded_by,
    }


def elsewhere(
    problem: Problem,  # noqa: ARG001
    knobs: LandKnobs,  # noqa: ARG001
    solved: Solved,  # noqa: ARG001
    sites: gpd.GeoDataFrame,
) -> Mapping[str, ColumnValues]:
    """The exclusion a candidate outside the program lies in."""
    return {"excluded_by": sites["excluded_by"].astype(str).to_numpy(object)}


def explain(row: Mapping[str, Any], knobs: LandKnobs) -> str:  # noqa: ARG001
    """How much land it takes."""
    return f"It takes {row['land_ha_used']:.1f} ha."


LAND = Family(
    name="land",
    title="Land and exclusions",
    knobs=LandKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "yard": Limit("land of a site", "ha", ("candidates.land_ha", "land.usable_share")),
        "exclusion": Limit("no cluster inside an exclusion", "sites"),
    },
    derive=derive,
    state=state,
    close=close,
    report=report,
    explain=explain,
    across=looks_alone,
    elsewhere=elsewhere,
)
