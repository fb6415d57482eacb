"""The general settings of a scenario: time, money, candidates, module types, aims and solver effort.

Declared like the knobs of a family, so that bounds, units, meanings and sources have one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field as PydanticField

from siting.family import Knobs, knob

SCHEMA_VERSION: Final = 1
NAME_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
REQUIRED: Final[Any] = ...
MONTHS: Final = range(1, 13)
DEFAULT_SEASONS: Final[Mapping[str, tuple[int, ...]]] = {
    "winter": (12, 1, 2),
    "spring": (3, 4, 5),
    "summer": (6, 7, 8),
    "autumn": (9, 10, 11),
}
Month = Annotated[int, PydanticField(ge=1, le=12)]
Name = Annotated[str, PydanticField(pattern=f"^{NAME_PATTERN}$")]


class General(Knobs):
    """What stands at the head of a model file."""

    schema_version: int = knob(REQUIRED, "version of this file format", source="format", at_least=1)
    title: str = knob("", "title for people", source="format")
    currency: str = knob("USD", "currency of all money; costs of the families are in US dollars", source="format")
    price_year: int = knob(2025, "year whose prices all money is in", source="FACTS 0", at_least=1990, at_most=2100)
    region: str = knob(
        "", "folder with the layers: beside the model, in data/ of the folder you stand in, or built in", source="format"
    )
    start: str = knob(REQUIRED, 'first month, as in "2027-01"', source="format")
    timezone: str = knob("UTC", "time zone of the region, as in the IANA list", source="format")
    off: tuple[str, ...] = knob((), "families that are switched off", source="format")
    exclude: tuple[str, ...] = knob(
        (), "files with further exclusion polygons, relative to the file that names them", source="format"
    )
    repair: bool = knob(False, "repair crossing polygons instead of refusing them; recorded with the areas", source="format")


class Period(Knobs):
    """One period of investment."""

    name: Name = knob(REQUIRED, "name of the period, as in tables and maps", source="format")
    months: int = knob(REQUIRED, "length in months", source="format", at_least=1, at_most=120)


class HydrologyYear(Knobs):
    """One kind of year the rivers may have."""

    name: Name = knob(REQUIRED, "name of the year, as in tables", source="format")
    probability_share: float = knob(REQUIRED, "probability of the year; all add up to 1", source="format", above=0.0, at_most=1.0)
    water_factor: float = knob(
        1.0, "what rivers carry, as a share of a mean year", source="HYD-06", tighter="down", at_least=0.0, at_most=3.0
    )


class TimeTable(Knobs):
    """Periods of investment, and the slices a year of operation is made of: hydrology years x seasons x blocks of the day."""

    blocks: int = knob(
        6,
        "blocks of equal length a day is cut into where a plan is searched for; divides 24",
        source="FORMULATION 2.5",
        at_least=1,
        at_most=24,
    )
    dispatch_blocks: int = knob(
        24,
        "blocks of the day the plan found is dispatched and checked on; a multiple of blocks that divides 24",
        source="FORMULATION 2.5",
        at_least=1,
        at_most=24,
    )
    hydrology: tuple[HydrologyYear, ...] = knob(
        (), "kinds of year with their probability; one mean year where none are given", source="HYD-06"
    )
    periods: tuple[Period, ...] = knob(REQUIRED, "periods in their order", source="format")
    seasons: Mapping[Name, tuple[Month, ...]] = knob(
        dict(DEFAULT_SEASONS), "months of each season; every month in exactly one", source="FORMULATION 2.5"
    )


class Finance(Knobs):
    """How later money is weighed against earlier money."""

    discount_rate: float = knob(0.08, "nominal discount rate, a share per year", source="FIN-01", at_least=0.0, at_most=0.5)
    operating_years: float = knob(
        10.0, "years the last period's running cost is paid for, in years", source="judgement", at_least=0.0, at_most=50.0
    )


class CandidateRules(Knobs):
    """How candidate sites are made where the user brings none."""

    cell_resolution: int = knob(
        4, "H3 resolution: one candidate a cell; 3 is coarse, 5 is fine", source="NORTHWEST 5", at_least=1, at_most=7
    )
    reach_km: float = knob(
        60.0, "farthest a candidate may lie from a plant", source="NORTHWEST 5", tighter="down", above=0.0, at_most=1000.0
    )
    limit_mw: float = knob(200.0, "largest IT load of one site", source="NORTHWEST 5", tighter="down", above=0.0, at_most=5000.0)
    land_ha: float = knob(
        80.0, "land of one site that can be built on", source="judgement", tighter="down", above=0.0, at_most=100000.0
    )
    land_musd_per_ha: float = knob(
        0.02, "price of land", source="judgement, above pasture of FIN-07", tighter="up", at_least=0.0, at_most=10.0
    )


class ModuleType(Knobs):
    """One type of module: what one of it costs and needs."""

    it_mw: float = knob(REQUIRED, "IT load of one module", source="FACTS 1", above=0.0, at_most=1000.0)
    facility_musd: float = knob(
        REQUIRED, "facility capital of one module", source="FACTS 1", tighter="up", at_least=0.0, at_most=100000.0
    )
    it_musd: float = knob(REQUIRED, "IT hardware of one module", source="FACTS 1", tighter="up", at_least=0.0, at_most=100000.0)
    running_musd_per_year: float = knob(
        0.0, "running cost of one module besides energy", source="MOD-15", tighter="up", at_least=0.0, at_most=10000.0
    )
    load_factor: float = knob(
        0.8, "share of the IT load that is drawn on the mean", source="MOD-20", tighter="up", above=0.0, at_most=1.0
    )
    performance: float = knob(
        1.0,
        "compute per MW of IT against the hardware the plan is counted in; 1.15 is 15 % more work from a MW",
        source="IT-10",
        tighter="down",
        above=0.0,
        at_most=100.0,
    )
    lead_months: float = knob(
        8.0, "months from order to power of one module", source="MOD-16", tighter="up", at_least=0.0, at_most=120.0
    )
    trucks: float = knob(
        10.0, "truck loads that bring one module", source="judgement", tighter="up", at_least=0.0, at_most=10000.0
    )
    yard_ha: float = knob(
        REQUIRED,
        "yard of one module, coolers and switchgear included",
        source="FACTS 1",
        tighter="up",
        at_least=0.0,
        at_most=1000.0,
    )


CATALOGUE: Final[Mapping[str, ModuleType]] = {
    "container": ModuleType(
        it_mw=1.0, facility_musd=12.0, it_musd=27.0, running_musd_per_year=0.3, yard_ha=0.15, lead_months=7.0, trucks=3.0
    ),
    "pod": ModuleType(
        it_mw=5.0, facility_musd=55.0, it_musd=135.0, running_musd_per_year=1.5, yard_ha=0.7, lead_months=8.0, trucks=14.0
    ),
    "hall": ModuleType(
        it_mw=20.0, facility_musd=206.0, it_musd=540.0, running_musd_per_year=6.0, yard_ha=3.0, lead_months=10.0, trucks=52.0
    ),
    "block": ModuleType(
        it_mw=50.0, facility_musd=500.0, it_musd=1350.0, running_musd_per_year=15.0, yard_ha=10.0, lead_months=12.0, trucks=125.0
    ),
}
"""The module types a new model begins with (FACTS 1)."""


class ObjectiveChoice(Knobs):
    """What is aimed for, the first before the second: each aim is a solve of its own."""

    aims: tuple[str, ...] = knob(("most_compute", "least_cost"), "aims in their order", source="format")
    tolerance_share: float = knob(
        0.0,
        "what a later aim may give away of each earlier one, a share of what its gap is measured against",
        source="FORMULATION 5",
        tighter="down",
        at_least=0.0,
        at_most=0.5,
    )
    compute_value_musd_per_mw_month: float = knob(
        0.85,
        "worth of a MW of IT at work for a month: 2.4 $ a GPU-hour x 487 GPU a MW x 730 h",
        source="IT-16, IT-04",
        at_least=0.0,
        at_most=100.0,
    )


class Effort(Knobs):
    """How long and how hard the solver may try."""

    gap: float = knob(
        0.02, "relative gap to the bound at which a solve may stop, 0.02 is 2 %", source="judgement", at_least=0.0, at_most=0.5
    )
    time_limit_s: float = knob(180.0, "time for all solves together", source="judgement", at_least=1.0, at_most=86400.0)
    memory_gb: float = knob(3.0, "memory the solver may take", source="judgement", at_least=0.25, at_most=1024.0)
    seed: int = knob(0, "seed of the solver", source="format", at_least=0, at_most=2147483647)
    threads: int = knob(1, "threads of the solver", source="judgement", at_least=1, at_most=256)
    kernel_sites: int = knob(
        60,
        "sites in the kernel the first plan is made from, where one program is solved",
        source="NORTHWEST 4",
        at_least=1,
        at_most=100000,
    )
    engine: Literal["auto", "monolith", "decompose"] = knob(
        "auto",
        '"monolith": one program over all candidates; "decompose": a kernel of them and prices for the others; '
        '"auto" goes by size and by the families that are on',
        source="FORMULATION 4",
    )
    workers: int = knob(2, "processes that price candidates", source="judgement", at_least=1, at_most=4096)
    dask: str = knob(
        "",
        'who prices candidates instead: "local" for a Dask cluster of that many workers started here, or the address of a '
        "scheduler, whose workers all take part",
        source="format",
    )


SECTIONS: Final[Mapping[str, type[Knobs]]] = {
    "time": TimeTable,
    "finance": Finance,
    "candidates": CandidateRules,
    "objective": ObjectiveChoice,
    "effort": Effort,
}
"""Tables of general settings with fixed keys; `modules` holds a ModuleType by name, `layers`, `crs`, `edits` have free keys."""
