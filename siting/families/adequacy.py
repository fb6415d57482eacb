"""Adequacy: in stressed hours a zone has so much power to spare, and who draws more pays for it or brings it.

A zone's reserve margin RM says how much firm capacity it has beyond its peak. Against the reference margin RM* (one day in ten
years of lost load, GRID-04) zones are of three tiers: normal where RM >= RM*, high where RM < `high_margin_share`, elevated
between. The more a zone is short, the dearer further draw in its stressed hours is (FACTS 3, rule 2; GRID-03, GRID-11):

    short_mw[z, p]  >=  (1 + RM*) * firm[z, p, t]  -  own[z, p]  -  room_mw[z]                          for stressed t
    firm[z, p, t]   =   (1 - curtailable_share) * sum of flow_mw[l, p, t] over the links from the substations of z
    own[z, p]       =   sum of own_capacity_mw over the sites in z
    room_mw[z]      =   max(0, RM - RM*) * peak_load_mw[z]
    running cost   +=   multiplier(tier of z) * capacity_musd_per_mw_year * short_mw[z, p]

In zones of the high tier a site brings its own capacity for all firm power it draws (rule 3):

    own_capacity_mw[i, p]  >=  (1 + RM*) * (1 - curtailable_share) * sum of flow_mw[l, p, t] over its links to such zones

for slices stressed there: without a generator or battery of its own the site draws nothing in these hours, and what it likes
in the others. `own_capacity_mw` is what other families add to that ledger. A slice is stressed where the zone's load reaches
`stressed_share` of its peak; merged slices are where all their parts are. Left out: growth of the zones' own load; what a site
brings counts in its zone even beyond what the site draws. With `high_margin_share` -1 no zone is high, with a price of 0
nothing is paid.

Told, not held to (FACTS 3, weights by judgement), of the substation with the highest:

    strain_score  =  0.35 clip((RM* - RM) / RM*)  +  0.30 clip((loading - 0.7) / 0.3)  +  0.20 clip(queue_years / 7)
                     +  0.15 clip(capacity price / 193 kUSD)                                     clip to between 0 and 1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet, Term, cells
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
    Standing,
    knob,
    looks_across,
    no_rows,
)
from siting.table import Field

TIERS: Final = ("normal", "elevated", "high")
GRID: Final = "grid"
PAYMENT: Final = "capacity_payment_musd_per_year"
DEAREST_MUSD: Final = 0.193
LONGEST_QUEUE_YEARS: Final = 7.0


class AdequacyKnobs(Knobs):
    """Knobs of adequacy."""

    reference_margin_share: float = knob(
        0.18, "reserve margin a zone ought to have", source="GRID-04", tighter="up", at_least=0.0, at_most=1.0
    )
    high_margin_share: float = knob(
        0.10,
        "a zone with a lower reserve margin is of the high tier: there a site brings its own capacity; -1 for none",
        source="judgement",
        tighter="up",
        at_least=-1.0,
        at_most=1.0,
    )
    stressed_share: float = knob(
        0.85,
        "slices count in which the zone's load reaches this share of its yearly peak",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    curtailable_share: float = knob(
        0.0,
        "share of the draw that stops in a zone's few critical hours, about 44 a year, which no slice shows",
        source="GRID-06",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    capacity_musd_per_mw_year: float = knob(
        0.122, "price of capacity", source="GRID-03", tighter="up", at_least=0.0, at_most=10.0
    )
    normal_multiplier: float = knob(
        1.0, "price of capacity in the normal tier, as a multiple", source="GRID-11", tighter="up", at_least=0.0, at_most=100.0
    )
    elevated_multiplier: float = knob(
        2.0, "price of capacity in the elevated tier, as a multiple", source="GRID-11", tighter="up", at_least=0.0, at_most=100.0
    )
    high_multiplier: float = knob(
        4.0, "price of capacity in the high tier, as a multiple", source="GRID-11", tighter="up", at_least=0.0, at_most=100.0
    )
    queue_years: float = knob(
        4.0, "wait for a large connection, in the strain score only", source="GRID-01", at_least=0.0, at_most=50.0
    )


READS = {
    "zones": (
        Field("reserve_margin_share", "number", "planning reserve margin"),
        Field("peak_load_mw", "number", "yearly peak load", "MW"),
        Field("load_profile", "text", "shape of the load"),
    ),
    "substations": (
        Field("rating_mw", "number", "thermal rating", "MW"),
        Field("loading_share", "number", "today's loading at the zone's peak"),
    ),
}
COLUMNS = (
    Column("strain_score", "", "how strained its grid is, 0 to 1: margin, loading, queue and price of capacity"),
    Column("reserve_margin_share", "share", "reserve margin of the zone of its substation, the least of several"),
    Column("own_capacity_mw", "MW", "firm capacity it brings, so that the grid need not"),
)


@dataclass(frozen=True, kw_only=True)
class AdequacyFacts(Facts):
    """By zone with substations (Z): reserve margin, room, whether high, price of a MW short, `stressed` (Z, T). By grid point
    (G): its zone's position, rating and today's load (G, T). `site_zone` (I) is -1 outside these zones."""

    by_slice = ("stressed", "load_mw")
    zones: tuple[str, ...]
    margin_share: Floats
    room_mw: Floats
    high: Flags
    musd_per_mw_year: Floats
    stressed: Flags
    point_zone: Ints
    rating_mw: Floats
    load_mw: Floats
    site_zone: Ints


def derive(geography: Geography, network: Network, knobs: AdequacyKnobs) -> AdequacyFacts:
    """Tiers, rooms and prices of the zones that have linked substations."""
    grid = _grid_points(network)
    zones = tuple(sorted({network.zones[point] for point in grid}))
    position = {zone: number for number, zone in enumerate(zones)}
    table = geography.layers["zones"].set_index("id").loc[list(zones)]
    margin = table["reserve_margin_share"].to_numpy(float)
    high = margin < knobs.high_margin_share
    normal = margin >= knobs.reference_margin_share
    multiplier = np.where(high, knobs.high_multiplier, np.where(normal, knobs.normal_multiplier, knobs.elevated_multiplier))
    rating, load = substation_load(geography, [network.ids[point] for point in grid])
    return AdequacyFacts(
        zones=zones,
        margin_share=margin,
        room_mw=np.maximum(0.0, margin - knobs.reference_margin_share) * table["peak_load_mw"].to_numpy(float),
        high=high,
        musd_per_mw_year=multiplier * knobs.capacity_musd_per_mw_year,
        stressed=zone_load(geography, zones) >= knobs.stressed_share,
        point_zone=np.array([position[network.zones[point]] for point in grid], dtype=np.int64),
        rating_mw=rating,
        load_mw=load,
        site_zone=np.array([position.get(zone, -1) for zone in geography.sites["zone"].to_list()], dtype=np.int64),
    )


def _grid_points(network: Network) -> Ints:
    return np.flatnonzero(np.array([kind == GRID for kind in network.kinds], dtype=np.bool_))


def _grid_links(problem: Problem, facts: AdequacyFacts) -> tuple[Ints, Ints]:
    """Links to substations, and the position of the zone of each."""
    grid = _grid_points(problem.network)
    links = np.flatnonzero(np.isin(problem.network.link_point, grid))
    return links, facts.point_zone[np.searchsorted(grid, problem.network.link_point[links])]


def close(core: Core, problem: Problem, knobs: AdequacyKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """What zones are short of and what that costs; own capacity in zones of the high tier."""
    facts = problem.facts["adequacy"]
    assert isinstance(facts, AdequacyFacts)
    links, zone = _grid_links(problem, facts)
    need = (1.0 + knobs.reference_margin_share) * (1.0 - knobs.curtailable_share)
    if not facts.stressed.any() or need <= 0.0:
        return
    _short(core, problem, facts, need, block, ledgers)
    strict = facts.high[zone]
    _bring(core, problem, facts, (links[strict], zone[strict]), need, block, ledgers)


def _short(core: Core, problem: Problem, facts: AdequacyFacts, need: float, block: Sheet, ledgers: Ledgers) -> None:
    """MW each zone is short of in its most strained hour, paid for."""
    links, zone = _grid_links(problem, facts)
    grid, tight = _grid_points(problem.network), facts.stressed[:, None, :]
    offered = (problem.network.available_mw[grid] * tight[facts.point_zone]).max(axis=(1, 2), initial=0.0)
    carried = (core.flow_mw.upper_values.reshape(core.flow_mw.shape)[links] * tight[zone]).max(axis=(1, 2), initial=0.0)
    count = len(facts.zones)
    most = need * np.minimum(np.bincount(facts.point_zone, offered, count), np.bincount(zone, carried, count))
    axis = block.axis("short_zone", facts.zones)
    short = block.variables("short_mw", [axis, core.period], upper=most[:, None])
    price = facts.musd_per_mw_year[:, None]
    ledgers.running_musd.add("capacity payment", ledgers.running_musd.cells()[None, :], short.columns, price)
    zone_of, slice_of = np.nonzero(facts.stressed)
    pairs = block.axis("short_hour", [f"{facts.zones[z]}|{core.slice.labels[t]}" for z, t in zip(zone_of, slice_of, strict=True)])
    at = cells(pairs, core.period)
    terms = [Term(at, short.columns[zone_of], -1.0)]
    row, column, slice_ = _stressed_flows(facts, links, zone)
    place = np.full(facts.stressed.shape, -1, dtype=np.int64)
    place[zone_of, slice_of] = np.arange(len(zone_of))
    terms.append(Term(at[place[zone[row], slice_]], core.flow_mw.columns[column, :, slice_], need))
    terms += _own(core, facts, zone_of, at, ledgers)
    block.rows("short", [pairs, core.period], terms, upper=np.repeat(facts.room_mw[zone_of][:, None], len(core.period), axis=1))


def _stressed_flows(facts: AdequacyFacts, links: Ints, zone: Ints) -> tuple[Ints, Ints, Ints]:
    """Position among `links`, link and slice of every flow in a slice stressed in its zone."""
    at, slice_ = np.nonzero(facts.stressed[zone].reshape(len(zone), facts.stressed.shape[1]))
    return at, links[at], slice_


def _own(core: Core, facts: AdequacyFacts, zone_of: Ints, at: Ints, ledgers: Ledgers) -> list[Term]:
    """Own capacity of sites in the short rows of their zones; `at` (pairs, P) are the rows of the zones `zone_of` (pairs)."""
    periods, terms = len(core.period), []
    for entry in ledgers.own_capacity_mw.entries:
        zone = facts.site_zone[entry.at // periods]
        one, pair = np.nonzero(zone[:, None] == zone_of[None, :])
        terms.append(Term(at[pair, entry.at[one] % periods], entry.columns[one], -entry.coefficients[one]))
    return terms


def _bring(
    core: Core, problem: Problem, facts: AdequacyFacts, strict: tuple[Ints, Ints], need: float, block: Sheet, ledgers: Ledgers
) -> None:
    """Own capacity at least the firm draw from zones of the high tier, in slices stressed there."""
    row, column, slice_ = _stressed_flows(facts, *strict)
    if not len(row):
        return
    slices, site = len(core.slice), problem.network.link_site[column]
    pair, place = np.unique(site * slices + slice_, return_inverse=True)
    pairs = block.axis("bring_hour", [f"{core.site.labels[n // slices]}|{core.slice.labels[n % slices]}" for n in pair])
    at = cells(pairs, core.period)
    terms = [Term(at[place], core.flow_mw.columns[column, :, slice_], need)]
    periods = len(core.period)
    for entry in ledgers.own_capacity_mw.entries:
        one, mine = np.nonzero((entry.at // periods)[:, None] == (pair // slices)[None, :])
        terms.append(Term(at[mine, entry.at[one] % periods], entry.columns[one], -entry.coefficients[one]))
    block.rows("own_capacity", [pairs, core.period], terms, upper=0.0)


def report(problem: Problem, knobs: AdequacyKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """Strain score and margin of sites on the grid in the last period, and the capacity they bring."""
    facts = problem.facts["adequacy"]
    assert isinstance(facts, AdequacyFacts)
    links, zone = _grid_links(problem, facts)
    grid, network = _grid_points(problem.network), problem.network
    flow = np.zeros((len(network.ids), len(problem.time.slices)))
    np.add.at(flow, network.link_point[links], solved["flow_mw"][links, -1, :])
    most = (flow[grid] + facts.load_mw).max(axis=1, initial=0.0)
    loading = np.divide(most, facts.rating_mw, out=np.zeros(len(grid)), where=facts.rating_mw > 0)
    score = _score(facts.margin_share[facts.point_zone], loading, knobs)
    built = solved["line"][links, -1] > 0.5
    site, point = network.link_site[links][built], np.searchsorted(grid, network.link_point[links][built])
    highest, least = np.full(len(problem.site_ids), -np.inf), np.full(len(problem.site_ids), np.inf)
    np.maximum.at(highest, site, score[point])
    np.minimum.at(least, site, facts.margin_share[zone[built]])
    return {
        "strain_score": np.where(np.isfinite(highest), highest, np.nan),
        "reserve_margin_share": np.where(np.isfinite(least), least, np.nan),
        "own_capacity_mw": solved.ledgers["own_capacity_mw"][:, -1],
    }


def _score(margin: Floats, loading: Floats, knobs: AdequacyKnobs) -> Floats:
    reference = knobs.reference_margin_share
    lacks = np.clip((reference - margin) / reference, 0.0, 1.0) if reference > 0 else np.where(margin < 0, 1.0, 0.0)
    found = 0.35 * lacks + 0.30 * np.clip((loading - 0.7) / 0.3, 0.0, 1.0)
    found += 0.20 * min(knobs.queue_years / LONGEST_QUEUE_YEARS, 1.0)
    return np.asarray(found + 0.15 * min(knobs.capacity_musd_per_mw_year / DEAREST_MUSD, 1.0))


def explain(row: Mapping[str, Any], knobs: AdequacyKnobs) -> str:
    """How short its zone is."""
    margin = row["reserve_margin_share"]
    if not np.isfinite(margin):
        return ""
    tier = TIERS[2 if margin < knobs.high_margin_share else 0 if margin >= knobs.reference_margin_share else 1]
    asked = f"a reserve margin of {margin:.1%} where {knobs.reference_margin_share:.0%} is asked"
    return f"Its grid has {asked} ({tier}); its strain score is {row['strain_score']:.2f} of 1."


def standing(problem: Problem, knobs: AdequacyKnobs, solved: Solved) -> Standing:  # noqa: ARG001
    """What is paid for capacity."""
    if "adequacy.short_mw" not in solved.values:
        return Standing()
    facts = problem.facts["adequacy"]
    assert isinstance(facts, AdequacyFacts)
    return Standing(programme={PAYMENT: facts.musd_per_mw_year @ solved["adequacy.short_mw"]})


ADEQUACY = Family(
    name="adequacy",
    title="Adequacy",
    knobs=AdequacyKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "short": Limit(
            "what a zone has to spare in a stressed slice, and what is paid for",
            "MW",
            ("adequacy.curtailable_share",),
            structure=True,
        ),
        "own_capacity": Limit(
            "capacity a site brings to a zone of the high tier",
            "MW",
            ("adequacy.high_margin_share", "adequacy.curtailable_share"),
        ),
    },
    derive=derive,
    state=no_rows,
    close=close,
    report=report,
    explain=explain,
    standing=standing,
    items={PAYMENT: "paid in a year for capacity zones are short of in stressed hours"},
    across=looks_across,
)
