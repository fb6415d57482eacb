"""Grid strain: power from the grid only where a substation and its zone have room, above all in stressed hours.

    sum of flow_mw over the links of substation g  <=  max(0, strain_limit * rating_mw[g] - load_mw[g, t])     stressed t
                                                   <=  max(0, calm_limit * rating_mw[g] - load_mw[g, t])       other t
    sum of flow_mw over all substations of zone z  <=  import_share * import_limit_mw[z] (at least import_floor_mw)   stressed t

with load_mw[g, t] = loading_share[g] * rating_mw[g] * zone load profile[t]. A slice is stressed in a zone when its load
reaches `stressed_share` of the yearly peak. The headroom is the right-hand side of the substation's supply row: no row of
its own, so an edit of `strain_limit` is an edit of right-hand sides. 0.70 of the thermal rating is N-1 secure, 0.80 the
most a planner uses (GRID-08); where the number n of equal circuits is known (`circuits`), both limits are at most
(n - 1) / n, what is left when one of them is lost (FACTS 3, rule 1). Only substations of the main network count; a site may
connect to the nearest below 200 kV and the nearest at or above it. Switched off, there is no power from the grid at all;
load_mw takes the profile's highest hour within the slice. The zone row bounds what a zone lends in stressed hours by what it
can import. Where slices are merged, a merged slice is stressed when all of its parts are, so that the row of the mean follows
from the rows of the parts.

    price[t]  =  price_usd_per_mwh * by season and block * (1 + stressed_premium_share where stressed)  +  wheeling_usd_per_mwh

The premium is on the energy alone (NORTHWEST 5); wheeling is a network tariff (TX-19). The strain ledger takes hours of full
use, sum over stressed t of hours[t] * flow_mw / rating_mw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.arrays import Sheet, Term, cells
from siting.families.tariff import price_by_slice
from siting.families.zone_load import substation_load, zone_load
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Flags,
    Floats,
    Geography,
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    SupplyPoints,
    knob,
    looks_alone,
)
from siting.geo import lonlat
from siting.table import Field

HIGH_VOLTAGE_KV = 200.0


class GridStrainKnobs(Knobs):
    """Knobs of grid supply and grid strain."""

    strain_limit: float = knob(
        0.75,
        "largest loading of a substation in stressed slices, today's load included [share of its rating; 0.70 is N-1 secure]",
        source="GRID-08, NORTHWEST 5",
        tighter="down",
        at_least=0.0,
        at_most=1.5,
    )
    calm_limit: float = knob(
        0.80,
        "largest loading of a substation in other slices, today's load included",
        source="GRID-08",
        tighter="down",
        at_least=0.0,
        at_most=1.5,
    )
    circuits: int = knob(
        0,
        "equal circuits of a substation: n of them leave (n - 1) / n of its rating when one is lost; 0 where it is not known",
        source="FACTS 3, rule 1",
        at_least=0,
        at_most=20,
    )
    stressed_share: float = knob(
        0.85,
        "a slice is stressed when the zone's load reaches this share of its yearly peak",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    import_share: float = knob(
        0.03,
        "share of a zone's import limit open to clusters in stressed slices",
        source="NORTHWEST 5",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    import_floor_mw: float = knob(
        50.0,
        "a zone lends at least this much in stressed slices",
        source="NORTHWEST 5",
        tighter="down",
        at_least=0.0,
        at_most=10000.0,
    )
    price_usd_per_mwh: float = knob(
        60.0, "price of grid energy, without wheeling", source="NORTHWEST 5", tighter="up", at_least=0.0, at_most=1000.0
    )
    wheeling_usd_per_mwh: float = knob(
        15.0, "tariff for bringing it over the network", source="TX-19", tighter="up", at_least=0.0, at_most=1000.0
    )
    stressed_premium_share: float = knob(
        0.35,
        "premium on the price of energy in stressed slices",
        source="NORTHWEST 5",
        tighter="up",
        at_least=0.0,
        at_most=10.0,
    )
    price_by_season: tuple[float, ...] = knob(
        (), "multipliers of the price of energy, one a season; none for a flat price", source="the planner"
    )
    price_by_block: tuple[float, ...] = knob(
        (), "multipliers of the price of energy for equal parts of the day, a divisor of 24 of them", source="the planner"
    )
    reach_km: float = knob(
        60.0, "longest connection to a substation, geodesic", source="NORTHWEST 5", tighter="down", above=0.0, at_most=1000.0
    )
    nearest: int = knob(
        1,
        "substations below and above 200 kV a site may connect to, of each",
        source="NORTHWEST 5",
        tighter="down",
        at_least=1,
        at_most=10,
    )


READS = {
    "substations": (
        Field("rating_mw", "number", "thermal rating", "MW"),
        Field("loading_share", "number", "today's loading at the zone's peak"),
        Field("main_network", "flag", "on the main network"),
    ),
    "zones": (
        Field("import_limit_mw", "number", "sum of the interfaces", "MW"),
        Field("load_profile", "text", "shape of the load"),
    ),
}
COLUMNS = (
    Column("grid_mw", "MW", "mean grid power bought in the last period, at the substations"),
    Column("strain_share", "share", "highest loading of its substations with the plan, as a share of the rating"),
)


@dataclass(frozen=True, kw_only=True)
class GridFacts(Facts):
    """`zone_import_mw` (zones with substations), `stressed` (zones, T); rating (points) and `load_mw` (points, T) of
    substations."""

    by_slice = ("stressed", "load_mw")
    zones: tuple[str, ...]
    zone_import_mw: Floats
    stressed: Flags
    rating_mw: Floats
    load_mw: Floats


def points(geography: Geography, knobs: GridStrainKnobs) -> tuple[SupplyPoints, ...]:
    """One supply point for each substation of the main network, in two groups: below and above 200 kV."""
    nodes = geography.layers["substations"]
    nodes = nodes[nodes["main_network"].astype(bool)]
    load = zone_load(geography, nodes["zone"].to_list())
    stressed = load >= knobs.stressed_share
    rating, load_mw = substation_load(geography, nodes["id"].to_list())
    secure = (knobs.circuits - 1) / knobs.circuits if knobs.circuits else np.inf
    limit = np.where(stressed, min(knobs.strain_limit, secure), min(knobs.calm_limit, secure))
    headroom = np.maximum(0.0, limit * rating[:, None] - load_mw)
    energy = price_by_slice(knobs.price_usd_per_mwh, knobs.price_by_season, knobs.price_by_block, geography.time)
    price = energy * (1.0 + knobs.stressed_premium_share * stressed) + knobs.wheeling_usd_per_mwh
    place = lonlat(gpd.GeoDataFrame(nodes))
    return (
        SupplyPoints(
            family="grid_strain",
            kind="grid",
            ids=tuple(nodes["id"].to_list()),
            names=tuple(nodes["name"].to_list()),
            zones=tuple(nodes["zone"].to_list()),
            lon=place[:, 0],
            lat=place[:, 1],
            kv=nodes["kv"].to_numpy(float),
            available_mw=np.repeat(headroom[:, None, :], len(geography.time.periods), axis=1),
            price_usd_per_mwh=np.asarray(price, dtype=np.float64),
            group=(nodes["kv"].to_numpy(float) >= HIGH_VOLTAGE_KV).astype(np.int64),
            nearest=knobs.nearest,
            reach_km=knobs.reach_km,
        ),
    )


def derive(geography: Geography, network: Network, knobs: GridStrainKnobs) -> GridFacts:
    """Import limits of the zones with linked substations, and which slices are stressed there."""
    mine = network.points_of("grid_strain")
    zones = tuple(sorted({network.zones[point] for point in mine}))
    limits = geography.layers["zones"].set_index("id")["import_limit_mw"]
    rating, load_mw = substation_load(geography, [network.ids[point] for point in mine])
    return GridFacts(
        zones=zones,
        zone_import_mw=np.array([max(knobs.import_floor_mw, knobs.import_share * float(limits[zone])) for zone in zones]),
        stressed=zone_load(geography, zones) >= knobs.stressed_share,
        rating_mw=rating,
        load_mw=load_mw,
    )


def state(core: Core, problem: Problem, knobs: GridStrainKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Zone import rows over the stressed (zone, slice) pairs, and what the use of substations adds to the strain."""
    facts = problem.facts["grid_strain"]
    assert isinstance(facts, GridFacts)
    _add_strain(core, problem, facts, ledgers)
    zone_of, slice_of = np.nonzero(facts.stressed)
    if not len(zone_of):
        return
    pairs = block.axis(
        "stressed", [f"{facts.zones[zone]}|{core.slice.labels[slice_]}" for zone, slice_ in zip(zone_of, slice_of, strict=True)]
    )
    rows, columns = _zone_flows(core, problem, facts, zone_of, slice_of, pairs)
    upper = np.repeat(facts.zone_import_mw[zone_of][:, None], len(core.period), axis=1)
    block.rows("zone_import", [pairs, core.period], [Term(rows, columns, 1.0)], upper=upper)


