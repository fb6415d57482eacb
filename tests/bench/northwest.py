"""The models that come with the tool: `models/northwest` for the most compute of 45 GUSD in one year and in three, and both
models as they stand, every step told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.figure import Figure
from tests.bench.machine import ROOT
from tests.bench.runs import OVERHEAD_S, Goals, run_case, told

ONE_YEAR: Final = ('time.periods=[{name="2027", months=12}]', "budget.period_musd_per_year=45000.0")
COMPUTE: Final = ('objective.aims=["most_compute"]',)


@dataclass(frozen=True, slots=True)
class Case:
    """A model with edits, seconds for its solves, and its goals."""

    model: str
    sets: tuple[str, ...]
    solve_s: float
    goals: Goals
    steps: bool = False


CASES: Final[Mapping[str, Case]] = {
    "one_year": Case("northwest", (*ONE_YEAR, *COMPUTE, "effort.gap=0.005"), 60.0, Goals(gap=0.005, seconds=60.0)),
    "three_years": Case("northwest", (*COMPUTE, "effort.gap=0.01"), 120.0, Goals(gap=0.01, seconds=120.0)),
    "as_it_stands": Case("northwest", (), 180.0, Goals(peak_mb=3000.0), steps=True),
    "quarters": Case("northwest-quarters", (), 600.0, Goals(peak_mb=4000.0), steps=True),
}


NAMED: Final = tuple(CASES)
"""What may be asked for by name."""


def figures(parts: Sequence[str] = NAMED) -> Iterator[Figure]:
    """Every case in turn, or those of these names."""
    for name in parts:
        case = CASES[name]
        sets = (*case.sets, f"effort.time_limit_s={case.solve_s}")
        ran = run_case(case.model, str(ROOT), sets, 2.0 * case.solve_s + 4 * OVERHEAD_S)
        yield from told(f"northwest.{name}", ran, case.goals, steps=case.steps)
