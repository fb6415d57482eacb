"""Hydro: a plant sells a share of its under-used energy and a share of its ordinary output, shaped by its river.

    sum of flow_mw over the links of plant s  <=  min(capacity_mw[s],  mean_mw[s] * water[t] * shape[s, t])      for s, p, t
    mean_mw[s]  =  year_factor * (unused_share * unused_mw[s] + contract_share * mean_output_mw[s])

The under-used energy is the best recorded year less the mean: water of the wettest year, so only a share of it counts.
`year_factor` scales all water: 1 in a mean year, about 0.75 in the dry year of a single river (HYD-06); `water[t]` is the
factor of the slice's hydrology year. The right-hand side is the plant's supply row in the core, so an edit of it is an edit
of a right-hand side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siting.families.plants import mean_flow_mw, output_mw, plant_points
from siting.family import (
    Column,
    ColumnValues,
    Family,
    Geography,
    Knobs,
    Limit,
    Problem,
    Solved,
    SupplyPoints,
    knob,
    no_facts,
    no_rows,
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
COLUMNS = (Column("hydro_mw", "MW", "mean hydro power bought in the last period, at the plants"),)


def points(geography: Geography, knobs: HydroKnobs) -> tuple[SupplyPoints, ...]:
    """One supply point for each hydro plant."""
    plants = geography.layers["sources"]
    plants = plants[plants["kind"] == "hydro"]
    mean_mw = knobs.unused_share * plants["unused_mw"].to_numpy(float) + knobs.contract_share * plants["mean_output_mw"].to_numpy(
        float
    )
    mean_mw = mean_mw[:, None] * (knobs.year_factor * geography.time.water_factor)
    return plant_points(
        "hydro", plants, output_mw(plants, mean_mw, geography), knobs.price_usd_per_mwh, knobs.nearest, knobs.reach_km, geography
    )


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
    },
    points=points,
    derive=no_facts,
    state=no_rows,
    report=report,
    explain=explain,
)
