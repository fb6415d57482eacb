"""Satellite: terminals at the site that reach a gateway, as first or second data path.

    gbps[j, p]       <=  terminal_gbps * terminals[j, p]
    used[j, p]  <=  terminals[j, p]  <=  site_terminals * used[j, p],    used[j, p]  <=  open[i(j), p]
    gbps[j, p]  >=  least_gbps * used[j, p]             (a committed floor: management and control traffic)
    sum of gbps over the sites of gateway g    <=  gateway_gbps[g]       for g, p
    sum of gbps over the sites of cell c       <=  cell_gbps             for c, p

j is a pair of a site and one of its nearest gateways. A used pair is one data path. A coverage cell is the stretch of
ground that shares the satellites in view: floor(longitude / `cell_degrees`) by floor(latitude / `cell_degrees`).
Terminals cost `terminal_musd` once, bandwidth `musd_per_gbps_year` (SAT-07, SAT-08: remembered list prices). Round-trip
times are formula F4 without laser hops, the slant path at 40 degrees of elevation (812 km, half the way to the gateway
where that is longer) and fibre on from the gateway: 2 * (2 * slant / c + 7.5 ms + 0.004897 ms * factor * km). Cash flow:
"satellite terminals", "satellite bandwidth".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from siting.arrays import ArrayVar, Sheet, Term, cells
from siting.family import (
    PAIR_SEPARATOR,
    Column,
    ColumnValues,
    Core,
    DataLinks,
    Facts,
    Family,
    Floats,
    Geography,
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    knob,
)
from siting.geo import geodesic_km, nearest
from siting.table import Field
from siting.units import LIGHT_KM_PER_MS

SLANT_KM_AT_40_DEGREES: Final = 812.0
ACCESS_MS_ONE_WAY: Final = 7.5
FIBRE_MS_PER_KM: Final = 4.897e-3


class SatelliteKnobs(Knobs):
    """Knobs of the satellite path."""

    terminal_gbps: float = knob(
        10.0, "usable capacity of one terminal", source="SAT-06", tighter="down", at_least=0.0, at_most=1000.0
    )
    site_terminals: int = knob(4, "most terminals at a site", source="SAT-06", tighter="down", at_least=0, at_most=100)
    least_gbps: float = knob(
        0.2, "bandwidth committed on a used satellite path", source="BW-06", tighter="up", at_least=0.0, at_most=100.0
    )
    gateway_gbps: float = knob(
        25.6,
        "capacity of a gateway open to new sites, where the layer gives none",
        source="SAT-04",
        tighter="down",
        at_least=0.0,
        at_most=10000.0,
    )
    cell_gbps: float = knob(
        40.0, "capacity of a coverage cell open to new sites", source="SAT-06", tighter="down", at_least=0.0, at_most=10000.0
    )
    cell_degrees: float = knob(
        3.0, "side of a coverage cell [degrees of latitude and longitude]", source="judgement", above=0.0, at_most=60.0
    )
    terminal_musd: float = knob(1.25, "up-front price of a terminal", source="SAT-07", tighter="up", at_least=0.0, at_most=100.0)
    musd_per_gbps_year: float = knob(0.9, "price of bandwidth", source="SAT-08", tighter="up", at_least=0.0, at_most=100.0)
    internet_route_factor: float = knob(
        2.1, "route length over geodesic length beyond the gateway", source="NET-11", at_least=1.0, at_most=5.0
    )
    reach_km: float = knob(
        940.0,
        "farthest gateway: one footprint at 25 degrees of elevation",
        source="SAT-12",
        tighter="down",
        above=0.0,
        at_most=5000.0,
    )
    nearest: int = knob(1, "gateways a site may use, nearest first", source="judgement", tighter="down", at_least=1, at_most=10)


READS = {"gateways": (Field("id", "text", "gateway"), Field("capacity_gbps", "number", "capacity open to new sites", "Gbps"))}
COLUMNS = (
    Column("satellite_gbps", "Gbps", "satellite bandwidth in the last period"),
    Column("gateway", "", "gateway its satellite path lands at"),
)


@dataclass(frozen=True, kw_only=True)
class SatelliteFacts(Facts):
    """By pair (J): site, gateway, length; `cells` (I) coverage cell of each site; `rtt_ms` (J, R)."""

    ids: tuple[str, ...] = ()
    site: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    gateway: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    target_ids: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    target_lonlat: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    length_km: Floats = field(default_factory=lambda: np.zeros(0))
    gateway_ids: tuple[str, ...] = ()
    gateway_gbps: Floats = field(default_factory=lambda: np.zeros(0))
    cell_ids: tuple[str, ...] = ()
    cell: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    rtt_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def derive(geography: Geography, network: Network, knobs: SatelliteKnobs) -> SatelliteFacts:  # noqa: ARG001
    """Each site's nearest gateways, its coverage cell, and round-trip times."""
    gateways = geography.layers.get("gateways")
    if gateways is None or not len(gateways):
        return SatelliteFacts()
    site_place = np.column_stack([geography.sites.geometry.x, geography.sites.geometry.y])
    gateway_place = np.column_stack([gateways.geometry.x, gateways.geometry.y])
    site, gateway, km = nearest(site_place, gateway_place, knobs.nearest, knobs.reach_km)
    names = list(gateways["id"])
    square = np.floor(site_place / knobs.cell_degrees).astype(np.int64)
    labels = [f"{east * knobs.cell_degrees:g}E{north * knobs.cell_degrees:g}N" for east, north in square]
    cell_ids = sorted({labels[i] for i in site})
    number = {label: place for place, label in enumerate(cell_ids)}
    given = gateways["capacity_gbps"].astype(float) if "capacity_gbps" in gateways else np.nan
    return SatelliteFacts(
        ids=tuple(f"{geography.sites['id'].iloc[i]}{PAIR_SEPARATOR}{names[j]}" for i, j in zip(site, gateway, strict=True)),
        site=site,
        gateway=gateway,
        target_ids=tuple(names[j] for j in gateway),
        target_names=tuple(str(gateways["name"].iloc[j]) for j in gateway),
        target_lonlat=gateway_place[gateway],
        length_km=km,
        gateway_ids=tuple(names),
        gateway_gbps=np.where(np.isnan(given), knobs.gateway_gbps, given) * np.ones(len(names)),
        cell_ids=tuple(cell_ids),
        cell=np.array([number[labels[i]] for i in site], dtype=np.int64),
        rtt_ms=_round_trip_ms(geography, gateway_place[gateway], km, knobs),
    )


