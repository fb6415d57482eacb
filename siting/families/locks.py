"""Locks: sites a planner forces into the plan or forbids.

    open[i, last]  >=  1      for i in force
    open[i, last]  <=  0      for i in forbid

A stock never shrinks, so the last period speaks for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from siting.arrays import Sheet, Term
from siting.errors import Fault, input_error
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Geography,
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    knob,
    nearest_name,
)


class LocksKnobs(Knobs):
    """Knobs of locks."""

    force: tuple[str, ...] = knob((), "sites that must open", source="the planner", tighter="up")
    forbid: tuple[str, ...] = knob((), "sites that must not open", source="the planner", tighter="up")


COLUMNS = (Column("lock", "", "forced or forbidden, empty where free"),)


@dataclass(frozen=True, kw_only=True)
class LockFacts(Facts):
    """Positions of the sites that are forced and forbidden."""

    forced: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    forbidden: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


def derive(geography: Geography, network: Network, knobs: LocksKnobs) -> LockFacts:  # noqa: ARG001
    """Positions of the named sites. Raises InputError for a site that is no candidate."""
    place = {site: number for number, site in enumerate(geography.sites["id"])}
    faults = [
        Fault("S023", "scenario", "", f"locks.{key}", site, "the id of a candidate", nearest_name(site, place))
        for key, names in (("force", knobs.force), ("forbid", knobs.forbid))
        for site in names
        if site not in place
    ]
    if faults:
        raise input_error(faults)
    return LockFacts(
        forced=np.array([place[site] for site in knobs.force], dtype=np.int64),
        forbidden=np.array([place[site] for site in knobs.forbid], dtype=np.int64),
    )


def state(core: Core, problem: Problem, knobs: LocksKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """A row for each lock."""
    facts = problem.facts["locks"]
    assert isinstance(facts, LockFacts)
    for name, sites, low, high in (("forced", facts.forced, 1.0, np.inf), ("forbidden", facts.forbidden, -np.inf, 0.0)):
        if len(sites):
            axis = block.axis(f"{name}_sites", [core.site.labels[site] for site in sites])
            block.rows(name, [axis], [Term(np.arange(len(sites)), core.open.columns[sites, -1], 1.0)], lower=low, upper=high)


def report(problem: Problem, knobs: LocksKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Which sites are locked."""
    words = dict.fromkeys(knobs.force, "forced") | dict.fromkeys(knobs.forbid, "forbidden")
    return {"lock": [words.get(site, "") for site in problem.site_ids]}


def explain(row: Mapping[str, Any], knobs: LocksKnobs) -> str:  # noqa: ARG001
    """Whether the planner forced it."""
    return "The planner forced it into the plan." if row["lock"] == "forced" else ""


LOCKS = Family(
    name="locks",
    title="Locks",
    knobs=LocksKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "forced": Limit("sites forced open", "sites"),
        "forbidden": Limit("sites forbidden", "sites", ("locks.forbid",)),
    },
    derive=derive,
    state=state,
    report=report,
    explain=explain,
)
