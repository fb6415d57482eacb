"""One aim over more candidates than one program can hold: a kernel of sites as an ordinary program, everybody else by prices.

1. a sample of the candidates, then all, settle roughly what compute and power are worth (`siting.solve.sift`);
2. site-wise Dantzig-Wolfe over designs (`siting.solve.designs`): sites near paying propose what they would build, the master
   mixes (`siting.solve.master`), and what the mix says of prices is asked next;
3. blocks are priced whole at prices between the best so far and those of the master, every pass over all candidates, so that
   each gives a bound of the whole problem (`siting.solve.bound`);
4. plans are chosen among the designs, also those for higher prices than the best and for what is lacking, and made to fit;
5. by turns, until the gap is met; where the mix itself is too far below the plan, the bound is bettered case by case
   (`siting.solve.cases`), and HiGHS looks over the few sites of the plan and of the weakest case; once nothing else helps it
   improves the plan over the sites that the master mixes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.program.assemble import Program
from siting.program.counted import counted_mw
from siting.solve.bound import LITTLE_SMOOTHED, SMOOTHED, WHOLE_MOST
from siting.solve.cases import Cases
from siting.solve.certificate import Certificate
from siting.solve.course import Ask, Ending, News
from siting.solve.crew import Crew
from siting.solve.hand import Hand, Searched, Stating
from siting.solve.job import Floats, Ints, Status
from siting.solve.kernels import Kernel
from siting.solve.master import Choice, Master, Mixed
from siting.solve.sift import LARGE, Sift

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
FEW: Final = 40
"""Sites of a plan up to which the bound is bettered case by case: of more, parts are so small that a mix is near some plan."""
PLANNED_AFTER: Final = 3
"""Cases after which a better plan is looked for among the sites that the weakest mixes."""
LOOKED: Final = 6
LOOKED_SHARE: Final = 0.05
LOOKED_ANEW_SHARE: Final = 0.75
"""Sites of a plan and of a mix that HiGHS looks over at most, the share from which on a site counts as mixed, and the one from
which on it is reason to look again."""
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
        self._crew = crew
        self._hand = Hand(statement, site_ids, crew, Searched(ask_of, tell, stop))
        self._bound = self._hand.bound
        self._cases: Cases | None = None
        self._idle, self._exchanged = 0, math.inf
        self._began = time.monotonic()

    def run(self, plan: tuple[Program, Floats] | None = None) -> Decomposed:
        """Search until the gap is met, the time is over or somebody stops it; `plan` is one to begin with and the program it is
        of. Raises SolverFailed."""
        self._hand.given, self._began = plan, time.monotonic()
        self._crew.begin()
        hand, sift = self._hand, Sift(self._hand)
        status, relaxed = sift.run()
        if relaxed is not None or self._bound.prices is not None:
            self._prove_and_plan(sift.scale, PROPOSING * sift.used)
        search = hand.search
        search.close()
        if status is Status.INFEASIBLE and len(hand.places) < hand.count:
            status = Status.NO_SOLUTION_IN_LIMIT
        failed = status if relaxed is None and search.best is None and status is not Status.OPTIMAL else None
        return Decomposed(search.ended(failed, "", self._certificate()), hand.kernel)

    def _certificate(self) -> Certificate | None:
        """The proof of the best bound: by cases where that is better."""
        aim, cases = self._hand.search.aim_name, self._cases
        by_cases = None if cases is None or cases.best <= self._bound.best else cases.certificate(aim)
        return by_cases or self._bound.certificate(aim)

    def nearest(self, count: int) -> Ints:
        """So many candidates outside the kernel, those first that pay most or lack least to pay."""
        return self._bound.nearest(count, self._hand.places)

    def losses(self, sites: Ints) -> Floats:
        """What any plan with one of these candidates loses at least against the bound (sites; inf where none can have it)."""
        return self._bound.losses(sites)

    # ---- designs, the bound and plans

    def _prove_and_plan(self, scale: float, asking: int) -> None:
        """By turns: a better bound and better designs, and plans made of them; then the bound case by case, and better plans over
        the sites that cases mix. `scale` is what gaps are measured against, `asking` how many sites are asked for designs."""
        search = self._hand.search
        if search.over or search.met:
            return
        assert self._bound.prices is not None
        master = Master(self._bound.shared, self._bound.prices, self._bound.acting, search.deadline)
        self._design(master, asking)
        for turn in range(TURNS):
            proven = self._bound.best
            share, near = self._prove(master, scale, asking)
            search = self._hand.search
            if search.over or search.met:
                return
            new = self._propose(master, asking, RAISED[turn % len(RAISED)])
            stuck = not new and self._bound.best <= proven
            before = search.objective
            self._plan(master, share, scale)
            search = self._hand.search
            self._idle = self._idle + 1 if search.objective >= before else 0
            if search.over or search.met:
                return
            if search.best is not None:
                scale = search.scale(search.best)
            if stuck or (near and self._idle >= IDLE) or self._mix_is_too_low(master, scale):
                break
        self._part(master, scale)
        if not (self._hand.search.over or self._hand.search.met):
            self._settle(master)

    def _mix_is_too_low(self, master: Master, scale: float) -> bool:
        """Whether a turn gave no better plan, and the plan in hand would not do were the bound as good as the mix."""
        search = self._hand.search
        return self._few and self._idle > 0 and search.objective - master.objective > search.asked * scale

    @property
    def _few(self) -> bool:
        """Whether there is a plan and its sites are so few that a mix is far from any."""
        return 0 < len(self._hand.search.open_places()) <= FEW

    def _part(self, master: Master, scale: float) -> None:
        """A better bound case by case, and now and then a look for a better plan over the sites of the one in hand and of the
        weakest case (among designs where they are many)."""
        hand, search = self._hand, self._hand.search
        if not (self._few and len(self._bound.shared.counted)):
            return
        sizes, shared = counted_mw(hand.kernel.program.core), self._bound.shared
        mw = np.array([sizes[name] for name in shared.names(shared.counted)])
        allowed = search.asked * scale
        cases = self._cases = Cases(self._bound, master, mw, allowed)
        around, looked = hand.places, self._look(master, ())
        while not (hand.search.over or hand.search.met or cases.stuck):
            weakest = cases.step(hand.search.objective - allowed, lambda: hand.search.over)
            hand.proven(cases.best)
            hand.search.say(f"{cases.count} cases")
            if cases.count % PLANNED_AFTER == 0 and not (hand.search.over or hand.search.met):
                looked = self._look(weakest, looked)
                hand.proven(cases.best)
        hand.take(np.union1d(around, hand.places))

    def _look(self, master: Master, looked: tuple[frozenset[int], ...]) -> tuple[frozenset[int], ...]:
        """A better plan over the sites of the one in hand and those that a master mixes most, where these are few and have not
        been looked over together; among its designs where they are many. Answers what has been looked over."""
        hand, share = self._hand, master.shares
        opened = hand.places[hand.search.open_places()].tolist()
        if len(opened) >= LOOKED:
            self._choose(master, {}, CAREFUL[:1])
            return looked
        mixed = sorted((site for site in share if share[site] > LOOKED_SHARE), key=lambda site: -share[site])
        wanted = [*opened, *(site for site in mixed if site not in opened)][:LOOKED]
        reason = {site for site in wanted if site in opened or share[site] > LOOKED_ANEW_SHARE}
        if any(reason <= known for known in looked):
            return looked
        hand.take(np.array(sorted(wanted), dtype=np.int64)).look_within(master.ever_chosen())
        return (*looked, frozenset(wanted))

    def _settle(self, master: Master) -> None:
        """A better plan than turns have found, over the kernel in hand."""
        search, relaxed = self._hand.search, self._relaxed_again()
        if relaxed is not None:
            search.polish(relaxed)
        if not (search.over or search.met):
            search.improve_within(master.ever_chosen())

    def _design(self, master: Master, asking: int) -> None:
        """The first designs, until the sites asked have few new ones at the prices of the mix, or the mix gets little better."""
        search, mixed = self._hand.search, math.inf
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
            prices = self._bound.between(found.prices, LITTLE_SMOOTHED)

    def _prove(self, master: Master, scale: float, asking: int) -> tuple[Mapping[int, float], bool]:
        """Price whole and mix, by turns, until little is gained. Answers the share of each site in the last mix, and whether the
        bound has settled."""
        search, known = self._hand.search, self._bound
        slow, weight, new, mixed = 0, LITTLE_SMOOTHED, asking, master.mix(math.inf)
        for _ in range(PASSES * (1 + self._idle)):
            if search.over or search.met or self._late or slow >= SLOW or self._near(master, mixed, scale):
                break
            assert known.prices is not None
            before, apart = known.best, mixed.objective - known.best
            leave = BLOCK_GAP_SHARE * min(max(search.asked * scale, 0.5 * apart), max(2.0 * apart, 1e-3))
            far = apart > FAR_APART * search.asked * scale and new > PROPOSED_SHARE * asking
            most = asking if far else WHOLE_MOST
            designs = known.price_whole(mixed.prices, weight, leave, most)
            self._hand.proven()
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
        search = self._hand.search
        apart = mixed.objective - self._bound.best
        would_do = search.best is not None and search.objective - mixed.objective <= search.asked * scale
        return master.complete and apart <= NEAR_SHARE * search.asked * scale and not would_do

    def _propose(self, master: Master, asking: int, raised: float) -> int:
        """More designs of the sites next to paying: what they would do were more paid for what is asked, above all for what is
        lacking in the mix of all designs so far. No proof. Answers how many are new."""
        assert self._bound.prices is not None
        prices = np.where(self._bound.prices > 0, raised, 1.0) * self._bound.prices
        new = master.add(self._bound.propose(master.dearer(prices, master.mix().prices, DEARER), asking))
        self._hand.search.say(f"{new} new designs")
        return new

    def _choose(
        self, master: Master, share: Mapping[int, float], careful: Sequence[tuple[float, float]], allowed: float = 0.0
    ) -> None:
        """A plan of the designs that a master chooses, over the sites it mixes and those next to paying."""
        search = self._hand.search
        for spare, times in careful:
            search.say("choose among designs")
            choice = master.choose(CHOICE_SECONDS, spare, times, allowed)
            search = self._hand.take(self._around(choice, share))
            if not choice.columns or self._as_chosen(choice, master) or search.met or search.over:
                return

    def _plan(self, master: Master, share: Mapping[int, float], scale: float) -> None:
        """Plans over the sites the master mixes and those next to paying."""
        self._choose(master, share, CAREFUL, self._hand.search.asked * scale)
        search = self._hand.search
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
        search, mine = self._hand.search, self._hand.kernel
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
        for others next to paying, some at a time, until that helps no more. Once for every plan that has more sites than go at
        once."""
        search, mine = self._hand.search, self._hand.kernel
        if search.best is None or search.objective == self._exchanged or len(search.open_places()) <= EXCHANGED:
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
        search, mine = self._hand.search, self._hand.kernel
        opened = search.open_places()
        losses = (search.worth(row_prices) - self._bound.values[mine.places])[opened]
        given = opened[np.argsort(-losses, kind="stable")][first : first + EXCHANGED]
        others = np.setdiff1d(np.arange(len(mine.places)), opened)
        ranked = others[np.argsort(self._bound.ranking[mine.places[others]], kind="stable")][:EXCHANGED]
        return np.union1d(given, ranked) if len(given) else given

    def _relaxed_again(self) -> Floats | None:
        """The relaxed plan over the kernel in hand; a rough one does where it is large."""
        search, mine = self._hand.search, self._hand.kernel
        return search.relaxed(rough=len(mine.places) > LARGE)[2]

    @property
    def _late(self) -> bool:
        """Whether it is time for a plan, as there is none."""
        search = self._hand.search
        return search.best is None and time.monotonic() > self._began + LATE_SHARE * (search.deadline - self._began)

    def _around(self, choice: Choice, share: Mapping[int, float]) -> Ints:
        """Sites of a choice, of the last mix and of the plan in hand, and those next to paying; the kernel's where none are."""
        search, mine = self._hand.search, self._hand.kernel
        wanted = choice.sites | {site for site, part in share.items() if part > 1e-3}
        places = np.union1d(np.array(sorted(wanted), dtype=np.int64), mine.places[search.open_places()])
        ranking = self._bound.ranking
        near = [site for site in np.argsort(ranking, kind="stable").tolist() if ranking[site] < math.inf]
        places = self._hand.with_given(np.union1d(places, np.array(near[: max(PLANNED - len(places), 0)], dtype=np.int64)))
        places = np.union1d(places, self._freed(choice, FREED_AS_PROPOSED)) if choice.columns else places
        return places if len(places) else mine.places