def _round_trip_ms(geography: Geography, landing: Floats, km: Floats, knobs: SatelliteKnobs) -> Floats:
    users = geography.layers.get("demand")
    if users is None or not len(users):
        return np.zeros((len(landing), 0))
    place = np.column_stack([users.geometry.x, users.geometry.y])
    beyond = geodesic_km(landing[:, 0][:, None], landing[:, 1][:, None], place[None, :, 0], place[None, :, 1])
    slant = np.maximum(SLANT_KM_AT_40_DEGREES, km / 2.0)
    one_way = 2.0 * slant / LIGHT_KM_PER_MS + ACCESS_MS_ONE_WAY
    return np.asarray(2.0 * (one_way[:, None] + FIBRE_MS_PER_KM * knobs.internet_route_factor * beyond))


def state(core: Core, problem: Problem, knobs: SatelliteKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Used pairs, terminals and bandwidth, with the limits of site, gateway and cell."""
    facts = problem.facts["satellite"]
    assert isinstance(facts, SatelliteFacts)
    if not facts.ids or knobs.site_terminals == 0:
        return
    axis, owner = block.axis("pairs", facts.ids), facts.site[:, None]
    used = block.variables("used", [axis, core.period], upper=1.0, integer=True, owner=owner)
    terminals = block.variables("terminals", [axis, core.period], upper=float(knobs.site_terminals), integer=True, owner=owner)
    gbps = block.variables("gbps", [axis, core.period], upper=knobs.terminal_gbps * knobs.site_terminals, owner=owner)
    at = cells(axis, core.period)
    both = [axis, core.period]
    block.rows("satellite_open", both, [Term(at, used.columns, 1.0), Term(at, core.open.columns[facts.site], -1.0)], upper=0.0)
    block.rows(
        "terminals_used",
        both,
        [Term(at, terminals.columns, 1.0), Term(at, used.columns, -float(knobs.site_terminals))],
        upper=0.0,
    )
    block.rows(
        "terminal_capacity", both, [Term(at, gbps.columns, 1.0), Term(at, terminals.columns, -knobs.terminal_gbps)], upper=0.0
    )
    block.rows("committed", both, [Term(at, gbps.columns, 1.0), Term(at, used.columns, -knobs.least_gbps)], lower=0.0)
    block.rows("path_terminal", both, [Term(at, terminals.columns, 1.0), Term(at, used.columns, -1.0)], lower=0.0)
    core.never_shrinks(block, used)
    core.never_shrinks(block, terminals)
    _shared_limits(core, facts, knobs, block, gbps)
    site = ledgers.bandwidth_gbps.cells()[facts.site]
    ledgers.bandwidth_gbps.add("satellite", site, gbps.columns, 1.0)
    ledgers.paths.add("satellite", site, used.columns, 1.0)
    ledgers.latency.offer("satellite", facts.site, used.columns, facts.rtt_ms)
    period = ledgers.capital_musd.cells()
    ledgers.capital_musd.add("satellite terminals", period, terminals.columns, knobs.terminal_musd)
    ledgers.running_musd.add("satellite bandwidth", period, gbps.columns, knobs.musd_per_gbps_year)


def _shared_limits(core: Core, facts: SatelliteFacts, knobs: SatelliteKnobs, block: Sheet, gbps: ArrayVar) -> None:
    gateways = sorted(set(facts.gateway.tolist()))
    place = {gateway: number for number, gateway in enumerate(gateways)}
    axis = block.axis("gateways", [facts.gateway_ids[gateway] for gateway in gateways])
    mine = np.array([place[gateway] for gateway in facts.gateway.tolist()], dtype=np.int64)
    upper = np.repeat(facts.gateway_gbps[gateways][:, None], len(core.period), axis=1)
    block.rows("gateway", [axis, core.period], [Term(cells(axis, core.period)[mine], gbps.columns, 1.0)], upper=upper)
    ground = block.axis("cells", facts.cell_ids)
    block.rows(
        "cell", [ground, core.period], [Term(cells(ground, core.period)[facts.cell], gbps.columns, 1.0)], upper=knobs.cell_gbps
    )


def report(problem: Problem, knobs: SatelliteKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """Satellite bandwidth of each site and where it lands."""
    facts = problem.facts["satellite"]
    assert isinstance(facts, SatelliteFacts)
    gbps, landing = np.zeros(len(problem.site_ids)), [""] * len(problem.site_ids)
    if facts.ids and knobs.site_terminals > 0:
        used = solved["satellite.used"][:, -1] > 0.5
        np.add.at(gbps, facts.site[used], solved["satellite.gbps"][used, -1])
        for j in np.flatnonzero(used):
            landing[facts.site[j]] = ", ".join(filter(None, (landing[facts.site[j]], facts.target_names[j])))
    return {"satellite_gbps": gbps, "gateway": landing}


def data_links(problem: Problem, knobs: SatelliteKnobs, solved: Solved) -> DataLinks | None:
    """The satellite paths that are used."""
    facts = problem.facts["satellite"]
    assert isinstance(facts, SatelliteFacts)
    if not facts.ids or knobs.site_terminals == 0:
        return None
    terminals = np.rint(solved["satellite.terminals"]).astype(np.int64)
    built = np.flatnonzero(solved["satellite.used"][:, -1] > 0.5)
    gbps = solved["satellite.gbps"][built]
    return DataLinks(
        kind="satellite",
        ids=tuple(facts.ids[j] for j in built),
        site=facts.site[built],
        target_ids=tuple(facts.target_ids[j] for j in built),
        target_names=tuple(facts.target_names[j] for j in built),
        target_lonlat=facts.target_lonlat[built],
        length_km=facts.length_km[built],
        units=terminals[built],
        gbps=gbps,
        capital_musd=knobs.terminal_musd * terminals[built, -1],
        running_musd_per_year=knobs.musd_per_gbps_year * gbps[:, -1],
        rtt_ms=facts.rtt_ms[built],
    )


def explain(row: Mapping[str, Any], knobs: SatelliteKnobs) -> str:  # noqa: ARG001
    """What its satellite path carries and where it lands."""
    return f"A satellite path of {row['satellite_gbps']:.1f} Gbps lands at {row['gateway']}." if row["gateway"] else ""


SATELLITE = Family(
    name="satellite",
    title="Satellite",
    knobs=SatelliteKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "satellite_open": Limit("a satellite path needs its site", "sites"),
        "path_terminal": Limit("a satellite path has a terminal", "terminals", structure=True),
        "terminals_used": Limit("terminals at a site", "terminals", structure=True),
        "terminal_capacity": Limit("capacity of a site's terminals", "Gbps", structure=True),
        "committed": Limit("least bandwidth of a satellite path", "Gbps", structure=True),
        "gateway": Limit("capacity of a satellite gateway", "Gbps", ("satellite.least_gbps",)),
        "cell": Limit("capacity of a satellite coverage cell", "Gbps", ("satellite.cell_gbps",)),
    },
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    data_links=data_links,
)
