"""Why each candidate is in the plan or not: computed from the solved rows, put into words by the families.

What holds a site back is found by adding one more of the smallest module there and looking which rows have no room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from siting.family import Floats
from siting.program.assemble import Program
from siting.program.matrix import Matrix


@dataclass(frozen=True, slots=True)
class Standing:
    """What the reasons are computed from: program, matrix, solution, and the site table so far."""

    program: Program
    matrix: Matrix
    values: Floats
    sites: pd.DataFrame


def held_back(standing: Standing) -> tuple[list[str], dict[str, str]]:
    """For each site the row families without room for one more of the smallest module, comma separated; and notes by site."""
    matrix, core = standing.matrix, standing.program.core
    activity = matrix.activity(standing.values)
    smallest = int(np.argmin(core.module_it_mw))
    entering = {int(core.modules.columns[i, smallest, -1]): i for i in range(len(core.site))}
    step = np.zeros(matrix.columns)
    found: list[set[str]] = [set() for _ in core.site.labels]
    row_of = np.repeat(np.arange(matrix.rows), np.diff(matrix.start))
    step[list(entering)] = 1.0
    touching = np.flatnonzero(step[matrix.column] > 0)
    family_of = np.empty(matrix.rows, dtype=object)
    for family in matrix.families:
        family_of[family.first : family.last] = family.name
    for entry in touching:
        row, after = row_of[entry], activity[row_of[entry]] + matrix.value[entry]
        slack = 1e-6 * max(1.0, abs(activity[row]))
        if after > matrix.row_upper[row] + slack or after < matrix.row_lower[row] - slack:
            found[entering[int(matrix.column[entry])]].add(str(family_of[row]))
    return [", ".join(sorted(names)) for names in found], {}


def why_chosen(program: Program, row: Mapping[str, Any]) -> str:
    """What the families say of a chosen site."""
    said = (family.explain(row, program.knobs[family.name]) for family in program.families)
    return " ".join(sentence for sentence in said if sentence)


def why_passed_over(standing: Standing, row: Mapping[str, Any], note: str | None) -> str:
    """Why a candidate is not in the plan."""
    words = standing.program.limits()
    titles = [words[name][1].title for name in str(row["held_back_by"]).split(", ") if name in words]
    return note or (f"No room in: {'; '.join(titles)}." if titles else "There is room, but other sites serve the aim better.")
