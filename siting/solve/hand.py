"""What a search over all candidates has in hand: the kernel, the search over it with the best plan, and the bound of all."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from siting.family import Problem
from siting.program.assemble import Program
from siting.program.matrix import compile_matrix
from siting.solve.bound import Bound
from siting.solve.course import Ask, News
from siting.solve.crew import Crew
from siting.solve.job import Floats, Ints
from siting.solve.kernels import Kernel, KernelSearch, carry
from siting.solve.start import kernel


class Stating(Protocol):
    """How a part of the candidates is stated, in this process."""

    def problem(self, places: Ints) -> Problem:
        """The problem of some candidates in every slice."""

    def program(self, places: Ints) -> Program:
        """The program of some candidates in every slice."""

    def searched(self, program: Program) -> Program:
        """What is searched in its place."""

    def searched_plan(self, program: Program, values: Floats) -> tuple[Program, Floats]:
        """A plan in every slice as one of what is searched."""

    def cost(self, program: Program) -> Floats:
        """What is minimised (columns)."""


@dataclass(frozen=True, slots=True)
class Searched:
    """How every kernel is searched: how it is asked, who hears of it, and who stops it."""

    ask_of: Callable[[Program], Ask]
    tell: Callable[[News], None]
    stop: Callable[[], bool]


class Hand:
    """The kernel, its search and the bound of all `count` candidates. `given` is a plan to begin with and the program it is of;
    None where there is none."""

    def __init__(
        self,
        statement: Stating,
        site_ids: tuple[str, ...],
        crew: Crew,
        searched: Searched,
    ) -> None:
        self._statement, self._searched = statement, searched
        self.given: tuple[Program, Floats] | None = None
        self._position = {name: place for place, name in enumerate(site_ids)}
        self._search: KernelSearch | None = None
        self._kernel: Kernel | None = None
        self._proven = -math.inf
        self.count = len(site_ids)
        self.bound = Bound(site_ids, crew)

    @property
    def search(self) -> KernelSearch:
        """The search over the kernel, with the best plan so far."""
        assert self._search is not None
        return self._search

    @property
    def kernel(self) -> Kernel:
        """The kernel."""
        assert self._kernel is not None
        return self._kernel

    @property
    def places(self) -> Ints:
        """Candidates of the kernel, none before there is one."""
        return np.zeros(0, np.int64) if self._kernel is None else self._kernel.places

    def first(self, sample: Ints, count: int) -> Ints:
        """So many promising candidates of a sample, and those of the plan to begin with."""
        return self.with_given(sample[kernel(self._statement.problem(sample), count)])

    def with_given(self, places: Ints) -> Ints:
        """These candidates and those of the plan to begin with."""
        if self.given is None:
            return places
        program, plan = self.given
        opened = np.flatnonzero(plan[program.core.open.columns].max(axis=1) > 0.5)
        ids = [self._position[program.problem.site_ids[site]] for site in opened.tolist()]
        return np.union1d(places, np.array(ids, dtype=np.int64))

    def take(self, places: Ints) -> KernelSearch:
        """Search over these candidates from now on, and those that cannot do nothing, with the plan in hand. Where that cannot be
        carried over, those of the kernel so far stay as well: no plan is given up."""
        places = np.union1d(places, self.bound.acting)
        fine = self._statement.program(places)
        program = self._statement.searched(fine)
        matrix = compile_matrix(program.model, program.space)
        before = None if self._kernel is None else self._kernel.program
        plan = None if self._search is None else self._search.best
        if plan is None and self.given is not None:
            before, plan = self._statement.searched_plan(*self.given)
        kernel_ = Kernel(places, fine, program, matrix, self._statement.cost(program))
        asked = self._searched
        search = KernelSearch(program.problem, program.core, matrix, kernel_.cost, asked.ask_of(program), asked.tell, asked.stop)
        search.bound = max(self.bound.best, self._proven)
        if before is not None and plan is not None:
            carried = carry(plan, before, program)
            if carried is not None:
                search.offer(carried)
        if self._search is not None and self._search.best is not None and search.best is None:
            search.close()
            wider = np.union1d(places, self.places)
            return self._search if len(wider) == len(places) else self.take(wider)
        if self._search is not None:
            self._search.close()
        self._kernel, self._search = kernel_, search
        return search

    def proven(self, bound: float = -math.inf) -> None:
        """Tell the search the best bound: the one of all, or one that is proven otherwise."""
        self._proven = max(self._proven, bound)
        self.search.bound = max(self.bound.best, self._proven)
