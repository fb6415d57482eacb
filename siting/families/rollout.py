"""Rollout: how fast crews, factories, roads and cranes bring modules up.

With new[i, k, p] = modules[i, k, p] - modules[i, k, p - 1]:

    sum over i, k of it_mw[k] * new[i, k, p]        <=  MW the programme can bring up in the months of p                 for p
    sum over i in z, k of it_mw[k] * new[i, k, p]   <=  zone_mw_per_month * months[p]                                    for z, p
    sum over k of it_mw[k] * new[i, k, p]           <=  site_mw_per_month * months[p] * open[i, p]                       for i, p
    sum over i, k of trucks[k] * new[i, k, p]       <=  trucks_per_month * months[p]                                     for p

The programme grows from month to month, counted from its first: `start_mw_per_month`, more by `growth_share_per_month` each
month until `programme_mw_per_month` (FACTS 6). MW a month are of IT and no stock: what a period leaves, a later one does not
have. Limits of MW are rounded down to what modules can add up to. The pace of a site holds its cranes, road and commissioning
(MOD-22); rows that could never bind are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.arrays import Sheet, Term, cells
from siting.errors import Fault, input_error
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
    knob,
    looks_alone,
)

ROUNDING = 1e-9


class RolloutKnobs(Knobs):
    """Knobs of the rollout."""

    start_mw_per_month: float = knob(
        10.0, "what the programme brings up in its first month", source="FACTS 6", tighter="down", at_least=0.0, at_most=10000.0
    )
    growth_share_per_month: float = knob(
        0.2, "growth from month to month", source="FACTS 6", tighter="down", at_least=0.0, at_most=10.0
    )
    programme_mw_per_month: float = knob(
        40.0, "pace the programme grows to", source="FACTS 6", tighter="down", at_least=0.0, at_most=10000.0
    )
    zone_mw_per_month: float = knob(
        20.0,
        "pace of the crews of a grid zone, two remote sites at a time",
        source="judgement, MOD-22",
        tighter="down",
        at_least=0.0,
        at_most=10000.0,
    )
    site_mw_per_month: float = knob(
        10.0, "pace of one remote site; the fastest builders reach 33", source="MOD-22, MOD-21", tighter="down", at_least=0.0,
        at_most=10000.0,
    )  # fmt: skip
    trucks_per_month: float = knob(
        200.0,
        "truck loads the programme can send a month",
        source="judgement: half as much again as 40 MW a month take",
        tighter="down",
        at_least=0.0,
        at_most=1_000_000.0,
    )


COLUMNS = (Column("fastest_mw_per_month", "MW/month", "fastest pace of the site over the months of a period"),)


@dataclass(frozen=True, kw_only=True)
class RolloutFacts(Facts):
    """`programme_mw`, `zone_mw`, `trucks` and `site_mw` (P): what may be added in each period; `zone_of` (I) numbers `zones`."""

    zones: tuple[str, ...]
    zone_of: Ints
    programme_mw: Floats
    zone_mw: Floats
    site_mw: Floats
    trucks: Floats


def paces(knobs: RolloutKnobs, months: int) -> Floats:
    """MW the programme can bring up in each month from its first (months)."""
    if knobs.start_mw_per_month <= 0:
        return np.zeros(months)
    grown = np.log(knobs.start_mw_per_month) + np.arange(months) * np.log1p(knobs.growth_share_per_month)
    found: Floats = np.exp(np.minimum(grown, np.log(max(knobs.programme_mw_per_month, 1e-12))))
    return found


def derive(geography: Geography, network: Network, knobs: RolloutKnobs) -> RolloutFacts:  # noqa: ARG001
    """What may be added in each period. Raises InputError where nothing ever can be, or the start is above what it grows to."""
    time, it_mw = geography.time, geography.modules.it_mw
    monthly = paces(knobs, int(time.start_month[-1] + time.months[-1]))
    programme = np.array(
        [monthly[start : start + months].sum() for start, months in zip(time.start_month, time.months, strict=True)]
    )
    zones = tuple(sorted(set(geography.sites["zone"].to_list())))
    place = {zone: number for number, zone in enumerate(zones)}
    step = _step(it_mw)
    facts = RolloutFacts(
        zones=zones,
        zone_of=np.array([place[zone] for zone in geography.sites["zone"].to_list()], dtype=np.int64),
        programme_mw=_whole(programme, step),
        zone_mw=_whole(knobs.zone_mw_per_month * time.months, step),
        site_mw=_whole(knobs.site_mw_per_month * time.months, step),
        trucks=np.asarray(knobs.trucks_per_month * time.months, dtype=np.float64),
    )
    _refuse(geography, knobs, facts)
    return facts


def _step(it_mw: Floats) -> float:
    """MW that sums of modules come in; 0 where one size does not divide all others."""
    step = float(it_mw.min())
    return step if np.allclose(it_mw / step, np.rint(it_mw / step)) else 0.0


def _whole(mw: NDArray[np.floating[Any]], step: float) -> Floats:
    """MW rounded down to a sum of modules."""
    found: Floats = np.floor(mw / step + ROUNDING) * step if step else np.asarray(mw, dtype=np.float64)
    return found


def _refuse(geography: Geography, knobs: RolloutKnobs, facts: RolloutFacts) -> None:
    faults = []
    if knobs.start_mw_per_month > knobs.programme_mw_per_month:
        faults.append(
            _fault(
                "S052",
                "start_mw_per_month",
                f"{knobs.start_mw_per_month:g} MW a month",
                f"at most rollout.programme_mw_per_month, {knobs.programme_mw_per_month:g}",
                "Lower the start, or raise what the programme grows to.",
            )
        )
    modules = geography.modules
    smallest = int(modules.it_mw.argmin())
    name, months = modules.names[smallest], int(geography.time.months.max())
    for key, most in (("programme", facts.programme_mw), ("zone", facts.zone_mw), ("site", facts.site_mw)):
        field = f"{key}_mw_per_month"
        if most.max() < modules.it_mw[smallest] - ROUNDING:
            found = f"{getattr(knobs, field):g} MW a month, {most.max():g} MW in the longest period of {months} months"
            faults.append(_fault("S053", field, found, f"room for the smallest module, {name} of {modules.it_mw[smallest]:g} MW"))
    lightest = int(modules.trucks.argmin())
    if facts.trucks.max() < modules.trucks[lightest]:
        found = f"{knobs.trucks_per_month:g} a month, {facts.trucks.max():g} in the longest period of {months} months"
        wanted = f"room for the lightest module, {modules.names[lightest]} of {modules.trucks[lightest]:g} truck loads"
        faults.append(_fault("S053", "trucks_per_month", found, wanted))
    if faults:
        raise input_error(faults)


def _fault(code: str, field: str, found: str, expected: str, remedy: str = "Raise it, or switch rollout off.") -> Fault:
    return Fault(code, "scenario", "", f"rollout.{field}", found, expected, remedy)


def facts_of(problem: Problem) -> RolloutFacts:
    """This family's facts of a problem."""
    facts = problem.facts["rollout"]
    assert isinstance(facts, RolloutFacts)
    return facts


