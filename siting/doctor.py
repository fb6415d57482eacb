"""Is this installation fit to solve? Versions, and small programs of known answer solved the way a study is."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.runs.key import versions
from siting.solve.child import Bench
from siting.solve.highs import REFUSED_VERSIONS
from siting.solve.job import Answer, Job, Model, Options, Status

SECONDS: Final = 30.0
_CLOSE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Known:
    """A program whose outcome is known: least objective, or none where there is no solution."""

    name: str
    model: Model
    least: float | None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, and what was found."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was looked at."""

    versions: Mapping[str, str]
    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Whether every check went well."""
        return all(check.ok for check in self.checks)


def examine() -> Diagnosis:
    """Look at the versions, then solve every known program with and without presolve, in processes of their own."""
    found = versions()
    replays = [replay(known, presolve) for known in KNOWN for presolve in (True, False)]
    return Diagnosis(found, (python_check(sys.version_info[:2]), solver_check(found["highspy"]), *replays))


def python_check(version: tuple[int, int]) -> Check:
    """Python 3.11 or newer."""
    return Check("Python", version >= (3, 11), f"{version[0]}.{version[1]}, 3.11 or newer is needed")


def solver_check(version: str) -> Check:
    """HiGHS in a version that is not known to answer wrongly."""
    refused = version in REFUSED_VERSIONS
    detail = f"{version} gets published small programs wrong: install the locked version" if refused else version
    return Check("HiGHS", not refused, detail)


def replay(known: Known, presolve: bool) -> Check:
    """Solve one known program in a solver process."""
    options = Options(seconds=SECONDS, presolve=presolve, relative_gap=0.0)
    bench = Bench(lambda message: None)  # noqa: ARG005
    try:
        child = bench.start(Job(known.name, known.model, options))
        bench.wait([child], SECONDS)
    finally:
        bench.close()
    name = f"{known.name}, presolve {'on' if presolve else 'off'}"
    if child.answer is None:
        return Check(name, False, f"no answer in {SECONDS:.0f} s")
    return Check(name, *_judged(known, child.answer))


def _judged(known: Known, answer: Answer) -> tuple[bool, str]:
    if known.least is None:
        return answer.status == Status.INFEASIBLE, f"{answer.status}, there is no solution"
    right = answer.status == Status.OPTIMAL and abs(answer.objective - known.least) <= _CLOSE
    said = f": {answer.message}" if answer.message and not right else ""
    return right, f"{answer.status}, objective {answer.objective:g}, the least is {known.least:g}{said}"


def _program(cost: Sequence[float], upper: Sequence[float], whole: Sequence[bool], rows: Sequence[Sequence[float]]) -> Model:
    """A program over x >= 0 whose rows are coefficients followed by the least and the largest value of the row."""
    table = np.array(rows, dtype=np.float64)
    matrix, at = table[:, :-2], np.nonzero(table[:, :-2])
    return Model(
        cost=np.array(cost, dtype=np.float64),
        lower=np.zeros(len(cost)),
        upper=np.array(upper, dtype=np.float64),
        integer=np.array(whole, dtype=np.bool_),
        start=np.concatenate([[0], np.cumsum((matrix != 0).sum(axis=1))]).astype(np.int32),
        column=at[1].astype(np.int32),
        value=matrix[at],
        row_lower=table[:, -2],
        row_upper=table[:, -1],
    )


_INF: Final = float("inf")
KNOWN: Final = (
    # Six things, each once or not at all, in a sack that holds 10.
    Known("knapsack", _program([-10, -13, -18, -31, -7, -15], [1] * 6, [True] * 6, [[2, 3, 4, 5, 1, 4, -_INF, 10]]), -56.0),
    # Two sites with a fixed cost of 10 and 16 serve a demand of 12; the first holds 8, the second 20, at 2 and 1 a unit.
    Known(
        "fixed charge",
        _program(
            [10, 16, 2, 1],
            [1, 1, _INF, _INF],
            [True, True, False, False],
            [[0, 0, 1, 1, 12, _INF], [-8, 0, 1, 0, -_INF, 0], [0, -20, 0, 1, -_INF, 0]],
        ),
        28.0,
    ),
    # 2x + 2y = 3 has no solution in whole numbers, though it has one in halves.
    Known("odd sum", _program([1, 1], [5, 5], [True, True], [[2, 2, 3, 3]]), None),
)
"""Programs small enough to be solved by hand, and by enumeration in the tests."""
