"""Satellite: terminals at the site that reach a gateway, as first or second data path.

    gbps[j, p]       <=  terminal_gbps * terminals[j, p]
    used[j, p]  <=  terminals[j, p]  <=  site_terminals * used[j, p],    used[j, p]  <=  open[i(j), p]
    gbps[j, p]  >=  least_gbps * used[j, p]             (a committed floor: management and control traffic)
    sum of gbps over the sites of gateway g    <=  gateway_gbps[g]                            for g, p
    sum of gbps over the sites of cell c       <=  min(cell_gbps, sky(latitude of c))         for c, p
    sum of gbps over the sites of footprint f  <=  sky(latitude of f)                         for f, p
    sum of gbps over all sites                 <=  programme_share * network_gbps             for p
    sum of terminals, gbps over the pairs of i <=  site_terminals, min(site_gbps, site_network_share * network_gbps)

j is a pair of a site and one of its nearest gateways. Where a site has several, `separate_paths` of them count as data paths:

    counted[i, p]  <=  sum of used over the pairs of i,    counted[i, p]  <=  separate_paths

The sky over a latitude is the number of satellites in view times satellite_gbps times usable_share (FACTS 4, an upper bound).
In view from a latitude are those whose nadir lies within psi of it, 941 km at 25 degrees of elevation (F5, `siting.sky`).
Two shells count: the main one up to `dense_latitude_degrees`, the polar one everywhere, which makes the sky some eight times
poorer beyond 57 degrees (FACTS 4). A coverage cell is floor(longitude / `cell_degrees`) by floor(latitude / `cell_degrees`); a
footprint is the same with squares of psi times the root of 2, inside a circle of radius psi. No limit out of reach is stated.

Terminals cost `terminal_musd` once, bandwidth `musd_per_gbps_year` (SAT-07, SAT-08: remembered list prices). Round-trip times
are formula F4, the smaller of two ways to the users:

    landing at the gateway     2 * (2 * slant / c + 7.5 ms + lasers(km to the gateway) + 0.004897 ms * factor * km beyond it)
    landing where users are    2 * (2 * slant / c + 7.5 ms + lasers(km to the users))              where `lasers` is true
    lasers(d)  =  laser_route_factor * d * (1 + h / R) / c + 0.3 ms * ceil(d / 4 500 km)

with the slant path at 40 degrees of elevation (812 km, half the way to the gateway where that is longer). Within psi of the site
a gateway needs no lasers. Cash flow: "satellite terminals", "satellite bandwidth".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from siting.arrays import ArrayVar, Sheet, Term, cells
from siting.errors import Fault, input_error
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
    looks_alone,
)
from siting.geo import geodesic_km, lonlat, nearest
from siting.sky import footprint_angle, laser_ms, satellites_in_view, slant_km
from siting.table import Field
from siting.units import EARTH_RADIUS_KM, LIGHT_KM_PER_MS

PATH_ELEVATION_DEGREES: Final = 40.0
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
        940.0, "farthest gateway: a footprint at 25 degrees", source="SAT-12", tighter="down", above=0.0, at_most=5000.0
    )
    nearest: int = knob(1, "gateways a site may use, nearest first", source="judgement", tighter="down", at_least=1, at_most=10)
    separate_paths: int = knob(
        1,
        "satellite links of a site that count as separate data paths: all share one sky",
        source="FACTS 4",
        tighter="down",
        at_least=0,
        at_most=10,
    )
    site_gbps: float = knob(
        100.0, "most satellite bandwidth of a site, by policy", source="FACTS 4", tighter="down", at_least=0.0, at_most=10000.0
    )
    network_gbps: float = knob(
        450000.0, "capacity of the whole network", source="SAT-15", tighter="down", at_least=0.0, at_most=1e7
    )
    site_network_share: float = knob(
        0.001, "largest part of the network one site may take", source="SAT-15", tighter="down", at_least=0.0, at_most=1.0
    )
    programme_share: float = knob(
        0.01, "largest part of the network all sites may take", source="judgement", tighter="down", at_least=0.0, at_most=1.0
    )
    satellites: float = knob(
        3168.0, "satellites of the main shell", source="FACTS 4", tighter="down", at_least=0.0, at_most=100000.0
    )
    inclination_degrees: float = knob(
        53.0, "inclination of the main shell", source="SAT-13", tighter="", above=0.0, at_most=180.0
    )
    dense_latitude_degrees: float = knob(
        57.0, "latitude up to which the main shell counts", source="SAT-13", tighter="down", at_least=0.0, at_most=90.0
    )
    polar_satellites: float = knob(
        400.0, "satellites of the polar shell", source="SAT-13", tighter="down", at_least=0.0, at_most=100000.0
    )
    polar_inclination_degrees: float = knob(
        97.6, "inclination of the polar shell", source="SAT-13", tighter="", above=0.0, at_most=180.0
    )
    altitude_km: float = knob(550.0, "altitude of the satellites", source="SAT-11", tighter="", above=0.0, at_most=3000.0)
    least_elevation_degrees: float = knob(
        25.0, "elevation from which a satellite can be used", source="SAT-12", tighter="up", at_least=0.0, at_most=80.0
    )
    satellite_gbps: float = knob(
        25.0, "bandwidth of one satellite to its gateways", source="SAT-04", tighter="down", at_least=0.0, at_most=10000.0
    )
    usable_share: float = knob(
        0.5, "part of it that new sites may take", source="FACTS 4", tighter="down", at_least=0.0, at_most=1.0
    )
    lasers: bool = knob(True, "whether traffic may go on by laser links to where the users are", source="SAT-01")
    laser_route_factor: float = knob(
        1.2, "way over the grid of satellites, against the shortest", source="F4", at_least=1.0, at_most=3.0
    )


READS = {"gateways": (Field("id", "text", "gateway"), Field("capacity_gbps", "number", "capacity open to new sites", "Gbps"))}
COLUMNS = (
    Column("satellite_gbps", "Gbps", "satellite bandwidth in the last period"),
    Column("gateway", "", "gateway its satellite path lands at"),
)


@dataclass(frozen=True, kw_only=True)
class SatelliteFacts(Facts):
    """By pair (J): site, gateway, length, coverage cell and footprint; `cell_gbps` (C) and `footprint_gbps` (F) what they
    carry; `rtt_ms` (J, R)."""

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
    cell_gbps: Floats = field(default_factory=lambda: np.zeros(0))
    footprint_ids: tuple[str, ...] = ()
    footprint: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    footprint_gbps: Floats = field(default_factory=lambda: np.zeros(0))
    rtt_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def derive(geography: Geography, network: Network, knobs: SatelliteKnobs) -> SatelliteFacts:  # noqa: ARG001
    """Each site's nearest gateways, its coverage cell and footprint, and round-trip times."""
    if 0 < knobs.site_terminals * knobs.terminal_gbps < knobs.least_gbps or site_ceiling_gbps(knobs) < knobs.least_gbps:
        raise input_error([_never_used(knobs)])
    gateways = geography.layers.get("gateways")
    if gateways is None or not len(gateways):
        return SatelliteFacts()
    site_place, gateway_place = lonlat(geography.sites), np.column_stack([gateways.geometry.x, gateways.geometry.y])
    site, gateway, km = nearest(site_place, gateway_place, knobs.nearest, knobs.reach_km)
    names, titles = list(gateways["id"]), [str(name) for name in gateways["name"]]
    site_ids = geography.sites["id"].to_list()
    cells_, cell, cell_lat = _squares(site_place[site], knobs.cell_degrees)
    psi = footprint_angle(knobs.altitude_km, knobs.least_elevation_degrees)
    prints, print_, print_lat = _squares(site_place[site], float(np.degrees(psi) * np.sqrt(2.0)))
    given = gateways["capacity_gbps"].astype(float) if "capacity_gbps" in gateways else np.nan
    return SatelliteFacts(
        ids=tuple(f"{site_ids[i]}{PAIR_SEPARATOR}{names[j]}" for i, j in zip(site.tolist(), gateway.tolist(), strict=True)),
        site=site,
        gateway=gateway,
        target_ids=tuple(names[j] for j in gateway.tolist()),
        target_names=tuple(titles[j] for j in gateway.tolist()),
        target_lonlat=gateway_place[gateway],
        length_km=km,
        gateway_ids=tuple(names),
        gateway_gbps=np.where(np.isnan(given), knobs.gateway_gbps, given) * np.ones(len(names)),
        cell_ids=cells_,
        cell=cell,
        cell_gbps=np.minimum(knobs.cell_gbps, sky_gbps(cell_lat, knobs)),
        footprint_ids=prints,
        footprint=print_,
        footprint_gbps=sky_gbps(print_lat, knobs),
        rtt_ms=_round_trip_ms(geography, site_place[site], gateway_place[gateway], km, knobs),
    )


