"""Row families with use and room: the tightest rows named, the rest counted; rows that only link choices are left out."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from siting.family import Floats, Ints, Limit
from siting.plan.schema import LIMITS
from siting.program.assemble import Program
from siting.program.matrix import Matrix, RowFamily

NAMED_ROWS: Final = 10
NO_ROOM: Final = 1e-6
STRUCTURE: Final = frozenset({"module_open", "not_empty", "line_open", "line_size", "flow_limit", "balance"})


def limits_table(program: Program, matrix: Matrix, values: Floats) -> pd.DataFrame:
    """One line that counts each row family, and its tightest rows by room relative to the limit."""
    terms = matrix.value * values[matrix.column]
    words = program.limits()
    rows = []
    for family in matrix.families:
        if family.name in STRUCTURE or family.name not in words or family.name.endswith("_stays"):
            continue
        rows += _family_rows(family, matrix, terms, *words[family.name])
    return pd.DataFrame(rows, columns=list(LIMITS.names))


def _family_rows(family: RowFamily, matrix: Matrix, terms: Floats, owner: str, limit: Limit) -> list[tuple[object, ...]]:
    title, unit = limit.title, limit.unit
    use, bound, room = _sides(matrix, terms, family.first, family.last)
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


def _sides(matrix: Matrix, terms: Floats, first: int, last: int) -> tuple[Floats, Floats, Floats]:
    """(use, limit, room) of rows, by the side that has less room.

    A row that weighs two things against each other (`what is needed - what there is <= 0`) is told as these two.
    """
    start = matrix.start[first : last + 1].astype(np.int64)
    mine, at = terms[start[0] : start[-1]], start - start[0]
    needed, there = _sum(np.maximum(mine, 0.0), at), -_sum(np.minimum(mine, 0.0), at)
    low, high, activity = matrix.row_lower[first:last], matrix.row_upper[first:last], needed - there
    below, above = activity - low, high - activity
    lower_side = below < above
    bound = np.where(lower_side, low, high)
    balanced = bound == 0
    use = np.where(balanced, np.where(lower_side, there, needed), activity)
    limit = np.where(balanced, np.where(lower_side, needed, there), bound)
    return use, limit, np.where(lower_side, below, above)


def _sum(terms: Floats, start: Ints) -> Floats:
    """Sums of terms by row; 0 for a row without any."""
    sums = np.add.reduceat(np.append(terms, 0.0), start[:-1])
    return np.where(np.diff(start) > 0, sums, 0.0)
