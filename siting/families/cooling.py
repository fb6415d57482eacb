"""Cooling: what it takes in power on top of the IT, more when the air is hot or thin, and in water.

    draw on top of the IT  =  (pue[i, t] - 1) * load_factor[k] * it_mw[k] * modules[i, k, p]          for i, p, t
    pue(T, h)  =  base + rise(T) + thin(T, h) + margin
    water  =  8 760 h * use[technology] m3/MWh * load_factor[k] * it_mw[k] * modules[i, k, p]         a year

One technology for the programme, `technology`:

* `dry`, closed-loop liquid with dry coolers: base_pue up to 24 C, + 0.0037 per K to 34 C, + 0.0126 per K beyond, at most
  + 0.204 (formula F6, the piecewise fit of a dry-cooler model, COOL-01);
* `air`, an air economiser: air_pue up to 30 C, + 0.023 per K beyond (COOL-03);
* `evaporative`, towers with a waterside economiser: evaporative_pue up to 20 C, + 0.0055 per K to 30 C, + 0.017 per K
  beyond (COOL-04).

All carry a part-load margin for planning (COOL-02). T is the air temperature of the climate point nearest to the site, its
mean over the slice's months and hours, of

    mean_c + seasonal_swing_c * cos(2 pi (month - 7) / 12) + daily_swing_c * cos(2 pi (hour + 0.5 - 15) / 24)

half a year later south of the equator. h is the elevation of that climate point. Fans move volume, so in thin air they take
fan(T) * ((1.225 / density)^2 - 1) more, with density = 1.225 * (1 - 2.25577e-5 h)^4.2559 kg/m3 of the standard atmosphere and

    dry:  fan = 0.9 * 0.025 * v^3,  v = (11 / (45 - T))^(1 / 0.65) within 0.25 and 1;    air:  fan = 0.06    (F6);

the fans of towers are left out. `pue_peak` is pue at mean_c + seasonal_swing_c + daily_swing_c + 6 K, a heat wave; what
feeds the site is sized for it ("peak_mw"). With `limit_is_facility` the limit of a candidate is MW of the facility on that
day, so its IT may have

    it_mw[i]  <=  limit_mw[i] / pue_peak[i].

A switched off family means no cooling power and no water at all: an optimist's bound, not a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

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
    Network,
    Problem,
    Solved,
    knob,
    looks_alone,
)
from siting.geo import lonlat, nearest
from siting.table import Field
from siting.units import HOURS_PER_YEAR

Technology = Literal["dry", "air", "evaporative"]
CURVES: Final[Mapping[str, tuple[tuple[float, float], ...]]] = {
    "dry": ((24.0, 0.0037), (34.0, 0.0126)),
    "air": ((30.0, 0.023),),
    "evaporative": ((20.0, 0.0055), (30.0, 0.017)),
}
"""Temperature [C] from which PUE rises by so much per K."""
LARGEST_RISE: Final[Mapping[str, float]] = {"dry": 0.204}
AIR_FANS: Final = 0.06
DRY_FANS: Final = 0.9 * 0.025


class CoolingKnobs(Knobs):
    """Knobs of cooling."""

    technology: Technology = knob("dry", "how heat leaves: dry, air or evaporative", source="COOL-01, COOL-03, COOL-04")
    base_pue: float = knob(
        1.066, "PUE of dry coolers at 24 C of air and below", source="COOL-01", tighter="up", at_least=1.0, at_most=3.0
    )
    air_pue: float = knob(
        1.12, "PUE of an air economiser at 30 C and below", source="COOL-03", tighter="up", at_least=1.0, at_most=3.0
    )
    evaporative_pue: float = knob(
        1.135, "PUE of evaporative towers at 20 C and below", source="COOL-04", tighter="up", at_least=1.0, at_most=3.0
    )
    margin: float = knob(
        0.02, "part-load margin on the power usage effectiveness", source="COOL-02", tighter="up", at_least=0.0, at_most=1.0
    )
    warming_c: float = knob(
        0.0, "added to every air temperature, for a hot year", source="judgement", tighter="up", at_least=-20.0, at_most=20.0
    )
    dry_m3_per_mwh: float = knob(
        0.005, "water of dry coolers by energy of the IT", source="COOL-12", tighter="up", at_least=0.0, at_most=10.0
    )
    air_m3_per_mwh: float = knob(
        0.0, "water of an air economiser without spray", source="judgement", tighter="up", at_least=0.0, at_most=10.0
    )
    evaporative_m3_per_mwh: float = knob(
        0.3, "water of evaporative towers; up to 1.2", source="COOL-13", tighter="up", at_least=0.0, at_most=10.0
    )
    limit_is_facility: bool = knob(
        False,
        "whether a candidate's limit is MW of the whole facility on the hottest day, not of its IT",
        source="FORMULATION 2.1",
    )


READS = {
    "climate": (
        Field("mean_c", "number", "yearly mean air temperature", "degC"),
        Field("elevation_m", "number", "height above the sea", "m", optional=True, default=0.0),
    )
}
COLUMNS = (
    Column("pue_mean", "", "power usage effectiveness, mean of the year"),
    Column("pue_peak", "", "the same on the hottest design day"),
    Column("peak_mw", "MW", "facility load at full work on the hottest design day, what feeders are sized for"),
    Column("water_m3_per_year", "m3/year", "water for cooling at the end"),
)


@dataclass(frozen=True, kw_only=True)
class CoolingFacts(Facts):
    """`pue` (I, T) and `pue_peak` (I)."""

    by_slice = ("pue",)
    pue: Floats
    pue_peak: Floats


def power_usage(air_c: Floats, knobs: CoolingKnobs, elevation_m: Floats | float = 0.0) -> Floats:
    """PUE at an air temperature [C] and height above the sea [m], broadcast."""
    air = air_c + knobs.warming_c
    starts = [start for start, _ in CURVES[knobs.technology]]
    rise = np.zeros(np.shape(air))
    for (start, slope), end in zip(CURVES[knobs.technology], [*starts[1:], np.inf], strict=True):
        rise = rise + slope * np.clip(air - start, 0.0, end - start)
    base = {"dry": knobs.base_pue, "air": knobs.air_pue, "evaporative": knobs.evaporative_pue}[knobs.technology]
    thin = _fans(air, knobs.technology) * (density_ratio(elevation_m) ** -2.0 - 1.0)
    return np.asarray(base + np.minimum(rise, LARGEST_RISE.get(knobs.technology, np.inf)) + thin + knobs.margin)


def density_ratio(elevation_m: Floats | float) -> Floats:
    """Density of the standard atmosphere at a height [m] against that at the sea."""
    return np.asarray((1.0 - 2.25577e-5 * np.asarray(elevation_m, dtype=np.float64)) ** 4.2559)


def _fans(air: Floats, technology: Technology) -> Floats:
    """Power of fans as a share of IT, at the sea."""
    if technology == "dry":
        speed = np.clip((11.0 / np.maximum(45.0 - air, 1e-3)) ** (1.0 / 0.65), 0.25, 1.0)
        return np.asarray(DRY_FANS * speed**3)
    return np.full(np.shape(air), AIR_FANS if technology == "air" else 0.0)


def water_use(knobs: CoolingKnobs) -> float:
    """m3 of water for each MWh of the IT."""
    return {"dry": knobs.dry_m3_per_mwh, "air": knobs.air_m3_per_mwh, "evaporative": knobs.evaporative_m3_per_mwh}[
        knobs.technology
    ]


def derive(geography: Geography, network: Network, knobs: CoolingKnobs) -> CoolingFacts:  # noqa: ARG001
    """PUE of every site and slice from its air temperature and elevation."""
    elevation = _elevation_m(geography)
    peak = power_usage(geography.design_temperature_c, knobs, elevation)
    own = geography.sites["limit_mw"].to_numpy(float)
    return CoolingFacts(
        site_limit_mw=own / peak if knobs.limit_is_facility else None,
        pue=power_usage(geography.temperature_c, knobs, elevation[:, None]),
        pue_peak=peak,
    )


def _elevation_m(geography: Geography) -> Floats:
    """Height of the climate point nearest to each site [m], 0 where there is no climate layer."""
    climate = geography.layers.get("climate")
    if climate is None or not len(climate):
        return np.zeros(len(geography.sites))
    _, point, _ = nearest(lonlat(geography.sites), np.column_stack([climate.geometry.x, climate.geometry.y]), 1, np.inf)
    return np.asarray(climate["elevation_m"].to_numpy(dtype=np.float64)[point])


def state(core: Core, problem: Problem, knobs: CoolingKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """What cooling draws on top of the IT, and the water it takes."""
    facts = problem.facts["cooling"]
    assert isinstance(facts, CoolingFacts)
    busy_mw = problem.modules.it_mw * problem.modules.load_factor
    draw = (facts.pue[:, None, None, :] - 1.0) * busy_mw[None, :, None, None]
    ledgers.draw_mw.add("cooling", ledgers.draw_mw.cells()[:, None, :, :], core.modules.columns[:, :, :, None], draw)
    if water_use(knobs) > 0.0:
        water = HOURS_PER_YEAR * water_use(knobs) * busy_mw[:, None]
        ledgers.water_m3_per_year.add("cooling", ledgers.water_m3_per_year.cells(), core.modules.columns, water)


def report(problem: Problem, knobs: CoolingKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """PUE, peak load and water of each site."""
    facts = problem.facts["cooling"]
    assert isinstance(facts, CoolingFacts)
    full_mw = np.einsum("ik,k->i", np.rint(solved["modules"][:, :, -1]), problem.modules.it_mw)
    busy_mw = np.einsum("ik,k->i", np.rint(solved["modules"][:, :, -1]), problem.modules.it_mw * problem.modules.load_factor)
    return {
        "pue_mean": facts.pue @ problem.time.hours / problem.time.hours.sum(),
        "pue_peak": facts.pue_peak,
        "peak_mw": full_mw * facts.pue_peak,
        "water_m3_per_year": HOURS_PER_YEAR * water_use(knobs) * busy_mw,
    }


def explain(row: Mapping[str, Any], knobs: CoolingKnobs) -> str:  # noqa: ARG001
    """What cooling costs in power and water."""
    return (
        f"Its PUE is {row['pue_mean']:.3f} on the mean and {row['pue_peak']:.3f} on the hottest day, when it may draw "
        f"{row['peak_mw']:.0f} MW; cooling takes {row['water_m3_per_year']:,.0f} m3 of water a year."
    )


COOLING = Family(
    name="cooling",
    title="Cooling",
    knobs=CoolingKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={},
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    across=looks_alone,
)
