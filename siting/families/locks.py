"""Locks: sites a planner forces into the plan or forbids, and what is there already.

    open[i, last]  >=  1                                for i in force
    open[i, last]  <=  0                                for i in forbid
    modules[i, k, first]  >=  count[i, k]               for what exists;   modules[i, k, last]  <=  count  where it may not grow
    line[l, first]  >=  1,   line_mw[l, first]  >=  mw[l]                  for tie-lines that exist

A stock never shrinks, so the last period speaks for all that is forced or forbidden, and the first for what exists. What exists
is sunk: every line of capital is charged less what it would charge for the existing stock alone (its modules, the opening of
its site, their yards, its tie-lines), so the budget and the cost of a plan see only what is still to be spent, while running
cost, energy and land are those of all that stands. `open`, which is 1 at such a site, carries it in the ledger.

What exists is told by hand or taken from an earlier plan (`earlier_plan`, its plan.json) as it stood in its period `until`, so
that a programme can be planned anew each quarter. Laterals, terminals and other equipment of the earlier plan are not taken
over: they are chosen and paid anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import geopandas as gpd
import numpy as np

from siting.arrays import Sheet, Term
from siting.errors import Fault, input_error
from siting.family import (
    PAIR_SEPARATOR,
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
    knob,
    looks_alone,
    nearest_name,
)

A_CANDIDATE: Final = "the id of a candidate"


class ExistingModules(Knobs):
    """Modules of one type that stand at a site before the first period."""

    site: str = knob(..., "id of the candidate they stand at", source="the planner")
    module: str = knob(..., "module type", source="the planner")
    count: int = knob(..., "how many of them", source="the planner", at_least=1, at_most=10000)
    grows: bool = knob(True, "whether more of them may be added", source="the planner")


class ExistingLine(Knobs):
    """A tie-line that stands before the first period."""

    link: str = knob(..., "id of the tie-line: site--point", source="the planner")
    line_mw: float = knob(..., "its capacity", source="the planner", above=0.0, at_most=5000.0)


class LocksKnobs(Knobs):
    """Knobs of locks."""

    force: tuple[str, ...] = knob((), "sites that must open", source="the planner", tighter="up")
    forbid: tuple[str, ...] = knob((), "sites that must not open", source="the planner", tighter="up")
    existing: tuple[ExistingModules, ...] = knob(
        (), 'modules that stand already, [{ site = "c-1", module = "pod", count = 2 }]: paid for, and kept', source="the planner"
    )
    existing_lines: tuple[ExistingLine, ...] = knob(
        (), 'tie-lines that stand already, [{ link = "c-1--dam", line_mw = 20.0 }]: paid for, and kept', source="the planner"
    )
    earlier_plan: str = knob(
        "",
        "plan.json of an earlier plan, relative to the file that names it: its modules and tie-lines exist",
        source="the planner",
    )
    until: str = knob(
        "", "period of the earlier plan up to which it has been built; its last one where empty", source="the planner"
    )


COLUMNS = (Column("lock", "", "forced, forbidden or existing, empty where free"),)


@dataclass(frozen=True, kw_only=True)
class LockFacts(Facts):
    """Positions of the sites that are forced and forbidden; `standing` (I, K) modules and `line_mw` (L) that exist, `line` (L)
    which tie-lines; `full` (I, K) where no more may be added."""

    forced: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    forbidden: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    standing: Floats
    full: Flags
    line: Flags
    line_mw: Floats

    @property
    def exists(self) -> Flags:
        """Sites with anything that exists (I)."""
        return np.asarray(self.standing.any(axis=1))


def derive(geography: Geography, network: Network, knobs: LocksKnobs) -> LockFacts:
    """Positions of what is named; of a part of the candidates, of what is named there. Raises InputError for a site, module or
    tie-line there is not, and for more modules than the place can take."""
    place = {site: number for number, site in enumerate(geography.sites["id"].to_list())}
    links = {link: number for number, link in enumerate(network.link_ids)}
    kinds = {name: number for number, name in enumerate(geography.modules.names)}
    named = [
        *((key, site, place, A_CANDIDATE) for key, site in _sites_named(knobs)),
        *(("existing", each.module, kinds, "a module type of the model") for each in knobs.existing),
        *(("existing_lines", each.link, links, "a tie-line within reach") for each in knobs.existing_lines),
    ]
    elsewhere = (place, links) if geography.part else ()
    faults = [
        _unknown(key, name, known, expected)
        for key, name, known, expected in named
        if name not in known and not any(known is other for other in elsewhere)
    ]
    if faults:
        raise input_error(faults)
    standing, full = np.zeros((len(place), len(kinds))), np.zeros((len(place), len(kinds)), dtype=bool)
    for each in (each for each in knobs.existing if each.site in place):
        standing[place[each.site], kinds[each.module]] += each.count
        full[place[each.site], kinds[each.module]] |= not each.grows
    line, line_mw = np.zeros(len(links), dtype=bool), np.zeros(len(links))
    for tie in (tie for tie in knobs.existing_lines if tie.link in links):
        line[links[tie.link]], line_mw[links[tie.link]] = True, max(line_mw[links[tie.link]], tie.line_mw)
    facts = LockFacts(
        forced=np.array([place[site] for site in knobs.force if site in place], dtype=np.int64),
        forbidden=np.array([place[site] for site in knobs.forbid if site in place], dtype=np.int64),
        standing=standing,
        full=full,
        line=line,
        line_mw=line_mw,
        existing_modules=standing if standing.any() else None,
        existing_line_mw=line_mw if line.any() else None,
    )
    _fits(geography, network, facts)
    return facts


def refuse_unknown_sites(knobs: LocksKnobs, site_ids: Collection[str]) -> None:
    """What no part of the candidates can tell: that a site named is none of all of them. Raises InputError."""
    known = frozenset(site_ids)
    faults = [_unknown(key, site, known, A_CANDIDATE) for key, site in _sites_named(knobs) if site not in known]
    faults += [
        _unknown("existing_lines", each.link, (), "a tie-line of a candidate")
        for each in knobs.existing_lines
        if not any(_begins(each.link, site) for site in known)
    ]
    if faults:
        raise input_error(faults)


def _sites_named(knobs: LocksKnobs) -> list[tuple[str, str]]:
    """(knob, site) of every site that locks name."""
    named = [("force", site) for site in knobs.force] + [("forbid", site) for site in knobs.forbid]
    return named + [("existing", each.site) for each in knobs.existing]


def _begins(link: str, site: str) -> bool:
    return link.startswith(f"{site}{PAIR_SEPARATOR}")


def _unknown(key: str, name: str, known: Iterable[str], expected: str) -> Fault:
    return Fault("S023", "scenario", "", f"locks.{key}", name, expected, nearest_name(name, known))


def _fits(geography: Geography, network: Network, facts: LockFacts) -> None:
    """Raises InputError where more exists than the place can take, or a tie-line leads to a site where nothing exists."""
    sites, limit = geography.sites["id"].to_list(), geography.sites["limit_mw"].to_numpy(dtype=np.float64)
    load = facts.standing @ geography.modules.it_mw
    faults = [
        Fault(
            "S011",
            "scenario",
            "",
            "locks.existing",
            f"{load[i]:g} MW at {sites[i]}",
            f"at most its limit_mw, {limit[i]:g} MW",
            "",
        )
        for i in np.flatnonzero(load > limit * (1.0 + 1e-9))
    ]
    empty = facts.line & ~facts.exists[network.link_site]
    faults += [
        Fault(
            "S011",
            "scenario",
            "",
            "locks.existing_lines",
            network.link_ids[link],
            "a tie-line to a site with existing modules",
            "",
        )
        for link in np.flatnonzero(empty)
    ]
    if faults:
        raise input_error(faults)


def state(core: Core, problem: Problem, knobs: LocksKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """A row for each lock, and for each thing that exists."""
    facts = problem.facts["locks"]
    assert isinstance(facts, LockFacts)
    for name, sites, low, high in (("forced", facts.forced, 1.0, np.inf), ("forbidden", facts.forbidden, -np.inf, 0.0)):
        if len(sites):
            axis = block.axis(f"{name}_sites", [core.site.labels[site] for site in sites], of_sites=True)
            block.rows(name, [axis], [Term(np.arange(len(sites)), core.open.columns[sites, -1], 1.0)], lower=low, upper=high)
    _kept(core, facts, block)


def _kept(core: Core, facts: LockFacts, block: Sheet) -> None:
    """Sites, modules and tie-lines that exist stand from the first period on."""
    sites = np.flatnonzero(facts.exists)
    if len(sites):
        axis = block.axis("existing_sites", [core.site.labels[site] for site in sites], of_sites=True)
        block.rows("existing_site", [axis], [Term(np.arange(len(sites)), core.open.columns[sites, 0], 1.0)], lower=1.0)
    i, k = np.nonzero(facts.standing)
    if len(i):
        axis = block.axis(
            "existing_modules",
            [f"{core.site.labels[a]} {core.module.labels[b]}" for a, b in zip(i, k, strict=True)],
            of_sites=True,
        )
        each = Term(np.arange(len(i)), core.modules.columns[i, k, 0], 1.0)
        block.rows("existing", [axis], [each], lower=facts.standing[i, k])
    i, k = np.nonzero(facts.full)
    if len(i):
        labels = [f"{core.site.labels[a]} {core.module.labels[b]}" for a, b in zip(i, k, strict=True)]
        axis = block.axis("full_modules", labels, of_sites=True)
        block.rows("fixed", [axis], [Term(np.arange(len(i)), core.modules.columns[i, k, -1], 1.0)], upper=facts.standing[i, k])
    links = np.flatnonzero(facts.line)
    if len(links):
        axis, at = block.axis("existing_line", [core.link.labels[link] for link in links], of_sites=True), np.arange(len(links))
        block.rows("existing_line_built", [axis], [Term(at, core.line.columns[links, 0], 1.0)], lower=1.0)
        block.rows("existing_line_mw", [axis], [Term(at, core.line_mw.columns[links, 0], 1.0)], lower=facts.line_mw[links])


def close(core: Core, problem: Problem, knobs: LocksKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """What exists is not paid again, line by line."""
    facts = problem.facts["locks"]
    assert isinstance(facts, LockFacts)
    sites = np.flatnonzero(facts.exists)
    if not len(sites):
        return
    stock = _existing_stock(core, facts)
    owner = np.concatenate([variable.owner.ravel() for variable in block.space.variables])
    row, periods = np.full(len(core.site), -1), len(core.period)
    row[sites] = np.arange(len(sites))
    paid: dict[str, Floats] = {}
    for entry in ledgers.capital_musd.entries:
        musd = entry.coefficients * stock[entry.columns]
        mine = np.flatnonzero(musd)
        total = paid.setdefault(entry.label, np.zeros((len(sites), periods)))
        np.add.at(total, (row[owner[entry.columns[mine]]], entry.at[mine]), musd[mine])
    for label, total in paid.items():
        if total.any():
            ledgers.capital_musd.add(label, ledgers.capital_musd.cells()[None, :], core.open.columns[sites], -total)


def _existing_stock(core: Core, facts: LockFacts) -> Floats:
    """Value of each column if nothing stood but what exists, in every period."""
    stock = np.zeros(core.sheet.space.size)
    stock[core.modules.columns] = facts.standing[:, :, None]
    stock[core.open.columns] = facts.exists[:, None]
    stock[core.line.columns] = facts.line[:, None]
    stock[core.line_mw.columns] = facts.line_mw[:, None]
    return stock


def report(problem: Problem, knobs: LocksKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Which sites are locked."""
    return {"lock": _words(problem.site_ids, knobs)}


