"""One aim, solved: a kernel of sites, relaxed and priced against all others, whole plans rounded from it, and a proof.

    1. relax the program over the kernel (interior point, no crossover) and take the prices of the coupling rows;
    2. price every site's block at these prices: the sum bounds the whole problem, and sites that would pay join the kernel;
    3. price the blocks whole: a better bound, valid for the whole problem with its integers;
    4. round a plan from the relaxed one, period by period; where an earlier aim is held, over sites that are decided first, as
       soon as the kernel is within the gap of the bound;
    5. let HiGHS improve it over the sites that matter, until the gap is met.

Small programs skip all this: HiGHS solves them whole. Every bound carries a margin for rounding; only "optimal" is believed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.objectives.aim import HELD
from siting.solve.blocks import Split, columns_of, restrict, split, whole
from siting.solve.certificate import Proof, priced_proof
from siting.solve.course import Course, Ending
from siting.solve.job import Floats, Ints, Model, Status
from siting.solve.lift import Lift
from siting.solve.narrow import STEPS, Narrowed, narrower
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

MOST_ROUNDS = 6
NEAR_SHARE = 0.25
"""Share of the gap asked that may be left between a kernel's relaxation and the bound of all blocks."""
JOIN_AT_ONCE = 12
JOIN_WHEN_FAR = 24
FAR = 10.0
"""Times what may be left, from which a kernel's prices tell little of the sites outside: more of them join."""
MODULES_NODES = 150
REWIRE_NODES = 200
REWIRED_WITHIN = 2.0
"""Gaps asked within which the lines of a plan are chosen anew before others are made."""
PERIOD_NODES = 60
"""Limits of work, not of time: a search that ends on its gap ends the same way on every machine."""
PERIOD_SHARE = 0.2
NARROWED_PERIOD_SHARE = 1.0
"""Share of the gap asked that a plan made period by period may lose in each: little; all of it over sites that are decided, where
finding a plan at all takes the time and what is still found after it is little."""
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
SPARE = (1.01, 1.004)
"""What a relaxed plan is asked to reach over what is held, so that something is left when its modules are made whole."""
LEAST_MW = (20.0, 8.0, 3.0, 0.5)
"""Sites that hold at least this much in a relaxed plan are those a whole plan is looked for in, tried in this order."""