def state(core: Core, problem: Problem, knobs: RolloutKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """Rows on what each period adds: programme, zones, sites, trucks; those that sites share where they can bind."""
    facts, modules = facts_of(problem), problem.modules
    site, period = len(core.site), len(core.period)
    whole_mw = float(problem.limit_mw.sum())
    together = np.arange(period)[None, None, :]
    if problem.part or facts.programme_mw.min() <= whole_mw:
        terms = _added(core, problem, together, modules.it_mw)
        block.rows("programme_pace", [core.period], terms, upper=facts.programme_mw)
    zone_mw = np.bincount(facts.zone_of, weights=problem.limit_mw, minlength=len(facts.zones))
    slow = np.flatnonzero((zone_mw >= facts.zone_mw.min()) | problem.part)
    if len(slow):
        axis = block.axis("slow_zone", [facts.zones[zone] for zone in slow])
        row = np.full(len(facts.zones), -1, dtype=np.int64)
        row[slow] = np.arange(len(slow))
        mine = np.flatnonzero(row[facts.zone_of] >= 0)
        at = cells(axis, core.period)[row[facts.zone_of[mine]]][:, None, :]
        upper = np.broadcast_to(facts.zone_mw, (len(slow), period))
        block.rows("zone_pace", [axis, core.period], _added(core, problem, at, modules.it_mw, mine), upper=upper)
    held = np.flatnonzero(problem.limit_mw >= facts.site_mw.min())
    if len(held):
        axis = block.axis("held_site", [core.site.labels[i] for i in held], of_sites=True)
        at = cells(axis, core.period)
        opened = Term(at, core.open.columns[held], -np.minimum(facts.site_mw, problem.limit_mw[held][:, None]))
        block.rows(
            "site_pace", [axis, core.period], [*_added(core, problem, at[:, None, :], modules.it_mw, held), opened], upper=0.0
        )
    most = float((problem.limit_mw / modules.it_mw.min()).sum() * modules.trucks.max()) if site else 0.0
    if (problem.part or facts.trucks.min() <= most) and modules.trucks.any():
        block.rows("truck_pace", [core.period], _added(core, problem, together, modules.trucks), upper=facts.trucks)


def _added(core: Core, problem: Problem, rows: Ints, weight: Floats, sites: Ints | None = None) -> list[Term]:
    """What each period adds of modules, weighted by type, in rows (n or 1, 1, P) of some sites (n; all where None). What exists
    before the first period is not new; `open` is 1 there."""
    mine = slice(None) if sites is None else sites
    stock, each = core.modules.columns[mine], weight[None, :, None]
    terms = [Term(rows, stock, each), Term(rows[..., 1:], stock[..., :-1], -each)]
    if problem.existing_modules is not None:
        terms.append(Term(rows[:, 0, 0], core.open.columns[mine, 0], -(problem.existing_modules @ weight)[mine]))
    return terms


def report(problem: Problem, knobs: RolloutKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """The fastest pace of each site."""
    there = problem.existing_modules
    before = np.zeros((len(problem.site_ids), 1)) if there is None else (there @ problem.modules.it_mw)[:, None]
    added = np.diff(np.einsum("ikp,k->ip", np.rint(solved["modules"]), problem.modules.it_mw), axis=1, prepend=before)
    return {"fastest_mw_per_month": (added / problem.time.months).max(axis=1)}


def explain(row: Mapping[str, Any], knobs: RolloutKnobs) -> str:
    """How fast it is built."""
    return f"It is built at up to {row['fastest_mw_per_month']:.1f} MW a month (at most {knobs.site_mw_per_month:g})."


ROLLOUT = Family(
    name="rollout",
    title="Rollout",
    knobs=RolloutKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "programme_pace": Limit(
            "MW the programme can bring up in a period",
            "MW",
            ("rollout.programme_mw_per_month", "rollout.start_mw_per_month", "rollout.growth_share_per_month"),
        ),
        "zone_pace": Limit("MW the crews of a zone can bring up in a period", "MW", ("rollout.zone_mw_per_month",)),
        "site_pace": Limit("MW that can be brought up at a site in a period", "MW", ("rollout.site_mw_per_month",)),
        "truck_pace": Limit("truck loads of a period", "trucks", ("rollout.trucks_per_month",)),
    },
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    across=looks_alone,
)
