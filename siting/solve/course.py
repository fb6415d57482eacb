"""The course of a search: the plan in hand, the bound, the jobs that are solved on the way, and how it is told and ends."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.family import Core, Problem
from siting.program.matrix import Matrix
from siting.solve.blocks import holds
from siting.solve.certificate import Certificate, Proof
from siting.solve.child import Bench
from siting.solve.job import Answer, Floats, Found, Ints, Job, Model, Options, Progress, Status

WHOLE_AT_MOST = 30_000
"""Non-zeros up to which a program is handed to HiGHS as it is."""


@dataclass(frozen=True, slots=True)
class Ask:
    """How to search: gap asked (relative to `judged` of a solution), deadline (monotonic seconds), limits of the solver;
    `without_plan_s` are seconds more that it may take as long as there is no plan."""

    name: str
    gap: float
    deadline: float
    memory_gb: float
    threads: int
    seed: int
    kernel_sites: int
    judged: Callable[[Floats], float]
    whole_at_most: int = WHOLE_AT_MOST
    without_plan_s: float = 0.0


@dataclass(frozen=True, slots=True)
class News:
    """A line of progress: what is going on, best objective and bound so far (NaN where none)."""

    phase: str
    incumbent: float
    bound: float
    gap: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a search ended. `objective` and `bound` of the minimisation; `solution` over all columns or None."""

    status: Status
    objective: float
    bound: float
    gap: float
    solution: Floats | None
    message: str
    kernel: Ints
    certificate: Certificate | None = None


class Course:
    """One search under way. `tell` hears of progress, `stop` ends it early with the best plan so far."""

    def __init__(
        self,
        problem: Problem,
        core: Core,
        matrix: Matrix,
        cost: Floats,
        ask: Ask,
        tell: Callable[[News], None],
        stop: Callable[[], bool],
    ) -> None:
        self._problem, self._core, self._matrix, self._cost = problem, core, matrix, cost
        self._ask, self._tell, self._stop = ask, tell, stop
        self._began = time.monotonic()
        self._bench = Bench(self._hear)
        self._columns_of: dict[str, Ints] = {}
        self._phase = "begin"
        self.best: Floats | None = None
        self.objective = math.inf
        self._size = 0.0
        self.bound = -math.inf
        self._proof: Proof | None = None

    def _claim(self, proof: Proof) -> None:
        """Keep a bound, and what proves it, where it is better."""
        if proof.bound > self.bound:
            self.bound, self._proof = proof.bound, proof
        self._say()

    def _options(
        self,
        *,
        relax: bool = False,
        interior: bool = False,
        rough: bool = False,
        relative_gap: float = 1e-6,
        absolute_gap: float = 0.0,
        reduced: bool = True,
        nodes: int = 0,
        time_share: float = 1.0,
    ) -> Options:
        ask = self._ask
        return Options(
            relax=relax,
            interior=interior,
            rough=rough,
            relative_gap=relative_gap,
            absolute_gap=absolute_gap,
            seconds=max(1.0, time_share * self._left()),
            reduced=reduced,
            nodes=nodes,
            memory_gb=ask.memory_gb,
            threads=ask.threads,
            seed=ask.seed,
        )

    def _solve(
        self,
        name: str,
        model: Model,
        columns: Ints,
        options: Options,
        start: Floats | None = None,
    ) -> Answer:
        self._columns_of[name] = columns
        child = self._bench.start(Job(name, model, options, start))
        had_plan = self.best is not None

        def enough() -> bool:
            return self._stop() or self._met() or (not had_plan and self.best is not None and self._left() <= 0.0)

        while child.answer is None and not enough():
            self._bench.wait([child], until=enough)
        if child.answer is None and options.relax:
            self._bench.abandon(child)
        if child.answer is None:
            child.stop()
            self._bench.wait([child])
        answer = child.answer
        assert answer is not None
        if answer.solution is not None and not options.relax:
            self._take(name, answer.solution)
        return answer

    def _hear(self, message: Progress | Found) -> None:
        if isinstance(message, Found):
            self._take(message.job, message.solution)
        self._say(message.bound if isinstance(message, Progress) and message.job == "whole" else math.nan)

    def _full(self, columns: Ints, solution: Floats) -> Floats:
        full = np.zeros(self._matrix.columns)
        full[columns] = solution
        return full

    def _take(self, job: str, solution: Floats) -> None:
        self._offer(self._full(self._columns_of[job], solution))

    def _offer(self, full: Floats) -> None:
        """Keep a solution if it is better, whole, and meets every row. Once the gap is met the plan stays: what a solver
        still finds before it hears of it depends on the clock."""
        if self._met():
            return
        objective = float(self._cost @ full)
        if objective < self.objective and holds(self._matrix, full):
            self.best, self.objective, self._size = full, objective, abs(self._ask.judged(full))
            self._say()

    def gap(self) -> float:
        """Gap between plan and bound, relative to what the aim is judged by; infinite without both."""
        return self._gap(self.bound)

    def _gap(self, bound: float) -> float:
        if self.best is None or math.isinf(bound):
            return math.inf
        if self._size > 0:
            return max(0.0, self.objective - bound) / self._size
        return 0.0 if self.objective <= bound + 1e-9 else math.inf

    def _met(self) -> bool:
        return self.gap() <= self._ask.gap

    def _left(self) -> float:
        more = self._ask.without_plan_s if self.best is None else 0.0
        return self._ask.deadline + more - time.monotonic()

    def _over(self) -> bool:
        return self._stop() or self._left() <= 1.0

    def _say(self, whole_bound: float = math.nan) -> None:
        """Tell how far it is; HiGHS' bound on the way is told but not used, since when it is heard depends on the clock."""
        bound = self.bound if math.isnan(whole_bound) else max(self.bound, whole_bound)
        seconds = time.monotonic() - self._began
        self._tell(News(f"{self._ask.name}: {self._phase}", self.objective, bound, self._gap(bound), seconds))

    def _ending(self, status: Status | None, message: str, sites: Ints | None = None) -> Ending:
        if status is None:
            if self.best is None:
                status = Status.NO_SOLUTION_IN_LIMIT
            elif self._met():
                status = Status.OPTIMAL
            else:
                status = Status.INTERRUPTED if self._stop() else Status.FEASIBLE_GAP
        if status is Status.NO_SOLUTION_IN_LIMIT and self._stop():
            status = Status.INTERRUPTED
        known = sites if sites is not None else np.arange(len(self._problem.site_ids))
        ids = self._problem.site_ids
        certificate = None if self._proof is None else self._proof.certificate(self._ask.name, self._matrix, ids)
        return Ending(status, self.objective, self.bound, self.gap(), self.best, message, known, certificate)
