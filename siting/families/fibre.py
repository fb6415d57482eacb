"""Fibre: a lateral from the site to a point of presence, and spurs over which a neighbour shares it.

    lateral[h, p] = 1:  lateral_gbps of bandwidth and one data path at its site, for musd_per_km * route km + ends_musd
    lateral[h, p]  <=  open[site(h), p],   lateral[h, p]  >=  lateral[h, p - 1]

A lateral stands, is paid and counts only from the period in which it is lit: ordered with the programme, it is lit after
`lead_months` and `lead_months_per_km` for each km of route, and it is in time for a period where that is no later than
the period's first month or, in the first periods, the earliest month in which any module could have power.

    spur[s, p] = 1:     lateral_gbps and one data path at site i(s), over its own spur to neighbour j(s) and on over the lateral
                        of j to the nearest point of presence of j, for musd_per_km * route km + spur_ends_musd
    spur[s, p]  <=  open[i(s), p],   spur[s, p]  >=  spur[s, p - 1]
    sum of spur[s, p] over the spurs on h          <=  most[h] * lateral[h, p]
    paths of site i that end at one point of presence: laterals and spurs together  <=  1

What a spur carries is lit on a wave of its own on the fibre pair of the lateral, which holds `pair_gbps` (NET-05), so it takes
nothing from the neighbour: most[h] is the number of spurs at hand, and no more than pair_gbps / lateral_gbps - 1. A spur
ends at a site with a lateral of its own, never at a spur, so there are no rings. Diverse paths are those that end at
different points of presence. Only spurs that cost less than the cheapest lateral of their site are at hand, the
`shared_nearest` cheapest ones within `shared_reach_km`; 0 km leaves them out.

Round-trip times go over spur and lateral (route factor of new fibre, NET-10) and on from the point of presence to the users
(route factor of today's Internet, NET-11; lines "fibre laterals", "fibre spurs" and "fibre upkeep" of the cash flow), at
4.897 us per km one way (F3) and 0.3 ms of equipment per 1 000 km.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    knob,
)
from siting.geo import geodesic_km, lonlat, nearest, within
from siting.table import Field

FIBRE_MS_PER_KM: Final = 4.897e-3
EQUIPMENT_MS_PER_KM: Final = 0.3e-3
WHOLE_MONTHS: Final = 1e-9


class FibreKnobs(Knobs):
    """Knobs of fibre laterals."""

    musd_per_km: float = knob(
        0.09, "cost of a remote lateral per km of route", source="NET-03", tighter="up", at_least=0.0, at_most=10.0
    )
    ends_musd: float = knob(
        0.5, "entry into the point of presence and first optics", source="judgement", tighter="up", at_least=0.0, at_most=100.0
    )
    route_factor: float = knob(
        1.4, "route length over geodesic length of a new lateral", source="NET-10", tighter="up", at_least=1.0, at_most=5.0
    )
    internet_route_factor: float = knob(
        2.1, "route length over geodesic length beyond the point of presence", source="NET-11", at_least=1.0, at_most=5.0
    )
    lateral_gbps: float = knob(
        1600.0, "capacity lit on a lateral", source="NET-05", tighter="down", at_least=0.0, at_most=40000.0
    )
    upkeep_share_per_year: float = knob(
        0.02, "yearly upkeep as a share of the lateral's capital", source="NET-08", tighter="up", at_least=0.0, at_most=0.5
    )
    reach_km: float = knob(320.0, "longest lateral, geodesic", source="NORTHWEST 2", tighter="down", above=0.0, at_most=5000.0)
    nearest: int = knob(
        2, "points of presence a site may reach, nearest first", source="NORTHWEST 2", tighter="down", at_least=1, at_most=10
    )
    lead_months: float = knob(
        6.0,
        "months until a lateral of no length is lit: survey, permits, entry into the point of presence",
        source="judgement",
        tighter="up",
        at_least=0.0,
        at_most=120.0,
    )
    lead_months_per_km: float = knob(
        0.04,
        "further months per km of route, 25 km a month: 11 months for 90 km",
        source="judgement",
        tighter="up",
        at_least=0.0,
        at_most=10.0,
    )
    shared_reach_km: float = knob(
        0.0,
        "farthest neighbour whose lateral a site may share, geodesic; 0 where none may",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1000.0,
    )
    shared_nearest: int = knob(
        2, "neighbours whose lateral a site may share, cheapest first", source="judgement", tighter="down", at_least=1, at_most=20
    )
    spur_ends_musd: float = knob(
        0.2,
        "splice and optics of a spur, at the site, the neighbour and the point of presence",
        source="NET-07",
        tighter="up",
        at_least=0.0,
        at_most=100.0,
    )
    pair_gbps: float = knob(20000.0, "capacity of one fibre pair", source="NET-05", tighter="down", above=0.0, at_most=1000000.0)


READS = {"pops": (Field("id", "text", "point of presence"),)}
COLUMNS = (
    Column("fibre_to", "", "points of presence its laterals end at"),
    Column("fibre_km", "km", "length of its laterals and spurs, geodesic"),
)


@dataclass(frozen=True, kw_only=True)
class Spurs:
    """Candidate spurs (S): the site they serve, the neighbour, the neighbour's lateral `trunk` they go on over; length,
    capital; `lit` (S, P); `rtt_ms` (S, R)."""

    ids: tuple[str, ...] = ()
    site: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    neighbour: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    trunk: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    length_km: Floats = field(default_factory=lambda: np.zeros(0))
    capital_musd: Floats = field(default_factory=lambda: np.zeros(0))
    lit: Flags = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    rtt_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True, kw_only=True)
class FibreFacts(Facts):
    """By candidate lateral (H): site, end point, length, capital; `lit` (H, P) whether it can be lit in time for a period;
    `rtt_ms` (H, R) to each place of demand. `target` (H) numbers the points of presence, `site_lonlat` (I, 2) the sites."""

    ids: tuple[str, ...] = ()
    site: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    target: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    target_ids: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    target_lonlat: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    length_km: Floats = field(default_factory=lambda: np.zeros(0))
    capital_musd: Floats = field(default_factory=lambda: np.zeros(0))
    lit: Flags = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    rtt_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    spurs: Spurs = field(default_factory=Spurs)


def derive(geography: Geography, network: Network, knobs: FibreKnobs) -> FibreFacts:  # noqa: ARG001
    """The nearest points of presence of each site and the neighbours it may share with, with cost, time until lit and
    round-trip times. Raises InputError where a fibre pair holds less than is lit on one lateral."""
    if knobs.pair_gbps < knobs.lateral_gbps:
        raise input_error([_narrow_pair(knobs)])
    pops = geography.layers.get("pops")
    if pops is None or not len(pops):
        return FibreFacts()
    site_place, pop_place = lonlat(geography.sites), np.column_stack([pops.geometry.x, pops.geometry.y])
    site, pop, km = nearest(site_place, pop_place, knobs.nearest, knobs.reach_km)
    names, titles, site_ids = list(pops["id"]), [str(name) for name in pops["name"]], geography.sites["id"].to_list()
    facts = FibreFacts(
        ids=tuple(f"{site_ids[i]}{PAIR_SEPARATOR}{names[j]}" for i, j in zip(site.tolist(), pop.tolist(), strict=True)),
        site=site,
        target=pop,
        target_ids=tuple(names[j] for j in pop.tolist()),
        target_names=tuple(titles[j] for j in pop.tolist()),
        target_lonlat=pop_place[pop],
        length_km=km,
        capital_musd=knobs.ends_musd + knobs.musd_per_km * knobs.route_factor * km,
        lit=_in_time(geography, km, knobs),
        rtt_ms=_round_trip_ms(geography, pop_place[pop], km, knobs),
    )
    return replace(facts, spurs=_spurs(geography, site_place, facts, knobs)) if knobs.shared_reach_km > 0 else facts


def _narrow_pair(knobs: FibreKnobs) -> Fault:
    return Fault(
        "S011",
        "scenario",
        "",
        "fibre.pair_gbps",
        f"{knobs.pair_gbps:g} Gbps, with fibre.lateral_gbps = {knobs.lateral_gbps:g}",
        "a fibre pair that holds what is lit on one lateral",
        "Raise fibre.pair_gbps or lower fibre.lateral_gbps.",
    )


def _in_time(geography: Geography, km: Floats, knobs: FibreKnobs) -> Flags:
    """Whether fibre of these lengths (n) is lit in time for each period (n, P)."""
    lead = knobs.lead_months + knobs.lead_months_per_km * knobs.route_factor * km
    needed = np.maximum(geography.time.start_month, geography.modules.lead_months.min())
    return np.asarray(lead[:, None] <= needed[None, :] + WHOLE_MONTHS)


def _round_trip_ms(geography: Geography, end: Floats, new_km: Floats, knobs: FibreKnobs) -> Floats:
    users = geography.layers.get("demand")
    if users is None or not len(users):
        return np.zeros((len(end), 0))
    place = np.column_stack([users.geometry.x, users.geometry.y])
    beyond = geodesic_km(end[:, 0][:, None], end[:, 1][:, None], place[None, :, 0], place[None, :, 1])
    route = knobs.route_factor * new_km[:, None] + knobs.internet_route_factor * beyond
    return np.asarray(2.0 * (FIBRE_MS_PER_KM + EQUIPMENT_MS_PER_KM) * route)


def _spurs(geography: Geography, place: Floats, facts: FibreFacts, knobs: FibreKnobs) -> Spurs:
    """Spurs that cost less than their site's cheapest lateral, the cheapest of each site, over the neighbour's first one."""
    first = np.full(len(place), -1, dtype=np.int64)
    first[facts.site[::-1]] = np.arange(len(facts.site))[::-1]
    own_musd = np.where(first >= 0, facts.capital_musd[first], np.inf) if len(facts.site) else np.full(len(place), np.inf)
    site, neighbour, km = within(place, place, knobs.shared_reach_km)
    musd = knobs.spur_ends_musd + knobs.musd_per_km * knobs.route_factor * km
    saves = (site != neighbour) & (first[neighbour] >= 0) & (musd < own_musd[site])
    site, neighbour, km, musd = site[saves], neighbour[saves], km[saves], musd[saves]
    rank = np.arange(len(site)) - np.searchsorted(site, site)
    kept = rank < knobs.shared_nearest
    site, neighbour, km, musd = site[kept], neighbour[kept], km[kept], musd[kept]
    trunk, ids = first[neighbour], geography.sites["id"].to_list()
    return Spurs(
        ids=tuple(f"{ids[i]}{PAIR_SEPARATOR}{ids[j]}" for i, j in zip(site.tolist(), neighbour.tolist(), strict=True)),
        site=site,
        neighbour=neighbour,
        trunk=trunk,
        length_km=km,
        capital_musd=musd,
        lit=_in_time(geography, km, knobs) & facts.lit[trunk],
        rtt_ms=_round_trip_ms(geography, facts.target_lonlat[trunk], km + facts.length_km[trunk], knobs),
    )


def state(core: Core, problem: Problem, knobs: FibreKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Laterals, what they offer and what they cost."""
    facts = problem.facts["fibre"]
    assert isinstance(facts, FibreFacts)
    if not facts.ids:
        return
    axis = block.axis("laterals", facts.ids, of_sites=True)
    upper = facts.lit.astype(np.float64)
    lateral = block.variables("lateral", [axis, core.period], upper=upper, integer=True, owner=facts.site[:, None])
    at = cells(axis, core.period)
    block.rows(
        "lateral_open",
        [axis, core.period],
        [Term(at, lateral.columns, 1.0), Term(at, core.open.columns[facts.site], -1.0)],
        upper=0.0,
    )
    core.never_shrinks(block, lateral)
    site = ledgers.bandwidth_gbps.cells()[facts.site]
    ledgers.bandwidth_gbps.add("fibre", site, lateral.columns, knobs.lateral_gbps)
    ledgers.paths.add("fibre", site, lateral.columns, 1.0)
    ledgers.latency.offer("fibre", facts.site, lateral.columns, facts.rtt_ms, facts.target_ids)
    period = ledgers.capital_musd.cells()
    ledgers.capital_musd.add("fibre laterals", period, lateral.columns, facts.capital_musd[:, None])
    ledgers.running_musd.add("fibre upkeep", period, lateral.columns, knobs.upkeep_share_per_year * facts.capital_musd[:, None])
    if facts.spurs.ids:
        _state_spurs(core, facts, knobs, block, ledgers, lateral)


