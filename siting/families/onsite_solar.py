"""On-site solar: a field of panels behind the meter, on the site's own land.

    supply_mw[i, p, t]  +=  cf[i, t] * field_mw[i, p],        field_mw[i, p]  <=  most_power_share * IT load standing

field_mw is MW of AC, behind which stand 1.3 MW of panels (DC). What the site does not draw is curtailed: the power
balance has room above, so no variable is needed, and what is curtailed is told with the plan. The field takes
1.3 * land_ha_per_mw hectares a MW of the land that modules and batteries share, costs 1.3 * panels_musd_per_mw and is kept up for
1.3 * upkeep_musd_per_mw_year. The carbon of its making is spread over what it can put out (CO2-02).

`cf` is that of single-axis trackers with 1.3 MW of panels a MW of AC and a performance ratio of 0.86. Its yearly mean A and the
mean W of its worst month are tabled by latitude and clearness (FACTS 2b, from hourly runs), between which they are read off
linearly. Month and hour come from geometry (F9) at the middle of month m, hour angle w, latitude p, declination d:

    up = sin p sin d + cos p cos d cos w,   across = cos d sin w,   g[m, h] = min(sqrt(up^2 + across^2), up / 0.4), 0 at night
    cf[m, h]  =  g[m, h] / g[m] * (A + (A - W) * (g[m] - mean of g) / (mean of g - least g[m])),    at most 1

that is, a tracker faces the sun but for its slope to the south, and rows that cover 0.4 of the ground get no more sun than
falls on it. Clock time is taken as sun time. Cash flow: "solar field", "solar field upkeep".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np

from siting.arrays import Sheet, Term, cells
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

LATITUDES: Final = np.array([0.0, 10.0, 20.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0])
CLEARNESS: Final = np.array([0.40, 0.50, 0.60, 0.65])
YEAR: Final = np.array(
    [
        [0.188, 0.253, 0.329, 0.365],
        [0.185, 0.249, 0.325, 0.362],
        [0.177, 0.240, 0.313, 0.349],
        [0.166, 0.225, 0.296, 0.331],
        [0.158, 0.216, 0.285, 0.320],
        [0.150, 0.206, 0.273, 0.307],
        [0.141, 0.194, 0.259, 0.293],
        [0.131, 0.182, 0.244, 0.277],
        [0.121, 0.170, 0.229, 0.260],
        [0.111, 0.157, 0.214, 0.243],
        [0.102, 0.146, 0.200, 0.228],
    ]
)
WORST_MONTH: Final = np.array(
    [
        [0.172, 0.232, 0.302, 0.339],
        [0.156, 0.210, 0.274, 0.308],
        [0.126, 0.170, 0.223, 0.252],
        [0.095, 0.128, 0.170, 0.194],
        [0.078, 0.106, 0.142, 0.161],
        [0.062, 0.084, 0.113, 0.129],
        [0.046, 0.064, 0.086, 0.099],
        [0.032, 0.044, 0.059, 0.068],
        [0.019, 0.025, 0.035, 0.040],
        [0.008, 0.011, 0.014, 0.017],
        [0.001, 0.002, 0.002, 0.002],
    ]
)
DAYS: Final = np.array([31.0, 28.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0])
PANELS: Final = 1.3
"""MW of panels behind a MW of AC."""
GROUND_COVER: Final = 0.4
TILT_DEGREES: Final = 23.45
HOURS_A_YEAR: Final = 8760.0


class OnsiteSolarKnobs(Knobs):
    """Knobs of on-site solar."""

    clearness_share: float = knob(
        0.55,
        "sunlight that reaches the ground of that above the air, over the year",
        source="FACTS 2b",
        tighter="down",
        at_least=0.40,
        at_most=0.65,
    )
    panels_musd_per_mw: float = knob(
        1.0, "solar field, a MW of panels (DC)", source="SOL-01", tighter="up", at_least=0.0, at_most=20.0
    )
    site_factor: float = knob(
        1.0,
        "multiplier on its price; SOL-01 is that of a remote build",
        source="SOL-01",
        tighter="up",
        at_least=0.0,
        at_most=10.0,
    )
    upkeep_musd_per_mw_year: float = knob(
        0.017, "upkeep of a MW of panels (DC)", source="SOL-03", tighter="up", at_least=0.0, at_most=1.0
    )
    land_ha_per_mw: float = knob(2.0, "land of a MW of panels (DC)", source="SOL-07", tighter="up", at_least=0.0, at_most=20.0)
    most_power_share: float = knob(
        4.0, "largest field of a site, MW of AC a MW of IT standing", source="F10", tighter="down", at_least=0.0, at_most=50.0
    )
    lifecycle_t_per_mwh: float = knob(
        0.045, "CO2e of what a field can put out", source="CO2-02", tighter="up", at_least=0.0, at_most=1.0
    )


COLUMNS = (Column("onsite_solar_mw", "MW", "solar field of the site at the end, AC"),)
ITEMS: Final = {
    "onsite_solar_mw": "solar field of the site, AC",
    "onsite_solar_output_mw": "what the field gives",
    "onsite_solar_curtailed_mw": "what the field could give and nobody takes",
}


@dataclass(frozen=True, kw_only=True)
class OnsiteSolarFacts(Facts):
    """`cf` (I, T): output of a MW of AC."""

    by_slice: ClassVar[tuple[str, ...]] = ("cf",)
    cf: Floats


def table_at(table: Floats, latitude: Floats, clearness: float) -> Floats:
    """A table read off linearly at latitudes (I, degrees, north or south) and one clearness."""
    column = np.array([np.interp(clearness, CLEARNESS, row) for row in table])
    return np.asarray(np.interp(np.abs(latitude), LATITUDES, column))


def tracker_shape(latitude: Floats) -> Floats:
    """Sun on a tracker in each hour of the middle day of each month (I, 12, 24), to a scale of its own."""
    middle = np.cumsum(DAYS) - DAYS / 2.0
    tilt = np.radians(TILT_DEGREES * np.sin(2.0 * np.pi * (284.0 + middle) / 365.0))[None, :, None]
    angle = np.radians(15.0 * (np.arange(24) + 0.5 - 12.0))[None, None, :]
    place = np.radians(latitude)[:, None, None]
    up = np.sin(place) * np.sin(tilt) + np.cos(place) * np.cos(tilt) * np.cos(angle)
    across = np.cos(tilt) * np.sin(angle)
    return np.where(up > 0.0, np.minimum(np.sqrt(up**2 + across**2), up / GROUND_COVER), 0.0)


def capacity_factor(latitude: Floats, clearness: float) -> Floats:
    """Output of a MW of AC by month and hour of the day (I, 12, 24)."""
    shape = tracker_shape(latitude)
    month = shape.mean(axis=2)
    mean = month @ DAYS / DAYS.sum()
    year, worst = table_at(YEAR, latitude, clearness), table_at(WORST_MONTH, latitude, clearness)
    swing = (year - worst) / np.maximum(mean - month.min(axis=1), 1e-9)
    level = np.maximum(year[:, None] + swing[:, None] * (month - mean[:, None]), 0.0)
    scaled = shape / np.maximum(month, 1e-9)[:, :, None] * level[:, :, None]
    return np.asarray(np.minimum(scaled, 1.0))


def derive(geography: Geography, network: Network, knobs: OnsiteSolarKnobs) -> OnsiteSolarFacts:  # noqa: ARG001
    """Capacity factors of the sites by slice."""
    latitude = np.asarray(geography.sites.geometry.y, dtype=np.float64)
    grid = capacity_factor(latitude, knobs.clearness_share)
    return OnsiteSolarFacts(cf=np.einsum("imh,tmh->it", grid, geography.calendar, optimize=True))


def facts_of(problem: Problem) -> OnsiteSolarFacts:
    """What the family derived."""
    facts = problem.facts["onsite_solar"]
    assert isinstance(facts, OnsiteSolarFacts)
    return facts


def state(core: Core, problem: Problem, knobs: OnsiteSolarKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """The field, and what it gives, takes and costs."""
    if knobs.most_power_share == 0.0:
        return
    cf, hours = facts_of(problem).cf, problem.time.hours
    both = [core.site, core.period]
    most_mw = knobs.most_power_share * problem.limit_mw[:, None]
    field = block.variables("mw", both, upper=most_mw, owner=np.arange(len(core.site))[:, None])
    core.never_shrinks(block, field)
    at = cells(*both)
    it_mw = -knobs.most_power_share * core.module_it_mw[:, None]
    terms = [Term(at, field.columns, 1.0), Term(at[:, None, :], core.modules.columns, it_mw)]
    block.rows("most_power", both, terms, upper=0.0)
    mean = (cf @ hours / hours.sum())[:, None]
    ledgers.supply_mw.add("solar field", ledgers.supply_mw.cells(), field.columns[:, :, None], cf[:, None, :])
    ledgers.on_time_mw.add("solar field", at, field.columns, mean)
    ledgers.land_ha.add("solar field", at, field.columns, knobs.land_ha_per_mw * PANELS)
    period = ledgers.capital_musd.cells()
    ledgers.capital_musd.add("solar field", period, field.columns, knobs.site_factor * knobs.panels_musd_per_mw * PANELS)
    ledgers.running_musd.add("solar field upkeep", period, field.columns, knobs.upkeep_musd_per_mw_year * PANELS)
    ledgers.carbon_t_per_year.add("solar field", period, field.columns, knobs.lifecycle_t_per_mwh * HOURS_A_YEAR * mean)


def report(problem: Problem, knobs: OnsiteSolarKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """Solar field of each site in the last period."""
    none = np.zeros(len(problem.site_ids))
    return {"onsite_solar_mw": solved["onsite_solar.mw"][:, -1] if knobs.most_power_share > 0.0 else none}


def standing(problem: Problem, knobs: OnsiteSolarKnobs, solved: Solved) -> Standing:
    """The field, what it gives and what is curtailed: what comes to the site and nobody draws, as far as it is the field's."""
    if knobs.most_power_share == 0.0:
        return Standing()
    field = solved["onsite_solar.mw"]
    could = facts_of(problem).cf[:, None, :] * field[:, :, None]
    over = solved.ledgers["supply_mw"] + solved["unserved_mw"] - solved.ledgers["draw_mw"]
    curtailed = np.clip(over, 0.0, could)
    return Standing(
        stock={"onsite_solar_mw": field},
        operation={"onsite_solar_output_mw": could - curtailed, "onsite_solar_curtailed_mw": curtailed},
    )


def explain(row: Mapping[str, Any], knobs: OnsiteSolarKnobs) -> str:
    """How large its field is."""
    if not row["onsite_solar_mw"] > 1e-3:
        return ""
    land = row["onsite_solar_mw"] * PANELS * knobs.land_ha_per_mw
    return f"A solar field of {row['onsite_solar_mw']:.1f} MW takes {land:.0f} ha of its land."


ONSITE_SOLAR = Family(
    name="onsite_solar",
    title="Solar fields at sites",
    knobs=OnsiteSolarKnobs,
    reads={},
    columns=COLUMNS,
    limits={"most_power": Limit("largest solar field of a site", "MW", ("onsite_solar.most_power_share",))},
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    across=looks_alone,
    standing=standing,
    items=ITEMS,
)
