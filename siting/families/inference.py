"""Inference: part of the compute serves users, who are in places and bear only so much delay.

    sum over i of inference[i, p]      >=  inference_mw[p]  >=  inference_share * IT MW of the programme          for p
    sum over i of serves[i, g, p]      >=  (share of group g) * inference_mw[p]                                  for g, p
    sum over g of serves[i, g, p]      <=  inference[i, p]                                                       for i, p
    sum over g of S of serves[i, g, p] <=  limit_mw[i] * sum over paths of S (path stands in p)                  for i, S, p

A need is a class of latency (voice, agent, chat: DEM-04, DEM-05 and FACTS 5; batch bears any delay) of one of the `places`
most populous places of demand, its share that of its class times that of its place, which is in proportion to population to
the power `population_power`. A path meets a need where its round trip to the place takes no longer than the class bears.
Needs that the same candidate paths meet are one group g: that loses nothing, since whatever serves the group can be shared
out in proportion. What every path meets, and batch, needs no `serves` at all: it is what is left of inference[i, p]. S is a
set of candidate paths of the site; its row takes all groups that only paths of S meet, so one of them must stand.

Inference never waits (ledger of firm IT MW) and takes `gbps_per_mw` of bandwidth besides what all load needs (BW-01). Its
MW are MW of IT that stand, shared with training (core row `work`). The second path of a site (RES-07) need not meet the
same limit: while the first is down, users wait longer. Without a family that carries data, latency is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from pydantic import model_validator

from siting.arrays import Sheet, Term, cells
from siting.errors import Fault, input_error
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
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    Standing,
    knob,
    looks_across,
)
from siting.table import Field

CLASSES: Final = ("voice", "agent", "chat", "batch")
NOTHING_MW: Final = 1e-6


class InferenceKnobs(Knobs):
    """Knobs of inference."""

    inference_share: float = knob(
        0.5,
        "share of the programme's IT MW that serves users, at least: the low end, since remote sites suit training better",
        source="DEM-01",
        tighter="up",
        at_least=0.0,
        at_most=1.0,
    )
    voice_share: float = knob(0.1, "share of inference that is voice", source="judgement", at_least=0.0, at_most=1.0)
    agent_share: float = knob(0.3, "share of inference that is agent loops", source="judgement", at_least=0.0, at_most=1.0)
    chat_share: float = knob(0.4, "share of inference that is chat", source="judgement", at_least=0.0, at_most=1.0)
    batch_share: float = knob(
        0.2, "share of inference that bears any delay; the four add up to 1", source="judgement", at_least=0.0, at_most=1.0
    )
    voice_rtt_ms: float = knob(50.0, "longest round trip of voice", source="DEM-05", tighter="down", above=0.0, at_most=2000.0)
    agent_rtt_ms: float = knob(
        80.0, "longest round trip of agent loops", source="FACTS 5", tighter="down", above=0.0, at_most=2000.0
    )
    chat_rtt_ms: float = knob(
        120.0, "longest round trip of chat, 200 at the very most", source="DEM-04", tighter="down", above=0.0, at_most=2000.0
    )
    places: int = knob(10, "places of demand that are served, most people first", source="judgement", at_least=1, at_most=1000)
    population_power: float = knob(
        1.0,
        "users of a place are in proportion to its people to this power: 0.5 leans to small places, 0 makes all alike",
        source="DEM-02",
        at_least=0.0,
        at_most=2.0,
    )
    gbps_per_mw: float = knob(
        1.7,
        "bandwidth per MW of inference besides what all load needs: 2 in all for text",
        source="BW-01, BW-03",
        tighter="up",
        at_least=0.0,
        at_most=100.0,
    )

    @model_validator(mode="after")
    def _adds_up(self) -> InferenceKnobs:
        total = self.voice_share + self.agent_share + self.chat_share + self.batch_share
        if abs(total - 1.0) > 1e-9:
            told = ", ".join(f"{name}_share = {getattr(self, f'{name}_share'):g}" for name in CLASSES)
            raise ValueError(f"shares of inference that add up to 1; {told} add up to {total:g}")
        return self

    def class_share(self) -> Floats:
        """Share of each class (C)."""
        return np.array([getattr(self, f"{name}_share") for name in CLASSES])

    def limit_ms(self) -> Floats:
        """Longest round trip each class bears (C), infinite for batch."""
        return np.array([self.voice_rtt_ms, self.agent_rtt_ms, self.chat_rtt_ms, np.inf])


READS = {"demand": (Field("id", "text", "place of users"), Field("population", "number", "people", "people"))}
COLUMNS = (
    Column("inference_mw", "MW", "IT MW that serve users in the last period"),
    Column("places_served", "", "places of demand it serves voice, agents or chat in the last period"),
    Column("worst_rtt_ms", "ms", "longest round trip to a place it serves voice, agents or chat, 0 where it serves none"),
)


@dataclass(frozen=True, kw_only=True)
class InferenceFacts(Facts):
    """By place that is served (R'): its id, name, row in the layer of demand, share of the users."""

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    row: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    weight: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True)
class Groups:
    """Needs and the groups they are merged into. By need (N): class, position of its place, its share of inference, and its
    group, -1 where any site can meet it. By group (G): its name and share. By pair of a site and a group that some path of the
    site meets (Q): site and group; by group and candidate path, `meets` (G, H): whether the path meets it."""

    kind: Ints
    place: Ints
    share: Floats
    group: Ints
    names: tuple[str, ...]
    group_share: Floats
    pair_site: Ints
    pair_group: Ints
    meets: Flags

    @property
    def free_share(self) -> float:
        """Share of inference that any site can serve."""
        return float(self.share[self.group < 0].sum())


