"""All whole-number choices of a tiny world, looked at.

Shortcuts, all exact: a site's choice whose links are too thin even with all supply to itself is dropped; loads that fail when
every link is there for the cheapest price are dropped, as are those that can not work as much as what is found already; joint
choices are looked at in the order of a cost no linear program can beat, until none that is left can win.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator, Sequence

from tests.oracle.choices import Choice, Plain
from tests.oracle.places import together
from tests.oracle.rest import Rest
from tests.worlds import World

MOST_PROGRAMS = 150
ROUNDING = 1e-9
Load = tuple[float, ...]
"""MW of IT in each period."""
Parts = list[list[tuple[float, Choice]]]


class TooLarge(Exception):
    """More linear programs than a tiny world may need."""


class Oracle:
    """Looks at all whole-number choices of a tiny world."""

    def __init__(self, world: World) -> None:
        self.plain = Plain(world)
        self.programs = 0
        self.by_site = {site: self._useful(site) for site in self.plain.sites}
        self.loads = [loads for loads in itertools.product(*self.by_site.values()) if self._together(loads)]

    def _useful(self, site: str) -> dict[Load, list[tuple[float, Choice]]]:
        """Choices by MW of IT in each period, those with the lowest floor first."""
        found: dict[Load, list[tuple[float, Choice]]] = {}
        for choice in self.plain.choices(site):
            load = tuple(self.plain.it_mw(choice, p) for p in range(self.plain.periods))
            found.setdefault(load, []).append((self.plain.floor(site, choice), choice))
        for choices in found.values():
            choices.sort(key=lambda each: each[0])
            assert len({choice.modules for _, choice in choices}) == 1, "a load must tell the modules"
        return found

    def _parts(self, loads: Sequence[Load]) -> Parts:
        return [self.by_site[site][load] for site, load in zip(self.plain.sites, loads, strict=True)]

    def _together(self, loads: Sequence[Load]) -> bool:
        modules = [part[0][1].modules for part in self._parts(loads)]
        return together(self.plain, dict(zip(self.plain.sites, modules, strict=True)))

    def _most(self, loads: Sequence[Load]) -> Load:
        """MW at work in each period where nothing waits for power."""
        parts = zip(self.plain.sites, self._parts(loads), strict=True)
        modules = [(site, part[0][1].modules) for site, part in parts]
        return tuple(sum(self.plain.at_work_mw(stock, p) for _, stock in modules) for p in range(self.plain.periods))

    def _compute(self, mw: Load) -> float:
        return sum(self.plain.compute_years(p) * each for p, each in enumerate(mw))

    def most_compute(self) -> float | None:
        """Most discounted MW-years; None where nothing at all is allowed."""
        best = -math.inf
        for loads in sorted(self.loads, key=lambda each: self._compute(self._most(each)), reverse=True):
            bound = self._compute(self._most(loads))
            if bound <= best + ROUNDING:
                break
            best = max(best, self._most_here(loads, bound, best))
        return best if math.isfinite(best) else None

    def _most_here(self, loads: Sequence[Load], bound: float, above: float) -> float:
        """Most compute with this load at each site, `above` where there is no more."""
        parts = self._parts(loads)
        relaxed = self._relaxed(parts).most_compute()
        if relaxed is None or relaxed <= above + ROUNDING:
            return above
        for chosen in itertools.chain([self._linked(parts)], (chosen for _, chosen in self._in_order(parts))):
            found = self._rest(chosen).most_compute()
            above = above if found is None else max(above, found)
            if above >= min(bound, relaxed) - ROUNDING:
                break
        return above

    def _linked(self, parts: Parts) -> dict[str, Choice]:
        """The choices with most links, which often work as much as all links together."""
        most = (max((choice for _, choice in part), key=Choice.links) for part in parts)
        return dict(zip(self.plain.sites, most, strict=True))

    def least_cost(self, reached_mw: Sequence[float]) -> float | None:
        """Least present value among all choices with at least these MW at work in each period."""
        best = math.inf
        fitting = [loads for loads in self.loads if _covers(self._most(loads), reached_mw)]
        for loads in sorted(fitting, key=self._floor):
            if self._floor(loads) >= best:
                break
            best = self._cheapest(loads, reached_mw, best)
        return best if math.isfinite(best) else None

    def _floor(self, loads: Sequence[Load]) -> float:
        return sum(part[0][0] for part in self._parts(loads))

    def _cheapest(self, loads: Sequence[Load], reached_mw: Sequence[float], below: float) -> float:
        """Least cost with this load at each site, `below` where there is nothing cheaper."""
        parts = self._parts(loads)
        relaxed = self._relaxed(parts).least_cost(reached_mw)
        if relaxed is None or relaxed >= below:
            return below
        for floor, chosen in self._in_order(parts):
            if floor >= below:
                break
            cost = self._rest(chosen).least_cost(reached_mw)
            below = below if cost is None else min(below, cost)
        return below

    def _rest(self, chosen: dict[str, Choice]) -> Rest:
        self._count()
        return Rest(self.plain, chosen, *self.plain.fixed(chosen))

    def _relaxed(self, parts: Parts) -> Rest:
        """A program that no joint choice can be cheaper or work more than."""
        self._count()
        options = {site: [choice for _, choice in part] for site, part in zip(self.plain.sites, parts, strict=True)}
        return Rest(self.plain, *self.plain.union(options), relaxed=True)

    def _count(self) -> None:
        self.programs += 1
        if self.programs > MOST_PROGRAMS:
            raise TooLarge(f"more than {MOST_PROGRAMS} linear programs")

    def _in_order(self, parts: Parts) -> Iterator[tuple[float, dict[str, Choice]]]:
        """All joint choices of some lists, by the sum of their floors."""
        first = (0,) * len(parts)
        queue, seen = [(sum(part[0][0] for part in parts), first)], {first}
        while queue:
            floor, at = heapq.heappop(queue)
            yield floor, {site: part[n][1] for site, part, n in zip(self.plain.sites, parts, at, strict=True)}
            for place, part in enumerate(parts):
                after = (*at[:place], at[place] + 1, *at[place + 1 :])
                if after[place] < len(part) and after not in seen:
                    seen.add(after)
                    heapq.heappush(queue, (sum(other[n][0] for other, n in zip(parts, after, strict=True)), after))


def _covers(most: Load, reached_mw: Sequence[float]) -> bool:
    return all(mw >= least - 1e-6 for mw, least in zip(most, reached_mw, strict=True))