def _add_strain(core: Core, problem: Problem, facts: GridFacts, ledgers: Ledgers) -> None:
    """Hours of full use of substations in stressed slices; a substation without a rating sends nothing."""
    network = problem.network
    links, mine = network.links_of("grid_strain"), network.points_of("grid_strain")
    position = {zone: number for number, zone in enumerate(facts.zones)}
    stressed = facts.stressed[[position[network.zones[point]] for point in mine]].reshape(len(mine), len(core.slice))
    hours = np.divide(
        problem.time.hours * stressed,
        facts.rating_mw[:, None],
        out=np.zeros(stressed.shape),
        where=facts.rating_mw[:, None] > 0,
    )[np.searchsorted(mine, network.link_point[links])]
    link, slice_ = np.nonzero(hours)
    columns = core.flow_mw.columns[links[link], :, slice_]
    ledgers.strain_h.add("substations", ledgers.strain_h.cells()[None, :], columns, hours[link, slice_][:, None])


def _zone_flows(core: Core, problem: Problem, facts: GridFacts, zone_of: Ints, slice_of: Ints, pairs: Any) -> tuple[Ints, Ints]:
    """(rows, columns) of every grid flow in the import rows of its zone."""
    place = np.full((len(facts.zones), len(core.slice)), -1, dtype=np.int64)
    place[zone_of, slice_of] = np.arange(len(zone_of))
    position = {zone: number for number, zone in enumerate(facts.zones)}
    links = problem.network.links_of("grid_strain")
    zone = np.array([position[problem.network.zones[point]] for point in problem.network.link_point[links]], dtype=np.int64)
    pair = place[zone]
    link, slice_ = np.nonzero(pair >= 0)
    grid = cells(pairs, core.period)
    return grid[pair[link, slice_]], core.flow_mw.columns[links[link], :, slice_]


