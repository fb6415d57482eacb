"""A kernel: some of the candidates as an ordinary program, plans over it, and a plan carried from one kernel to the next."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.arrays import ArrayVar
from siting.program.assemble import Program
from siting.program.matrix import Matrix
from siting.solve.blocks import restrict
from siting.solve.certificate import Certificate
from siting.solve.course import Ending
from siting.solve.job import Floats, Ints, Options, Status
from siting.solve.search import LEAST_MW, MODULES_NODES, Search
from siting.solve.start import decided

WITHIN_NODES: Final = 100
"""Limit of work of a look over what blocks propose."""
LOOK_SHARE: Final = 0.1
LOOK_NODES: Final = 400
"""Share of the gap asked that a look over a few sites may leave, and its limit of work."""
EXCHANGE_SHARE: Final = 0.05
EXCHANGE_NODES: Final = 30
"""Share of the gap asked that an exchange among a few sites may leave, and its limit of work."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """Some candidates (positions among all) as a program to search, compiled, with the cost to minimise."""

    places: Ints
    fine: Program
    program: Program
    matrix: Matrix
    cost: Floats


class KernelSearch(Search):
    """Plans over a kernel; the bound comes from all candidates."""

    def relaxed(self, *, rough: bool = False, sure: bool = True) -> tuple[Status, float, Floats | None, Floats | None]:
        """(status, objective, solution, duals of the rows) of the relaxed kernel; a `rough` one is good for prices only. Where a
        rough one comes to no end, it is solved another way if it must be `sure`."""
        self._phase = f"relax {len(self._problem.site_ids)} sites"
        everything = np.arange(self._matrix.columns)
        model, kept = restrict(self._matrix, self._cost, everything)
        answer = self._solve("relax", model, everything, self._options(relax=True, interior=not rough, rough=rough))
        if rough and answer.status is not Status.OPTIMAL:
            if self._over() or (not sure and answer.status is not Status.INFEASIBLE):
                return Status.NO_SOLUTION_IN_LIMIT, math.nan, None, None
            answer = self._solve("relax", model, everything, self._options(relax=True, interior=True))
        if answer.solution is None or answer.row_dual is None:
            return answer.status, math.nan, None, None
        duals = np.zeros(self._matrix.rows)
        duals[kept] = answer.row_dual
        return answer.status, answer.objective, answer.solution, duals

    def offer(self, plan: Floats) -> None:
        """A plan to begin with."""
        self._offer(plan)

    def first_plan(self, relaxed: Floats) -> None:
        """Any plan rounded from a relaxed one."""
        everywhere = np.arange(len(self._problem.site_ids))
        self._portion(relaxed, everywhere)
        self._round(relaxed, everywhere, thorough=False)

    def polish(self, relaxed: Floats) -> None:
        """Better plans rounded from a relaxed one, the lines of the best chosen anew, and HiGHS over more and more sites."""
        self._round(relaxed, np.arange(len(self._problem.site_ids)), thorough=True)
        self._rewire()
        for least in LEAST_MW:
            if not (self._over() or self._met()):
                self._improve_over(relaxed, least)

    def _improve_over(self, relaxed: Floats, least_mw: float) -> None:
        """HiGHS over the sites that matter, from the plan in hand."""
        self._phase = "improve the plan"
        sites = np.arange(len(self._problem.site_ids))
        keep = self._columns_that_matter(relaxed, sites, least_mw)
        if self.best is not None:
            keep = np.union1d(keep, self._columns_that_matter(self.best, self._open_sites(), 0.0))
        model, _ = restrict(self._matrix, self._cost, keep)
        start = self.best[keep] if self.best is not None else None
        self._solve("improve", model, keep, self._options(relative_gap=1e-4), start=start)

    def as_chosen(self, chosen: Mapping[str, float], free: Ints, names: set[str] | None = None) -> bool:
        """The plan that takes these whole columns (by Pyomo name) and no others but modules; everything else at its best, and
        all columns free, or only those of these names, of those `free` sites (places in the kernel) that have no choice. Answers
        whether there is one."""
        self._phase = "take what blocks propose"
        matrix, core = self._matrix, self._core
        wanted = np.zeros(matrix.columns)
        place = {matrix.column_name(column): column for column in np.flatnonzero(matrix.integer).tolist()}
        for name, value in chosen.items():
            wanted[place[name]] = value
        opened = np.flatnonzero(wanted[core.open.columns].max(axis=1) > 0.5)
        free = np.setdiff1d(free, opened)
        keep = self._columns_of_sites(np.union1d(opened, free))
        model, _ = restrict(matrix, self._cost, keep)
        choices = model.integer & ~np.isin(keep, core.modules.columns.ravel())
        fixed = choices & ~np.isin(matrix.owner[keep], free)
        lower, upper = np.where(fixed, wanted[keep], model.lower), np.where(fixed, wanted[keep], model.upper)
        if names is not None:
            named = np.isin(keep, [column for name, column in place.items() if name in names])
            upper[choices & ~fixed & ~named] = 0.0
        held = replace(model, lower=lower, upper=upper)
        answer = self._solve("chosen", held, keep, self._options(relative_gap=1e-3, nodes=MODULES_NODES))
        return answer.solution is not None

    def worth(self, row_prices: Floats) -> Floats:
        """What each site's part of the plan in hand costs at prices of rows (sites of the kernel)."""
        assert self.best is not None
        matrix = self._matrix
        entries = csr_array((matrix.value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))
        parts = (self._cost - entries.T @ row_prices) * self.best
        mine = matrix.owner >= 0
        return np.bincount(matrix.owner[mine], parts[mine], minlength=len(self._problem.site_ids)).astype(np.float64)

    def improve_within(self, names: set[str]) -> None:
        """HiGHS over the plan's columns and those whole ones that some block has ever proposed, from the plan in hand."""
        self._phase = "improve over what blocks propose"
        self._within("within", names, self._options(relative_gap=1e-4, nodes=WITHIN_NODES))

    def look_within(self, names: set[str]) -> None:
        """The same with more work, until a share of the gap asked is left: where few sites are in hand."""
        self._phase = "look over a few sites"
        absolute = LOOK_SHARE * self.asked * self._size
        self._within("look", names, self._options(relative_gap=1e-6, absolute_gap=absolute, nodes=LOOK_NODES))

    def _within(self, job: str, names: set[str], options: Options) -> None:
        keep = self._proposed(names)
        model, _ = restrict(self._matrix, self._cost, keep)
        start = self.best[keep] if self.best is not None else None
        self._solve(job, model, keep, options, start=start)

    def exchange(self, names: set[str], sites: Ints) -> bool:
        """HiGHS over the columns of `improve_within`, only some sites free (places in the kernel): others keep their whole
        columns but modules. Answers whether the plan got better."""
        self._phase = f"exchange among {len(sites)} sites"
        assert self.best is not None
        before, keep = self.objective, self._proposed(names)
        model, _ = restrict(self._matrix, self._cost, keep)
        free = np.isin(keep, self._core.modules.columns.ravel()) | np.isin(self._matrix.owner[keep], sites)
        held = decided(model, model.integer & ~free, self.best[keep])
        absolute = EXCHANGE_SHARE * self.asked * self._size
        options = self._options(absolute_gap=absolute, nodes=EXCHANGE_NODES, reduced=False)
        self._solve("exchange", held, keep, options, start=self.best[keep])
        return self.objective < before - absolute

    def _proposed(self, names: set[str]) -> Ints:
        """Columns of the plan in hand, those whole ones that are called so, and all that is not whole of the same sites."""
        matrix, core = self._matrix, self._core
        whole = np.flatnonzero(matrix.integer)
        never = np.array([matrix.column_name(column) not in names for column in whole.tolist()], dtype=bool)
        dropped = np.zeros(matrix.columns, dtype=bool)
        dropped[whole[never]] = True
        dropped[core.modules.columns.ravel()] = False
        if self.best is not None:
            dropped &= np.abs(self.best) <= 0.5
        dropped[core.open.columns.ravel()] = (
            dropped[core.open.columns].min(axis=1, keepdims=True).repeat(len(core.period), axis=1).ravel()
        )
        idle = dropped[core.line.columns].all(axis=1)
        dropped[core.line.columns[idle].ravel()] = dropped[core.line_mw.columns[idle].ravel()] = True
        dropped[core.flow_mw.columns[idle].ravel()] = True
        sites = np.flatnonzero(~dropped[core.open.columns].all(axis=1))
        return np.intersect1d(self._columns_of_sites(sites), np.flatnonzero(~dropped))

    def _held(self, rows: Ints) -> NDArray[np.bool_]:
        """Rows that ask for something are given a little more as well, so that whole modules still meet them."""
        asks = (self._matrix.row_lower[rows] > 0) & np.isinf(self._matrix.row_upper[rows])
        return np.asarray(super()._held(rows) | asks)

    def open_places(self) -> Ints:
        """Sites of the plan in hand."""
        return self._open_sites() if self.best is not None else np.zeros(0, np.int64)

    def used(self, relaxed: Floats) -> Ints:
        """Sites that a relaxed plan uses."""
        return np.flatnonzero(relaxed[self._core.open.columns].max(axis=1) > 1e-3)

    def ended(self, status: Status | None, message: str, certificate: Certificate | None) -> Ending:
        """How the search ended, with the proof of its bound."""
        return replace(self._ending(status, message), certificate=certificate)

    def close(self) -> None:
        """End its processes."""
        self._bench.close()

    def scale(self, relaxed: Floats) -> float:
        """What gaps are measured against: the size of the plan in hand, or of a relaxed one before there is any."""
        return abs(self._ask.judged(relaxed if self.best is None else self.best))

    def say(self, phase: str) -> None:
        """Tell how far it is."""
        self._phase = phase
        self._say()

    @property
    def asked(self) -> float:
        """The gap asked."""
        return self._ask.gap

    @property
    def deadline(self) -> float:
        """When the time is over (monotonic seconds)."""
        return self._ask.deadline

    @property
    def aim_name(self) -> str:
        """Name of the aim."""
        return self._ask.name

    @property
    def met(self) -> bool:
        """Whether the gap asked is reached."""
        return self._met()

    @property
    def over(self) -> bool:
        """Whether the time is over or somebody stopped it."""
        return self._over()


def carry(values: Floats, old: Program, new: Program) -> Floats | None:
    """A solution of one program over the columns of another with other candidates; None where it uses any that are missing."""
    found: Floats = np.zeros(new.space.size)
    known = {variable.name: variable for variable in new.space.variables}
    for variable in old.space.variables:
        part = values[variable.columns]
        other = known.get(variable.name)
        if other is None:
            if np.abs(part).max(initial=0.0) > 0:
                return None
            continue
        if not _carry_one(part, variable, other, found):
            return None
    return found


def _carry_one(part: Floats, old: ArrayVar, new: ArrayVar, found: Floats) -> bool:
    places = [
        np.array([there.position.get(label, -1) for label in here.labels], dtype=np.int64)
        for here, there in zip(old.axes, new.axes, strict=True)
    ]
    for axis, place in enumerate(places):
        missing = np.flatnonzero(place < 0)
        if len(missing) and np.abs(np.take(part, missing, axis=axis)).max(initial=0.0) > 0:
            return False
    here = np.ix_(*[np.flatnonzero(place >= 0) for place in places])
    there = np.ix_(*[place[place >= 0] for place in places])
    found[new.columns[there].ravel()] = part[here].ravel()
    return True
