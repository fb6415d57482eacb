"""Diversification: only so much of the programme hangs on one grid zone, river basin, plant or gateway.

    IT MW in zone z                       <=  free_mw + zone_share   * (total_it_mw[p]   - free_mw)          for z, p
    mean MW sent by the plants of basin b <=  free_mw + basin_share  * (mean_draw_mw[p]  - free_mw)          for b, p
    mean MW sent by plant s               <=  free_mw + source_share * (mean_draw_mw[p]  - free_mw)          for s, p
    Gbps bought at gateway g              <=  free_gbps + gateway_share * (satellite_gbps[p] - free_gbps)    for g, p

    total_it_mw[p]     <=  sum over sites of IT MW
    mean_draw_mw[p]    <=  sum over sites of what IT and cooling draw on the mean of the year
    satellite_gbps[p]  <=  sum over the data paths whose bandwidth is bought at a gateway of their Gbps

The first `free_mw` of the programme may stand and be fed anywhere, since a programme of one site cannot be spread; of every MW
beyond it a place takes its share at most. So a place holds all of a small programme and little more than its share of a large
one, and the row stays linear. Energy is counted where it is sent, the draw before what goes unserved. Basins are column
`basin` of the layer `sources`; plants without one belong to none. A share of 1 asks nothing, and a place that can never pass
(1 - share) * free_mw has no row. A gateway is where a data path
lands whose bandwidth is bought by the Gbps.

The share of a zone is what loses its compute when the zone's grid does; `resilience` asks what inference survives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from siting.arrays import ArrayVar, Sheet, Term, cells
from siting.family import (
    Column,
    ColumnValues,
    Core,
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
    Standing,
    knob,
    looks_across,
    no_rows,
)
from siting.table import Field
from siting.units import HOURS_PER_YEAR


class DiversificationKnobs(Knobs):
    """Knobs of diversification."""

    zone_share: float = knob(
        0.5, "largest share of the IT load in one grid zone", source="judgement", tighter="down", at_least=0.0, at_most=1.0
    )
    basin_share: float = knob(
        0.6,
        "largest share of the energy from the plants of one river basin",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    source_share: float = knob(
        0.35, "largest share of the energy from one plant", source="judgement", tighter="down", at_least=0.0, at_most=1.0
    )
    free_mw: float = knob(
        100.0,
        "first MW of the programme that may stand and be fed anywhere",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1e6,
    )
    gateway_share: float = knob(
        0.5,
        "largest share of the satellite bandwidth at one gateway",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    free_gbps: float = knob(
        20.0,
        "first Gbps over satellite that may land anywhere",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1e6,
    )


READS = {"sources": (Field("basin", "text", "river basin or solar area, empty where it has none", optional=True, default=""),)}
COLUMNS = (Column("zone_it_share", "share", "share of the programme's IT load that stands in the site's zone, last period"),)
NO_GROUP = -1


@dataclass(frozen=True, kw_only=True)
class DiversificationFacts(Facts):
    """`zone` (I) and `zones`; by supply point (S): `basin` (-1 for none) of `basins`, `plant` whether it is a plant, and
    `most_mean_mw` (S), the most it can send on the mean of a year in any period."""

    zones: tuple[str, ...]
    zone: Ints
    basins: tuple[str, ...]
    basin: Ints
    plant: Ints
    most_mean_mw: Floats


def derive(geography: Geography, network: Network, knobs: DiversificationKnobs) -> DiversificationFacts:  # noqa: ARG001
    """Zones of the sites, basins of the plants, and what each point can send."""
    site_zones = [str(zone) for zone in geography.sites["zone"].to_list()]
    zones, zone = _numbered(site_zones)
    sources = geography.layers["sources"]
    basin_of = {
        (str(kind), str(name)): str(basin)
        for kind, name, basin in zip(sources["kind"], sources["id"], sources["basin"], strict=True)
    }
    own = [basin_of.get((kind, name)) for kind, name in zip(network.kinds, network.ids, strict=True)]
    basins, basin = _numbered([name or "" for name in own])
    hours = geography.time.hours
    return DiversificationFacts(
        zones=zones,
        zone=zone,
        basins=basins,
        basin=basin,
        plant=np.flatnonzero([name is not None for name in own]),
        most_mean_mw=(network.available_mw @ hours / HOURS_PER_YEAR).max(axis=1, initial=0.0),
    )


def _numbered(names: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """Names in order without the empty one, and the number of each, -1 for the empty one."""
    known = tuple(sorted({name for name in names if name}))
    number = {name: place for place, name in enumerate(known)}
    return known, np.array([number.get(name, NO_GROUP) for name in names], dtype=np.int64)


def close(core: Core, problem: Problem, knobs: DiversificationKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """The programme's load, and a row for each place that could take more than its share of it."""
    facts = problem.facts["diversification"]
    assert isinstance(facts, DiversificationFacts)
    _zone_rows(core, problem, knobs, block, facts)
    _gateway_rows(core, problem.part, knobs, block, ledgers)
    basin_most = np.bincount(facts.basin[facts.basin >= 0], facts.most_mean_mw[facts.basin >= 0], minlength=len(facts.basins))
    basins = _could_pass(basin_most, knobs.basin_share, knobs.free_mw, problem.part)
    sources = facts.plant[_could_pass(facts.most_mean_mw[facts.plant], knobs.source_share, knobs.free_mw, problem.part)]
    if not len(basins) and not len(sources):
        return
    draw = _mean_draw(core, problem, block, ledgers)
    link_point = problem.network.link_point
    _energy_rows(core, problem, block, "basin", [facts.basins[b] for b in basins], basins, facts.basin[link_point], draw, knobs)
    names = [problem.network.ids[s] for s in sources]
    _energy_rows(core, problem, block, "source", names, sources, link_point, draw, knobs)