def derive(geography: Geography, network: Network, knobs: InferenceKnobs) -> InferenceFacts:  # noqa: ARG001
    """The most populous places and their shares of the users."""
    demand = geography.layers.get("demand")
    if demand is None or not len(demand):
        return InferenceFacts()
    people = demand["population"].to_numpy(float)
    row = np.sort(np.argsort(-people, kind="stable")[: knobs.places])
    weight = people[row] ** knobs.population_power
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(row), 1.0 / len(row))
    return InferenceFacts(
        ids=tuple(str(demand["id"].iloc[r]) for r in row),
        names=tuple(str(demand["name"].iloc[r]) for r in row),
        row=row.astype(np.int64),
        weight=weight,
    )


def make_groups(facts: InferenceFacts, knobs: InferenceKnobs, latency: Latency) -> Groups:
    """Merge the needs that the same candidate paths meet."""
    kind, place = (axis.ravel() for axis in np.indices((len(CLASSES), len(facts.ids))))
    share = knobs.class_share()[kind] * facts.weight[place]
    kind, place, share = kind[share > 0], place[share > 0], share[share > 0]
    site = np.concatenate([np.zeros(0, np.int64), *(paths.site for paths in latency.offers)])
    rtt_ms = np.concatenate([np.zeros((0, len(kind))), *(paths.rtt_ms[:, facts.row[place]] for paths in latency.offers)])
    meets = knobs.limit_ms()[kind, None] >= rtt_ms.T
    bound = knobs.limit_ms()[kind] < np.inf
    free = ~bound | (meets.all(axis=1) if latency.every_site_has_one or not latency.offers else False)
    group = np.full(len(kind), -1)
    met, group[~free] = np.unique(meets[~free], axis=0, return_inverse=True)
    names = tuple(_name(facts, kind[group == g], place[group == g]) for g in range(len(met)))
    need, path = np.nonzero(met) if len(met) else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    at = np.unique(np.column_stack([site[path], need]), axis=0)
    return Groups(
        kind=kind,
        place=place,
        share=share,
        group=group,
        names=names,
        group_share=np.array([share[group == g].sum() for g in range(len(met))]),
        pair_site=at[:, 0],
        pair_group=at[:, 1],
        meets=np.asarray(met, dtype=np.bool_).reshape(len(met), len(site)),
    )


def _name(facts: InferenceFacts, kind: Ints, place: Ints) -> str:
    more = f"+{len(kind) - 1}" if len(kind) > 1 else ""
    return f"{CLASSES[kind[0]]}@{facts.ids[place[0]]}{more}"


