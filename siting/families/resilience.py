"""Resilience: inference survives the loss of any one site, river basin, substation or landing place of its data (N-1).

With f[i, p] the MW of IT at site i that may never wait (ledger of firm IT MW), for every period p from `from_months` on:

    firm_mw[p]  <=  sum over i of f[i, p]
    MW lost with x  <=  lost(x)  =  free_mw + (1 - served_share of its kind) * (firm_mw[p] - free_mw)         for each x

    with site i:        f[i, p]
    with basin or substation g:   sum over sites i of what i cannot feed without g
    with landing place d:         sum over i of cut[i, d, p],   cut[i, d, p]  >=  f[i, p] - limit_mw[i] * paths of i not to d

What is lost is set against what serves users in the plan, so that capacity beyond it counts as room to fall back on only by
its share; where the plan serves no more than is asked this is exact (FORMULATION 2.2). FACTS 7 asks for 0.95 within a class for
the loss of a site, which takes twenty sites and more: the default asks for less, from the second year, since the first year's
few sites have nothing to fall back on, and not of the first `free_mw`.

What a site can feed without g is told by the steady power of its lines, what they can count on in all slices at once:

    steady_mw[l, p]  <=  line_mw[l, p],    sum over l from s of steady_mw[l, p]  <=  least over t of available_mw[s, p, t]
    need[i, p]  =  worst_over_mean * mean draw of a MW of IT at i * f[i, p]
    (need / f) * short[i, p] + sum over l to i of arriving[l] * steady_mw[l, p] + standby_mw[i, p]  >=  need[i, p] + spare[i, p]
    extra[i, g, p] + spare[i, p]  >=  sum over l to i from g of arriving[l] * steady_mw[l, p]
    lost with g  =  sum over i of short[i, p]  +  sum over i of extra[i, g, p] / (need / f)

`standby_mw` is what batteries and generators carry by themselves, arriving the share of a line's first segment of loss. Steady
power is reserved once: the firm load of all sites can be met from it in the same hour, while training waits. So no dispatch
has to be found for each loss. It is careful where a line is steady only with the help of a battery (solar counts for nothing
at night), and it takes no account of what a zone lends in stressed hours, of energy spilled or stored, and of how long standby
lasts. A data path counts by its place, not by its Gbps; all paths to one place are lost together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.arrays import ArrayVar, Axis, Sheet, Term, cells
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Flags,
    Floats,
    Geography,
    Given,
    Ints,
    Knobs,
    Latency,
    Ledger,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    Standing,
    Timeline,
    knob,
    looks_across,
    no_rows,
)
from siting.table import Field
from siting.units import HOURS_PER_YEAR

GRID: Final = "grid"
NOTHING_MW: Final = 1e-9


def _served(default: float, lost: str) -> float:
    told = f"share of inference that is still served when {lost} is lost; 0 asks nothing"
    share: float = knob(default, told, source="FACTS 7", tighter="up", at_least=0.0, at_most=1.0)
    return share


class ResilienceKnobs(Knobs):
    """Knobs of resilience."""

    site_served_share: float = _served(0.7, "any one site")
    basin_served_share: float = _served(0.5, "the plants of any one river basin")
    substation_served_share: float = _served(0.7, "any one substation")
    landing_served_share: float = _served(0.7, "any one gateway or point of presence")
    free_mw: float = knob(
        20.0,
        "first MW of inference that need not survive: one site has nothing to fall back on",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1e6,
    )
    from_months: float = knob(
        12.0,
        "month of the programme from which losses must be survived",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=600.0,
    )
    worst_over_mean: float = knob(
        1.1,
        "draw of a MW of IT in the worst hour of the year over its mean",
        source="FACTS F6",
        tighter="up",
        at_least=1.0,
        at_most=2.0,
    )


READS = {"sources": (Field("basin", "text", "river basin or solar area, empty where it has none", optional=True, default=""),)}
COLUMNS = (Column("outage_share", "share", "share of the programme's inference that is lost with the site, last period"),)


@dataclass(frozen=True, kw_only=True)
class ResilienceFacts(Facts):
    """Groups of supply points (G) that are lost together: name and whether it is a basin; `group` (S), -1 for points of none;
    `least_mw` (S, P), what a point has in every slice."""

    groups: tuple[str, ...]
    basin: Flags
    group: Ints
    least_mw: Floats


def derive(geography: Geography, network: Network, knobs: ResilienceKnobs) -> ResilienceFacts:
    """Basins and substations, and what every point has at its least."""
    sources = geography.layers["sources"]
    own = zip(sources["kind"], sources["id"], sources["basin"], strict=True)
    basin_of = {(str(kind), str(name)): str(basin) for kind, name, basin in own if basin}
    labels = [
        f"substation {name}" if kind == GRID else f"basin {basin_of[(kind, name)]}" if (kind, name) in basin_of else ""
        for kind, name in zip(network.kinds, network.ids, strict=True)
    ]
    groups = tuple(sorted({label for label in labels if label}))
    number = {label: place for place, label in enumerate(groups)}
    counted = max(knobs.basin_served_share, knobs.substation_served_share) > 0.0
    return ResilienceFacts(
        groups=groups,
        basin=np.array([label.startswith("basin ") for label in groups], dtype=np.bool_),
        group=np.array([number.get(label, -1) for label in labels], dtype=np.int64),
        least_mw=network.available_mw.min(axis=2, initial=np.inf),
        sized_times=knobs.worst_over_mean if counted and len(asked_periods(geography.time, knobs)) else 1.0,
    )


def asked_periods(time: Timeline, knobs: ResilienceKnobs) -> Ints:
    """Periods (A) in which losses must be survived."""
    return np.flatnonzero(time.start_month >= knobs.from_months)


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the rows are written: the periods that are asked for (A) as numbers and as an axis, and what all losses are set
    against."""

    core: Core
    block: Sheet
    periods: Ints
    axis: Axis
    firm_mw: ArrayVar
    free_mw: float

    def terms(self, ledger: Ledger, factor: Floats | float = 1.0) -> list[Term]:
        """A ledger (I, P) as terms over sites and asked periods (I, A); `factor` by site."""
        place = np.full(len(self.core.period), -1)
        place[self.periods] = np.arange(len(self.periods))
        each = np.broadcast_to(np.asarray(factor, dtype=np.float64), (len(self.core.site),))
        found = []
        for entry in ledger.entries:
            site, period = np.divmod(entry.at, len(self.core.period))
            mine = place[period] >= 0
            at = site[mine] * len(self.periods) + place[period[mine]]
            found.append(Term(at, entry.columns[mine], each[site[mine]] * entry.coefficients[mine]))
        return found

    def lost(self, name: str, places: Axis, terms: list[Term], served_share: float) -> None:
        """Rows: what is lost with each place stays below the limit of its kind."""
        at = cells(places, self.axis)
        limit = Term(at, self.firm_mw.columns, served_share - 1.0)
        self.block.rows(name, [places, self.axis], [*terms, limit], upper=served_share * self.free_mw)


