"""The contract of a constraint family, and the types it meets.

A family is one file: prose with its inequality, knobs, what it reads, its mathematics, its result columns and its
explanation. It meets the rest of the program only through the types below: `Geography` (what it may look at),
`Problem` (plain arrays), `Core` (the variables all share) and `Ledgers` (where families add up to each other).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, ClassVar, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from pydantic import Field as PydanticField

from siting.arrays import ArrayVar, Axis, Sheet, Term, cells
from siting.ledger import Entry as Entry
from siting.ledger import Latency as Latency
from siting.ledger import Ledger as Ledger
from siting.ledger import Ledgers as Ledgers
from siting.standing import DataLinks as DataLinks
from siting.standing import Given as Given
from siting.standing import Standing as Standing
from siting.table import Field
from siting.units import unit_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Tighter = Literal["up", "down", ""]


class Knobs(BaseModel):
    """The numbers a planner may turn. Frozen, strict, unknown keys refused. Every field is made with `knob`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def knob(
    default: Any,
    meaning: str,
    *,
    source: str,
    tighter: Tighter = "",
    at_least: float | None = None,
    at_most: float | None = None,
    above: float | None = None,
) -> Any:
    """One knob: default, meaning, bounds, the direction that tightens the problem, and the source of the default."""
    return PydanticField(
        default, ge=at_least, le=at_most, gt=above, description=meaning, json_schema_extra={"tighter": tighter, "source": source}
    )


@dataclass(frozen=True, slots=True)
class KnobFact:
    """What is documented of one knob."""

    name: str
    unit: str
    default: Any
    at_least: float | None
    at_most: float | None
    tighter: str
    source: str
    meaning: str


def knob_facts(knobs: type[Knobs]) -> tuple[KnobFact, ...]:
    """Every knob of a class in the order of its declaration. Raises TypeError for a field not made with `knob`."""
    facts = []
    for name, info in knobs.model_fields.items():
        extra = info.json_schema_extra
        if not isinstance(extra, dict) or not info.description:
            raise TypeError(f"{knobs.__name__}.{name} is not made with knob()")
        bounds = {type(rule).__name__: rule for rule in info.metadata}
        low = getattr(bounds.get("Ge"), "ge", getattr(bounds.get("Gt"), "gt", None))
        high = getattr(bounds.get("Le"), "le", None)
        facts.append(
            KnobFact(
                name,
                unit_of(name),
                info.get_default(call_default_factory=True),
                low,
                high,
                str(extra["tighter"]),
                str(extra["source"]),
                info.description,
            )
        )
    return tuple(facts)


@dataclass(frozen=True, slots=True)
class Column:
    """A column a family adds to the table of sites."""

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Periods and slices. P periods, T slices, H hydrology years; arrays are of these lengths.

    `start_month[p]` and `months[p]` count from the first month of the programme. `capital_factor[p]`: present value of 1 MUSD
    spent at the start of period p. `compute_years[p]`: discounted years of period p, the value of one MW available through
    it. `running_years[p]`: discounted years a yearly cost of period p is paid, the last period's lasting for
    `operating_years`. `hours[t]`: hours a year of slice t, 8 760 in all: the hours of its season and block times the
    probability of its hydrology year, so that sums over slices are expected values.

    Slices of one representative day (hydrology year and season) follow each other; `before[t]` is the slice before t in its
    day, the last one for the first; each lasts `block_h` hours of the day. `hydrology_of[t]` numbers the hydrology years,
    `hydrology_share` are their probabilities, `water_factor[t]` what rivers carry in the slice's year, 1 in a mean one.
    """

    periods: tuple[str, ...]
    start_month: Ints
    months: Ints
    years: Floats
    start_years: Floats
    capital_factor: Floats
    compute_years: Floats
    running_years: Floats
    slices: tuple[str, ...]
    seasons: tuple[str, ...]
    season_of: Ints
    block_of: Ints
    hours: Floats
    block_h: float
    before: Ints
    hydrology: tuple[str, ...]
    hydrology_of: Ints
    hydrology_share: Floats
    water_factor: Floats


@dataclass(frozen=True, slots=True)
class Modules:
    """Module types, K of them. Money per module; `it_mw` MW of IT, of which `load_factor` is drawn on the mean.

    `performance` is compute per MW of IT against the module type the plan is counted in; `lead_months` pass from order to
    power; `trucks` bring one module.
    """

    names: tuple[str, ...]
    it_mw: Floats
    facility_musd: Floats
    it_musd: Floats
    running_musd_per_year: Floats
    yard_ha: Floats
    load_factor: Floats
    performance: Floats
    lead_months: Floats
    trucks: Floats

    @property
    def effective_mw(self) -> Floats:
        """Compute of one module (K), in MW of IT of performance 1."""
        return np.asarray(self.it_mw * self.performance)


@dataclass(frozen=True, slots=True)
class Geography:
    """What a family may look at when it turns geography into columns: layers, candidate sites, time, sliced profiles.
    `calendar` (T, 12, 24) is the share of a slice's hours in each month and hour of the day. `part` says that `sites` are only
    some of the candidates: what they lack together is then no reason to refuse."""

    layers: Mapping[str, gpd.GeoDataFrame | pd.DataFrame]
    sites: gpd.GeoDataFrame
    time: Timeline
    modules: Modules
    mean_profile: Mapping[str, Floats]
    peak_profile: Mapping[str, Floats]
    temperature_c: Floats
    design_temperature_c: Floats
    calendar: Floats
    part: bool = False


@dataclass(frozen=True, slots=True)
class SupplyPoints:
    """Places that can send power to a site: plants or points of interconnection, S of them, all of one family.

    `available_mw` (S, P, T) is the right-hand side of the supply rows; `price_usd_per_mwh` (S, T). A site is linked to
    the `nearest` points of each `group` within `reach_km`. `kv` is the voltage at the point, NaN for plants.
    """

    family: str
    kind: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    zones: tuple[str, ...]
    lon: Floats
    lat: Floats
    kv: Floats
    available_mw: Floats
    price_usd_per_mwh: Floats
    group: Ints
    nearest: int
    reach_km: float


@dataclass(frozen=True, slots=True)
class Network:
    """All supply points that some site can reach (S) and the candidate tie-lines (L) between them and the sites.

    `available_mw` (S, P, T), `price_usd_per_mwh` (S, T). Link l runs from point `link_point[l]` to site `link_site[l]`
    over `link_km[l]` geodesic km.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    families: tuple[str, ...]
    zones: tuple[str, ...]
    lon: Floats
    lat: Floats
    kv: Floats
    available_mw: Floats
    price_usd_per_mwh: Floats
    link_ids: tuple[str, ...]
    link_site: Ints
    link_point: Ints
    link_km: Floats

    def points_of(self, family: str) -> Ints:
        """Positions of the points one family offers."""
        return np.flatnonzero(np.array([name == family for name in self.families], dtype=bool))

    def links_of(self, family: str) -> Ints:
        """Positions of the links that start at one family's points."""
        return np.flatnonzero(np.isin(self.link_point, self.points_of(family)))


