"""Items of equipment, given, programme and dispatch: each belongs to a family that is on, stands at an open site, and tells
the unit its name ends in."""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.units import unit_of
from siting.verify.built import ENTITIES, Built
from siting.verify.report import ROUNDING, Judge, Rule, places, rows

KNOWN = Rule("V106", "files.items", "an item belongs to a family that is on")
UNIT = Rule("V107", "files.units", "an item's unit is the one its name ends in")
OPEN = Rule("V108", "files.items_open", "what stands at a site or is done there stands at an open one")
FILES: Final = (("equipment", "equipment.csv"), ("given", "given.csv"), ("programme", "programme.csv"))


def check(built: Built, judge: Judge) -> None:
    """Hold names, units and places of all items."""
    known = {item for part in built.parts for item in part.items}
    for name, file in FILES:
        table = built.folder.tables[name]
        items, units = list(table["item"]), list(table["unit"])
        where = rows("row", [str(n + 1) for n in range(len(items))])
        judge.holds(KNOWN, [item in known for item in items], file, "item", where, rows("", items))
        judge.same(UNIT, units, [unit_of(item) for item in items], file, "unit", where)
    done = [item for item in dict.fromkeys(built.folder.tables["dispatch"]["entity"]) if item not in ENTITIES]
    judge.holds(KNOWN, [item in known for item in done], "dispatch.parquet", "entity", rows("item", done))
    where = places(("site", built.site_ids), ("period", built.question.clock.periods))
    for item, amount in built.equipment.stock.items():
        judge.holds(OPEN, built.open | (np.abs(amount) <= ROUNDING), "equipment.csv", item, where)
    for item, busy in built.equipment.operation.items():
        judge.holds(OPEN, built.open | (np.abs(busy).max(axis=2) <= ROUNDING), "dispatch.parquet", item, where)