def _never_used(knobs: SatelliteKnobs) -> Fault:
    most = min(knobs.site_terminals * knobs.terminal_gbps, site_ceiling_gbps(knobs))
    return Fault(
        "S011",
        "scenario",
        "",
        "satellite.least_gbps",
        f"{knobs.least_gbps:g} Gbps, where satellite.site_terminals, terminal_gbps, site_gbps and network shares allow {most:g}",
        "a committed floor that a site can carry",
        "Lower satellite.least_gbps, raise the others, or switch the family off.",
    )


def _squares(place: Floats, side: float) -> tuple[tuple[str, ...], Ints, Floats]:
    """Squares of degrees that hold some points: their names, the number of each point's, and the latitudes of their centres."""
    number, square = np.unique(np.floor(place / side).astype(np.int64), axis=0, return_inverse=True)
    labels = [f"{east * side:g}E{north * side:g}N" for east, north in number.tolist()]
    names = sorted(set(labels))
    position = {name: n for n, name in enumerate(names)}
    mine = np.array([position[label] for label in labels], dtype=np.int64)
    latitude = np.zeros(len(names))
    latitude[mine] = (number[:, 1] + 0.5) * side
    mine = mine[square.ravel()]
    return tuple(names), mine, np.clip(latitude, -90.0, 90.0)


