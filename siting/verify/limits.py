"""The table of limits: room is the way from use to limit, no row is over its limit, and rows whose two sides are plain sums
are recomputed. A line without a row's name counts a whole family of rows and needs no use.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.verify import money
from siting.verify.built import Built
from siting.verify.report import ROUNDING, Judge, Rule, rows

ROOM = Rule("V181", "limits.room", "room is the way from the use to the limit, and never negative")
USE = Rule("V183", "limits.use", "use and limit of a row are those of the plan")
COUNT = Rule("V182", "limits.rows", "no more rows are binding than there are, and those without room")
FILE: Final = "limits.csv"
SUM: Final = 50 * ROUNDING
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
    named = (table["row"] != "").to_numpy(dtype=np.bool_)
    whole = ~(named & (np.isnan(use) | np.isnan(limit) | np.isnan(room)))
    judge.holds(ROOM, whole, FILE, "room", where)
    judge.equal(ROOM, room, np.abs(limit - use), FILE, "room", where, slack=3 * ROUNDING, size=np.nan_to_num(size))
    judge.at_least(ROOM, np.nan_to_num(room), np.zeros(len(room)), FILE, "room", where, size=np.nan_to_num(size))
    count, binding = (table[name].to_numpy(dtype=np.float64) for name in ("rows", "binding"))
    judge.at_least(COUNT, count, np.ones(len(count)), FILE, "rows", where)
    judge.at_most(COUNT, binding, count, FILE, "binding", where)
    single = count == 1
    judge.holds(
        COUNT,
        ~single | (binding == 0) | (np.nan_to_num(room) <= NO_ROOM * np.maximum(np.nan_to_num(size), 1.0)),
        FILE,
        "binding",
        where,
    )
    judge.at_least(COUNT, binding, np.zeros(len(count)), FILE, "binding", where)
    _check_sums(built, judge)


def _check_sums(built: Built, judge: Judge) -> None:
    """Rows of supply points and of the budget in all."""
    table = built.folder.tables["limits"]
    own = _supply(built)
    if built.question.asked.on("budget"):
        own |= _budget(built)
    known = [(n, own[name]) for n, name in enumerate(table["row"]) if name in own]
    at = np.array([n for n, _ in known], dtype=np.int64)
    where = rows("", [str(table["row"].iloc[n]) for n in at])
    judge.equal(USE, table["use"].to_numpy(dtype=np.float64)[at], [sides[0] for _, sides in known], FILE, "use", where, slack=SUM)
    limit = table["limit_value"].to_numpy(dtype=np.float64)[at]
    judge.equal(USE, limit, [sides[1] for _, sides in known], FILE, "limit_value", where, slack=SUM)


def _supply(built: Built) -> dict[str, tuple[float, float]]:
    points, periods = built.points, built.question.clock.periods
    sent = np.zeros(points.available_mw.shape)
    np.add.at(sent, built.link_point, built.flow_mw)
    return {
        f"supply[{points.ids[s]},{period},{piece}]": (float(sent[s, p, t]), float(points.available_mw[s, p, t]))
        for s in dict.fromkeys(built.link_point.tolist())
        for p, period in enumerate(periods)
        for t, piece in enumerate(built.slices)
    }


def _budget(built: Built) -> dict[str, tuple[float, float]]:
    used, signed, total = money.budget_sides(built)
    periods = built.question.clock.periods
    found = {f"budget.period_budget[{name}]": (float(used[n]), float(signed[n])) for n, name in enumerate(periods)}
    return found | {"budget.total_budget[total]": total}
