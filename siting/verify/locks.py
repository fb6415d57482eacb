"""Locks: sites a planner forces into the plan or forbids, and what exists before it.

    open[i, last] = 1      for i in force
    open[i, last] = 0      for i in forbid
    modules[i, k, first]  >=  what exists;   modules[i, k, last]  <=  what exists where it may not grow
    line_mw[l, first]  >=  what exists

What exists is paid for: each line of capital is less by what it would be if nothing else stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.verify.cost import Item
from siting.verify.report import Floats, Judge, Rule, places, rows

if TYPE_CHECKING:
    from siting.verify.built import Built

FORCED = Rule("V291", "locks.force", "a forced site is open at the end")
FORBIDDEN = Rule("V292", "locks.forbid", "a forbidden site is never open")
KEPT = Rule("V293", "locks.existing", "modules that exist stand from the first period on", "modules")
FULL = Rule("V294", "locks.fixed", "modules that may not grow are no more than exist", "modules")
LINES = Rule("V295", "locks.existing_lines", "tie-lines that exist stand from the first period on", "MW")
FILE = "sites.geojson"


def existing_modules(built: Built) -> Floats:
    """Modules that stand before the first period (I, K)."""
    asked = built.question.asked
    found = np.zeros((len(built.site_ids), len(asked.module_names())))
    for row in asked.value("locks", "existing") if asked.on("locks") else ():
        if row["site"] in built.site_ids and row["module"] in asked.module_names():
            found[built.site_ids.index(row["site"]), asked.module_names().index(row["module"])] += float(row["count"])
    return found


def existing_line_mw(built: Built) -> Floats:
    """Capacity of built tie-lines before the first period (L)."""
    asked = built.question.asked
    found = np.zeros(len(built.link_ids))
    for row in asked.value("locks", "existing_lines") if asked.on("locks") else ():
        if row["link"] in built.link_ids:
            place = built.link_ids.index(row["link"])
            found[place] = max(found[place], float(row["line_mw"]))
    return found


def less_what_exists(built: Built, found: Sequence[Item]) -> tuple[Item, ...]:
    """Items of all parts, less the capital of what exists alone."""
    modules = existing_modules(built)
    if not modules.any():
        return tuple(found)
    periods, line = built.open.shape[1], existing_line_mw(built)[:, None]
    alone = replace(
        built,
        open=np.repeat(np.asarray(modules.any(axis=1))[:, None], periods, axis=1),
        modules=np.repeat(modules[:, :, None], periods, axis=2),
        line=np.repeat(line > 0, periods, axis=1),
        line_mw=np.repeat(line, periods, axis=1),
        flow_mw=np.zeros(built.flow_mw.shape),
        units=np.zeros(built.units.shape),
        gbps=np.zeros(built.gbps.shape),
        equipment=replace(built.equipment, stock={}, operation={}, given={}, programme={}),
    )
    sunk = {item.line: item for part in built.parts for item in part.money(alone) if item.kind == "capital"}
    return tuple(_less(item, sunk.get(item.line)) if item.kind == "capital" else item for item in found)


def _less(item: Item, sunk: Item | None) -> Item:
    """A line less what is sunk of it, place by place."""
    if sunk is None:
        return item
    return replace(item, site=np.concatenate([item.site, sunk.site]), musd=np.concatenate([item.musd, -sunk.musd]))


def check(built: Built, judge: Judge) -> None:
    """Hold forced and forbidden sites, and what exists."""
    asked = built.question.asked
    opened = {name for name, is_open in zip(built.site_ids, built.open[:, -1], strict=True) if is_open}
    force, forbid = (asked.names("locks", name) for name in ("force", "forbid"))
    judge.holds(FORCED, [name in opened for name in force], FILE, "verdict", rows("site", force), lambda _: "passed over")
    judge.holds(FORBIDDEN, [name not in opened for name in forbid], FILE, "verdict", rows("site", forbid), lambda _: "chosen")
    if asked.value("locks", "existing"):
        _check_modules(built, judge)
    if asked.value("locks", "existing_lines"):
        _check_lines(built, judge)


def _check_modules(built: Built, judge: Judge) -> None:
    kinds, there = built.question.asked.module_names(), existing_modules(built)
    exists = built.question.asked.value("locks", "existing")
    judge.at_least(
        KEPT, built.modules[:, :, 0], there, "modules.csv", "count", places(("site", built.site_ids), ("module", kinds))
    )
    known = [row["site"] in built.site_ids and row["module"] in kinds for row in exists]
    judge.holds(KEPT, known, FILE, "id", rows("site", [str(row["site"]) for row in exists]))
    full = [row for row, good in zip(exists, known, strict=True) if good and not row["grows"]]
    at = [(built.site_ids.index(row["site"]), kinds.index(row["module"])) for row in full]
    have, most = ([float(values[place]) for place in at] for values in (built.modules[:, :, -1], there))
    told = rows("", [f"site {row['site']}, module {row['module']}" for row in full])
    judge.at_most(FULL, have, most, "modules.csv", "count", told)


def _check_lines(built: Built, judge: Judge) -> None:
    lines = built.question.asked.value("locks", "existing_lines")
    place = {name: n for n, name in enumerate(built.link_ids)}
    have = [float(built.line_mw[place[row["link"]], 0]) if row["link"] in place else 0.0 for row in lines]
    told = rows("link", [str(row["link"]) for row in lines])
    judge.at_least(LINES, have, [float(row["line_mw"]) for row in lines], "link_periods.csv", "line_mw", told, slack=1e-6)
