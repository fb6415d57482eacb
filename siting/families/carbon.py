"""Carbon: what the energy emits, what was emitted to build, how much of it a year may hold, and what a tonne costs.

    yearly[p]  =  energy and whatever else runs in p  +  embodied[p] / embodied_years
    yearly[p]  <=  cap_t_per_year                                                                       for p
    running[p]  gains  price_usd_per_t * yearly[p] / 1e6                                                for p

Energy: hours[t] * kg[l] / 1000 * flow_mw[l, p, t] over all tie-lines, t CO2e a year; kg[l] are lifecycle kg CO2e per MWh of
what the line brings: hydro CO2-01, solar CO2-02, the grid what its zone says (`carbon_kg_per_mwh` of the layer), else the
knob (CO2-06: Bonneville 129; CO2-07 has the thermal grids at 363 to 593). Where the expected year is made of several
hydrology years, it is the expected tonnes. Embodied: `embodied_t_per_mw` of IT in the modules standing, and what other families
add for their equipment. Families that burn fuel add their own to the yearly ledger; power of another kind than these three
brings its carbon itself.

A cap of 1e9 t is no cap and writes no row. "carbon price" is a line of the cash flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Floats,
    Geography,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    Standing,
    knob,
    looks_alone,
)
from siting.table import Field

NO_CAP: Final = 1e9
KG_PER_T: Final = 1000.0
USD_PER_MUSD: Final = 1e6


class CarbonKnobs(Knobs):
    """Knobs of carbon."""

    hydro_kg_per_mwh: float = knob(
        24.0, "lifecycle carbon of hydro energy", source="CO2-01", tighter="up", at_least=0.0, at_most=2000.0
    )
    solar_kg_per_mwh: float = knob(
        45.0, "lifecycle carbon of solar energy", source="CO2-02", tighter="up", at_least=0.0, at_most=2000.0
    )
    grid_kg_per_mwh: float = knob(
        129.0, "carbon of grid energy where its zone says nothing", source="CO2-06", tighter="up", at_least=0.0, at_most=2000.0
    )
    embodied_t_per_mw: float = knob(
        1000.0,
        "carbon of building a MW of IT, hardware and facility",
        source="judgement: 300 of hardware, 700 of facility",
        tighter="up",
        at_least=0.0,
        at_most=100000.0,
    )
    embodied_years: float = knob(
        10.0,
        "years over which what was emitted to build is spread",
        source="judgement, as finance.operating_years",
        at_least=1.0,
        at_most=100.0,
    )
    cap_t_per_year: float = knob(
        NO_CAP,
        "most carbon of a year, embodied spread over its years included; 1e9 is no cap",
        source="the planner",
        tighter="down",
        at_least=0.0,
        at_most=NO_CAP,
    )
    price_usd_per_t: float = knob(
        0.0, "price of carbon, paid each year", source="the planner", tighter="up", at_least=0.0, at_most=10000.0
    )


READS = {"zones": (Field("carbon_kg_per_mwh", "number", "carbon of the zone's grid power", "kg/MWh", optional=True),)}
COLUMNS = (Column("carbon_kg_per_mwh", "kg/MWh", "lifecycle carbon of the energy the site buys at the end"),)
ITEMS = {
    "carbon_t_per_year": "carbon of a year of the programme, embodied left out",
    "embodied_t": "carbon emitted to build what stands",
}


@dataclass(frozen=True, kw_only=True)
class CarbonFacts(Facts):
    """`kg_per_mwh` (L) of what each tie-line brings."""

    kg_per_mwh: Floats


def derive(geography: Geography, network: Network, knobs: CarbonKnobs) -> CarbonFacts:
    """Carbon of the energy of every tie-line."""
    zones = geography.layers["zones"]
    known = dict(zip(zones["id"], zones["carbon_kg_per_mwh"].to_numpy(dtype=np.float64), strict=True))
    grid = np.array([known.get(zone, np.nan) for zone in network.zones], dtype=np.float64)
    by_kind = {"hydro": knobs.hydro_kg_per_mwh, "solar": knobs.solar_kg_per_mwh}
    point = np.array([by_kind.get(kind, 0.0) for kind in network.kinds], dtype=np.float64)
    of_grid = np.array([kind == "grid" for kind in network.kinds], dtype=bool)
    point = np.where(of_grid, np.where(np.isnan(grid), knobs.grid_kg_per_mwh, grid), point)
    return CarbonFacts(kg_per_mwh=point[network.link_point])


def state(core: Core, problem: Problem, knobs: CarbonKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Carbon of energy bought and of the modules standing."""
    facts = problem.facts["carbon"]
    assert isinstance(facts, CarbonFacts)
    period = ledgers.carbon_t_per_year.cells()
    tonnes = facts.kg_per_mwh[:, None, None] / KG_PER_T * problem.time.hours
    ledgers.carbon_t_per_year.add("energy", period[:, None], core.flow_mw.columns, tonnes)
    if knobs.embodied_t_per_mw > 0.0:
        built = knobs.embodied_t_per_mw * problem.modules.it_mw
        ledgers.embodied_t.add("modules", period, core.modules.columns, built[:, None])


def close(core: Core, problem: Problem, knobs: CarbonKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """The cap, and the price of what is emitted."""
    terms = [*ledgers.carbon_t_per_year.terms(), *ledgers.embodied_t.terms(1.0 / knobs.embodied_years)]
    if knobs.cap_t_per_year < NO_CAP:
        block.rows("cap", [core.period], terms, upper=knobs.cap_t_per_year)
    if knobs.price_usd_per_t > 0.0:
        for term in terms:
            paid = knobs.price_usd_per_t / USD_PER_MUSD * np.asarray(term.coefficients)
            ledgers.running_musd.add("carbon price", term.rows, term.columns, paid)


def report(problem: Problem, knobs: CarbonKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Carbon of the energy each site buys, NaN where it buys none."""
    facts = problem.facts["carbon"]
    assert isinstance(facts, CarbonFacts)
    bought = solved["flow_mw"][:, -1] @ problem.time.hours
    mwh, kg = np.zeros(len(problem.site_ids)), np.zeros(len(problem.site_ids))
    np.add.at(mwh, problem.network.link_site, bought)
    np.add.at(kg, problem.network.link_site, facts.kg_per_mwh * bought)
    return {"carbon_kg_per_mwh": np.divide(kg, mwh, out=np.full(len(mwh), np.nan), where=mwh > 1e-3)}


def standing(problem: Problem, knobs: CarbonKnobs, solved: Solved) -> Standing:  # noqa: ARG001
    """Carbon of the programme."""
    return Standing(programme={name: solved.ledgers[name] for name in ITEMS})


def explain(row: Mapping[str, Any], knobs: CarbonKnobs) -> str:  # noqa: ARG001
    """Carbon of its energy."""
    kg = row["carbon_kg_per_mwh"]
    return "" if kg is None or np.isnan(kg) else f"A MWh it buys carries {kg:.0f} kg of CO2e."


CARBON = Family(
    name="carbon",
    title="Carbon",
    knobs=CarbonKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={"cap": Limit("carbon of a year", "t/year", ("carbon.cap_t_per_year",))},
    derive=derive,
    state=state,
    close=close,
    report=report,
    explain=explain,
    across=looks_alone,
    standing=standing,
    items=ITEMS,
)