def close(core: Core, problem: Problem, knobs: ResilienceKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Rows for the loss of each site, group of supply points and landing place."""
    facts = problem.facts["resilience"]
    assert isinstance(facts, ResilienceFacts)
    periods = asked_periods(problem.time, knobs)
    shares = (knobs.site_served_share, knobs.basin_served_share, knobs.substation_served_share, knobs.landing_served_share)
    if not len(periods) or not any(shares) or not ledgers.firm_it_mw.entries:
        return
    axis = block.axis("asked", [core.period.labels[period] for period in periods])
    firm_mw = block.variables("firm_mw", [axis], upper=float(problem.limit_mw.sum()))
    asked = Asked(core, block, periods, axis, firm_mw, knobs.free_mw)
    firm = asked.terms(ledgers.firm_it_mw)
    whole = [Term(term.rows % len(axis), term.columns, -np.asarray(term.coefficients)) for term in firm]
    block.rows("programme", [axis], [Term(cells(axis), firm_mw.columns, 1.0), *whole], upper=0.0)
    if knobs.site_served_share > 0:
        asked.lost("site", core.site, firm, knobs.site_served_share)
    if knobs.basin_served_share > 0 or knobs.substation_served_share > 0:
        _power_rows(asked, problem, facts, knobs, ledgers)
    if knobs.landing_served_share > 0:
        _landing_rows(asked, problem, knobs, ledgers)


def _need_per_mw(core: Core, problem: Problem, knobs: ResilienceKnobs, ledgers: Ledgers) -> Floats:
    """Facility MW that a MW of IT needs (I): `worst_over_mean` times the mean draw of the thirstiest module type. The mean is the
    same on merged slices, the highest draw is not."""
    hours = problem.time.hours / HOURS_PER_YEAR
    per_mw = (ledgers.draw_mw.of_variable(core.modules) @ hours) / problem.modules.it_mw[None, :, None]
    return np.asarray(knobs.worst_over_mean * per_mw.max(axis=(1, 2)))


def _arriving(core: Core, ledgers: Ledgers) -> Floats:
    """Share of what is sent on each link (L) that arrives, at its least."""
    share = ledgers.supply_mw.by_column(core.sheet.space.size)[core.flow_mw.columns]
    return np.asarray(share.min(axis=(1, 2)))


@dataclass(frozen=True, slots=True)
class Fed:
    """Steady power of links (E of them) by site, and what it makes of the firm load there: `links`, `arriving` (E), facility MW
    that a MW of IT needs `per_mw` (I), and the variables."""

    links: Ints
    arriving: Floats
    per_mw: Floats
    steady: ArrayVar
    spare: ArrayVar
    all_short: ArrayVar


def _power_rows(asked: Asked, problem: Problem, facts: ResilienceFacts, knobs: ResilienceKnobs, ledgers: Ledgers) -> None:
    """What is lost with each basin and substation."""
    network, block, axis = problem.network, asked.block, asked.axis
    fed = _fed(asked, problem, facts, knobs, ledgers)
    group = facts.group[network.link_point[fed.links]]
    grouped = np.flatnonzero(group >= 0)
    site = network.link_site[fed.links][grouped]
    pairs, pair_of = np.unique(site * len(facts.groups) + group[grouped], return_inverse=True)
    pair_site, pair_group = np.divmod(pairs, max(len(facts.groups), 1))
    names = [f"{problem.site_ids[i]}|{facts.groups[g]}" for i, g in zip(pair_site, pair_group, strict=True)]
    pair = block.axis("pairs", names)
    at, arriving = cells(pair, axis), fed.arriving[grouped, None]
    inside = np.zeros(at.shape)
    np.add.at(inside, pair_of, arriving * fed.steady.upper_values.reshape(fed.steady.shape)[grouped])
    extra = block.variables("extra", [pair, axis], upper=inside, owner=pair_site[:, None])
    unfed = [
        Term(at, extra.columns, 1.0),
        Term(at, fed.spare.columns[pair_site], 1.0),
        Term(at[pair_of], fed.steady.columns[grouped], -arriving),
    ]
    block.rows("unfed", [pair, axis], unfed, lower=0.0)
    for name, basin, served in (("basin", True, knobs.basin_served_share), ("substation", False, knobs.substation_served_share)):
        groups = np.flatnonzero(facts.basin == basin)
        if not len(groups) or served == 0:
            continue
        places = block.axis(f"{name}s", [facts.groups[g] for g in groups])
        mine = np.flatnonzero(np.isin(pair_group, groups))
        row = cells(places, axis)
        of_group = row[np.searchsorted(groups, pair_group[mine])]
        lost = Term(of_group, extra.columns[mine], 1.0 / fed.per_mw[pair_site[mine]][:, None])
        asked.lost(name, places, [lost, Term(row, fed.all_short.columns, 1.0)], served)


def _fed(asked: Asked, problem: Problem, facts: ResilienceFacts, knobs: ResilienceKnobs, ledgers: Ledgers) -> Fed:
    """Steady power, and rows for what it feeds at each site."""
    core, block, axis = asked.core, asked.block, asked.axis
    links = steady_links(problem.network, facts)
    site, arriving = problem.network.link_site[links], _arriving(core, ledgers)[links]
    per_mw = _need_per_mw(core, problem, knobs, ledgers)
    steady = _steady(asked, problem, links, facts.least_mw[:, asked.periods])
    at, owner = cells(core.site, axis), np.arange(len(core.site))[:, None]
    most = np.zeros(at.shape)
    np.add.at(most, site, arriving[:, None] * steady.upper_values.reshape(steady.shape))
    short = block.variables("short", [core.site, axis], upper=problem.limit_mw[:, None], owner=owner)
    spare = block.variables("spare", [core.site, axis], upper=most, owner=owner)
    terms = [
        Term(at, short.columns, per_mw[:, None]),
        Term(at[site], steady.columns, arriving[:, None]),
        *asked.terms(ledgers.standby_mw),
        *asked.terms(ledgers.firm_it_mw, -per_mw),
        Term(at, spare.columns, -1.0),
    ]
    block.rows("fed", [core.site, axis], terms, lower=0.0)
    all_short = block.variables("all_short", [axis], upper=float(problem.limit_mw.sum()))
    period = cells(axis)
    total = [Term(period, short.columns, 1.0), Term(period, all_short.columns, -1.0)]
    block.rows("short_total", [axis], total, upper=0.0)
    return Fed(links, arriving, per_mw, steady, spare, all_short)


def _steady(asked: Asked, problem: Problem, links: Ints, least: Floats) -> ArrayVar:
    """Steady power of links, within the line and, over all links of a point, within its least."""
    core, block, axis = asked.core, asked.block, asked.axis
    point = problem.network.link_point[links]
    line = core.line_mw.columns[links][:, asked.periods]
    upper = np.minimum(core.line_mw.upper_values.reshape(core.line_mw.shape)[links][:, asked.periods], least[point])
    lines = block.axis("steady_line", [core.link.labels[link] for link in links])
    steady = block.variables("steady_mw", [lines, axis], upper=upper, owner=problem.network.link_site[links][:, None])
    at = cells(lines, axis)
    block.rows("steady", [lines, axis], [Term(at, steady.columns, 1.0), Term(at, line, -1.0)], upper=0.0)
    points = np.unique(point)
    places = block.axis("steady_point", [problem.network.ids[s] for s in points])
    row = cells(places, axis)[np.searchsorted(points, point)]
    block.rows("steady_supply", [places, axis], [Term(row, steady.columns, 1.0)], upper=least[points])
    return steady


def _landing_rows(asked: Asked, problem: Problem, knobs: ResilienceKnobs, ledgers: Ledgers) -> None:
    """What is cut off with each place where data paths land."""
    site, landing, columns, names = landings(ledgers.latency)
    if not len(site):
        return
    block, axis = asked.block, asked.axis
    pairs = np.unique(site * len(names) + landing)
    pair_site, pair_place = np.divmod(pairs, len(names))
    pair = block.axis("landing_pairs", [f"{problem.site_ids[i]}|{names[d]}" for i, d in zip(pair_site, pair_place, strict=True)])
    at, limit = cells(pair, axis), problem.limit_mw
    cut = block.variables("cut", [pair, axis], upper=limit[pair_site][:, None], owner=pair_site[:, None])
    other_pair, other_path = _elsewhere(pair_site, pair_place, site, landing)
    reach = Term(at[other_pair], columns[other_path][:, asked.periods], limit[site[other_path]][:, None])
    block.rows("cut_off", [pair, axis], [Term(at, cut.columns, 1.0), reach, *_firm_of(asked, ledgers, pair_site)], lower=0.0)
    places = block.axis("landings", names)
    asked.lost("landing", places, [Term(cells(places, axis)[pair_place], cut.columns, 1.0)], knobs.landing_served_share)


def _elsewhere(pair_site: Ints, pair_place: Ints, site: Ints, landing: Ints) -> tuple[Ints, Ints]:
    """Numbers of pairs (site, place), and of the paths of the same site that land at another place."""
    order = np.argsort(site, kind="stable")
    first, last = (np.searchsorted(site[order], pair_site, side) for side in ("left", "right"))
    pair = np.repeat(np.arange(len(pair_site)), last - first)
    path = order[np.arange(len(pair)) - np.repeat(np.cumsum(last - first) - last, last - first)]
    other = landing[path] != pair_place[pair]
    return pair[other], path[other]


def _firm_of(asked: Asked, ledgers: Ledgers, pair_site: Ints) -> list[Term]:
    """The firm MW of each pair's site, negative, over pairs (in order of their sites) and asked periods."""
    count = len(asked.axis)
    found = []
    for term in asked.terms(ledgers.firm_it_mw):
        site, period = np.divmod(term.rows, count)
        first, last = (np.searchsorted(pair_site, site, side) for side in ("left", "right"))
        each = np.repeat(np.arange(len(site)), last - first)
        pair = np.arange(len(each)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[each]
        found.append(Term(pair * count + period[each], term.columns[each], -np.asarray(term.coefficients)[each]))
    return found


def landings(latency: Latency) -> tuple[Ints, Ints, Ints, tuple[str, ...]]:
    """Candidate data paths whose landing place is told: site (H), number of the place (H), columns (H, P); names of places."""
    told = [paths for paths in latency.offers if paths.lands]
    names = tuple(sorted({name for paths in told for name in paths.lands}))
    if not names:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 0), np.int64), ()
    number = {name: place for place, name in enumerate(names)}
    landing = np.array([number[name] for paths in told for name in paths.lands], dtype=np.int64)
    return np.concatenate([paths.site for paths in told]), landing, np.concatenate([paths.columns for paths in told]), names