def _state_spurs(core: Core, facts: FibreFacts, knobs: FibreKnobs, block: Sheet, ledgers: Ledgers, lateral: ArrayVar) -> None:
    """Spurs, the laterals they go on over, and no two paths of a site to one point of presence."""
    spurs = facts.spurs
    axis = block.axis("spurs", spurs.ids)
    upper = spurs.lit.astype(np.float64)
    spur = block.variables("spur", [axis, core.period], upper=upper, integer=True, owner=spurs.site[:, None])
    at = cells(axis, core.period)
    opened = core.open.columns[spurs.site]
    block.rows("spur_open", [axis, core.period], [Term(at, spur.columns, 1.0), Term(at, opened, -1.0)], upper=0.0)
    core.never_shrinks(block, spur)
    shared, place = np.unique(spurs.trunk, return_inverse=True)
    trunks = block.axis("trunks", [facts.ids[h] for h in shared])
    most = np.minimum(np.bincount(place), spurs_on_a_lateral(knobs)).astype(np.float64)
    at = cells(trunks, core.period)
    terms = [Term(at[place], spur.columns, 1.0), Term(at, lateral.columns[shared], -most[:, None])]
    block.rows("trunk", [trunks, core.period], terms, upper=0.0)
    _diverse(core, facts, block, lateral, spur)
    site, period = ledgers.bandwidth_gbps.cells()[spurs.site], ledgers.capital_musd.cells()
    ledgers.bandwidth_gbps.add("fibre spurs", site, spur.columns, knobs.lateral_gbps)
    ledgers.paths.add("fibre spurs", site, spur.columns, 1.0)
    lands = tuple(facts.target_ids[trunk] for trunk in spurs.trunk)
    ledgers.latency.offer("spur", spurs.site, spur.columns, spurs.rtt_ms, lands)
    ledgers.capital_musd.add("fibre spurs", period, spur.columns, spurs.capital_musd[:, None])
    ledgers.running_musd.add("fibre upkeep", period, spur.columns, knobs.upkeep_share_per_year * spurs.capital_musd[:, None])


