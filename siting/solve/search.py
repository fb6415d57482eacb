"""One aim, solved: a kernel of sites, relaxed and priced against all others, whole plans rounded from it, and a proof.

    1. relax the program over the kernel (interior point, no crossover) and take the prices of the coupling rows;
    2. price every site's block at these prices: the sum bounds the whole problem, and sites that would pay join the kernel;
    3. price the blocks whole: a better bound, valid for the whole problem with its integers;
    4. round a plan from the relaxed one, then let HiGHS improve it over the sites that matter, until the gap is met.

Small programs skip all this: HiGHS solves them whole. Every bound carries a margin for rounding; only "optimal" is believed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.family import Core, Problem
from siting.program.matrix import Matrix
from siting.solve.blocks import Split, columns_of, holds, restrict, split, whole
from siting.solve.certificate import Certificate, Proof, priced_proof
from siting.solve.child import Bench
from siting.solve.job import Answer, Floats, Found, Ints, Job, Model, Options, Progress, Status
from siting.solve.lift import Lift
from siting.solve.pricing import Pricers
from siting.solve.start import (
    columns_that_matter,
    decided,
    fix_choices,
    hold_integers,
    keep_modules,
    kernel,
    only_modules,
    only_smallest,
    stages,
)

WHOLE_AT_MOST = 30_000
"""Non-zeros up to which a program is handed to HiGHS as it is."""
MOST_ROUNDS = 6
NEAR_SHARE = 0.25
"""Share of the gap asked that may be left between a kernel's relaxation and the bound of all blocks."""
JOIN_AT_ONCE = 12
JOIN_WHEN_FAR = 24
FAR = 10.0
"""Times what may be left, from which a kernel's prices tell little of the sites outside: more of them join."""
MODULES_NODES = 150
REWIRE_NODES = 200
PERIOD_NODES = 60
PERIOD_SHARE = 0.2
"""Share of the gap asked that a plan made period by period may lose in each."""
PERIOD_LEAST_MW = 3.0
PORTION_LEAST_MW = 3.0
PORTION_NODES = 40
PORTION_GAP = 1e-3
FEW = 3.0
"""Modules of the smallest type that may come or go at a site where a plan is portioned or mended."""
LIFTED_WITHIN = 4.0
"""Gaps asked within which a plan is worth better prices: their steps are as long as the gap."""
LIFTS = 2
LIFTED_AT_MOST = 1_300_000
"""Non-zeros up to which better prices are looked for: above, a pass over whole blocks costs more than it gives."""
"""Limits of work, not of time: a search that ends on its gap ends the same way on every machine."""
SPARE = (1.01, 1.004)
"""What a relaxed plan is asked to reach over what is held, so that something is left when its modules are made whole."""
LEAST_MW = (20.0, 8.0, 3.0, 0.5)
"""Sites that hold at least this much in a relaxed plan are those a whole plan is looked for in, tried in this order."""


@dataclass(frozen=True, slots=True)
class Ask:
    """How to search: gap asked (relative to `judged` of a solution), deadline (monotonic seconds), limits of the solver."""

    name: str
    gap: float
    deadline: float
    memory_gb: float
    threads: int
    seed: int
    kernel_sites: int
    judged: Callable[[Floats], float]
    whole_at_most: int = WHOLE_AT_MOST


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


