"""The registry of the rules of families: one line for each family of the program. Those without rules of their own are held
by the sums they belong to."""

from __future__ import annotations

from typing import Final

from siting.verify import (
    adequacy,
    carbon,
    connectivity,
    cooling,
    diversification,
    fibre,
    generation,
    grid_strain,
    hardware,
    hydro,
    inference,
    land,
    locks,
    resilience,
    risk,
    rollout,
    satellite,
    site_limits,
    solar,
    storage,
    target,
    tie_lines,
    time_to_power,
    training,
    water,
)
from siting.verify.part import Part

PARTS: Final[tuple[Part, ...]] = (
    Part("hardware", money=hardware.items),
    Part("hydro", hydro.check, offers=hydro.points, money=hydro.items, items=(hydro.SPILLED_ITEM,)),
    Part("solar", solar.check, offers=solar.points, money=solar.items, items=(solar.CURTAILED_ITEM,)),
    Part("grid_strain", grid_strain.check, offers=grid_strain.points, sums={"strain_h": grid_strain.strain_h}),
    Part("tie_lines", money=tie_lines.items),
    Part("connectivity", connectivity.check),
    Part("fibre", fibre.check, money=fibre.items),
    Part("satellite", satellite.check, money=satellite.items),
    cooling.PART,
    inference.PART,
    training.PART,
    Part("workload"),
    Part(
        "storage",
        storage.check,
        money=storage.items,
        sums={
            "supply_mw": storage.supply_mw,
            "on_time_mw": storage.on_time_mw,
            "land_ha": storage.land_ha,
            "standby_mw": storage.standby_mw,
            "own_capacity_mw": storage.own_capacity_mw,
        },
        columns=storage.columns,
        items=storage.ITEMS,
    ),
    time_to_power.PART,
    rollout.PART,
    Part(
        "generation",
        generation.check,
        money=generation.items,
        sums={
            "supply_mw": generation.supply_mw,
            "on_time_mw": generation.on_time_mw,
            "standby_mw": generation.standby_mw,
            "own_capacity_mw": generation.own_capacity_mw,
            "carbon_t_per_year": generation.carbon_t_per_year,
        },
        columns=generation.columns,
        items=generation.ITEMS,
    ),
    adequacy.PART,
    Part("land", land.check, money=land.items),
    Part("diversification", diversification.check, columns=diversification.columns, items=diversification.ITEMS),
    Part("resilience", resilience.check, columns=resilience.columns, items=resilience.ITEMS),
    Part("target", target.check),
    carbon.PART,
    water.PART,
    risk.PART,
    Part("locks", locks.check),
    Part("budget"),
    site_limits.PART,
)
"""Every family, in registry order."""