def spurs_on_a_lateral(knobs: FibreKnobs) -> float:
    """How many spurs the fibre pair of a lateral holds besides the lateral's own waves."""
    return float(np.floor(knobs.pair_gbps / knobs.lateral_gbps + 1e-9) - 1.0) if knobs.lateral_gbps > 0 else np.inf


def _diverse(core: Core, facts: FibreFacts, block: Sheet, lateral: ArrayVar, spur: ArrayVar) -> None:
    """A row for each site and point of presence that more than one path of the site may end at."""
    spurs, ends = facts.spurs, int(facts.target.max()) + 1
    key = np.concatenate([facts.site * ends + facts.target, spurs.site * ends + facts.target[spurs.trunk]])
    columns = np.concatenate([lateral.columns, spur.columns])
    pairs, place, count = np.unique(key, return_inverse=True, return_counts=True)
    many = count > 1
    if not many.any():
        return
    names = dict(zip(facts.target.tolist(), facts.target_ids, strict=True))
    labels = [f"{core.site.labels[each // ends]}{PAIR_SEPARATOR}{names[each % ends]}" for each in pairs[many].tolist()]
    axis = block.axis("shared_ends", labels, of_sites=True)
    row = (np.cumsum(many) - 1)[place[many[place]]]
    block.rows("diverse", [axis, core.period], [Term(cells(axis, core.period)[row], columns[many[place]], 1.0)], upper=1.0)


