"""Row families with use and room: the tightest rows named, the rest counted; rows that only link choices are left out."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from siting.family import Floats, Ints
from siting.plan.schema import LIMITS
from siting.program.assemble import Program
from siting.program.matrix import Matrix, RowFamily

NAMED_ROWS: Final = 10
NO_ROOM: Final = 1e-6
STRUCTURE: Final = frozenset({"module_open", "not_empty", "line_open", "line_size", "flow_limit", "balance"})


def limits_table(program: Program, matrix: Matrix, values: Floats) -> pd.DataFrame:
    """One line that counts each row family, and its tightest rows by room relative to the limit."""
    activity = matrix.activity(values)
    words = program.limits()
    rows = []
    for family in matrix.families:
        if family.name in STRUCTURE or family.name not in words or family.name.endswith("_stays"):
            continue
        rows += _family_rows(family, matrix, activity, *words[family.name])
    return pd.DataFrame(rows, columns=list(LIMITS.names))


def _family_rows(family: RowFamily, matrix: Matrix, activity: Floats, owner: str, limit: object) -> list[tuple[object, ...]]:
    title, unit = getattr(limit, "title", ""), getattr(limit, "unit", "")
    use, bound, room = _sides(matrix, activity, np.arange(family.first, family.last))
    free = np.isfinite(bound)
    relative = room / np.maximum(np.abs(bound), 1.0)
    binding = int(((relative <= NO_ROOM) & (np.abs(use) > NO_ROOM)).sum())
    head = (owner, family.name, title, "", np.nan, np.nan, unit, np.nan, len(use), binding, np.nan)
    used = np.flatnonzero(free & (np.abs(use) > NO_ROOM))
    tightest = used[np.argsort(relative[used], kind="stable")][:NAMED_ROWS]
    named = [
        (
            owner,
            family.name,
            title,
            matrix.row_name(family.first + int(row)),
            use[row],
            bound[row],
            unit,
            room[row],
            1,
            int(relative[row] <= NO_ROOM),
            np.nan,
        )
        for row in tightest
    ]
    return [head, *named]


def _sides(matrix: Matrix, activity: Floats, rows: Ints) -> tuple[Floats, Floats, Floats]:
    """(use, limit, room) of rows, by the side that has less room."""
    low, high, use = matrix.row_lower[rows], matrix.row_upper[rows], activity[rows]
    below, above = use - low, high - use
    lower_side = below < above
    return use, np.where(lower_side, low, high), np.where(lower_side, below, above)
