"""Locks: sites a planner forces into the plan or forbids.

open[i, last] = 1      for i in force
open[i, last] = 0      for i in forbid
"""

from __future__ import annotations

from siting.verify.built import Built
from siting.verify.report import Judge, Rule, rows

FORCED = Rule("V291", "locks.force", "a forced site is open at the end")
FORBIDDEN = Rule("V292", "locks.forbid", "a forbidden site is never open")
FILE = "sites.geojson"


def check(built: Built, judge: Judge) -> None:
    """Hold forced and forbidden sites."""
    opened = {name for name, is_open in zip(built.site_ids, built.open[:, -1], strict=True) if is_open}
    force, forbid = (built.question.asked.names("locks", name) for name in ("force", "forbid"))
    judge.holds(FORCED, [name in opened for name in force], FILE, "verdict", rows("site", force), lambda _: "passed over")
    judge.holds(FORBIDDEN, [name not in opened for name in forbid], FILE, "verdict", rows("site", forbid), lambda _: "chosen")