def _could_pass(most: NDArray[Any], share: float, free: float, part: bool) -> Ints:
    """Places that could take more than they may: `most` above what the row leaves them whatever the programme is. All places
    where the sites are only `part` of the candidates."""
    return np.flatnonzero((most > (1.0 - share) * free) | part) if share < 1.0 else np.zeros(0, np.int64)


def _zone_rows(core: Core, problem: Problem, knobs: DiversificationKnobs, block: Sheet, facts: DiversificationFacts) -> None:
    inside = facts.zone >= 0
    most = np.bincount(facts.zone[inside], problem.limit_mw[inside], minlength=len(facts.zones))
    places = _could_pass(most, knobs.zone_share, knobs.free_mw, problem.part)
    if not len(places):
        return
    total = block.variables("total_it_mw", [core.period], upper=float(problem.limit_mw.sum()))
    period = cells(core.period)
    it_mw = core.module_it_mw[None, :, None]
    rows = [Term(period, total.columns, 1.0), Term(period, core.modules.columns, -it_mw)]
    block.rows("programme_it", [core.period], rows, upper=0.0)
    axis = block.axis("zones", [facts.zones[place] for place in places])
    sites = np.flatnonzero(np.isin(facts.zone, places))
    at = cells(axis, core.period)
    mine = at[np.searchsorted(places, facts.zone[sites])]
    terms = [Term(mine[:, None, :], core.modules.columns[sites], it_mw), Term(at, total.columns, -knobs.zone_share)]
    block.rows("zone", [axis, core.period], terms, upper=(1.0 - knobs.zone_share) * knobs.free_mw)