def sky_gbps(latitude: Floats, knobs: SatelliteKnobs) -> Floats:
    """What the satellites in view from latitudes (n) in degrees can carry for new sites."""
    psi = footprint_angle(knobs.altitude_km, knobs.least_elevation_degrees)
    main = satellites_in_view(latitude, knobs.satellites, knobs.inclination_degrees, psi)
    dense = np.abs(latitude) <= knobs.dense_latitude_degrees
    polar = satellites_in_view(latitude, knobs.polar_satellites, knobs.polar_inclination_degrees, psi)
    return np.asarray((main * dense + polar) * knobs.satellite_gbps * knobs.usable_share)


def _round_trip_ms(geography: Geography, start: Floats, landing: Floats, km: Floats, knobs: SatelliteKnobs) -> Floats:
    users = geography.layers.get("demand")
    if users is None or not len(users):
        return np.zeros((len(landing), 0))
    place = np.column_stack([users.geometry.x, users.geometry.y])
    slant = slant_km(knobs.altitude_km, PATH_ELEVATION_DEGREES)
    up = 2.0 * np.maximum(slant, km / 2.0) / LIGHT_KM_PER_MS
    far = km > footprint_angle(knobs.altitude_km, knobs.least_elevation_degrees) * EARTH_RADIUS_KM
    up = np.where(far, 2.0 * slant / LIGHT_KM_PER_MS + laser_ms(km, knobs.altitude_km, knobs.laser_route_factor), up)
    landed = up[:, None] + FIBRE_MS_PER_KM * knobs.internet_route_factor * _apart_km(landing, place)
    direct = (
        2.0 * slant / LIGHT_KM_PER_MS + laser_ms(_apart_km(start, place), knobs.altitude_km, knobs.laser_route_factor)
        if knobs.lasers
        else np.inf
    )
    return np.asarray(2.0 * (ACCESS_MS_ONE_WAY + np.minimum(landed, direct)))