class Search(Course):
    """The search for one aim."""

    _narrowed: bool | None = None
    """Whether a plan over decided sites came to its end; None before that was tried, which is done once where there is a plan."""

    def run(self, start: Floats | None = None, kernel_sites: Ints | None = None) -> Ending:
        """Search until the gap is met, the time is over or somebody stops it."""
        try:
            if start is not None:
                self._offer(start)
            small = len(self._matrix.value) <= self._ask.whole_at_most
            if start is not None and not (small and self.best is not None):
                self._dispatch(start)
            if small:
                return self._run_whole()
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
        if kernel_sites is None or not len(kernel_sites):
            kernel_sites = kernel(self._problem, self._ask.kernel_sites)
        pricers = Pricers(cut, 2, 1e-3, 30.0)
        try:
            status, message, relaxed, sites, prices = self._sift(cut, pricers, kernel_sites)
            if relaxed is not None and not self._met() and not self._from_relaxed(relaxed, sites):
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
            if self._size == 0 and not self._from_relaxed(relaxed, sites):
                self._round(relaxed, sites, thorough=False)
            inside = set(sites.tolist())
            ranked = np.argsort(values[:count], kind="stable").tolist()
            outside = [site for site in ranked if values[site] < -1e-6 and site not in inside]
            allowed = self._ask.gap * self._scale(answer.objective)
            near_enough = NEAR_SHARE * allowed
            near = answer.objective - self.bound <= near_enough
            joining = JOIN_AT_ONCE if answer.objective - self.bound <= FAR * near_enough else JOIN_WHEN_FAR
            if near or not outside or self._over() or self._met():
                self._phase = "bound with whole modules"
                if not self._over() and not self._met():
                    self._price(cut, pricers, prices, [site for site in cut.everything if values[site] < -1e-9], relax=False)
                break
            if self._holding and answer.objective - self.bound <= allowed:
                self._from_relaxed(relaxed, sites)
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

    def _from_relaxed(self, relaxed: Floats, sites: Ints) -> bool:
        """A plan made period by period, with one period only where an earlier aim is held: what it has reached leaves no room for
        rounding. Then the lines of the plan in hand come first, where that may do, and the sites are decided before. Whether it
        came to an end."""
        if not self._holding:
            return len(self._core.period) > 1 and self._by_period(relaxed, sites, PERIOD_SHARE, PERIOD_LEAST_MW)
        if self._narrowed is not None:
            return self._narrowed
        if self.gap() <= REWIRED_WITHIN * self._ask.gap:
            self._rewire()
        ended = self._by_period(*self._narrow(relaxed, sites), NARROWED_PERIOD_SHARE, 0.0)
        self._narrowed = ended if self.best is not None else None
        return ended

    def _narrow(self, relaxed: Floats, sites: Ints) -> tuple[Floats, Ints]:
        """A relaxed plan in which every site is open or not, as far as that can be had in time, and its sites
        (`siting.solve.narrow`)."""
        known = Narrowed(sites, np.zeros(0, np.int64))
        for number in range(STEPS):
            fewer = narrower(relaxed[self._core.open.columns].max(axis=1), known)
            if fewer is None or self._over() or self._met():
                break
            self._phase = f"decide on {len(fewer.sites)} sites"
            columns = self._columns_of_sites(fewer.sites)
            model, _ = restrict(self._matrix, self._cost, columns)
            stay = np.isin(columns, self._core.open.columns[fewer.stay, -1])
            model = replace(model, lower=np.where(stay, 1.0, model.lower))
            answer = self._solve(f"narrow-{number}", model, columns, self._options(relax=True, interior=True))
            if answer.solution is None:
                break
            relaxed, known = self._full(columns, answer.solution), fewer
        return relaxed, known.sites

    def _by_period(self, relaxed: Floats, sites: Ints, share: float, least_mw: float) -> bool:
        """A plan made period by period over the sites that hold at least so much: what is whole in one is decided with everything
        later relaxed, and stands from then on. Of the time left a period may take two shares where each that follows has one, for
        without those there is no plan. What costs as much as the plan in hand before all is decided will cost no less. Whether it
        came to an end."""
        columns = self._columns_that_matter(relaxed, sites, least_mw)
        model, _ = restrict(self._matrix, self._cost, columns)
        absolute = share * self._ask.gap * self._scale(float(self._cost @ relaxed))
        for number, now in enumerate(stages(model, columns, self._core)):
            if self._over() or self._met():
                return False
            self._phase = f"round a plan, period {number + 1}"
            following = len(self._core.period) - 1 - number
            options = self._options(absolute_gap=absolute, nodes=PERIOD_NODES, time_share=2.0 / (2.0 + following))
            answer = self._solve(f"period-{number}", replace(model, integer=now), columns, options)
            if answer.solution is None:
                return False
            if answer.objective >= self.objective:
                return True
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

    @property
    def _holding(self) -> bool:
        """Whether an earlier aim is held."""
        return any(family.name.startswith(HELD) for family in self._matrix.families)

    def _held(self, rows: Ints) -> NDArray[np.bool_]:
        """Which of these rows hold what an earlier aim has reached."""
        mine = [(family.first, family.last) for family in self._matrix.families if family.name.startswith(HELD)]
        return np.array([any(first <= row < last for first, last in mine) for row in rows.tolist()], dtype=bool)

    def _dispatch(self, plan: Floats) -> None:
        """All whole columns of a plan kept, everything else at its best: one made for another aim is dear, and means over slices
        may miss a row that weighs prices (`siting.families.risk`)."""
        if self._over() or self._met():
            return
        self._phase = "dispatch the plan"
        columns = self._columns_of_sites(self._opened(plan))
        model, _ = restrict(self._matrix, self._cost, columns)
        held = self._solve("held", hold_integers(model, plan[columns]), columns, self._options(relax=True))
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
        return self._opened(self.best)

    def _opened(self, plan: Floats) -> Ints:
        """Sites that a plan (all columns) opens."""
        return np.flatnonzero(plan[self._core.open.columns].max(axis=1) > 0.5)

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

    def _columns_that_matter(self, relaxed: Floats, sites: Ints, least_mw: float) -> Ints:
        """Columns of the sites that hold at least so many MW of IT in a relaxed plan, less the tie-lines it leaves unused."""
        return columns_that_matter(self._matrix, self._core, relaxed, sites, least_mw)

    def _columns_of_sites(self, sites: Ints) -> Ints:
        """Columns of some sites, and those that belong to no site."""
        return columns_of(self._matrix, sites)
