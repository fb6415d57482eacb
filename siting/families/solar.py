"""Solar: a plant sells a share of its output, hour by hour as the sun gives it.

    sum of flow_mw over the links of plant s  <=  min(capacity_mw[s],
            contract_share * mean_output_mw[s] * shape[s, t])                                            for s, p, t

Most solar plants near remote hydro are small and already contracted; a cluster that can pay takes over the contract, so
the whole output may be bought by default and the knob says how much of it.
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


class SolarKnobs(Knobs):
    """Knobs of solar supply."""

    contract_share: float = knob(
        1.0, "share of a plant's output that can be contracted", source="NORTHWEST 5", tighter="down", at_least=0.0, at_most=1.0
    )
    price_usd_per_mwh: float = knob(
        30.0, "price of solar energy at the plant", source="NORTHWEST 5", tighter="up", at_least=0.0, at_most=1000.0
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
COLUMNS = (Column("solar_mw", "MW", "mean solar power bought in the last period, at the plants"),)


def points(geography: Geography, knobs: SolarKnobs) -> tuple[SupplyPoints, ...]:
    """One supply point for each solar plant."""
    plants = geography.layers["sources"]
    plants = plants[plants["kind"] == "solar"]
    mean_mw = knobs.contract_share * plants["mean_output_mw"].to_numpy(float)
    return plant_points(
        "solar", plants, output_mw(plants, mean_mw, geography), knobs.price_usd_per_mwh, knobs.nearest, knobs.reach_km, geography
    )


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
    },
    points=points,
    derive=no_facts,
    state=no_rows,
    report=report,
    explain=explain,
)
