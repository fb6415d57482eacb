"""The table of limits: room is the limit less the use, and no row is over its limit."""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.report import ROUNDING, Judge, Rule, rows

ROOM = Rule("V181", "limits.room", "room is the limit less the use, and never negative")
COUNT = Rule("V182", "limits.rows", "no more rows are binding than there are, and those without room")
FILE: Final = "limits.csv"
NO_ROOM: Final = 1e-3
"""A row that is told to be binding has no more room than this share of its size."""


def check(built: Built, judge: Judge) -> None:
    """Hold the arithmetic of the table."""
    table = built.folder.tables["limits"]
    use, limit, room = (table[name].to_numpy(dtype=np.float64) for name in ("use", "limit_value", "room"))
    where = rows(
        "",
        [
            f"row {n + 1} ({family} {name} {row})"
            for n, (family, name, row) in enumerate(zip(table["family"], table["limit"], table["row"], strict=True))
        ],
    )
    size = np.maximum(np.abs(use), np.abs(limit))
    judge.equal(ROOM, room, limit - use, FILE, "room", where, slack=3 * ROUNDING, size=size)
    judge.at_least(ROOM, room, np.zeros(len(room)), FILE, "room", where, size=size)
    count, binding = (table[name].to_numpy(dtype=np.float64) for name in ("rows", "binding"))
    judge.at_least(COUNT, count, np.ones(len(count)), FILE, "rows", where)
    judge.at_most(COUNT, binding, count, FILE, "binding", where)
    single = count == 1
    judge.holds(COUNT, ~single | (binding == 0) | (room <= NO_ROOM * np.maximum(size, 1.0)), FILE, "binding", where)
    judge.at_least(COUNT, binding, np.zeros(len(count)), FILE, "binding", where)