def state(core: Core, problem: Problem, knobs: InferenceKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """MW of inference at each site and in the programme, and what they need."""
    if knobs.inference_share == 0.0:
        return
    limit = problem.limit_mw
    inference = block.variables(
        "inference", [core.site, core.period], upper=limit[:, None], owner=np.arange(len(core.site))[:, None]
    )
    programme = block.variables("inference_mw", [core.period], upper=float(limit.sum()))
    at = cells(core.period)
    standing = Term(at, core.modules.columns, -knobs.inference_share * core.module_it_mw[None, :, None])
    block.rows("share", [core.period], [Term(at, programme.columns, 1.0), standing], lower=0.0)
    given = [Term(at, inference.columns, 1.0), Term(at, programme.columns, -1.0)]
    block.rows("programme", [core.period], given, lower=0.0)
    site = ledgers.assigned_it_mw.cells()
    ledgers.assigned_it_mw.add("inference", site, inference.columns, 1.0)
    ledgers.firm_it_mw.add("inference", site, inference.columns, 1.0)
    if knobs.gbps_per_mw > 0:
        ledgers.bandwidth_gbps.add("inference", site, inference.columns, -knobs.gbps_per_mw)


def close(core: Core, problem: Problem, knobs: InferenceKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Users are served over paths that are quick enough."""
    facts = problem.facts["inference"]
    assert isinstance(facts, InferenceFacts)
    if knobs.inference_share == 0.0 or not facts.ids:
        return
    groups = make_groups(facts, knobs, ledgers.latency)
    _refuse_needs_nobody_meets(facts, knobs, groups, ledgers.latency)
    if not groups.names:
        return
    pair = block.axis(
        "pairs",
        [f"{problem.site_ids[i]}~{groups.names[g]}" for i, g in zip(groups.pair_site, groups.pair_group, strict=True)],
        of_sites=True,
    )
    upper = problem.limit_mw[groups.pair_site][:, None]
    serves = block.variables("serves", [pair, core.period], upper=upper, owner=groups.pair_site[:, None])
    programme, inference = _columns(block, "inference_mw"), _columns(block, "inference")
    group = block.axis("groups", groups.names)
    at = cells(group, core.period)
    block.rows(
        "served",
        [group, core.period],
        [Term(at[groups.pair_group], serves.columns, 1.0), Term(at, programme, -groups.group_share[:, None])],
        lower=0.0,
    )
    site = cells(core.site, core.period)
    block.rows(
        "shared",
        [core.site, core.period],
        [Term(site[groups.pair_site], serves.columns, 1.0), Term(site, inference, -1.0)],
        lower=-np.inf if groups.free_share > 0 else 0.0,
        upper=0.0,
    )
    _latency_rows(core, problem, groups, block, ledgers.latency)


def _columns(block: Sheet, name: str) -> Ints:
    found: Ints = block.block.component(name).columns
    return found


def _latency_rows(core: Core, problem: Problem, groups: Groups, block: Sheet, latency: Latency) -> None:
    """A row for each set of paths of a site that some group needs one of."""
    stands = np.concatenate([paths.columns for paths in latency.offers])
    sets = _path_sets(groups, latency)
    if not sets:
        return
    axis = block.axis("path_sets", [f"{problem.site_ids[site]}~{number}" for site, number, _, _ in sets], of_sites=True)
    at = cells(axis, core.period)
    limit = problem.limit_mw[[site for site, _, _, _ in sets]]
    pairs = np.concatenate([found for _, _, found, _ in sets])
    paths = np.concatenate([found for _, _, _, found in sets])
    of_pair = np.repeat(np.arange(len(sets)), [len(found) for _, _, found, _ in sets])
    of_path = np.repeat(np.arange(len(sets)), [len(found) for _, _, _, found in sets])
    serves = block.block.component("serves").columns
    terms = [Term(at[of_pair], serves[pairs], 1.0), Term(at[of_path], stands[paths], -limit[of_path][:, None])]
    block.rows("latency", [axis, core.period], terms, upper=0.0)


def _path_sets(groups: Groups, latency: Latency) -> list[tuple[int, int, Ints, Ints]]:
    """(site, its number there, pairs, paths): the sets of paths that meet some group, with all pairs that only they meet.
    The set of all paths of a site says nothing where every site has one."""
    path_site = np.concatenate([paths.site for paths in latency.offers])
    by_site = np.argsort(path_site, kind="stable")
    sites, first = np.unique(groups.pair_site, return_index=True)
    ends = np.append(first[1:], len(groups.pair_site))
    low, high = (np.searchsorted(path_site[by_site], sites, side) for side in ("left", "right"))
    found: list[tuple[int, int, Ints, Ints]] = []
    for site, own, mine in zip(
        sites.tolist(), map(slice, low.tolist(), high.tolist()), map(np.arange, first.tolist(), ends.tolist()), strict=True
    ):
        paths = by_site[own]
        meets = groups.meets[np.ix_(groups.pair_group[mine], paths)]
        for number, chosen in enumerate(np.unique(meets, axis=0)):
            if chosen.all() and latency.every_site_has_one:
                continue
            within = (meets <= chosen).all(axis=1)
            found.append((site, number, mine[within], paths[chosen]))
    return found


def _refuse_needs_nobody_meets(facts: InferenceFacts, knobs: InferenceKnobs, groups: Groups, latency: Latency) -> None:
    """Raise InputError for needs that no candidate path of any site meets, with the best round trip there is."""
    best = np.min([paths.rtt_ms.min(axis=0, initial=np.inf) for paths in latency.offers], axis=0, initial=np.inf)
    lost = [n for n, g in enumerate(groups.group) if g >= 0 and g not in groups.pair_group]
    if lost:
        raise input_error([_lost(facts, knobs, int(groups.kind[n]), int(groups.place[n]), best) for n in lost])


def _lost(facts: InferenceFacts, knobs: InferenceKnobs, kind: int, place: int, best: Floats) -> Fault:
    name, share = f"inference.{CLASSES[kind]}_rtt_ms", f"inference.{CLASSES[kind]}_share"
    found = f"{knobs.limit_ms()[kind]:g} ms, and {share} = {knobs.class_share()[kind]:g} of inference has to keep it"
    wanted = f"at least {best[facts.row[place]]:.1f} ms, the quickest path of any candidate to {facts.names[place]}"
    return Fault("S023", "scenario", "", name, found, wanted, f"Raise {name}, set {share} to 0, or lower inference.places.")


def given_mw(problem: Problem, knobs: InferenceKnobs, solved: Solved) -> Floats:
    """MW each site gives to each class and place (I, C, R', P): what serves a group in proportion to its needs, and the rest
    in proportion to the needs that any site can meet."""
    facts = problem.facts["inference"]
    assert isinstance(facts, InferenceFacts)
    sites, periods = len(problem.site_ids), len(problem.time.periods)
    found = np.zeros((sites, len(CLASSES), len(facts.ids), periods))
    if knobs.inference_share == 0.0 or not facts.ids:
        return found
    groups = make_groups(facts, knobs, solved.latency)
    served = np.zeros((sites, len(groups.names), periods))
    if len(groups.pair_site):
        served[groups.pair_site, groups.pair_group] = solved["inference.serves"]
    rest = np.maximum(solved["inference.inference"] - served.sum(axis=1), 0.0)
    for n, group in enumerate(groups.group):
        mw, whole = (rest, groups.free_share) if group < 0 else (served[:, group], groups.group_share[group])
        found[:, groups.kind[n], groups.place[n]] += mw * (groups.share[n] / whole)
    return found


def standing(problem: Problem, knobs: InferenceKnobs, solved: Solved) -> Standing:
    """MW of inference at sites, and MW given to places by class."""
    facts = problem.facts["inference"]
    assert isinstance(facts, InferenceFacts)
    if knobs.inference_share == 0.0:
        return Standing()
    given = given_mw(problem, knobs, solved)
    return Standing(
        stock={"inference_mw": solved["inference.inference"]},
        given={f"{name}_mw": Given(facts.ids, given[:, c]) for c, name in enumerate(CLASSES)},
    )


def report(problem: Problem, knobs: InferenceKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """What each site serves in the last period, and how far that is."""
    facts = problem.facts["inference"]
    assert isinstance(facts, InferenceFacts)
    sites = len(problem.site_ids)
    mw = np.zeros(sites) if knobs.inference_share == 0.0 else solved["inference.inference"][:, -1]
    quick = given_mw(problem, knobs, solved)[:, :-1, :, -1].sum(axis=1) > NOTHING_MW
    if not solved.latency.offers or not facts.ids:
        return {"inference_mw": mw, "places_served": quick.sum(axis=1), "worst_rtt_ms": np.zeros(sites)}
    rtt_ms = solved.ledgers["latency"][:, facts.row, -1]
    return {
        "inference_mw": mw,
        "places_served": quick.sum(axis=1),
        "worst_rtt_ms": np.where(quick & np.isfinite(rtt_ms), rtt_ms, 0.0).max(axis=1),
    }


def explain(row: Mapping[str, Any], knobs: InferenceKnobs) -> str:
    """What serves users and how quickly."""
    if row["inference_mw"] <= NOTHING_MW:
        return "It serves no users." if knobs.inference_share > 0 else ""
    if not row["places_served"]:
        return f"{row['inference_mw']:.1f} MW of it do inference that can wait."
    within = f", the farthest in {row['worst_rtt_ms']:.0f} ms" if row["worst_rtt_ms"] > 0 else ""
    places = "1 place" if row["places_served"] == 1 else f"{row['places_served']:.0f} places"
    return f"{row['inference_mw']:.1f} MW of it serve users in {places}{within}."


INFERENCE = Family(
    name="inference",
    title="Inference",
    knobs=InferenceKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "share": Limit("share of the programme that serves users", "MW", ("inference.inference_share",)),
        "programme": Limit("inference of all sites makes that of the programme", "MW", structure=True),
        "served": Limit("users of a place and class are served", "MW"),
        "shared": Limit("inference of a site is shared out once", "MW", structure=True),
        "latency": Limit(
            "paths quick enough for who is served",
            "MW",
            ("inference.voice_rtt_ms", "inference.agent_rtt_ms", "inference.chat_rtt_ms"),
        ),
    },
    derive=derive,
    state=state,
    close=close,
    report=report,
    explain=explain,
    standing=standing,
    items={
        "inference_mw": "MW of IT that serve users",
        "voice_mw": "MW of IT that serve voice to a place",
        "agent_mw": "MW of IT that serve agent loops of a place",
        "chat_mw": "MW of IT that serve chat of a place",
        "batch_mw": "MW of IT that serve batch work of a place",
    },
    across=looks_across,
)
