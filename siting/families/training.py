"""Training: part of the compute trains models, in blocks that are large enough to be worth it, and may be interrupted a little.

    sum over i of training[i, p]  >=  training_share * IT MW of the programme                               for p
    training[i, p]                <=  limit_mw[i] * cluster[i, p]                                           for i, p
    IT MW at i in p               >=  block_mw * cluster[i, p],      cluster[i, p] whole, never shrinking   for i, p

A cluster is a site of at least `block_mw` of IT (DEM-07), whatever else runs there. Training MW are MW of IT that stand, shared
with inference (core row `work`). Of its yearly energy training may lose `interruptible_share` (GRID-06); family workload
closes that ledger, so with training on, what a site leaves unserved is held to what training there can lose.

With `multi_site` on, a site may join its training to a hub h, one of its `nearest` sites within `spread_km` (DEM-08):

    training[i, p] - sum over h of joined[i, h, p]     <=  limit_mw[i] * cluster[i, p]
    sum over h of joined[i, h, p]                      <=  training[i, p]
    joined[i, h, p]                                    <=  limit_mw[i] * cluster[h, p]
    IT MW at h in p  +  sum over i of joined[i, h, p]  >=  block_mw * cluster[h, p]

so that a block may be made of a hub and what is joined to it. Each joined MW takes bandwidth at both ends: BW-05 where sites
exchange weights now and then (asynchronous), BW-04 in step (synchronous). Left out: hubs beyond the nearest, joining over
a third site, the capacity of routes between the sites beyond their own laterals, and that satellite paths would be no good for
it: their few Gbps count like those of a lateral.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

from siting.arrays import ArrayVar, Sheet, Term, cells
from siting.errors import Fault, input_error
from siting.family import (
    PAIR_SEPARATOR,
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Geography,
    Given,
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    Standing,
    knob,
)
from siting.geo import lonlat, nearest

NOTHING_MW: Final = 1e-6


class TrainingKnobs(Knobs):
    """Knobs of training."""

    training_share: float = knob(
        0.5, "share of the programme's IT MW that trains, at least", source="DEM-01", tighter="up", at_least=0.0, at_most=1.0
    )
    block_mw: float = knob(20.0, "least IT MW of a site that trains", source="DEM-07", tighter="up", at_least=0.0, at_most=1000.0)
    interruptible_share: float = knob(
        0.005, "share of its yearly energy training may lose", source="GRID-06", tighter="down", at_least=0.0, at_most=1.0
    )
    multi_site: Literal["off", "asynchronous", "synchronous"] = knob(
        "off", "whether sites may train together: off, asynchronous or synchronous", source="DEM-08"
    )
    spread_km: float = knob(
        1000.0, "farthest hub a site may join", source="DEM-08", tighter="down", at_least=0.0, at_most=10000.0
    )
    nearest: int = knob(3, "hubs a site may join, nearest first", source="judgement", tighter="down", at_least=1, at_most=50)
    asynchronous_gbps_per_mw: float = knob(
        3.0, "bandwidth per joined MW that trains asynchronously", source="BW-05", tighter="up", at_least=0.0, at_most=2000.0
    )
    synchronous_gbps_per_mw: float = knob(
        600.0, "bandwidth per joined MW that trains in step", source="BW-04", tighter="up", at_least=0.0, at_most=2000.0
    )

    @property
    def joined_gbps_per_mw(self) -> float:
        """Bandwidth per joined MW, at both ends."""
        return self.synchronous_gbps_per_mw if self.multi_site == "synchronous" else self.asynchronous_gbps_per_mw


COLUMNS = (Column("training_mw", "MW", "IT MW that train in the last period"),)


@dataclass(frozen=True, kw_only=True)
class TrainingFacts(Facts):
    """By pair of a site and a hub it may join (Q): positions of the two."""

    site: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    hub: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


def derive(geography: Geography, network: Network, knobs: TrainingKnobs) -> TrainingFacts:  # noqa: ARG001
    """The nearest hubs of each site, where sites may train together. Raises InputError for a block that fits no candidate."""
    largest = float(geography.sites["limit_mw"].max()) if len(geography.sites) else np.inf
    if not geography.part and knobs.training_share > 0 and knobs.multi_site == "off" and knobs.block_mw > largest:
        found, wanted = f"{knobs.block_mw:g} MW", f"at most {largest:g} MW, the limit of the largest candidate"
        remedy = "Lower training.block_mw, raise candidates.limit_mw, or let sites train together (training.multi_site)."
        raise input_error([Fault("S023", "scenario", "", "training.block_mw", found, wanted, remedy)])
    if knobs.multi_site == "off" or len(geography.sites) < 2:
        return TrainingFacts()
    place = lonlat(geography.sites)
    site, hub, _ = nearest(place, place, knobs.nearest + 1, knobs.spread_km)
    site, hub = site[site != hub], hub[site != hub]
    rank = np.arange(len(site)) - np.searchsorted(site, site)
    return TrainingFacts(site=site[rank < knobs.nearest], hub=hub[rank < knobs.nearest])


def state(core: Core, problem: Problem, knobs: TrainingKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """MW of training at each site, clusters, and what is joined to hubs."""
    facts = problem.facts["training"]
    assert isinstance(facts, TrainingFacts)
    if knobs.training_share == 0.0:
        return
    owner = np.arange(len(core.site))[:, None]
    training = block.variables("training", [core.site, core.period], upper=problem.limit_mw[:, None], owner=owner)
    cell = ledgers.assigned_it_mw.cells()
    ledgers.assigned_it_mw.add("training", cell, training.columns, 1.0)
    ledgers.flexible_it_mw.add("training", cell, training.columns, knobs.interruptible_share)
    at = cells(core.period)
    standing = Term(at, core.modules.columns, -knobs.training_share * core.module_it_mw[None, :, None])
    block.rows("share", [core.period], [Term(at, training.columns, 1.0), standing], lower=0.0)
    _blocks(core, problem, knobs, block, ledgers, training)


def _blocks(core: Core, problem: Problem, knobs: TrainingKnobs, block: Sheet, ledgers: Ledgers, training: ArrayVar) -> None:
    """Training stands in clusters or is joined to one, and clusters are large enough."""
    facts = problem.facts["training"]
    assert isinstance(facts, TrainingFacts)
    if knobs.block_mw <= problem.modules.it_mw.min():
        return
    limit = problem.limit_mw
    able, pairs = _able(problem, knobs, facts)
    axis = block.axis("clusters", [core.site.labels[i] for i in able], of_sites=True)
    cluster = block.variables("cluster", [axis, core.period], upper=1.0, integer=True, owner=able[:, None])
    core.never_shrinks(block, cluster)
    at, site = cells(axis, core.period), cells(core.site, core.period)
    contiguous = [Term(site, training.columns, 1.0), Term(site[able], cluster.columns, -limit[able][:, None])]
    large = [
        Term(at[:, None, :], core.modules.columns[able], core.module_it_mw[None, :, None]),
        Term(at, cluster.columns, -knobs.block_mw),
    ]
    number = np.full(len(core.site), -1)
    number[able] = np.arange(len(able))
    if len(pairs):
        source, hub = facts.site[pairs], number[facts.hub[pairs]]
        joined = _joined(core, problem, knobs, block, ledgers, training, cluster.columns[hub], pairs)
        contiguous.append(Term(site[source], joined.columns, -1.0))
        large.append(Term(at[hub], joined.columns, 1.0))
    block.rows("contiguous", [core.site, core.period], contiguous, upper=0.0)
    block.rows("large_enough", [axis, core.period], large, lower=0.0)


def _able(problem: Problem, knobs: TrainingKnobs, facts: TrainingFacts) -> tuple[Ints, Ints]:
    """Sites that a cluster fits, and the pairs whose hub is one."""
    reachable = problem.limit_mw.copy()
    np.add.at(reachable, facts.hub, problem.limit_mw[facts.site])
    able = reachable >= knobs.block_mw
    return np.flatnonzero(able), np.flatnonzero(able[facts.hub])


def _joined(
    core: Core,
    problem: Problem,
    knobs: TrainingKnobs,
    block: Sheet,
    ledgers: Ledgers,
    training: ArrayVar,
    cluster: Ints,
    pairs: Ints,
) -> ArrayVar:
    """MW of training joined to hubs (Q, P), no more than trains there, only to clusters (`cluster` (Q, P) are the columns of
    the hubs'), with the bandwidth it takes at both ends."""
    facts = problem.facts["training"]
    assert isinstance(facts, TrainingFacts)
    source, hub = facts.site[pairs], facts.hub[pairs]
    names = [f"{core.site.labels[i]}{PAIR_SEPARATOR}{core.site.labels[h]}" for i, h in zip(source, hub, strict=True)]
    axis = block.axis("pairs", names)
    most = problem.limit_mw[source][:, None]
    joined = block.variables("joined", [axis, core.period], upper=most, owner=source[:, None])
    at, site = cells(axis, core.period), cells(core.site, core.period)
    block.rows("joins_cluster", [axis, core.period], [Term(at, joined.columns, 1.0), Term(at, cluster, -most)], upper=0.0)
    trains = [Term(site[source], joined.columns, 1.0), Term(site, training.columns, -1.0)]
    block.rows("joined_trains", [core.site, core.period], trains, upper=0.0)
    for end in (source, hub):
        ledgers.bandwidth_gbps.add("joined training", site[end], joined.columns, -knobs.joined_gbps_per_mw)
    return joined


def standing(problem: Problem, knobs: TrainingKnobs, solved: Solved) -> Standing:
    """MW of training at sites, and MW joined to hubs."""
    facts = problem.facts["training"]
    assert isinstance(facts, TrainingFacts)
    if knobs.training_share == 0.0:
        return Standing()
    stock = {"training_mw": solved["training.training"]}
    if "training.joined" not in solved.values:
        return Standing(stock=stock)
    _, pairs = _able(problem, knobs, facts)
    joined = np.zeros((len(problem.site_ids), len(problem.site_ids), len(problem.time.periods)))
    joined[facts.site[pairs], facts.hub[pairs]] = solved["training.joined"]
    return Standing(stock=stock, given={"joined_mw": Given(problem.site_ids, joined)})


def report(problem: Problem, knobs: TrainingKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """What trains at each site in the last period."""
    mw = np.zeros(len(problem.site_ids)) if knobs.training_share == 0.0 else solved["training.training"][:, -1]
    return {"training_mw": mw}


def explain(row: Mapping[str, Any], knobs: TrainingKnobs) -> str:
    """What trains there."""
    if row["training_mw"] <= NOTHING_MW:
        return "Nothing trains there." if knobs.training_share > 0 else ""
    return f"{row['training_mw']:.1f} MW of it train, in a block of at least {knobs.block_mw:g} MW of IT."


TRAINING = Family(
    name="training",
    title="Training",
    knobs=TrainingKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "share": Limit("share of the programme that trains", "MW", ("training.training_share",)),
        "contiguous": Limit("training stands in a block or is joined to one", "MW", ("training.block_mw",)),
        "large_enough": Limit("IT load of a block that trains", "MW", ("training.block_mw",)),
        "joins_cluster": Limit("training is joined to a block only", "MW", structure=True),
        "joined_trains": Limit("what is joined to a hub trains", "MW", structure=True),
    },
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    standing=standing,
    items={"training_mw": "MW of IT that train", "joined_mw": "MW of IT that train together with the site it is given to"},
    across=lambda knobs: knobs.multi_site != "off",
)