def _firm_asked(problem: Problem, knobs: ResilienceKnobs, solved: Solved) -> Floats:
    """MW of IT that may never wait (I, P), 0 in periods that are not asked for."""
    found = np.zeros(solved.ledgers["firm_it_mw"].shape)
    periods = asked_periods(problem.time, knobs)
    found[:, periods] = solved.ledgers["firm_it_mw"][:, periods]
    return found


def standing(problem: Problem, knobs: ResilienceKnobs, solved: Solved) -> Standing:
    """The inference that is lost with the largest site, and the steady power counted upon by link."""
    network, firm = problem.network, _firm_asked(problem, knobs, solved)
    programme = {"largest_site_loss_mw": firm.max(axis=0, initial=0.0)}
    if "resilience.steady_mw" not in solved.values:
        return Standing(programme=programme)
    facts = problem.facts["resilience"]
    assert isinstance(facts, ResilienceFacts)
    links = steady_links(network, facts)
    steady = np.zeros((len(firm), len(links), firm.shape[1]))
    periods = asked_periods(problem.time, knobs)
    steady[network.link_site[links][:, None], np.arange(len(links))[:, None], periods] = solved["resilience.steady_mw"]
    ids = tuple(network.link_ids[link] for link in links)
    return Standing(programme=programme, given={"steady_mw": Given(ids, steady)})