def _gateway_rows(core: Core, part: bool, knobs: DiversificationKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """What is bought at each gateway is within its share of all that is."""
    sold = [paths for paths in ledgers.latency.offers if paths.gbps is not None and paths.lands]
    if not sold:
        return
    names, gateway = _numbered([name for paths in sold for name in paths.lands])
    gbps = np.concatenate([paths.gbps for paths in sold if paths.gbps is not None])
    upper = core.sheet.space.upper_values()[gbps]
    most = np.zeros((len(names), len(core.period)))
    np.add.at(most, gateway, upper)
    places = _could_pass(most.max(axis=1, initial=0.0), knobs.gateway_share, knobs.free_gbps, part)
    if not len(places):
        return
    total = block.variables("satellite_gbps", [core.period], upper=upper.sum(axis=0))
    period = cells(core.period)
    block.rows("programme_gbps", [core.period], [Term(period, total.columns, 1.0), Term(period, gbps, -1.0)], upper=0.0)
    axis = block.axis("gateways", [names[place] for place in places])
    at = cells(axis, core.period)
    here = np.flatnonzero(np.isin(gateway, places))
    mine = at[np.searchsorted(places, gateway[here])]
    terms = [Term(mine, gbps[here], 1.0), Term(at, total.columns, -knobs.gateway_share)]
    block.rows("gateway", [axis, core.period], terms, upper=(1.0 - knobs.gateway_share) * knobs.free_gbps)


def _mean_draw(core: Core, problem: Problem, block: Sheet, ledgers: Ledgers) -> ArrayVar:
    """MW the programme draws on the mean of the year (P), at most what its modules draw."""
    share = problem.time.hours / HOURS_PER_YEAR
    drawn = ledgers.draw_mw.of_variable(core.modules) @ share
    most = (drawn / core.module_it_mw[None, :, None]).max(axis=1) * problem.limit_mw[:, None]
    draw = block.variables("mean_draw_mw", [core.period], upper=most.sum(axis=0))
    period = cells(core.period)
    terms = [Term(period, draw.columns, 1.0), Term(period, core.modules.columns, -drawn)]
    block.rows("programme_draw", [core.period], terms, upper=0.0)
    return draw


def _energy_rows(
    core: Core,
    problem: Problem,
    block: Sheet,
    name: str,
    labels: Sequence[str],
    places: Ints,
    place_of_link: Ints,
    draw: ArrayVar,
    knobs: DiversificationKnobs,
) -> None:
    """What the links of each place send on the mean of the year is within its share of the draw."""
    if not len(places):
        return
    share = knobs.basin_share if name == "basin" else knobs.source_share
    axis = block.axis(f"{name}s", labels)
    links = np.flatnonzero(np.isin(place_of_link, places))
    at = cells(axis, core.period)
    mine = at[np.searchsorted(places, place_of_link[links])]
    hours = problem.time.hours / HOURS_PER_YEAR
    terms = [Term(mine[:, :, None], core.flow_mw.columns[links], hours), Term(at, draw.columns, -share)]
    block.rows(name, [axis, core.period], terms, upper=(1.0 - share) * knobs.free_mw)


def standing(problem: Problem, knobs: DiversificationKnobs, solved: Solved) -> Standing:  # noqa: ARG001
    """The largest share of each kind of place by period; 0 where there is no programme."""
    facts = problem.facts["diversification"]
    assert isinstance(facts, DiversificationFacts)
    network = problem.network
    it_mw = np.einsum("ikp,k->ip", solved["modules"], problem.modules.it_mw)
    sent = np.zeros((len(network.ids), it_mw.shape[1]))
    np.add.at(sent, network.link_point, solved["flow_mw"] @ problem.time.hours / HOURS_PER_YEAR)
    draw = (solved.ledgers["draw_mw"] @ problem.time.hours / HOURS_PER_YEAR).sum(axis=0)
    return Standing(
        programme={
            "largest_zone_share": _largest(it_mw, facts.zone, len(facts.zones), it_mw.sum(axis=0)),
            "largest_basin_share": _largest(sent, facts.basin, len(facts.basins), draw),
            "largest_source_share": _largest(sent[facts.plant], np.arange(len(facts.plant)), len(facts.plant), draw),
        }
    )


def _largest(values: Floats, group: Ints, groups: int, total: Floats) -> Floats:
    """Largest share (P) of the groups of values (n, P) in a total (P)."""
    summed = np.zeros((groups, values.shape[1]))
    np.add.at(summed, group[group >= 0], values[group >= 0])
    most = summed.max(axis=0, initial=0.0)
    share: Floats = np.divide(most, total, out=np.zeros_like(most), where=total > 0)
    return share


def report(problem: Problem, knobs: DiversificationKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """How much of the programme stands in the zone of each site."""
    facts = problem.facts["diversification"]
    assert isinstance(facts, DiversificationFacts)
    it_mw = np.einsum("ik,k->i", solved["modules"][:, :, -1], problem.modules.it_mw)
    inside = facts.zone >= 0
    by_zone = np.bincount(facts.zone[inside], it_mw[inside], minlength=max(len(facts.zones), 1))
    total = float(it_mw.sum())
    return {"zone_it_share": np.where(inside, by_zone[facts.zone], 0.0) / (total if total > 0 else 1.0)}


def elsewhere(
    problem: Problem,
    knobs: DiversificationKnobs,
    solved: Solved,
    sites: gpd.GeoDataFrame,
) -> Mapping[str, ColumnValues]:
    """How much of the programme stands in the zone of candidates outside the program."""
    shares = report(problem, knobs, solved)["zone_it_share"]
    by_zone = dict(zip(problem.site_zones, shares, strict=True))
    return {"zone_it_share": np.array([by_zone.get(zone, 0.0) for zone in sites["zone"]], dtype=float)}


def explain(row: Mapping[str, Any], knobs: DiversificationKnobs) -> str:
    """How much of the programme stands in its zone."""
    if not row["zone_it_share"] > 0:
        return ""
    return (
        f"Its zone {row['zone']} holds {row['zone_it_share']:.0%} of the programme's IT load "
        f"(at most {knobs.zone_share:.0%} of what is beyond the first {knobs.free_mw:,.0f} MW)."
    )


DIVERSIFICATION = Family(
    name="diversification",
    title="Diversification",
    knobs=DiversificationKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "programme_it": Limit("IT load of the programme", "MW", structure=True),
        "programme_draw": Limit("mean draw of the programme", "MW", structure=True),
        "zone": Limit(
            "share of the programme's IT load in one zone", "MW", ("diversification.zone_share", "diversification.free_mw")
        ),
        "basin": Limit(
            "share of the programme's energy from one basin", "MW", ("diversification.basin_share", "diversification.free_mw")
        ),
        "source": Limit(
            "share of the programme's energy from one plant", "MW", ("diversification.source_share", "diversification.free_mw")
        ),
        "programme_gbps": Limit("satellite bandwidth of the programme", "Gbps", structure=True),
        "gateway": Limit(
            "share of the satellite bandwidth at one gateway",
            "Gbps",
            ("diversification.gateway_share", "diversification.free_gbps"),
        ),
    },
    derive=derive,
    state=no_rows,
    close=close,
    report=report,
    explain=explain,
    elsewhere=elsewhere,
    standing=standing,
    items={
        "largest_zone_share": "largest share of the IT load that one grid zone holds",
        "largest_basin_share": "largest share of the energy drawn that the plants of one river basin send",
        "largest_source_share": "largest share of the energy drawn that one plant sends",
    },
    across=looks_across,
)
