"""A plan found on merged slices, settled on all of them.

    1. its whole choices as they are, everything else solved anew in every slice;
    2. where that does not hold or is not good enough: the program over the sites of the plan relaxed on all slices, plans
       rounded from it, lines chosen anew, and HiGHS over these sites until the gap is met.

The bound is the one of the merged slices, which is a bound of all of them.
"""

from __future__ import annotations

import numpy as np

from siting.family import Ints
from siting.solve.blocks import restrict
from siting.solve.job import Floats, Status
from siting.solve.search import LEAST_MW, Ending, Search
from siting.solve.start import hold_integers


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
                self._near(self._opened(wanted))
            elif before is not None:
                self._near(self._opened(before))
        finally:
            self._bench.close()
        status = Status.NO_SOLUTION_IN_LIMIT if self.best is None else None
        message = "no plan was found that holds in every slice" if self.best is None else ending.message
        return self._ending(status, message, ending.kernel)

    def _opened(self, plan: Floats) -> Ints:
        return np.flatnonzero(plan[self._core.open.columns].max(axis=1) > 0.5)

    def _as_it_is(self, wanted: Floats) -> None:
        """The choices of a plan held, its dispatch solved on all slices."""
        self._phase = "dispatch in every slice"
        columns = self._columns_that_matter(wanted, self._opened(wanted), 0.0)
        model, _ = restrict(self._matrix, self._cost, columns)
        held = self._solve("held", hold_integers(model, wanted[columns]), columns, self._options(relax=True))
        if held.solution is not None:
            self._offer(self._full(columns, held.solution))

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
