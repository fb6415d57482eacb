"""One aim over more candidates than one program can hold: a kernel of sites as an ordinary program, everybody else by prices.

1. a sample of the candidates settles roughly what compute and power are worth: relax its best, price it, let who pays join;
2. the same over all candidates, chunk by chunk (`siting.solve.chunks`): at the first pass every site is solved once, later
   ones only look at those near paying. What comes out is the relaxed optimum of the whole problem within a share of the gap;
3. site-wise Dantzig-Wolfe: blocks are priced whole at prices between the best so far and those of the master
   (`siting.solve.master`), every pass over all candidates, so that each gives a bound of the whole problem;
4. plans are chosen among what the blocks propose, also at higher prices than the best and for what is lacking, and made to fit;
5. by turns, until the gap is met; once the bound has settled HiGHS improves the plan over the sites that the master mixes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from siting.program.assemble import Program
from siting.program.matrix import compile_matrix
from siting.solve.blocks import SAFETY
from siting.solve.certificate import PRICES, Certificate
from siting.solve.chunks import NOTHING, Asked, Chunk
from siting.solve.course import Ask, Ending, News
from siting.solve.crew import Crew
from siting.solve.job import Floats, Ints, Status
from siting.solve.kernels import Kernel, KernelSearch, carry
from siting.solve.master import Master
from siting.solve.search import LEAST_MW
from siting.solve.shared import Shared
from siting.solve.start import kernel

SAMPLE: Final = 800
"""Candidates in the sample that settles the first prices."""
FIRST: Final = 60
"""Sites of the first kernel."""
JOIN: Final = 30
JOIN_WHEN_FAR: Final = 60
FAR: Final = 10.0
"""Sites that join a kernel at once, and how many do where it is so many times as far from the bound as it may be."""
LARGE: Final = 90
"""Sites above which a kernel lets go of those that do not pay."""
ROUNDS: Final = 8
PLANNED: Final = 40
"""Candidates that plans are made over at least."""
TURNS: Final = 12
SLOW: Final = 2
SLOW_SHARE: Final = 0.08
"""Passes in a row that gain less than this share of the gap asked, after which a plan is made."""
WHOLE_MOST: Final = 2000
"""Blocks priced whole in a pass at most, those that pay most; the others count with their relaxed value."""
MIX_SECONDS: Final = 4.0
MIXES: Final = 4
FIRST_MIXES: Final = 2
"""Passes over whole blocks in a turn at most, and while there is no plan; as many more after each turn without a better plan."""
NEAR_SHARE: Final = 0.2
"""Share of the gap asked that may be left between the master and the bound."""
PROPOSING: Final = 2
"""Sites that are asked for proposals, for each that a relaxed plan uses."""
ASKED_AGAIN: Final = 2
DEARER: Final = 0.02
"""Times that proposals are asked for in a turn, and how much dearer what they lack gets each time, as a share of the largest
price of its family."""
WIDEST: Final = 8.0
"""Times that the master's box is made as wide as at first, while passes that end at its edge give better bounds; not before there
is a plan."""
WIDER: Final = 1.5
NARROWER: Final = 0.5
"""How the box changes after a better bound at its edge, and after none."""
RAISED: Final = (1.01, 1.02, 1.005, 1.03)
"""How much more is paid for what is asked when more proposals are wanted, turn by turn."""
PROPOSED_SHARE: Final = 0.1
"""What such a proposal may leave, as a share of the largest price."""
CAREFUL: Final = ((0.0, 10.0), (0.01, 40.0), (0.04, 160.0))
"""Share by which choices must exceed what is asked, and what breaking a row costs, in times of the largest price of its family:
tried in turn, for what breaks contested rows a little may not be had."""
RELAXED_NEAR: Final = 0.02
SAMPLE_NEAR: Final = 0.03
"""How near a relaxed kernel must come to the bound of all, and of the sample, as a share of what gaps are measured against."""
SMOOTHED: Final = 0.7
LITTLE_SMOOTHED: Final = 0.4
"""Weight of the best prices so far in those asked next: after a pass that gave no better bound, and after one that did."""
BLOCK_GAP_SHARE: Final = 0.05
"""Share that all whole blocks together may leave open: of the gap asked, or of half of what is between master and bound."""


class Stating(Protocol):
    """How a part of the candidates is stated, in this process."""

    def program(self, places: Ints) -> Program:
        """The program of some candidates in every slice."""

    def searched(self, program: Program) -> Program:
        """What is searched in its place."""

    def searched_plan(self, program: Program, values: Floats) -> tuple[Program, Floats]:
        """A plan in every slice as one of what is searched."""

    def cost(self, program: Program) -> Floats:
        """What is minimised (columns)."""


@dataclass(frozen=True, slots=True)
class Decomposed:
    """How it ended: the ending of the search over the last kernel, that kernel, and what each candidate's block was worth at the
    prices of the proof (all candidates; 0 where it does not pay)."""

    ending: Ending
    kernel: Kernel
    values: Floats
    clashes: int


class Decompose:
    """The search for one aim over all candidates."""

    def __init__(
        self,
        statement: Stating,
        site_ids: tuple[str, ...],
        crew: Crew,
        ask_of: Callable[[Program], Ask],
        tell: Callable[[News], None],
        stop: Callable[[], bool],
    ) -> None:
        self._statement, self._ids, self._crew = statement, site_ids, crew
        self._ask_of, self._tell, self._stop = ask_of, tell, stop
        self._given: tuple[Program, Floats] | None = None
        self._position = {name: place for place, name in enumerate(site_ids)}
        self._search: KernelSearch | None = None
        self._kernel: Kernel | None = None
        self._met: Shared | None = None
        self._numbers: Ints | None = None
        self._acting = np.zeros(0, np.int64)
        self._bound = -math.inf
        self._values: Floats = np.zeros(len(site_ids))
        self._best_prices: Floats | None = None
        self._ranking: Floats = np.zeros(len(site_ids))
        self._chunks = 1
        self._used = 0
        self._width = 1.0
        self._idle = 0
        self._proof: tuple[float, Floats, Floats, bool] | None = None

    def run(self, plan: tuple[Program, Floats] | None = None) -> Decomposed:
        """Search until the gap is met, the time is over or somebody stops it; `plan` is one to begin with and the program it is
        of. Raises SolverFailed."""
        self._given = plan
        self._crew.begin()
        count = len(self._ids)
        sample = np.arange(0, count, max(1, count // SAMPLE), dtype=np.int64)
        status, relaxed = self._sift(self._with_given(self._first_kernel(sample)), sample if len(sample) < count else None)
        if len(sample) < count and (relaxed is None or self._best_prices is None):
            status, relaxed = self._sift(None, None)
        if relaxed is not None:
            self._prove_and_plan(relaxed)
        search = self._search
        assert search is not None
        assert self._kernel is not None
        search.close()
        if status is Status.INFEASIBLE and len(self._kernel.places) < count:
            status = Status.NO_SOLUTION_IN_LIMIT
        failed = status if relaxed is None and search.best is None and status is not Status.OPTIMAL else None
        return Decomposed(search.ended(failed, "", self._certificate()), self._kernel, self._values, self._shared.clashes)

    def nearest(self, count: int) -> Ints:
        """So many candidates outside the kernel, those first that pay most or lack least to pay."""
        mine = np.zeros(0, np.int64) if self._kernel is None else self._kernel.places
        order = np.argsort(self._ranking, kind="stable")
        return np.sort(order[~np.isin(order, mine)][:count])

    def losses(self, sites: Ints) -> Floats:
        """What any plan with one of these candidates loses at least against the bound (sites; inf where none can have it)."""
        prices = np.zeros(self._shared.count) if self._best_prices is None else self._best_prices
        used = np.flatnonzero(prices)
        found = np.zeros(len(self._ids))
        for answer in self._crew.price(Asked(used, prices[used], sites=sites, opened=True)):
            found[answer.site] = answer.value
        return np.asarray((found - self._values)[sites])

    # ---- kernels

    def _first_kernel(self, sample: Ints) -> Ints:
        return sample[kernel(self._statement.program(sample).problem, FIRST)]

    def _with_given(self, places: Ints) -> Ints:
        """These sites and those of the plan to begin with."""
        if self._given is None:
            return places
        program, plan = self._given
        opened = np.flatnonzero(plan[program.core.open.columns].max(axis=1) > 0.5)
        ids = [self._position[program.problem.site_ids[site]] for site in opened.tolist()]
        return np.union1d(places, np.array(ids, dtype=np.int64))

    def _take_kernel(self, places: Ints) -> KernelSearch:
        """Search over these candidates from now on, and those that cannot do nothing, with the plan in hand."""
        places = np.union1d(places, self._acting)
        fine = self._statement.program(places)
        program = self._statement.searched(fine)
        matrix = compile_matrix(program.model, program.space)
        before = None if self._kernel is None else self._kernel.program
        plan = None if self._search is None else self._search.best
        if plan is None and self._given is not None:
            before, plan = self._statement.searched_plan(*self._given)
        kernel_ = Kernel(places, fine, program, matrix, self._statement.cost(program))
        search = KernelSearch(program.problem, program.core, matrix, kernel_.cost, self._ask_of(program), self._tell, self._stop)
        search.bound = self._bound
        if before is not None and plan is not None:
            carried = carry(plan, before, program)
            if carried is not None:
                search.offer(carried)
        if self._search is not None:
            self._search.close()
        self._kernel, self._search = kernel_, search
        self._numbers = None
        return search

    def _sift(self, places: Ints | None, sample: Ints | None) -> tuple[Status, Floats | None]:
        """Relax over a kernel, price the sample (or all), let those that pay join, until the relaxed kernel is near the bound.
        Without `places` it goes on with the kernel in hand. Answers the last status and the relaxed plan."""
        values: Floats = np.zeros(len(self._ids))
        relaxed: Floats | None = None
        status = Status.NO_SOLUTION_IN_LIMIT
        for _ in range(ROUNDS):
            if places is not None:
                self._take_kernel(places)
                relaxed = None
            search, mine = self._search, self._kernel
            assert search is not None
            assert mine is not None
            status, objective, solution, duals = search.relaxed(rough=True)
            if status is Status.INFEASIBLE and len(mine.places) < len(self._ids) and not search.over:
                places = self._more(mine.places, sample)
                continue
            if solution is None or duals is None:
                return status, relaxed
            relaxed = solution
            prices = self._prices_of(duals)
            values, bound = self._price(prices, sample)
            search.say(f"relaxed {objective:.1f}, bound {bound:.1f}, kernel {len(mine.places)}")
            self._ranking = values
            scale = search.scale(relaxed)
            near = (RELAXED_NEAR if sample is None else SAMPLE_NEAR) * scale
            outside = np.setdiff1d(np.flatnonzero(values < -1e-6), mine.places)
            if objective - bound <= near or not len(outside) or search.over or search.met:
                break
            count = JOIN if objective - bound <= FAR * near else JOIN_WHEN_FAR
            joining = outside[np.argsort(values[outside], kind="stable")][:count]
            stays = mine.places
            if len(stays) > LARGE:
                used = np.union1d(search.used(relaxed), search.open_places())
                stays = np.union1d(stays[used], stays[values[stays] < -1e-6])
            places = np.union1d(stays, joining)
        return status, relaxed

    def _more(self, places: Ints, sample: Ints | None) -> Ints:
        """A kernel with three times as many sites, spread over all that are asked."""
        others = np.setdiff1d(np.arange(len(self._ids)) if sample is None else sample, places)
        step = max(1, len(others) // max(1, 2 * len(places)))
        return np.union1d(places, others[::step])

    @property
    def _shared(self) -> Shared:
        """The rows that candidates share. The first who asks waits until all chunks are stated."""
        if self._met is None:
            self._met = Shared(self._crew.meet())
            self._acting = np.sort(np.concatenate(self._crew.settle(self._met.of_chunk)))
            self._chunks = len(self._met.of_chunk)
        return self._met

    def _prices_of(self, duals: Floats) -> Floats:
        """The kernel's prices, by number of shared row."""
        if self._numbers is None:
            assert self._kernel is not None
            as_chunk = Chunk(self._kernel.matrix, self._kernel.cost, self._kernel.places)
            self._numbers, self._met_rows = self._shared.numbers_of(as_chunk.meeting()), as_chunk.met_rows
        prices = np.zeros(self._shared.count)
        known = self._numbers >= 0
        prices[self._numbers[known]] = duals[self._met_rows][known]
        return self._shared.clean(prices)

    # ---- prices and bounds

    def _price(
        self, prices: Floats, sample: Ints | None, *, whole_below: float | None = None, gap: float = 1e-4
    ) -> tuple[Floats, float]:
        """(value of each candidate with its site open, bound) at these prices; the bound counts only where all were priced."""
        used = np.flatnonzero(prices)
        overlooked = NOTHING if whole_below is None else -0.5 * whole_below
        most = math.ceil(WHOLE_MOST / self._chunks)
        self._answers = self._crew.price(Asked(used, prices[used], whole_below, sample, overlooked, most, gap))
        values = np.full(len(self._ids), math.inf)
        for answer in self._answers:
            values[answer.site] = answer.value
        if sample is None:
            self._ranking = values
        paying = np.minimum(values, 0.0)
        paying[self._acting] = np.where(np.isfinite(values), values, 0.0)[self._acting]
        bound = self._shared.rows_value(prices) + math.fsum(paying.tolist())
        if sample is None:
            self._claim(bound, prices, paying, relaxed=whole_below is None)
        return values, bound

    def _claim(self, bound: float, prices: Floats, values: Floats, *, relaxed: bool) -> None:
        safe = bound - SAFETY * abs(bound)
        if safe > self._bound:
            self._bound, self._best_prices, self._values = safe, prices, values
            self._proof = (bound, prices, values, relaxed)
        if self._search is not None:
            self._search.bound = self._bound

    def _certificate(self) -> Certificate | None:
        if self._proof is None or self._search is None:
            return None
        claimed, prices, values, relaxed = self._proof
        used, paying = np.flatnonzero(prices), np.flatnonzero(values)
        return Certificate(
            aim=self._search.aim_name,
            kind=PRICES,
            claimed=claimed,
            bound=self._bound,
            prices=dict(zip(self._shared.names(used), prices[used].tolist(), strict=True)),
            values={self._ids[site]: float(values[site]) for site in paying.tolist()},
            relaxed=relaxed,
        )

    # ---- whole blocks and plans

    def _prove_and_plan(self, relaxed: Floats) -> None:
        """By turns: whole blocks for a better bound and better proposals, and plans made of what they propose."""
        assert self._search is not None
        assert self._best_prices is not None
        master = Master(self._shared, self._best_prices, self._acting)
        scale = self._search.scale(relaxed)
        self._used = len(self._search.used(relaxed))
        asked = self._best_prices
        self._propose(master, 1.0, 1)
        for turn in range(TURNS):
            asked, share, settled = self._mix(master, asked, scale)
            settled = settled or turn == TURNS - 1
            if self._search.over or self._search.met:
                return
            self._propose(master, RAISED[turn % len(RAISED)])
            before = self._search.objective
            solution = self._plan(master, share, settled=settled)
            search = self._search
            self._idle = self._idle + 1 if search.objective >= before else 0
            if search.best is not None:
                scale = search.scale(search.best)
            if settled and solution is not None and not (search.over or search.met):
                search.thorough_plan(solution)
                for least in LEAST_MW:
                    if not (search.over or search.met):
                        search.improve(solution, least)
            if settled or search.over or search.met:
                return

    def _propose(self, master: Master, raised: float, times: int = ASKED_AGAIN) -> None:
        """More proposals for the sites next to paying: what they would do were more paid for what is asked, above all for what is
        lacking in the mix of all proposals so far. No proof."""
        assert self._best_prices is not None
        assert self._search is not None
        prices = np.where(self._best_prices > 0, raised, 1.0) * self._best_prices
        order = np.argsort(self._ranking, kind="stable")[: PROPOSING * self._used]
        sites = np.union1d(order[np.isfinite(self._ranking[order])], self._acting)
        gap = PROPOSED_SHARE * float(np.abs(self._best_prices).max(initial=0.0))
        for left in reversed(range(times)):
            used = np.flatnonzero(prices)
            answers = self._crew.price(Asked(used, prices[used], math.inf, sites, absolute_gap=gap))
            new = sum(master.add(answer.proposals) for answer in answers)
            self._search.say(f"{new} proposals")
            if not left or not new or self._search.over:
                return
            before, prices = prices, master.dearer(prices, master.mix().prices, DEARER)
            if (prices == before).all():
                return

    def _plan(self, master: Master, share: Mapping[int, float], *, settled: bool) -> Floats | None:
        """Plans over the sites the master mixes and those next to paying; answers the relaxed plan over these."""
        search = self._search
        assert search is not None
        for spare, times in CAREFUL:
            search.say("choose among what blocks propose")
            chosen = master.whole_mix(MIX_SECONDS, spare, times)
            search = self._take_kernel(self._around(chosen, share))
            assert self._kernel is not None
            done = not chosen or search.as_chosen(chosen, np.searchsorted(self._kernel.places, self._acting))
            if done or search.met or search.over:
                break
        if search.met or search.over:
            return None
        if search.best is None:
            known = search.relaxed()[2]
            if known is not None:
                search.first_plan(known)
        if (settled or search.best is None) and not (search.over or search.met):
            search.improve_within(master.ever_chosen())
        return search.relaxed()[2] if settled and not (search.met or search.over) else None

    def _around(self, chosen: Mapping[str, float], share: Mapping[int, float]) -> Ints:
        """Sites of a choice, of the last mix and of the plan in hand, and those next to paying; the kernel's where none are."""
        search, mine = self._search, self._kernel
        assert search is not None
        assert mine is not None
        picked = {self._position[name[len("open[") :].split(",")[0]] for name in chosen if name.startswith("open[")}
        wanted = picked | {site for site, part in share.items() if part > 1e-3}
        places = np.union1d(np.array(sorted(wanted), dtype=np.int64), mine.places[search.open_places()])
        near = [site for site in np.argsort(self._ranking, kind="stable").tolist() if self._ranking[site] < math.inf]
        places = self._with_given(np.union1d(places, np.array(near[: max(PLANNED - len(places), 0)], dtype=np.int64)))
        return places if len(places) else mine.places

    def _mix(self, master: Master, asked: Floats, scale: float) -> tuple[Floats, Mapping[int, float], bool]:
        """Price whole and mix, by turns, until little is gained. Answers the prices to go on with, the share of each site in the
        last mix, and whether the bound has settled."""
        search = self._search
        assert search is not None
        share: Mapping[int, float] = {}
        most = MIXES * (1 + self._idle) if search.best is not None else FIRST_MIXES
        slow, settled, number, apart = 0, False, 0, master.mix().objective - self._bound
        while not (search.over or search.met or settled or slow >= SLOW or number >= most):
            number += 1
            paying = max(20, int((self._values < -1e-6).sum()))
            leave = BLOCK_GAP_SHARE * max(search.asked * scale, 0.5 * apart) / paying
            before = self._bound
            self._price(asked, None, whole_below=-0.5 * leave, gap=leave)
            new = sum(master.add(answer.proposals) for answer in self._answers)
            mixed = master.mix()
            share, apart = mixed.share, mixed.objective - self._bound
            search.say(f"whole blocks: mixed {mixed.objective:.1f}, new {new}, edge {master.at_edge(mixed.prices)}")
            assert self._best_prices is not None
            near = mixed.objective - self._bound <= NEAR_SHARE * search.asked * scale
            settled = near and not master.at_edge(mixed.prices)
            slow = slow + 1 if self._bound - before < SLOW_SHARE * search.asked * scale else 0
            if search.best is not None and self._bound > before and master.at_edge(mixed.prices):
                self._width = min(WIDER * self._width, WIDEST)
            elif self._bound <= before:
                self._width = max(NARROWER * self._width, 1.0)
            if self._bound > before or near:
                master.move(self._best_prices, self._width)
            kept = SMOOTHED if self._bound <= before else LITTLE_SMOOTHED
            asked = self._shared.clean(kept * self._best_prices + (1.0 - kept) * mixed.prices)
        return asked, share, settled


def parts_of(count: int, size: int) -> list[Ints]:
    """Candidates dealt out to chunks of about `size`, so that every chunk is a sample of all."""
    chunks = max(1, math.ceil(count / size))
    return [np.arange(first, count, chunks, dtype=np.int64) for first in range(chunks)]