def report(problem: Problem, knobs: FibreKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Where the laterals of each site end."""
    facts = problem.facts["fibre"]
    assert isinstance(facts, FibreFacts)
    ends: list[list[str]] = [[] for _ in problem.site_ids]
    length = np.zeros(len(problem.site_ids))
    if facts.ids:
        for h in np.flatnonzero(solved["fibre.lateral"][:, -1] > 0.5):
            ends[facts.site[h]].append(facts.target_names[h])
            length[facts.site[h]] += facts.length_km[h]
    spurs = facts.spurs
    for s in np.flatnonzero(solved["fibre.spur"][:, -1] > 0.5) if spurs.ids else ():
        by = problem.site_names[spurs.neighbour[s]]
        ends[spurs.site[s]].append(f"{facts.target_names[spurs.trunk[s]]} by way of {by}")
        length[spurs.site[s]] += spurs.length_km[s]
    return {"fibre_to": [", ".join(names) for names in ends], "fibre_km": length}


def data_links(problem: Problem, knobs: FibreKnobs, solved: Solved) -> tuple[DataLinks, ...]:
    """The laterals and spurs that are built."""
    facts = problem.facts["fibre"]
    assert isinstance(facts, FibreFacts)
    if not facts.ids:
        return ()
    lateral = np.rint(solved["fibre.lateral"]).astype(np.int64)
    built = np.flatnonzero(lateral[:, -1] > 0)
    laterals = DataLinks(
        kind="fibre",
        ids=tuple(facts.ids[h] for h in built),
        site=facts.site[built],
        target_ids=tuple(facts.target_ids[h] for h in built),
        target_names=tuple(facts.target_names[h] for h in built),
        target_lonlat=facts.target_lonlat[built],
        length_km=facts.length_km[built],
        units=lateral[built],
        gbps=np.asarray(knobs.lateral_gbps * lateral[built], dtype=np.float64),
        capital_musd=facts.capital_musd[built],
        running_musd_per_year=knobs.upkeep_share_per_year * facts.capital_musd[built],
        rtt_ms=facts.rtt_ms[built],
    )
    return (laterals, _spur_links(problem, knobs, solved, facts.spurs)) if facts.spurs.ids else (laterals,)


def _spur_links(problem: Problem, knobs: FibreKnobs, solved: Solved, spurs: Spurs) -> DataLinks:
    spur = np.rint(solved["fibre.spur"]).astype(np.int64)
    built = np.flatnonzero(spur[:, -1] > 0)
    to = spurs.neighbour[built]
    return DataLinks(
        kind="spur",
        ids=tuple(spurs.ids[s] for s in built),
        site=spurs.site[built],
        target_ids=tuple(problem.site_ids[j] for j in to),
        target_names=tuple(problem.site_names[j] for j in to),
        target_lonlat=np.column_stack([problem.lon[to], problem.lat[to]]),
        length_km=spurs.length_km[built],
        units=spur[built],
        gbps=np.asarray(knobs.lateral_gbps * spur[built], dtype=np.float64),
        capital_musd=spurs.capital_musd[built],
        running_musd_per_year=knobs.upkeep_share_per_year * spurs.capital_musd[built],
        rtt_ms=spurs.rtt_ms[built],
    )


def explain(row: Mapping[str, Any], knobs: FibreKnobs) -> str:  # noqa: ARG001
    """Where its fibre goes."""
    return f"Fibre runs {row['fibre_km']:.0f} km to {row['fibre_to']}." if row["fibre_to"] else ""


FIBRE = Family(
    name="fibre",
    title="Fibre laterals",
    knobs=FibreKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "lateral_open": Limit("a lateral needs its site", "sites"),
        "spur_open": Limit("a spur needs its site", "sites"),
        "trunk": Limit("spurs on a neighbour's lateral", "spurs", structure=True),
        "diverse": Limit("paths of a site to one point of presence", "paths", structure=True),
    },
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    data_links=data_links,
    across=lambda knobs: knobs.shared_reach_km > 0.0,
)