class Search:
    """The search for one aim. `tell` hears of progress, `stop` ends it early with the best plan so far."""

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

    def run(self, start: Floats | None = None, kernel_sites: Ints | None = None) -> Ending:
        """Search until the gap is met, the time is over or somebody stops it."""
        try:
            if start is not None:
                self._offer(start)
            if len(self._matrix.value) <= self._ask.whole_at_most:
                return self._run_whole()
            self._dispatch()
            self._rewire()
            return self._run_kernel(split(self._matrix, self._cost, len(self._problem.site_ids)), kernel_sites)
        finally:
            self._bench.close()

    # ---- the whole program at once

    def _run_whole(self) -> Ending:
        self._phase = "branch and bound"
        model = whole(self._matrix, self._cost)
        everything = np.arange(self._matrix.columns)
        answer = self._solve(
            "whole", model, everything, self._options(relative_gap=1e-9, absolute_gap=self._absolute_gap()), start=self.best
        )
        if answer.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.SOLVER_FAILED, Status.REFUSED):
            return self._ending(answer.status, answer.message)
        if not math.isnan(answer.bound):
            self._claim(Proof(answer.bound, answer.bound))
        return self._ending(None, answer.message)

    def _absolute_gap(self) -> float:
        """Gap in units of the objective: of the plan in hand, or close to nothing where there is none."""
        return 0.5 * self._ask.gap * self._size if self.best is not None else 1e-6

    def _leave_nothing_out(self) -> None:
        """Where time is left and the gap is not met: the whole program after all, from the plan in hand."""
        if self._over() or self._met():
            return
        self._run_whole()

    # ---- kernel, prices, rounding

    def _run_kernel(self, cut: Split, kernel_sites: Ints | None) -> Ending:
        sites = kernel(self._problem, self._ask.kernel_sites) if kernel_sites is None else kernel_sites
        pricers = Pricers(cut, 2, 1e-3, 30.0)
        try:
            status, message, relaxed, sites, prices = self._sift(cut, pricers, sites)
            if relaxed is not None and not self._met() and not self._by_period(relaxed, sites):
                self._round(relaxed, sites, thorough=True)
            if relaxed is not None:
                self._rewire()
                self._improve(relaxed, sites, cut, pricers, prices)
                self._leave_nothing_out()
        finally:
            pricers.close()
        return self._ending(status, message, self._useful(relaxed, sites))

    def _sift(self, cut: Split, pricers: Pricers, sites: Ints) -> tuple[Status | None, str, Floats | None, Ints, Floats]:
        """Relax over the kernel and round a plan; price all sites, let those that pay join, and again; then the bound with
        whole modules. Answers a status where there is nothing to search, the last relaxed plan, its kernel and prices."""
        count = len(self._problem.site_ids)
        relaxed: Floats | None = None
        prices = np.zeros(len(cut.coupling))
        for number in range(MOST_ROUNDS):
            self._phase = f"relax {len(sites)} sites"
            columns = self._columns_of_sites(sites)
            model, kept = restrict(self._matrix, self._cost, columns)
            answer = self._solve(f"relax-{number}", model, columns, self._options(relax=True, interior=True))
            if answer.status is Status.INFEASIBLE and len(sites) < count:
                sites = np.arange(count) if number else kernel(self._problem, 4 * len(sites))
                continue
            if answer.status is Status.INFEASIBLE:
                return Status.INFEASIBLE, answer.message, None, sites, prices
            if answer.solution is None or answer.row_dual is None:
                break
            relaxed = self._full(columns, answer.solution)
            duals = np.zeros(self._matrix.rows)
            duals[kept] = answer.row_dual
            prices = cut.clean(duals[cut.coupling])
            values = self._price(cut, pricers, prices, cut.everything, relax=True)
            self._portion(relaxed, sites)
            if self._size == 0 and not self._by_period(relaxed, sites):
                self._round(relaxed, sites, thorough=False)
            inside = set(sites.tolist())
            ranked = np.argsort(values[:count], kind="stable").tolist()
            outside = [site for site in ranked if values[site] < -1e-6 and site not in inside]
            near_enough = NEAR_SHARE * self._ask.gap * self._scale(answer.objective)
            near = answer.objective - self.bound <= near_enough
            joining = JOIN_AT_ONCE if answer.objective - self.bound <= FAR * near_enough else JOIN_WHEN_FAR
            if near or not outside or self._over() or self._met():
                self._phase = "bound with whole modules"
                if not self._over() and not self._met():
                    self._price(cut, pricers, prices, [site for site in cut.everything if values[site] < -1e-9], relax=False)
                break
            sites = np.union1d(self._active(relaxed, sites, values), np.array(outside[:joining], dtype=np.int64))
        return None, "", relaxed, sites, prices

    def _useful(self, relaxed: Floats | None, sites: Ints) -> Ints:
        """Where the next aim begins: sites that the relaxed plan or the plan in hand uses."""
        if relaxed is None or self.best is None:
            return sites
        return np.union1d(self._active(relaxed, sites, np.zeros(len(self._problem.site_ids))), self._open_sites())

    def _active(self, relaxed: Floats, sites: Ints, values: Floats) -> Ints:
        """Sites of the kernel that a relaxed plan uses, or that pay at its prices."""
        used = relaxed[self._core.open.columns].max(axis=1) > 1e-3
        return np.array([site for site in sites.tolist() if used[site] or values[site] < -1e-6], dtype=np.int64)

    def _price(self, cut: Split, pricers: Pricers, prices: Floats, sites: Sequence[int], relax: bool) -> Floats:
        """Price blocks, take the bound, and answer the value of every block (0 where it was not asked), the programme's last."""
        values = np.zeros(len(self._problem.site_ids) + 1)
        for priced in pricers.price(prices, sites, relax):
            values[priced.site] = priced.bound
        claimed = cut.rows_value(prices) + math.fsum(np.minimum(values, 0.0).tolist())
        self._claim(priced_proof(cut, prices, claimed, enumerate(values.tolist()), relaxed=relax))
        return values

    def _scale(self, objective: float) -> float:
        return self._size or abs(objective)

    def _portion(self, relaxed: Floats, sites: Ints) -> None:
        """A plan at once: the yes-or-no of a relaxed plan decided, its modules portioned, the smallest moved about a little. Not
        from a plan that another aim has left: what is held of that leaves no room for rounding."""
        columns = self._columns_that_matter(relaxed, sites, PORTION_LEAST_MW)
        model, rows = restrict(self._matrix, self._cost, columns)
        chosen = fix_choices(model, relaxed, columns, self._core)
        held = self._held(rows)
        if held.any() and self.best is not None:
            return
        for more in SPARE if held.any() else (1.0,):
            if self._over() or self._met():
                return
            self._phase = "portion a plan"
            wanted = replace(chosen, row_lower=np.where(held, more * chosen.row_lower, chosen.row_lower))
            free = self._solve("choose", wanted, columns, self._options(relax=True, interior=True))
            if free.solution is None or free.objective >= self.objective:
                continue
            self._portion_out(model, chosen, free.solution, columns)

    def _portion_out(self, model: Model, chosen: Model, solution: Floats, columns: Ints) -> None:
        """The plan whose modules are portioned from a solution of the model with its choices made."""
        portion = only_smallest(model, chosen, solution, columns, self._core, FEW)
        self._solve("portion", portion, columns, self._options(relative_gap=PORTION_GAP, nodes=PORTION_NODES))

    def _by_period(self, relaxed: Floats, sites: Ints) -> bool:
        """A plan made period by period: what is whole in one is decided with everything later relaxed, and stands from then on.
        Whether it came to an end; with one period there is nothing to part."""
        if len(self._core.period) < 2:
            return False
        columns = self._columns_that_matter(relaxed, sites, PERIOD_LEAST_MW)
        model, _ = restrict(self._matrix, self._cost, columns)
        absolute = PERIOD_SHARE * self._ask.gap * self._scale(float(self._cost @ relaxed))
        for number, now in enumerate(stages(model, columns, self._core)):
            if self._over() or self._met():
                return False
            self._phase = f"round a plan, period {number + 1}"
            options = self._options(absolute_gap=absolute, nodes=PERIOD_NODES)
            answer = self._solve(f"period-{number}", replace(model, integer=now), columns, options)
            if answer.solution is None:
                return False
            model = decided(model, now, answer.solution)
        return self._size > 0

    def _round(self, relaxed: Floats, sites: Ints, *, thorough: bool) -> None:
        """Whole plans from the relaxed one: decide the yes-or-no, then the modules. The first plan that can be had is enough
        where it need not be thorough."""
        for least in LEAST_MW[:2] if thorough else LEAST_MW:
            if self._over() or self._met() or (self._size > 0 and not thorough):
                return
            self._phase = "round a plan"
            columns = self._columns_that_matter(relaxed, sites, least)
            model, rows = restrict(self._matrix, self._cost, columns)
            small = self._solve("relax-small", model, columns, self._options(relax=True, interior=True))
            if small.solution is None:
                continue
            chosen = fix_choices(model, self._full(columns, small.solution), columns, self._core)
            for more in SPARE if self._held(rows).any() else (1.0,):
                wanted = replace(chosen, row_lower=np.where(self._held(rows), more * chosen.row_lower, chosen.row_lower))
                free = self._solve("choose", wanted, columns, self._options(relax=True))
                if free.solution is None or free.objective >= self.objective:
                    continue
                modules = only_modules(model, chosen, free.solution, columns, self._core)
                if (
                    self._solve("modules", modules, columns, self._options(relative_gap=4e-3, nodes=MODULES_NODES)).solution
                    is not None
                ):
                    break

    def _held(self, rows: Ints) -> NDArray[np.bool_]:
        """Which of these rows hold what an earlier aim has reached."""
        mine = [(family.first, family.last) for family in self._matrix.families if family.name.startswith("held_")]
        return np.array([any(first <= row < last for first, last in mine) for row in rows.tolist()], dtype=bool)

    def _dispatch(self) -> None:
        """All whole columns of the plan in hand kept, everything else at its best: a plan made for another aim is dear."""
        if self.best is None or self._over() or self._met():
            return
        self._phase = "dispatch the plan"
        columns = self._columns_of_sites(self._open_sites())
        model, _ = restrict(self._matrix, self._cost, columns)
        held = self._solve("held", hold_integers(model, self.best[columns]), columns, self._options(relax=True))
        if held.solution is not None:
            self._offer(self._full(columns, np.where(model.integer, np.rint(held.solution), held.solution)))

    def _rewire(self) -> None:
        """The modules of the plan in hand kept, lines and data paths chosen anew."""
        core = self._core
        costs_elsewhere = np.delete(self._cost, core.modules.columns.ravel()).any()
        if self.best is None or not costs_elsewhere or self._over() or self._met():
            return
        self._phase = "choose lines for the plan"
        columns = self._columns_of_sites(self._open_sites())
        model, _ = restrict(self._matrix, self._cost, columns)
        kept = keep_modules(model, self.best[columns], columns, core)
        self._solve("rewire", kept, columns, self._options(relative_gap=5e-4, nodes=REWIRE_NODES), start=self.best[columns])

    def _open_sites(self) -> Ints:
        assert self.best is not None
        return np.flatnonzero(self.best[self._core.open.columns].max(axis=1) > 0.5)

    def _improve(self, relaxed: Floats, sites: Ints, cut: Split, pricers: Pricers, prices: Floats) -> None:
        """Better prices for the bound, then HiGHS over the sites that matter, from the plan in hand, until the gap is met."""
        lift = Lift(cut, prices)
        for least in LEAST_MW:
            self._phase = "lift the bound"
            for _ in range(LIFTS if len(self._matrix.value) <= LIFTED_AT_MOST else 0):
                self._lift(cut, lift, pricers)
            if self._over() or self._met():
                return
            self._phase = "improve the plan"
            keep = self._columns_that_matter(relaxed, sites, least)
            if self.best is not None:
                keep = np.union1d(keep, self._columns_that_matter(self.best, self._open_sites(), 0.0))
            model, _ = restrict(self._matrix, self._cost, keep)
            start = self.best[keep] if self.best is not None else None
            self._solve("improve", model, keep, self._options(relative_gap=1e-4), start=start)

    def _lift(self, cut: Split, lift: Lift, pricers: Pricers) -> None:
        """One step of better prices."""
        if self.gap() > LIFTED_WITHIN * self._ask.gap or lift.done or self._over() or self._met():
            return
        relaxed = pricers.price(lift.prices, lift.everything, relax=True)
        paying = [priced.site for priced in relaxed if priced.bound < -1e-9]
        priced = pricers.price(lift.prices, paying, relax=False)
        at = lift.prices
        claimed = lift.step(priced, self.objective)
        self._claim(priced_proof(cut, at, claimed, ((block.site, block.bound) for block in priced), relaxed=False))

    def _claim(self, proof: Proof) -> None:
        """Keep a bound, and what proves it, where it is better."""
        if proof.bound > self.bound:
            self.bound, self._proof = proof.bound, proof
        self._say()

    def _columns_that_matter(self, relaxed: Floats, sites: Ints, least_mw: float) -> Ints:
        """Columns of the sites that hold at least so many MW of IT in a relaxed plan, less the tie-lines it leaves unused."""
        return columns_that_matter(self._matrix, self._core, relaxed, sites, least_mw)

    def _columns_of_sites(self, sites: Ints) -> Ints:
        """Columns of some sites, and those that belong to no site."""
        return columns_of(self._matrix, sites)

    # ---- jobs, news, endings

    def _options(
        self,
        *,
        relax: bool = False,
        interior: bool = False,
        rough: bool = False,
        relative_gap: float = 1e-6,
        absolute_gap: float = 0.0,
        nodes: int = 0,
    ) -> Options:
        ask = self._ask
        return Options(
            relax=relax,
            interior=interior,
            rough=rough,
            relative_gap=relative_gap,
            absolute_gap=absolute_gap,
            seconds=max(1.0, self._left()),
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
        while child.answer is None and not (self._stop() or self._met()):
            self._bench.wait([child], until=lambda: self._stop() or self._met())
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
        return self._ask.deadline - time.monotonic()

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
                status = Status.INTERRUPTED if self._stop() else Status.NO_SOLUTION_IN_LIMIT
            elif self._met():
                status = Status.OPTIMAL
            else:
                status = Status.INTERRUPTED if self._stop() else Status.FEASIBLE_GAP
        known = sites if sites is not None else np.arange(len(self._problem.site_ids))
        ids = self._problem.site_ids
        certificate = None if self._proof is None else self._proof.certificate(self._ask.name, self._matrix, ids)
        return Ending(status, self.objective, self.bound, self.gap(), self.best, message, known, certificate)
