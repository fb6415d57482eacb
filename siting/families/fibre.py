"""Fibre: a lateral from the site to a point of presence.

    lateral[h, p] = 1:  lateral_gbps of bandwidth and one data path at its site, for musd_per_km * route km + ends_musd
    lateral[h, p]  <=  open[site(h), p],   lateral[h, p]  >=  lateral[h, p - 1]

Round-trip times go over the lateral (route factor of new fibre, NET-10) and on from the point of presence to the users
(route factor of today's Internet, NET-11; lines "fibre laterals" and "fibre upkeep" of the cash flow), at 4.897 us per km
one way (F3) and 0.3 ms of equipment per 1 000 km.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet, Term, cells
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

FIBRE_MS_PER_KM: Final = 4.897e-3
EQUIPMENT_MS_PER_KM: Final = 0.3e-3


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


READS = {"pops": (Field("id", "text", "point of presence"),)}
COLUMNS = (
    Column("fibre_to", "", "points of presence its laterals end at"),
    Column("fibre_km", "km", "length of its laterals, geodesic"),
)


@dataclass(frozen=True, kw_only=True)
class FibreFacts(Facts):
    """By candidate lateral (H): site, end point, length, capital; `rtt_ms` (H, R) to each place of demand."""

    ids: tuple[str, ...] = ()
    site: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    target_ids: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    target_lonlat: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    length_km: Floats = field(default_factory=lambda: np.zeros(0))
    capital_musd: Floats = field(default_factory=lambda: np.zeros(0))
    rtt_ms: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def derive(geography: Geography, network: Network, knobs: FibreKnobs) -> FibreFacts:  # noqa: ARG001
    """The nearest points of presence of each site, with cost and round-trip times."""
    pops = geography.layers.get("pops")
    if pops is None or not len(pops):
        return FibreFacts()
    site_place = np.column_stack([geography.sites.geometry.x, geography.sites.geometry.y])
    pop_place = np.column_stack([pops.geometry.x, pops.geometry.y])
    site, pop, km = nearest(site_place, pop_place, knobs.nearest, knobs.reach_km)
    names = list(pops["id"])
    return FibreFacts(
        ids=tuple(f"{geography.sites['id'].iloc[i]}{PAIR_SEPARATOR}{names[j]}" for i, j in zip(site, pop, strict=True)),
        site=site,
        target_ids=tuple(names[j] for j in pop),
        target_names=tuple(str(pops["name"].iloc[j]) for j in pop),
        target_lonlat=pop_place[pop],
        length_km=km,
        capital_musd=knobs.ends_musd + knobs.musd_per_km * knobs.route_factor * km,
        rtt_ms=_round_trip_ms(geography, pop_place[pop], km, knobs),
    )


def _round_trip_ms(geography: Geography, end: Floats, lateral_km: Floats, knobs: FibreKnobs) -> Floats:
    users = geography.layers.get("demand")
    if users is None or not len(users):
        return np.zeros((len(end), 0))
    place = np.column_stack([users.geometry.x, users.geometry.y])
    beyond = geodesic_km(end[:, 0][:, None], end[:, 1][:, None], place[None, :, 0], place[None, :, 1])
    route = knobs.route_factor * lateral_km[:, None] + knobs.internet_route_factor * beyond
    return np.asarray(2.0 * (FIBRE_MS_PER_KM + EQUIPMENT_MS_PER_KM) * route)


def state(core: Core, problem: Problem, knobs: FibreKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Laterals, what they offer and what they cost."""
    facts = problem.facts["fibre"]
    assert isinstance(facts, FibreFacts)
    if not facts.ids:
        return
    axis = block.axis("laterals", facts.ids)
    lateral = block.variables("lateral", [axis, core.period], upper=1.0, integer=True, owner=facts.site[:, None])
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
    ledgers.latency.offer("fibre", facts.site, lateral.columns, facts.rtt_ms)
    period = ledgers.capital_musd.cells()
    ledgers.capital_musd.add("fibre laterals", period, lateral.columns, facts.capital_musd[:, None])
    ledgers.running_musd.add("fibre upkeep", period, lateral.columns, knobs.upkeep_share_per_year * facts.capital_musd[:, None])


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
    return {"fibre_to": [", ".join(names) for names in ends], "fibre_km": length}


def data_links(problem: Problem, knobs: FibreKnobs, solved: Solved) -> DataLinks | None:
    """The laterals that are built."""
    facts = problem.facts["fibre"]
    assert isinstance(facts, FibreFacts)
    if not facts.ids:
        return None
    lateral = np.rint(solved["fibre.lateral"]).astype(np.int64)
    built = np.flatnonzero(lateral[:, -1] > 0)
    return DataLinks(
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


def explain(row: Mapping[str, Any], knobs: FibreKnobs) -> str:  # noqa: ARG001
    """Where its fibre goes."""
    return f"Fibre runs {row['fibre_km']:.0f} km to {row['fibre_to']}." if row["fibre_to"] else ""


FIBRE = Family(
    name="fibre",
    title="Fibre laterals",
    knobs=FibreKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={"lateral_open": Limit("a lateral needs its site", "sites")},
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    data_links=data_links,
)
