"""Solar: a plant sells a share of its output, hour by hour as the sun gives it.

    sum of flow_mw over the links of plant s  <=  min(capacity_mw[s],
            contract_share * mean_output_mw[s] * shape[s, t])                                            for s, p, t

Most solar plants near remote hydro are small and already contracted; a cluster that can pay takes over the contract, so
the whole output may be bought by default and the knob says how much of it. Energy that would be curtailed is a part of it at a
price of its own (see `plants`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siting.arrays import Sheet
from siting.families.plants import SPILLED_LIMIT, mean_flow_mw, output_mw, plant_points, spilled_sold, spilled_standing
from siting.families.tariff import price_by_slice
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Family,
    Geography,
    Knobs,
    Ledgers,
    Limit,
    Problem,
    Solved,
    Standing,
    SupplyPoints,
    knob,
    no_facts,
)
from siting.table import Field


class SolarKnobs(Knobs):
    """Knobs of solar supply."""

    contract_share: float = knob(
        1.0, "share of a plant's output that can be contracted", source="NORTHWEST 5", tighter="down", at_least=0.0, at_most=1.0
    )
    price_usd_per_mwh: float = knob(
        30.0, "price of solar energy at the plant", source="NORTHWEST 5", tighter="up", at_least=0.0, at_most=1000.0
    )
    curtailed_share: float = knob(
        0.0, "share of what is on offer that would be curtailed otherwise", source="GRID-10", at_least=0.0, at_most=1.0
    )
    curtailed_price_usd_per_mwh: float = knob(
        10.0, "price of energy that would be curtailed otherwise", source="FACTS 3", tighter="up", at_least=0.0, at_most=1000.0
    )
    price_by_season: tuple[float, ...] = knob(
        (), "multipliers of the price, one a season; none for a flat price", source="the planner"
    )
    price_by_block: tuple[float, ...] = knob(
        (), "multipliers of the price for equal parts of the day, a divisor of 24 of them", source="the planner"
    )
    reach_km: float = knob(
        90.0, "longest tie-line to a plant, geodesic", source="NORTHWEST 5", tighter="down", above=0.0, at_most=1000.0
    )
    nearest: int = knob(
        2, "plants a site may be tied to, nearest first", source="NORTHWEST 5", tighter="down", at_least=1, at_most=20
    )


READS = {
    "sources": (
        Field("capacity_mw", "number", "nameplate capacity", "MW"),
        Field("mean_output_mw", "number", "mean output", "MW"),
        Field("profile", "text", "shape of the output"),
    )
}
CURTAILED = "solar_curtailed_musd_per_year"
COLUMNS = (Column("solar_mw", "MW", "mean solar power bought in the last period, at the plants"),)


def points(geography: Geography, knobs: SolarKnobs) -> tuple[SupplyPoints, ...]:
    """One supply point for each solar plant."""
    plants = geography.layers["sources"]
    plants = plants[plants["kind"] == "solar"]
    mean_mw = knobs.contract_share * plants["mean_output_mw"].to_numpy(float)
    price = price_by_slice(knobs.price_usd_per_mwh, knobs.price_by_season, knobs.price_by_block, geography.time)
    return plant_points("solar", plants, output_mw(plants, mean_mw, geography), price, knobs.nearest, knobs.reach_km, geography)


def state(core: Core, problem: Problem, knobs: SolarKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """The price of curtailed energy; supply is a row of the core."""
    spilled_sold("solar", core, problem, knobs.curtailed_share, knobs.curtailed_price_usd_per_mwh, block, ledgers)


def standing(problem: Problem, knobs: SolarKnobs, solved: Solved) -> Standing:
    """What curtailed energy saves."""
    return spilled_standing("solar", CURTAILED, problem, knobs.curtailed_price_usd_per_mwh, solved)


def report(problem: Problem, knobs: SolarKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Mean solar MW bought by each site in the last period."""
    return {"solar_mw": mean_flow_mw("solar", problem, solved)}


def explain(row: Mapping[str, Any], knobs: SolarKnobs) -> str:
    """How much of the site's power is sun."""
    if not row["solar_mw"] > 0:
        return ""
    share, price = f"{row['solar_share']:.0%} of its energy", f"{knobs.price_usd_per_mwh:g} USD/MWh"
    return f"It buys {row['solar_mw']:.0f} MW of solar on the mean, {share}, at {price}."


SOLAR = Family(
    name="solar",
    title="Solar supply",
    knobs=SolarKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "supply": Limit("energy a solar plant can sell in a slice", "MW", ("solar.contract_share",)),
        "spilled_sold": SPILLED_LIMIT,
    },
    points=points,
    derive=no_facts,
    state=state,
    report=report,
    explain=explain,
    standing=standing,
    items={CURTAILED: "what a year's energy that would be curtailed costs less than the contracted, in all"},
    across=lambda knobs: knobs.curtailed_share > 0.0,
)
