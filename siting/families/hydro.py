"""Hydro: a plant sells a share of its under-used energy and a share of its ordinary output, shaped by its river.

    sum of flow_mw over the links of plant s  <=  min(capacity_mw[s], offer[s, t], max(0, usable[s, t]))      for s, p, t
    offer[s, t]   =  river[s, t] * (unused_share * unused_mw[s] + contract_share * mean_output_mw[s])
    usable[s, t]  =  min(capacity_mw[s], river[s, t] * (mean_output_mw[s] + unused_share * unused_mw[s])
                                           - floor_share * mean_output_mw[s])  -  firm_commitment_share * mean_output_mw[s]
    river[s, t]   =  year_factor * water[t] * shape[s, t]

The under-used energy is the best recorded year less the mean: water of the wettest year, so only a share of it counts.
`year_factor` scales all water: 1 in a mean year, about 0.75 in the dry year of a single river (HYD-06); `water[t]` is the
factor of the slice's hydrology year.

`offer` is what can be contracted now, after what others have. `usable` is what the water leaves (F12): the environmental floor
passes beside the turbines, and what is sold firm is served first. Both shares are 0 by default, because `contract_share` is
already net of them; a planner who knows them sets them and may raise `contract_share` to 1. Each is a share of the mean
output, the same in all seasons: a floor bites in the dry one.

Energy that would be spilled is a part of the offer at a price of its own (see `plants`). The right-hand side is the plant's
supply row in the core, so an edit of it is an edit of a right-hand side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import Sheet
from siting.families.plants import (
    SPILLED_LIMIT,
    mean_flow_mw,
    output_mw,
    output_shape,
    plant_points,
    spilled_sold,
    spilled_standing,
)
from siting.families.tariff import price_by_slice
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Family,
    Floats,
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


class HydroKnobs(Knobs):
    """Knobs of hydro supply."""

    unused_share: float = knob(
        0.25,
        "share of the under-used energy (best year less mean) that can be bought",
        source="NORTHWEST 5",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    contract_share: float = knob(
        0.05,
        "share of a plant's mean output that can be contracted",
        source="NORTHWEST 5",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    year_factor: float = knob(
        1.0, "hydrology: energy of the year as a share of a mean year", source="HYD-06", tighter="down", at_least=0.0, at_most=2.0
    )
    price_usd_per_mwh: float = knob(
        45.0, "price of hydro energy at the plant", source="HYD-01", tighter="up", at_least=0.0, at_most=1000.0
    )
    floor_share: float = knob(
        0.0,
        "environmental floor: water that passes beside the turbines, as a share of mean output",
        source="F12; 0 where contract_share is net of it",
        tighter="up",
        at_least=0.0,
        at_most=1.0,
    )
    firm_commitment_share: float = knob(
        0.0,
        "output that is sold firm to others in every hour, as a share of mean output",
        source="F12, HYD-10; 0 where contract_share is net of it",
        tighter="up",
        at_least=0.0,
        at_most=1.0,
    )
    spilled_share: float = knob(
        0.0, "share of what is on offer that would be spilled otherwise", source="GRID-10", at_least=0.0, at_most=1.0
    )
    spilled_price_usd_per_mwh: float = knob(
        10.0, "price of energy that would be spilled otherwise", source="FACTS 3", tighter="up", at_least=0.0, at_most=1000.0
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
        3, "plants a site may be tied to, nearest first", source="NORTHWEST 5", tighter="down", at_least=1, at_most=20
    )


READS = {
    "sources": (
        Field("capacity_mw", "number", "nameplate capacity", "MW"),
        Field("mean_output_mw", "number", "mean output", "MW"),
        Field("unused_mw", "number", "best year less mean", "MW"),
        Field("profile", "text", "shape of the output"),
    )
}
SPILLED = "hydro_spilled_musd_per_year"
COLUMNS = (Column("hydro_mw", "MW", "mean hydro power bought in the last period, at the plants"),)


def points(geography: Geography, knobs: HydroKnobs) -> tuple[SupplyPoints, ...]:
    """One supply point for each hydro plant."""
    plants = geography.layers["sources"]
    plants = plants[plants["kind"] == "hydro"]
    price = price_by_slice(knobs.price_usd_per_mwh, knobs.price_by_season, knobs.price_by_block, geography.time)
    return plant_points("hydro", plants, on_offer_mw(plants, geography, knobs), price, knobs.nearest, knobs.reach_km, geography)


def on_offer_mw(plants: pd.DataFrame, geography: Geography, knobs: HydroKnobs) -> Floats:
    """What each plant sells in each slice (S, T): its offer, as far as the water leaves it."""
    capacity, mean, unused = (plants[name].to_numpy(float) for name in ("capacity_mw", "mean_output_mw", "unused_mw"))
    water = knobs.year_factor * geography.time.water_factor
    surplus = knobs.unused_share * unused
    offer = output_mw(plants, (surplus + knobs.contract_share * mean)[:, None] * water, geography)
    if knobs.floor_share + knobs.firm_commitment_share <= 0.0:
        return offer
    river = water * output_shape(plants, geography) * (mean + surplus)[:, None]
    turbined = np.minimum(capacity[:, None], river - knobs.floor_share * mean[:, None])
    return np.asarray(np.minimum(offer, np.maximum(0.0, turbined - knobs.firm_commitment_share * mean[:, None])))


def state(core: Core, problem: Problem, knobs: HydroKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """The price of spilled energy; supply is a row of the core."""
    spilled_sold("hydro", core, problem, knobs.spilled_share, knobs.spilled_price_usd_per_mwh, block, ledgers)


def standing(problem: Problem, knobs: HydroKnobs, solved: Solved) -> Standing:
    """What spilled energy saves."""
    return spilled_standing("hydro", SPILLED, problem, knobs.spilled_price_usd_per_mwh, solved)


def report(problem: Problem, knobs: HydroKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Mean hydro MW bought by each site in the last period."""
    return {"hydro_mw": mean_flow_mw("hydro", problem, solved)}


def explain(row: Mapping[str, Any], knobs: HydroKnobs) -> str:
    """How much of the site's power is water."""
    if not row["hydro_mw"] > 0:
        return ""
    share, price = f"{row['hydro_share']:.0%} of its energy", f"{knobs.price_usd_per_mwh:g} USD/MWh"
    return f"It buys {row['hydro_mw']:.0f} MW of hydro on the mean, {share}, at {price}."


HYDRO = Family(
    name="hydro",
    title="Hydro supply",
    knobs=HydroKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "supply": Limit(
            "energy a hydro plant can sell in a slice", "MW", ("hydro.contract_share", "hydro.unused_share", "hydro.year_factor")
        ),
        "spilled_sold": SPILLED_LIMIT,
    },
    points=points,
    derive=no_facts,
    state=state,
    report=report,
    explain=explain,
    standing=standing,
    items={SPILLED: "what a year's energy that would be spilled costs less than the contracted, in all"},
    across=lambda knobs: knobs.spilled_share > 0.0,
)