def report(problem: Problem, knobs: GridStrainKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Mean grid MW and the highest loading of each site's substations in the last period."""
    facts = problem.facts["grid_strain"]
    assert isinstance(facts, GridFacts)
    network, links = problem.network, problem.network.links_of("grid_strain")
    mine = network.points_of("grid_strain")
    flow = np.zeros((len(network.ids), len(problem.time.slices)))
    np.add.at(flow, network.link_point[links], solved["flow_mw"][links, -1, :])
    loading = ((flow[mine] + facts.load_mw) / facts.rating_mw[:, None]).max(axis=1, initial=0.0)
    highest = pd.Series(np.nan, index=range(len(problem.site_ids)))
    loading_of = dict(zip(mine.tolist(), loading.tolist(), strict=True))
    for link in links[solved["line"][links, -1] > 0.5]:
        site = int(network.link_site[link])
        highest[site] = np.nanmax([highest[site], loading_of[int(network.link_point[link])]])
    hours = problem.time.hours
    mean = solved["flow_mw"][links, -1, :] @ hours / hours.sum()
    return {
        "grid_mw": np.bincount(network.link_site[links], weights=mean, minlength=len(problem.site_ids)),
        "strain_share": highest.to_numpy(),
    }


def explain(row: Mapping[str, Any], knobs: GridStrainKnobs) -> str:
    """How much comes from the grid and how strained its substation is."""
    if not row["grid_mw"] > 0:
        return ""
    loading = f"{row['strain_share']:.0%} of its rating (limit in stressed hours {knobs.strain_limit:.0%})"
    return f"It takes {row['grid_mw']:.0f} MW from the grid on the mean; its substation is then loaded to at most {loading}."


GRID_STRAIN = Family(
    name="grid_strain",
    title="Grid strain",
    knobs=GridStrainKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "supply": Limit("headroom of a substation in a slice", "MW", ("grid_strain.strain_limit", "grid_strain.calm_limit")),
        "zone_import": Limit(
            "what a zone lends to clusters in a stressed slice", "MW", ("grid_strain.import_share", "grid_strain.import_floor_mw")
        ),
    },
    points=points,
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    across=looks_alone,
)
