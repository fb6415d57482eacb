"""What is handed to the solver process and what comes back: plain arrays and plain values, nothing of the solver's own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Status(StrEnum):
    """The eight ways a solve can end."""

    OPTIMAL = "optimal"
    FEASIBLE_GAP = "feasible_gap"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NO_SOLUTION_IN_LIMIT = "no_solution_in_limit"
    INTERRUPTED = "interrupted"
    SOLVER_FAILED = "solver_failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Model:
    """minimise cost x, row_lower <= A x <= row_upper, lower <= x <= upper; A in CSR form; some x whole."""

    cost: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    start: NDArray[np.int32]
    column: NDArray[np.int32]
    value: Floats
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True, slots=True)
class Options:
    """How to solve: `relax` drops integrality; `interior` uses the interior point method without crossover, `rough` a first-order
    method to a thousandth (its answer has neither a bound nor a solution that meets every row: it is good for prices); `reduced`
    also tries the program without what its relaxation leaves out, which finds plans where there is none, and takes half of the
    time where a good one is known; `nodes` limits the nodes of branch and bound, 0 for no limit."""

    relax: bool = False
    interior: bool = False
    rough: bool = False
    relative_gap: float = 1e-4
    absolute_gap: float = 0.0
    seconds: float = 60.0
    reduced: bool = True
    nodes: int = 0
    memory_gb: float = 3.0
    threads: int = 1
    seed: int = 0
    feasibility: float = 1e-7
    presolve: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """One solve. `start` is a full or partial solution to begin from (NaN where nothing is known)."""

    name: str
    model: Model
    options: Options
    start: Floats | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life: best objective and bound so far (NaN where there is none) after `seconds`."""

    job: str
    incumbent: float
    bound: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """An improving solution on the way."""

    job: str
    objective: float
    solution: Floats


@dataclass(frozen=True, slots=True)
class Answer:
    """How one solve ended. `solution` is None where there is none; `row_dual` comes with relaxed solves only. `bound` is
    a valid lower bound of the minimum (the MIP's dual bound, or the LP's objective)."""

    job: str
    status: Status
    objective: float
    bound: float
    solution: Floats | None
    row_dual: Floats | None
    rows: int
    columns: int
    seconds: float
    message: str