def elsewhere(
    problem: Problem,  # noqa: ARG001
    knobs: LocksKnobs,
    solved: Solved,  # noqa: ARG001
    sites: gpd.GeoDataFrame,
) -> Mapping[str, ColumnValues]:
    """Which candidates outside the program are locked."""
    return {"lock": _words(sites["id"], knobs)}


def _words(ids: Iterable[str], knobs: LocksKnobs) -> list[str]:
    words = (
        dict.fromkeys((each.site for each in knobs.existing), "existing")
        | dict.fromkeys(knobs.force, "forced")
        | dict.fromkeys(knobs.forbid, "forbidden")
    )
    return [words.get(site, "") for site in ids]


def explain(row: Mapping[str, Any], knobs: LocksKnobs) -> str:  # noqa: ARG001
    """Whether the planner forced it, or it is there already."""
    return {"forced": "The planner forced it into the plan.", "existing": "It exists already, and what stands is paid for."}.get(
        row["lock"], ""
    )


LOCKS = Family(
    name="locks",
    title="Locks",
    knobs=LocksKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "forced": Limit("sites forced open", "sites"),
        "forbidden": Limit("sites forbidden", "sites", ("locks.forbid",)),
        "existing_site": Limit("sites that exist", "sites", structure=True),
        "existing": Limit("modules that exist", "modules", ("locks.existing",)),
        "fixed": Limit("modules that may not grow", "modules", ("locks.existing",)),
        "existing_line_built": Limit("tie-lines that exist", "lines", structure=True),
        "existing_line_mw": Limit("capacity of tie-lines that exist", "MW", ("locks.existing_lines",)),
    },
    derive=derive,
    state=state,
    close=close,
    report=report,
    explain=explain,
    across=looks_alone,
    elsewhere=elsewhere,
)