@dataclass(frozen=True)
class Facts:
    """What a family derives from geography, in its own frozen type. `site_limit_mw` (I) is a limit it sets on the IT load
    of a site, infinite where it sets none. `by_slice` names the fields whose last axis are the slices: where slices are
    merged for the search, they are merged by their mean, an infinite value staying infinite. `existing_modules` (I, K) and lines
    of `existing_line_mw` (L), 0 where there is none, stand before the first period; `open` of their sites is 1 from it on.
    `sized_times` says for how much of the most that a site draws on the mean lines are sized, beyond what is sent."""

    by_slice: ClassVar[tuple[str, ...]] = ()
    site_limit_mw: Floats | None = None
    existing_modules: Floats | None = None
    existing_line_mw: Floats | None = None
    sized_times: float = 1.0


@dataclass(frozen=True, slots=True)
class Problem:
    """The whole question as plain arrays: I sites, the network, modules, time, and what each family derived.

    `limit_mw` (I) is the largest IT load each site can take, the least of the candidate's own and the families' limits.
    `existing_modules` (I, K) and lines of `existing_line_mw` (L) stand before the first period, None where nothing does. `part`
    says that the sites are only some of the candidates: rows that sites share are then stated even where these sites alone could
    not make them bind. `sized_times` (of merged slices) is what lines may be sized for, in times of the most that a slice draws.
    """

    site_ids: tuple[str, ...]
    site_names: tuple[str, ...]
    site_zones: tuple[str, ...]
    lon: Floats
    lat: Floats
    limit_mw: Floats
    time: Timeline
    modules: Modules
    network: Network
    facts: Mapping[str, Facts]
    notes: tuple[str, ...]
    compute_value_musd_per_mw_month: float = 0.0
    tolerance_share: float = 0.0
    existing_modules: Floats | None = None
    existing_line_mw: Floats | None = None
    sized_times: float = 1.0
    part: bool = False


@dataclass(frozen=True, slots=True)
class Core:
    """The variables all families share; every stock is cumulative and never shrinks from period to period.

    open (I, P) binary; modules (I, K, P) whole; line (L, P) binary; line_mw (L, P) MW of line capacity;
    flow_mw (L, P, T) MW sent at the supply end; unserved_mw (I, P, T) MW of facility load not served, held
    at 0 unless a family allows it.
    """

    sheet: Sheet
    site: Axis
    module: Axis
    link: Axis
    point: Axis
    period: Axis
    slice: Axis
    module_it_mw: Floats
    open: ArrayVar
    modules: ArrayVar
    line: ArrayVar
    line_mw: ArrayVar
    flow_mw: ArrayVar
    unserved_mw: ArrayVar

    def never_shrinks(self, sheet: Sheet, stock: ArrayVar) -> None:
        """Rows `stock[..., p - 1] <= stock[..., p]`, named after the stock; none where there is one period."""
        if len(self.period) < 2:
            return
        later = sheet.later(self.period)
        columns = stock.columns
        at = cells(*stock.axes[:-1], later)
        sheet.rows(
            f"{stock.local_name}_stays",
            [*stock.axes[:-1], later],
            [Term(at, columns[..., 1:], 1.0), Term(at, columns[..., :-1], -1.0)],
            lower=0.0,
        )


