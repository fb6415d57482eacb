"""A plan found on merged slices, settled on all of them.

    1. its whole choices as they are, everything else solved anew in every slice;
    2. where that does not hold: its sites and data paths as they are; lines relaxed on all slices and rounded, then modules
       portioned; where that finds no plan, large modules and the smallest rounded one after the other;
    3. from there, or where that finds no plan: modules taken away at the sites whose rows fall short, a few moved elsewhere;
    4. where there is still none: the program over the sites of the plan relaxed on all slices, and plans rounded from it.

The bound is the one of the merged slices, which is a bound of all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from siting.family import Ints
from siting.solve.blocks import elastic, restrict
from siting.solve.course import Ending
from siting.solve.job import Floats, Model, Status
from siting.solve.search import FEW, LEAST_MW, Search
from siting.solve.start import around, decided, hold_integers, lines_of

MEND_NODES: Final = 40
NEARLY: Final = 1e-3
SHORT_MW: Final = 1e-6


class Settle(Search):
    """The search for one aim on all slices, from a plan on merged ones."""

    def settle(self, wanted: Floats | None, before: Floats | None, ending: Ending) -> Ending:
        """The best plan on all slices near `wanted` (columns; None where there is none) and `before`, the plan of the aim
        before."""
        self.bound = ending.bound
        try:
            if before is not None:
                self._offer(before)
            if wanted is not None:
                self._as_it_is(wanted)
                if self.best is None:
                    self._near(self._opened(wanted))
        finally:
            self._bench.close()
        status = Status.NO_SOLUTION_IN_LIMIT if self.best is None else None
        message = "no plan was found that holds in every slice" if self.best is None else ending.message
        return replace(self._ending(status, message, ending.kernel), certificate=ending.certificate)

    def _as_it_is(self, wanted: Floats) -> None:
        """The choices of a plan held, its dispatch solved on all slices; modules moved a little where it does not hold."""
        self._phase = "dispatch in every slice"
        columns = self._columns_that_matter(wanted, self._opened(wanted), 0.0)
        model, _ = restrict(self._matrix, self._cost, columns)
        fixed = hold_integers(model, wanted[columns])
        held = self._solve("held", fixed, columns, self._options(relax=True))
        if held.solution is not None:
            self._offer(self._full(columns, held.solution))
            return
        self._step_by_step(wanted)
        if self.best is not None:
            self._mend_from_here()
            return
        for everywhere in (False, True):
            if self._over():
                return
            self._phase = "mend the plan in every slice"
            short = self._opened(wanted) if everywhere else self._short(fixed, columns)
            mended = self._movable(model, wanted[columns], columns, short)
            answer = self._solve("mend", mended, columns, self._options(relative_gap=1e-3, nodes=MEND_NODES))
            if answer.solution is not None:
                return

    def _step_by_step(self, wanted: Floats) -> None:
        """Sites and data paths of a plan held; then its lines, its large modules and its smallest ones rounded, one after the
        other, from what is best on all slices with all that is not yet decided relaxed. Modules are portioned where that gives a
        plan."""
        core = self._core
        columns = self._columns_of_sites(self._opened(wanted))
        model, rows = restrict(self._matrix, self._cost, columns)
        lines, modules = (np.isin(columns, variable.columns.ravel()) for variable in (core.line, core.modules))
        smallest = np.isin(columns, core.modules.columns[:, int(np.argmin(core.module_it_mw))].ravel())
        upwards = self._held(rows).any()
        model = decided(model, model.integer & ~lines & ~modules, wanted[columns])
        for number, now in enumerate((lines, modules & ~smallest, smallest)):
            if self._over():
                return
            self._phase = f"round in every slice, step {number + 1}"
            relaxed = self._solve(f"step-{number}", model, columns, self._options(relax=True, interior=True))
            if relaxed.solution is None:
                return
            if number == 1:
                self._portion_out(model, model, relaxed.solution, columns)
                if self.best is not None:
                    return
            if number == 0:
                rounded = lines_of(self._full(columns, relaxed.solution), wanted, core)[columns]
            else:
                up = upwards and number == 2
                rounded = np.ceil(relaxed.solution - NEARLY) if up else np.floor(relaxed.solution + NEARLY)
            model = decided(model, now, rounded)
        held = self._solve("stepped", model, columns, self._options(relax=True))
        if held.solution is not None:
            self._offer(self._full(columns, np.where(model.integer, np.rint(held.solution), held.solution)))

    def _mend_from_here(self) -> None:
        """Modules moved about a little from the plan in hand, its other choices held."""
        if self.best is None or self._over() or self._met():
            return
        self._phase = "mend the plan in every slice"
        columns = self._columns_that_matter(self.best, self._open_sites(), 0.0)
        model, _ = restrict(self._matrix, self._cost, columns)
        start = self.best[columns]
        near = around(model, start, columns, self._core)
        self._solve("mend", near, columns, self._options(absolute_gap=self._absolute_gap(), nodes=MEND_NODES), start=start)

    def _short(self, fixed: Model, columns: Ints) -> Ints:
        """Sites whose rows fall short with all whole choices held; all sites of a shared row that does."""
        owner = self._matrix.owner[columns]
        answer = self._solve("short", elastic(fixed), columns, self._options(relax=True))
        if answer.solution is None:
            return np.unique(owner[owner >= 0])
        missing = answer.solution[len(columns) :]
        row = np.repeat(np.arange(len(fixed.row_lower)), np.diff(fixed.start))
        rows = len(fixed.row_lower)
        lacking = (missing[:rows] > SHORT_MW) | (missing[rows:] > SHORT_MW)
        touched = owner[fixed.column[lacking[row]]]
        return np.unique(touched[touched >= 0])

    def _movable(self, model: Model, wanted: Floats, columns: Ints, short: Ints) -> Model:
        """The model with all choices held but modules: none need stay at sites that fall short, and a few of the smallest may
        come or go anywhere."""
        core = self._core
        smallest = int(np.argmin(core.module_it_mw))
        value = np.clip(np.rint(wanted), model.lower, model.upper)
        lower, upper = np.where(model.integer, value, model.lower), np.where(model.integer, value, model.upper)
        few = np.isin(columns, core.modules.columns[:, smallest].ravel())
        at_short = np.isin(columns, core.modules.columns[short].ravel())
        lower = np.where(few, value - FEW, np.where(at_short, 0.0, lower))
        upper = np.where(few, value + FEW, upper)
        return replace(model, lower=np.maximum(lower, model.lower), upper=np.minimum(upper, model.upper))

    def _near(self, sites: Ints) -> None:
        """Plans over some sites, until the gap is met."""
        if self._over() or self._met():
            return
        self._phase = "relax the plan's sites in every slice"
        columns = self._columns_of_sites(sites)
        model, _ = restrict(self._matrix, self._cost, columns)
        answer = self._solve("relax-plan", model, columns, self._options(relax=True, interior=True))
        if answer.solution is None:
            return
        relaxed = self._full(columns, answer.solution)
        if self.best is None:
            self._round(relaxed, sites, thorough=False)
        self._round(relaxed, sites, thorough=True)
        self._rewire()
        if self._over() or self._met():
            return
        self._phase = "improve the plan in every slice"
        keep = self._columns_that_matter(relaxed, sites, LEAST_MW[-1])
        if self.best is not None:
            keep = np.union1d(keep, self._columns_that_matter(self.best, self._open_sites(), 0.0))
        model, _ = restrict(self._matrix, self._cost, keep)
        start = self.best[keep] if self.best is not None else None
        self._solve("improve", model, keep, self._options(relative_gap=1e-4), start=start)
