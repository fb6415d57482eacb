"""One aim over more candidates than one program can hold: a kernel of sites as an ordinary program, everybody else by prices.

1. a sample of the candidates settles roughly what compute and power are worth: relax its best, price it, let who pays join;
2. the same over all candidates, chunk by chunk (`siting.solve.chunks`): at the first pass every site is solved once, later
   ones only look at those near paying. What comes out is the relaxed optimum of the whole problem within a share of the gap;
3. site-wise Dantzig-Wolfe over designs (`siting.solve.designs`): sites near paying propose what they would build, the master
   mixes (`siting.solve.master`), and what the mix says of prices is asked next;
4. blocks are priced whole at prices between the best so far and those of the master, every pass over all candidates, so that
   each gives a bound of the whole problem (`siting.solve.bound`);
5. plans are chosen among the designs, also those for higher prices than the best and for what is lacking, and made to fit;
6. by turns, until the gap is met; once the bound has settled HiGHS improves the plan over the sites that the master mixes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from siting.program.assemble import Program
from siting.program.matrix import compile_matrix
from siting.solve.bound import WHOLE_MOST, Bound
from siting.solve.course import Ask, Ending, News
from siting.solve.crew import Crew
from siting.solve.job import Floats, Ints, Status
from siting.solve.kernels import Kernel, KernelSearch, carry
from siting.solve.master import Choice, Master, Mixed
from siting.solve.start import kernel

SAMPLE: Final = 800
"""Candidates in the sample that settles the first prices, at least; fewer than twice as many."""
FIRST: Final = 60
"""Sites of the first kernel."""
JOIN: Final = 30
JOIN_WHEN_FAR: Final = 60
FAR: Final = 10.0
"""Sites that join a kernel at once, and how many do where it is so many times as far from the bound as it may be."""
LARGE: Final = 90
"""Sites above which a kernel lets go of those that do not pay."""
ROUNDS: Final = 8
"""Times that a kernel is relaxed and priced in a sift."""
RELAXED_NEAR: Final = 0.05
SAMPLE_NEAR: Final = 0.03
"""How near a relaxed kernel must come to the bound of all, and of the sample, as a share of what gaps are measured against."""
PROPOSING: Final = 2
"""Sites that are asked for designs, for each that a relaxed plan uses."""
PROPOSED: Final = 6
PROPOSED_SHARE: Final = 0.1
"""Times that designs are asked for before the first pass over all, while more than this share of the sites has a new one and the
mix comes nearer to the bound by more than this share."""
DEARER: Final = 0.02
"""How much dearer what a mix lacks gets before more designs are asked for, as a share of the largest price of its family."""
RAISED: Final = (1.01, 1.02, 1.005, 1.03)
"""How much more is paid for what is asked when more designs are wanted, turn by turn."""
TURNS: Final = 12
"""Turns of bound, designs and plans at most."""
IDLE: Final = 3
"""Turns without a better plan after which a bound that has settled is left as it is."""
PASSES: Final = 4
"""Passes over whole blocks in a turn at most; as many more after each turn without a better plan."""
FAR_APART: Final = 8.0
"""Times the gap asked that master and bound are apart, from which on only as many blocks are priced whole as propose designs,
while many of them are new."""
MIX_LEFT: Final = 0.02
"""Share of what is between master and bound that designs left out of a mix may be worth."""
SLOW: Final = 2
SLOW_SHARE: Final = 0.04
"""Passes in a row that gain less than this share of the gap asked, after which a plan is made."""
NEAR_SHARE: Final = 0.3
"""Share of the gap asked that may be left between the master and the bound, unless the plan in hand only lacks that."""
SMOOTHED: Final = 0.6
LITTLE_SMOOTHED: Final = 0.25
"""Weight of the best prices so far in those asked next: after a pass that gave no better bound, and after one that did."""
BLOCK_GAP_SHARE: Final = 0.15
"""Share that all whole blocks together may leave open: of the gap asked, or of half of what is between master and bound; at most
of twice of that."""
PLANNED: Final = 40
"""Candidates that plans are made over at least."""
CHOICE_SECONDS: Final = 4.0
"""Wall seconds after which a choice among designs ends if it is any good."""
EXCHANGED: Final = 6
EXCHANGES: Final = 3
"""Sites of a plan that are given up at once for as many others, and times in a row that this may help nothing."""
FREED: Final = 8
FREED_AS_PROPOSED: Final = 24
"""Candidates next to paying that a choice may be mended with where it cannot be had as it is, with all that they may build, or
with what some design has: more make it slow."""
LATE_SHARE: Final = 0.5
"""Share of the time after which a plan comes before a better bound."""
CAREFUL: Final = ((0.0, 10.0), (0.01, 40.0), (0.04, 160.0))
"""Share by which choices must exceed what is asked, and what breaking a row costs, in times of the largest price of its family:
tried in turn, for what breaks contested rows a little may not be had."""


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
    """How it ended: the ending of the search over the last kernel, and that kernel."""

    ending: Ending
    kernel: Kernel


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
        self._statement, self._count, self._crew = statement, len(site_ids), crew
        self._ask_of, self._tell, self._stop = ask_of, tell, stop
        self._given: tuple[Program, Floats] | None = None
        self._position = {name: place for place, name in enumerate(site_ids)}
        self._bound = Bound(site_ids, crew)
        self._search: KernelSearch | None = None
        self._kernel: Kernel | None = None
        self._scale, self._used = 0.0, 0
        self._idle, self._exchanged = 0, math.inf
        self._began = time.monotonic()

    def run(self, plan: tuple[Program, Floats] | None = None) -> Decomposed:
        """Search until the gap is met, the time is over or somebody stops it; `plan` is one to begin with and the program it is
        of. Raises SolverFailed."""
        self._given, self._began = plan, time.monotonic()
        self._crew.begin()
        count = self._count
        sample = np.arange(0, count, max(1, count // SAMPLE), dtype=np.int64)
        status, relaxed = self._sift(self._with_given(self._first_kernel(sample)), sample if len(sample) < count else None)
        if len(sample) < count and (relaxed is None or self._bound.prices is None):
            status, relaxed = self._sift(None, None)
        if relaxed is not None or self._bound.prices is not None:
            self._prove_and_plan()
        search, mine = self._in_hand
        search.close()
        if status is Status.INFEASIBLE and len(mine.places) < count:
            status = Status.NO_SOLUTION_IN_LIMIT
        failed = status if relaxed is None and search.best is None and status is not Status.OPTIMAL else None
        ending = search.ended(failed, "", self._bound.certificate(search.aim_name))
        return Decomposed(ending, mine)

    def nearest(self, count: int) -> Ints:
        """So many candidates outside the kernel, those first that pay most or lack least to pay."""
        return self._bound.nearest(count, np.zeros(0, np.int64) if self._kernel is None else self._kernel.places)

    def losses(self, sites: Ints) -> Floats:
        """What any plan with one of these candidates loses at least against the bound (sites; inf where none can have it)."""
        return self._bound.losses(sites)

    @property
    def _in_hand(self) -> tuple[KernelSearch, Kernel]:
        assert self._search is not None
        assert self._kernel is not None
        return self._search, self._kernel

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
        places = np.union1d(places, self._bound.acting)
        fine = self._statement.program(places)
        program = self._statement.searched(fine)
        matrix = compile_matrix(program.model, program.space)
        before = None if self._kernel is None else self._kernel.program
        plan = None if self._search is None else self._search.best
        if plan is None and self._given is not None:
            before, plan = self._statement.searched_plan(*self._given)
        kernel_ = Kernel(places, fine, program, matrix, self._statement.cost(program))
        search = KernelSearch(program.problem, program.core, matrix, kernel_.cost, self._ask_of(program), self._tell, self._stop)
        search.bound = self._bound.best
        if before is not None and plan is not None:
            carried = carry(plan, before, program)
            if carried is not None:
                search.offer(carried)
        if self._search is not None:
            self._search.close()
        self._kernel, self._search = kernel_, search
        return search

    def _sift(self, places: Ints | None, sample: Ints | None) -> tuple[Status, Floats | None]:
        """Relax over a kernel, price the sample (or all), let those that pay join, until the relaxed kernel is near the bound.
        Without `places` it goes on with the kernel in hand. Answers the last status and the relaxed plan."""
        relaxed: Floats | None = None
        status = Status.NO_SOLUTION_IN_LIMIT
        for _ in range(ROUNDS):
            if places is not None:
                self._take_kernel(places)
                relaxed = None
            search, mine = self._in_hand
            status, objective, solution, duals = search.relaxed(rough=True, sure=self._bound.prices is None)
            if status is Status.INFEASIBLE and len(mine.places) < self._count and not search.over:
                places = self._more(mine.places, sample)
                continue
            if solution is None or duals is None:
                return status, relaxed
            relaxed = solution
            self._scale, self._used = search.scale(relaxed), len(search.used(relaxed))
            values, bound, _ = self._bound.price(self._bound.prices_of(mine, duals), sample)
            search.bound = self._bound.best
            search.say(f"relaxed {objective:.1f}, bound {bound:.1f}, kernel {len(mine.places)}")
            near = (RELAXED_NEAR if sample is None else SAMPLE_NEAR) * self._scale
            missing = np.setdiff1d(self._bound.acting, mine.places)
            outside = np.setdiff1d(np.flatnonzero(values < -1e-6), mine.places)
            done = not len(missing) and (objective - bound <= near or not len(outside))
            if done or search.over or search.met:
                break
            count = JOIN if objective - bound <= FAR * near else JOIN_WHEN_FAR
            joining = outside[np.argsort(values[outside], kind="stable")][:count]
            places = np.union1d(self._staying(relaxed, values), joining)
        return status, relaxed

    def _staying(self, relaxed: Floats, values: Floats) -> Ints:
        """The kernel's sites, without those that do not pay where it is large."""
        search, mine = self._in_hand
        if len(mine.places) <= LARGE:
            return mine.places
        used = np.union1d(search.used(relaxed), search.open_places())
        return np.union1d(mine.places[used], mine.places[values[mine.places] < -1e-6])

    def _more(self, places: Ints, sample: Ints | None) -> Ints:
        """A kernel with three times as many sites, spread over all that are asked."""
        others = np.setdiff1d(np.arange(self._count) if sample is None else sample, places)
        step = max(1, len(others) // max(1, 2 * len(places)))
        return np.union1d(places, others[::step])

    # ---- designs, the bound and plans

    def _prove_and_plan(self) -> None:
        """By turns: a better bound and better designs, and plans made of them."""
        search = self._in_hand[0]
        if search.over or search.met:
            return
        assert self._bound.prices is not None
        master = Master(self._bound.shared, self._bound.prices, self._bound.acting, search.deadline)
        scale, asking = self._scale, PROPOSING * self._used
        self._design(master, asking)
        for turn in range(TURNS):
            proven = self._bound.best
            share, near = self._prove(master, scale, asking)
            search = self._in_hand[0]
            if search.over or search.met:
                return
            new = self._propose(master, asking, RAISED[turn % len(RAISED)])
            stuck = not new and self._bound.best <= proven
            settled = (near and self._idle >= IDLE) or stuck or turn == TURNS - 1
            before = search.objective
            self._plan(master, share)
            search = self._in_hand[0]
            self._idle = self._idle + 1 if search.objective >= before else 0
            if search.best is not None:
                scale = search.scale(search.best)
            if settled and not (search.over or search.met):
                self._settle(master)
            if settled or search.over or search.met:
                return

    def _settle(self, master: Master) -> None:
        """A better plan than turns have found, over the kernel in hand."""
        search, relaxed = self._in_hand[0], self._relaxed_again()
        if relaxed is not None:
            search.polish(relaxed)
        if not (search.over or search.met):
            search.improve_within(master.ever_chosen())

    def _design(self, master: Master, asking: int) -> None:
        """The first designs, until the sites asked have few new ones at the prices of the mix, or the mix gets little better."""
        search, mixed = self._in_hand[0], math.inf
        assert self._bound.prices is not None
        prices = self._bound.prices
        for _ in range(PROPOSED):
            new, before = master.add(self._bound.propose(prices, asking)), mixed
            found = master.mix(math.inf)
            mixed = found.objective
            search.say(f"{new} new designs, mixed {mixed:.1f}")
            little = before - mixed < PROPOSED_SHARE * (mixed - self._bound.best)
            if new <= PROPOSED_SHARE * asking or little or search.over or self._late:
                return
            prices = self._between(found.prices, LITTLE_SMOOTHED)

    def _between(self, prices: Floats, weight: float) -> Floats:
        """Prices between these and the best so far, which have this weight."""
        assert self._bound.prices is not None
        return self._bound.shared.clean(weight * self._bound.prices + (1.0 - weight) * prices)

    def _prove(self, master: Master, scale: float, asking: int) -> tuple[Mapping[int, float], bool]:
        """Price whole and mix, by turns, until little is gained. Answers the share of each site in the last mix, and whether the
        bound has settled."""
        search, known = self._in_hand[0], self._bound
        slow, weight, new, mixed = 0, LITTLE_SMOOTHED, asking, master.mix(math.inf)
        for _ in range(PASSES * (1 + self._idle)):
            if search.over or search.met or self._late or slow >= SLOW or self._near(master, mixed, scale):
                break
            assert known.prices is not None
            before, apart = known.best, mixed.objective - known.best
            paying = max(20, int((known.values < -1e-6).sum()))
            leave = BLOCK_GAP_SHARE * min(max(search.asked * scale, 0.5 * apart), max(2.0 * apart, 1e-3)) / paying
            far = apart > FAR_APART * search.asked * scale and new > PROPOSED_SHARE * asking
            most = asking if far else WHOLE_MOST
            designs = known.price(self._between(mixed.prices, weight), gap=leave, most=most)[2]
            search.bound = known.best
            if known.best > before:
                master.move(known.prices)
            new = master.add(designs)
            mixed = master.mix(math.inf if far else MIX_LEFT * apart)
            search.say(f"whole blocks: mixed {mixed.objective:.1f}, new {new}")
            slow = slow + 1 if not far and known.best - before < SLOW_SHARE * search.asked * scale else 0
            weight = SMOOTHED if known.best <= before else LITTLE_SMOOTHED
        return mixed.share, self._near(master, mixed, scale)

    def _near(self, master: Master, mixed: Mixed, scale: float) -> bool:
        """Whether the bound is so near the mix that a better one would not help the plan in hand."""
        search = self._in_hand[0]
        apart = mixed.objective - self._bound.best
        would_do = search.best is not None and search.objective - mixed.objective <= search.asked * scale
        return master.complete and apart <= NEAR_SHARE * search.asked * scale and not would_do

    def _propose(self, master: Master, asking: int, raised: float) -> int:
        """More designs of the sites next to paying: what they would do were more paid for what is asked, above all for what is
        lacking in the mix of all designs so far. No proof. Answers how many are new."""
        assert self._bound.prices is not None
        prices = np.where(self._bound.prices > 0, raised, 1.0) * self._bound.prices
        new = master.add(self._bound.propose(master.dearer(prices, master.mix().prices, DEARER), asking))
        self._in_hand[0].say(f"{new} new designs")
        return new

    def _plan(self, master: Master, share: Mapping[int, float]) -> None:
        """Plans over the sites the master mixes and those next to paying."""
        search = self._in_hand[0]
        for spare, times in CAREFUL:
            search.say("choose among designs")
            choice = master.choose(CHOICE_SECONDS, spare, times)
            search = self._take_kernel(self._around(choice, share))
            if not choice.columns or self._as_chosen(choice, master) or search.met or search.over:
                break
        if search.met or search.over:
            return
        if search.best is None:
            known = self._relaxed_again()
            if known is not None:
                search.first_plan(known)
        self._exchange(master)
        if search.best is None and not search.over:
            search.improve_within(master.ever_chosen())

    def _as_chosen(self, choice: Choice, master: Master) -> bool:
        """The plan of a choice, if need be mended with candidates next to paying that it leaves out: a few as they like, or more
        as some design has them. Answers whether there is one."""
        search, mine = self._in_hand
        acting, names = self._bound.acting, master.ever_chosen()
        ways = ((0, None), (FREED, None), (FREED_AS_PROPOSED, names))
        for count, within in ways[: 2 if len(acting) else 3]:
            free = np.union1d(acting, self._freed(choice, count))
            if search.as_chosen(choice.columns, np.searchsorted(mine.places, free), within):
                return True
            if search.best is not None or search.over:
                break
        return False

    def _freed(self, choice: Choice, count: int) -> Ints:
        return self._bound.nearest(count, np.array(sorted(choice.sites), dtype=np.int64))

    def _exchange(self, master: Master) -> None:
        """A plan that even the best mix leaves too dear made better: sites of it that lose most against the bound are given up
        for others next to paying, some at a time, until that helps no more. Once for every plan."""
        search, mine = self._in_hand
        if search.best is None or search.objective == self._exchanged:
            return
        names, prices, idle, first = master.ever_chosen(), self._bound.row_prices(mine), 0, 0
        while (
            idle < EXCHANGES
            and not (search.over or search.met)
            and search.objective - master.objective > search.asked * search.scale(search.best)
        ):
            among = self._losing(prices, first)
            if not len(among):
                break
            better = search.exchange(names, among)
            idle, first = (0, 0) if better else (idle + 1, first + EXCHANGED)
            search.say("exchanged")
        self._exchanged = search.objective

    def _losing(self, row_prices: Floats, first: int) -> Ints:
        """Sites of the plan that lose most against the bound at its prices, from the `first` on, and as many others next to
        paying (places in the kernel); nobody where the plan has no more."""
        search, mine = self._in_hand
        opened = search.open_places()
        losses = (search.worth(row_prices) - self._bound.values[mine.places])[opened]
        given = opened[np.argsort(-losses, kind="stable")][first : first + EXCHANGED]
        others = np.setdiff1d(np.arange(len(mine.places)), opened)
        ranked = others[np.argsort(self._bound.ranking[mine.places[others]], kind="stable")][:EXCHANGED]
        return np.union1d(given, ranked) if len(given) else given

    def _relaxed_again(self) -> Floats | None:
        """The relaxed plan over the kernel in hand; a rough one does where it is large."""
        search, mine = self._in_hand
        return search.relaxed(rough=len(mine.places) > LARGE)[2]

    @property
    def _late(self) -> bool:
        """Whether it is time for a plan, as there is none."""
        search = self._in_hand[0]
        return search.best is None and time.monotonic() > self._began + LATE_SHARE * (search.deadline - self._began)

    def _around(self, choice: Choice, share: Mapping[int, float]) -> Ints:
        """Sites of a choice, of the last mix and of the plan in hand, and those next to paying; the kernel's where none are."""
        search, mine = self._in_hand
        wanted = choice.sites | {site for site, part in share.items() if part > 1e-3}
        places = np.union1d(np.array(sorted(wanted), dtype=np.int64), mine.places[search.open_places()])
        ranking = self._bound.ranking
        near = [site for site in np.argsort(ranking, kind="stable").tolist() if ranking[site] < math.inf]
        places = self._with_given(np.union1d(places, np.array(near[: max(PLANNED - len(places), 0)], dtype=np.int64)))
        places = np.union1d(places, self._freed(choice, FREED_AS_PROPOSED)) if choice.columns else places
        return places if len(places) else mine.places