def steady_links(network: Network, facts: ResilienceFacts) -> Ints:
    """Links whose point has something to send in every slice of some period."""
    return np.flatnonzero(facts.least_mw[network.link_point].max(axis=1, initial=0.0) > NOTHING_MW)


def report(problem: Problem, knobs: ResilienceKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """How much of the inference is lost with each site."""
    firm = _firm_asked(problem, knobs, solved)[:, -1]
    total = float(firm.sum())
    return {"outage_share": firm / (total if total > 0 else 1.0)}


def explain(row: Mapping[str, Any], knobs: ResilienceKnobs) -> str:
    """What is lost with it."""
    if not row["outage_share"] > 0 or knobs.site_served_share == 0:
        return ""
    return (
        f"With it {row['outage_share']:.0%} of the inference is lost "
        f"(at most {1.0 - knobs.site_served_share:.0%} of what is beyond the first {knobs.free_mw:,.0f} MW)."
    )


def _limit(title: str, knob_name: str) -> Limit:
    return Limit(title, "MW", (f"resilience.{knob_name}", "resilience.free_mw", "resilience.from_months"))


RESILIENCE = Family(
    name="resilience",
    title="Resilience",
    knobs=ResilienceKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "programme": Limit("inference of the programme", "MW", structure=True),
        "site": _limit("inference lost with one site", "site_served_share"),
        "basin": _limit("inference lost with the plants of one basin", "basin_served_share"),
        "substation": _limit("inference lost with one substation", "substation_served_share"),
        "landing": _limit("inference lost with one landing place of data", "landing_served_share"),
        "steady": Limit("steady power of a tie-line", "MW", structure=True),
        "steady_supply": Limit("power of a supply point that is there in every slice", "MW", structure=True),
        "fed": Limit("inference fed by steady power", "MW", structure=True),
        "short_total": Limit("inference without steady power", "MW", structure=True),
        "unfed": Limit("inference that a basin or substation feeds alone", "MW", structure=True),
        "cut_off": Limit("inference that one landing place connects alone", "MW", structure=True),
    },
    derive=derive,
    state=no_rows,
    close=close,
    report=report,
    explain=explain,
    standing=standing,
    items={
        "largest_site_loss_mw": "inference that is lost with the site that has the most of it",
        "steady_mw": "power of a tie-line that can be counted on in every slice when another supply is lost, by link",
    },
    across=looks_across,
)
