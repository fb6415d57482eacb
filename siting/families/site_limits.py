"""Site limits: how many sites, how large and how small each, and how far apart.

    sum over i of open[i, last]  <=  most_sites
    sum over i of open[i, last]  >=  least_sites
    sum over k of it_mw[k] * modules[i, k, last]  >=  least_mw * open[i, last]                    for i
    sum over k of it_mw[k] * modules[i, k, p]     <=  most_mw                                     for i, p
    sum over i in c of open[i, last]  <=  1        for each clique c of sites nearer than spacing_km to each other

A stock never shrinks, so the last period speaks for all; a site may begin smaller than `least_mw`. most_mw is a limit of the
site like its land and needs no row. Pairs that are too near are gathered in cliques, each pair in at least one: one row for
all of them is tighter than one a pair. Numbers at the end of their range (1 000 000 sites, 5 000 MW, 0) limit nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet, Term
from siting.errors import Fault, input_error
from siting.family import (
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
    knob,
    no_columns,
)
from siting.geo import lonlat, within

ANY_NUMBER: Final = 1_000_000
ANY_MW: Final = 5000.0


class SiteLimitsKnobs(Knobs):
    """Knobs of site limits."""

    most_sites: int = knob(
        ANY_NUMBER,
        "sites that may open; 1 000 000 is no limit",
        source="the planner",
        tighter="down",
        at_least=0,
        at_most=ANY_NUMBER,
    )
    least_sites: int = knob(0, "sites that must open", source="the planner", tighter="up", at_least=0, at_most=ANY_NUMBER)
    least_mw: float = knob(
        0.0, "smallest IT load of an open site at the end", source="the planner", tighter="up", at_least=0.0, at_most=ANY_MW
    )
    most_mw: float = knob(
        ANY_MW, "largest IT load of a site; 5 000 is no limit", source="the planner", tighter="down", above=0.0, at_most=ANY_MW
    )
    spacing_km: float = knob(
        0.0, "least distance between open sites", source="the planner", tighter="up", at_least=0.0, at_most=1000.0
    )


@dataclass(frozen=True, kw_only=True)
class SiteLimitFacts(Facts):
    """`clique` and `member`: row and site of each entry of the spacing rows."""

    clique: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    member: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


def derive(geography: Geography, network: Network, knobs: SiteLimitsKnobs) -> SiteLimitFacts:  # noqa: ARG001
    """Sites too near to each other, in cliques. Raises InputError where fewer candidates than `least_sites` can be had."""
    count = len(geography.sites)
    if knobs.least_sites > count and not geography.part:
        found = f"{knobs.least_sites} sites, of {count} candidates"
        fault = Fault("S023", "scenario", "", "site_limits.least_sites", found, f"at most {count}", "Ask for fewer sites.")
        raise input_error([fault])
    clique, member = too_near(lonlat(geography.sites), knobs.spacing_km)
    return SiteLimitFacts(
        site_limit_mw=np.full(count, knobs.most_mw) if knobs.most_mw < ANY_MW else None, clique=clique, member=member
    )


def too_near(places: Floats, spacing_km: float) -> tuple[Ints, Ints]:
    """Cliques of places (lon, lat) nearer than `spacing_km` to each other that hold every such pair, as (clique, member)."""
    one, other, km = within(places, places, spacing_km)
    close = (one < other) & (km < spacing_km)
    near: defaultdict[int, set[int]] = defaultdict(set)
    left: defaultdict[int, set[int]] = defaultdict(set)
    for i, j in zip(one[close].tolist(), other[close].tolist(), strict=True):
        near[i].add(j)
        near[j].add(i)
        left[i].add(j)
    cliques: list[list[int]] = []
    for i in sorted(left):
        for j in sorted(left[i]):
            if j in left[i]:
                cliques.append(_grown(near, i, j))
                for member in left.keys() & cliques[-1]:
                    left[member].difference_update(cliques[-1])
    numbers = np.repeat(np.arange(len(cliques), dtype=np.int64), [len(members) for members in cliques])
    return numbers, np.array([member for members in cliques for member in members], dtype=np.int64)


def _grown(near: Mapping[int, set[int]], i: int, j: int) -> list[int]:
    """A pair grown, lowest number first, until nobody is near to all."""
    members, common = [i, j], near[i] & near[j]
    while common:
        members.append(min(common))
        common = common & near[members[-1]]
    return sorted(members)


def state(core: Core, problem: Problem, knobs: SiteLimitsKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """A row for each limit that is set."""
    facts = problem.facts["site_limits"]
    assert isinstance(facts, SiteLimitFacts)
    opened = core.open.columns[:, -1]
    every = Term(np.zeros(len(opened), np.int64), opened, 1.0)
    if knobs.most_sites < ANY_NUMBER:
        block.rows("most_sites", [block.axis("most", ["all"])], [every], upper=float(knobs.most_sites))
    if knobs.least_sites > 0:
        block.rows("least_sites", [block.axis("least", ["all"])], [every], lower=float(knobs.least_sites))
    if knobs.least_mw > 0.0:
        at = np.arange(len(opened))
        load = Term(at[:, None], core.modules.columns[:, :, -1], problem.modules.it_mw[None, :])
        block.rows("smallest", [core.site], [load, Term(at, opened, -knobs.least_mw)], lower=0.0)
    if len(facts.clique):
        labels = [f"c{number}" for number in range(int(facts.clique.max()) + 1)]
        block.rows("spacing", [block.axis("cliques", labels)], [Term(facts.clique, opened[facts.member], 1.0)], upper=1.0)


def explain(row: Mapping[str, Any], knobs: SiteLimitsKnobs) -> str:  # noqa: ARG001
    """Nothing that is not told elsewhere."""
    return ""


SITE_LIMITS = Family(
    name="site_limits",
    title="Number, size and spacing of sites",
    knobs=SiteLimitsKnobs,
    reads={},
    columns=(),
    limits={
        "most_sites": Limit("number of sites", "sites", ("site_limits.most_sites",)),
        "least_sites": Limit("number of sites that must open", "sites", ("site_limits.least_sites",)),
        "smallest": Limit("smallest load of an open site", "MW", ("site_limits.least_mw",)),
        "spacing": Limit("sites too near to each other", "sites", ("site_limits.spacing_km",)),
    },
    derive=derive,
    state=state,
    report=no_columns,
    explain=explain,
    across=lambda knobs: knobs.spacing_km > 0.0,
)