def _apart_km(one: Floats, other: Floats) -> Floats:
    """Distances (n, m) between points."""
    return geodesic_km(one[:, 0][:, None], one[:, 1][:, None], other[None, :, 0], other[None, :, 1])


def site_ceiling_gbps(knobs: SatelliteKnobs) -> float:
    """Most satellite bandwidth of one site besides what its terminals carry."""
    return min(knobs.site_gbps, knobs.site_network_share * knobs.network_gbps)


def state(core: Core, problem: Problem, knobs: SatelliteKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Used pairs, terminals and bandwidth, with the limits of site, gateway, cell, footprint and network."""
    facts = problem.facts["satellite"]
    assert isinstance(facts, SatelliteFacts)
    if not facts.ids or knobs.site_terminals == 0:
        return
    axis, owner = block.axis("pairs", facts.ids, of_sites=True), facts.site[:, None]
    used = block.variables("used", [axis, core.period], upper=1.0, integer=True, owner=owner)
    terminals = block.variables("terminals", [axis, core.period], upper=float(knobs.site_terminals), integer=True, owner=owner)
    most = min(knobs.terminal_gbps * knobs.site_terminals, site_ceiling_gbps(knobs))
    gbps = block.variables("gbps", [axis, core.period], upper=most, owner=owner)
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
    _shared_limits(core, problem, knobs, block, gbps)
    paths = _site_limits(core, facts, knobs, block, (used, terminals, gbps))
    ledgers.bandwidth_gbps.add("satellite", ledgers.bandwidth_gbps.cells()[facts.site], gbps.columns, 1.0)
    ledgers.paths.add("satellite", ledgers.paths.cells()[paths[0]], paths[1], 1.0)
    ledgers.latency.offer("satellite", facts.site, used.columns, facts.rtt_ms, facts.target_ids, gbps.columns)
    period = ledgers.capital_musd.cells()
    ledgers.capital_musd.add("satellite terminals", period, terminals.columns, knobs.terminal_musd)
    ledgers.running_musd.add("satellite bandwidth", period, gbps.columns, knobs.musd_per_gbps_year)


def _site_limits(
    core: Core, facts: SatelliteFacts, knobs: SatelliteKnobs, block: Sheet, pairs: tuple[ArrayVar, ArrayVar, ArrayVar]
) -> tuple[Ints, Ints]:
    """Limits of a site over all its pairs, where they can bind. Returns the sites (n) and columns (n, P) of its data paths."""
    used, terminals, gbps = pairs
    sites, place = np.unique(facts.site, return_inverse=True)
    most = min(knobs.nearest, len(facts.gateway_ids))
    axis = block.axis("satellite_sites", [core.site.labels[i] for i in sites], of_sites=True)
    both, at = [axis, core.period], cells(axis, core.period)
    if most > 1:
        block.rows("site_terminals", both, [Term(at[place], terminals.columns, 1.0)], upper=float(knobs.site_terminals))
    if site_ceiling_gbps(knobs) < knobs.site_terminals * knobs.terminal_gbps:
        block.rows("site_capacity", both, [Term(at[place], gbps.columns, 1.0)], upper=site_ceiling_gbps(knobs))
    if knobs.separate_paths >= most:
        return facts.site, used.columns
    counted = block.variables("counted", both, upper=float(knobs.separate_paths), owner=sites[:, None])
    block.rows("counted_used", both, [Term(at, counted.columns, 1.0), Term(at[place], used.columns, -1.0)], upper=0.0)
    return sites, counted.columns


def _shared_limits(core: Core, problem: Problem, knobs: SatelliteKnobs, block: Sheet, gbps: ArrayVar) -> None:
    """Limits of gateways and cells, and those of footprints and the network where they can bind."""
    facts = problem.facts["satellite"]
    assert isinstance(facts, SatelliteFacts)
    gateways = sorted(set(facts.gateway.tolist()))
    place = {gateway: number for number, gateway in enumerate(gateways)}
    axis = block.axis("gateways", [facts.gateway_ids[gateway] for gateway in gateways])
    mine = np.array([place[gateway] for gateway in facts.gateway.tolist()], dtype=np.int64)
    upper = np.repeat(facts.gateway_gbps[gateways][:, None], len(core.period), axis=1)
    block.rows("gateway", [axis, core.period], [Term(cells(axis, core.period)[mine], gbps.columns, 1.0)], upper=upper)
    ground = block.axis("cells", facts.cell_ids)
    upper = np.repeat(facts.cell_gbps[:, None], len(core.period), axis=1)
    at = cells(ground, core.period)
    block.rows("cell", [ground, core.period], [Term(at[facts.cell], gbps.columns, 1.0)], upper=upper)
    most = _most_gbps(facts, gbps)
    tight = np.flatnonzero((most > facts.footprint_gbps) | problem.part)
    if len(tight):
        sky = block.axis("footprints", [facts.footprint_ids[f] for f in tight])
        here = np.flatnonzero(np.isin(facts.footprint, tight))
        at = cells(sky, core.period)[np.searchsorted(tight, facts.footprint[here])]
        upper = np.repeat(facts.footprint_gbps[tight][:, None], len(core.period), axis=1)
        block.rows("footprint", [sky, core.period], [Term(at, gbps.columns[here], 1.0)], upper=upper)
    limit = knobs.programme_share * knobs.network_gbps
    if problem.part or most.sum() > limit:
        block.rows("network", [core.period], [Term(cells(core.period), gbps.columns, 1.0)], upper=limit)


def _most_gbps(facts: SatelliteFacts, gbps: ArrayVar) -> Floats:
    """What the pairs of each footprint (F) can carry at most, by their own bounds, by their cells and by their gateways."""
    each = gbps.upper_values.reshape(gbps.shape)[:, 0]
    most = np.bincount(facts.footprint, weights=each, minlength=len(facts.footprint_ids))
    for number, limit in ((facts.cell, facts.cell_gbps), (facts.gateway, facts.gateway_gbps)):
        groups = np.unique(np.column_stack([facts.footprint, number]), axis=0)
        most = np.minimum(most, np.bincount(groups[:, 0], weights=limit[groups[:, 1]], minlength=len(most)))
    return np.asarray(most)


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
    built = np.flatnonzero(solved["satellite.used"][:, -1] > 0.5)
    terminals, gbps = np.rint(solved["satellite.terminals"]).astype(np.int64), solved["satellite.gbps"][built]
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
        "site_terminals": Limit("terminals of a site over all gateways", "terminals", ("satellite.site_terminals",)),
        "site_capacity": Limit("satellite bandwidth of a site", "Gbps", ("satellite.site_gbps", "satellite.site_network_share")),
        "counted_used": Limit("satellite links that count as a separate path", "paths", ("satellite.separate_paths",)),
        "footprint": Limit("capacity of the satellites in view", "Gbps", ("satellite.usable_share", "satellite.satellites")),
        "network": Limit("part of the satellite network all sites take", "Gbps", ("satellite.programme_share",)),
        "gateway": Limit("capacity of a satellite gateway", "Gbps", ("satellite.least_gbps",)),
        "cell": Limit("capacity of a satellite coverage cell", "Gbps", ("satellite.cell_gbps",)),
    },
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    across=looks_alone,
    data_links=data_links,
)