ColumnValues = Sequence[Any] | NDArray[Any]
Points = Callable[[Geography, Any], tuple[SupplyPoints, ...]]
Derive = Callable[[Geography, Network, Any], Facts]
State = Callable[[Core, Problem, Any, Sheet, Ledgers], None]
Report = Callable[[Problem, Any, "Solved"], Mapping[str, ColumnValues]]
Explain = Callable[[Mapping[str, Any], Any], str]


@dataclass(frozen=True, slots=True)
class Solved:
    """Values of a solved program by Pyomo component name ("open", "fibre.lateral"), in the component's shape, and what the
    ledgers add up to, by the ledger's name and in its shape; `latency` are the data paths there were to choose from."""

    values: Mapping[str, Floats]
    ledgers: Mapping[str, Floats]
    latency: Latency

    def __getitem__(self, name: str) -> Floats:
        """Values of one variable, "family.variable" for a family's own."""
        return self.values[name]


Elsewhere = Callable[[Problem, Any, Solved, gpd.GeoDataFrame], Mapping[str, ColumnValues]]
StandingOf = Callable[[Problem, Any, Solved], Standing]
DataLinksOf = Callable[[Problem, Any, Solved], DataLinks | tuple[DataLinks, ...] | None]


def nothing_elsewhere(
    problem: Problem,  # noqa: ARG001
    knobs: Any,  # noqa: ARG001
    solved: Solved,  # noqa: ARG001
    sites: gpd.GeoDataFrame,  # noqa: ARG001
) -> Mapping[str, ColumnValues]:
    """For families that know nothing of a candidate outside the program."""
    return {}


def nothing_stands(problem: Problem, knobs: Any, solved: Solved) -> Standing:  # noqa: ARG001
    """For families that keep nothing of their own."""
    return Standing()


def no_data_links(problem: Problem, knobs: Any, solved: Solved) -> DataLinks | None:  # noqa: ARG001
    """For families that carry no data."""
    return None


def no_points(geography: Geography, knobs: Any) -> tuple[SupplyPoints, ...]:  # noqa: ARG001
    """For families that offer no power."""
    return ()


def no_facts(geography: Geography, network: Network, knobs: Any) -> Facts:  # noqa: ARG001
    """For families that derive nothing."""
    return Facts()


def no_columns(problem: Problem, knobs: Any, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """For families that add no column to the table of sites."""
    return {}


def looks_alone(knobs: Any) -> bool:  # noqa: ARG001
    """For families that state each candidate without looking at others."""
    return False


def looks_across(knobs: Any) -> bool:  # noqa: ARG001
    """For families that look from one candidate at others, or have columns of the whole programme."""
    return True


def no_rows(core: Core, problem: Problem, knobs: Any, block: Sheet, ledgers: Ledgers) -> None:
    """For families that have nothing to say in this pass."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A row family in words for people, the unit of its two sides, the knobs that move it ("hydro.contract_share"), and
    whether it is structure: a row that only links choices with each other and is no limit to a planner."""

    title: str
    unit: str
    knobs: tuple[str, ...] = ()
    structure: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """One constraint family. `state` contributes variables, rows and ledger entries; `close` (second pass) turns what
    all families have added to a ledger into rows. `limits` puts words to each row family it owns. `report` gives its
    columns of the table of sites, one value a site; `explain` a sentence on one chosen site from its row. `items` says what
    each item of `standing` means. `elsewhere` gives those of its columns that it knows of candidates outside the program:
    what the place alone decides. `across` says whether some of the candidates cannot be stated without the others, since it
    looks from one at others or has columns of the whole programme: who forgot it could have a wrong bound, so it must be said."""

    name: str
    title: str
    knobs: type[Knobs]
    reads: Mapping[str, tuple[Field, ...]]
    columns: tuple[Column, ...]
    limits: Mapping[str, Limit]
    derive: Derive
    state: State
    report: Report
    explain: Explain
    across: Callable[[Any], bool]
    points: Points = no_points
    close: State = no_rows
    data_links: DataLinksOf = no_data_links
    standing: StandingOf = nothing_stands
    elsewhere: Elsewhere = nothing_elsewhere
    items: Mapping[str, str] = field(default_factory=dict)


def nearest_name(name: str, names: Iterable[str]) -> str:
    """A remedy: the nearest of the names there are, or none."""
    close = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else "No name comes near it."


IT_HARDWARE: Final = "IT hardware"
"""Label of the money that is the same wherever a module stands."""
PAIR_SEPARATOR: Final = "--"
"""Between the two ids of a link's id."""
