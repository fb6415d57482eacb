"""What may stand at one site in whole numbers, what that costs, and what no cost can stay below.

A choice says for one site what stands in each period: modules by type, lines, laterals, satellite terminals. Clusters of training
need no choice of their own: they cost nothing, so one is wherever it may be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.oracle.places import Modules, it_mw, new, site_may
from tests.oracle.reading import Line, Reading, inside
from tests.oracle.timing import line_may
from tests.worlds import Row

OWN_POWER = ("storage", "generation", "onsite_solar")
Stock = tuple[int, ...]
"""What stands in each period."""


@dataclass(frozen=True)
class Choice:
    """All whole numbers of one site: modules by type, lines, laterals and terminals by candidate, each a stock."""

    modules: tuple[Stock, ...] = ()
    lines: tuple[Stock, ...] = ()
    laterals: tuple[Stock, ...] = ()
    terminals: tuple[Stock, ...] = ()

    def links(self) -> int:
        """How much of links there is, over all periods."""
        return sum(map(sum, (*self.lines, *self.laterals, *self.terminals)))


class Plain(Reading):
    """A world, and the choices of its sites."""

    def it_mw(self, choice: Choice, p: int) -> float:
        return it_mw(self, choice.modules, p)

    def at_work_mw(self, modules: Modules, p: int) -> float:
        """MW at work on the mean of a period where nothing waits for power."""
        mw = it_mw(self, modules, p)
        if not self.on("time_to_power"):
            return mw
        for kind, stock in zip(self.types, modules, strict=True):
            works = self.said("time_to_power", "arrival_share") * self.share_after(kind["lead_months"], p)
            mw -= kind["it_mw"] * (1 - works) * new(stock, p)
        return mw

    def is_open(self, choice: Choice, p: int) -> bool:
        """An open site has a module, and modules stand at open sites only."""
        return any(stock[p] for stock in choice.modules)

    def choices(self, site: str) -> list[Choice]:
        """All choices of a site that meet what is the site's own in whole numbers."""
        row = self.row("candidates", site)
        stocks = [list(self._stocks(math.floor(row["limit_mw"] / kind["it_mw"] + 1e-9))) for kind in self.types]
        links = [[stock for stock in self._stocks(1) if line_may(self, line, stock)] for line in self.lines[site]]
        laterals = [[stock for stock in self._stocks(1) if self._is_lit(stock, km)] for _, km in self.laterals[site]]
        most = self.knob("satellite", "site_terminals", 4)
        terminals = [list(self._stocks(most))] * len(self.landings[site])
        found = []
        for modules in itertools.product(*stocks):
            bare = Choice(modules)
            if not all(self._stands(site, row, bare, p) for p in range(self.periods)):
                continue
            closed = [p for p in range(self.periods) if not self.is_open(bare, p)]
            parts = [[stock for stock in part if not any(stock[p] for p in closed)] for part in (*links, *laterals, *terminals)]
            for rest in itertools.product(*parts):
                cut = len(links), len(links) + len(laterals)
                choice = Choice(modules, rest[: cut[0]], rest[cut[0] : cut[1]], rest[cut[1] :])
                if all(self._has_paths(choice, p) and self._is_wired(site, choice, p) for p in range(self.periods)):
                    found.append(choice)
        return found

    def _stocks(self, most: int) -> Iterator[Stock]:
        """Never shrinking counts."""
        return (stock for stock in itertools.product(range(most + 1), repeat=self.periods) if list(stock) == sorted(stock))

    def _is_lit(self, stock: Stock, km: float) -> bool:
        """Whether a lateral of this length stands in no period that has no use for it yet when it is lit."""
        route = self.knob("fibre", "route_factor", 1.4) * km
        lead = self.knob("fibre", "lead_months", 6.0) + self.knob("fibre", "lead_months_per_km", 0.04) * route
        first = min(kind.get("lead_months", 8.0) for kind in self.types)
        return all(not stock[p] or lead <= max(sum(self.months[:p]), first) + 1e-9 for p in range(self.periods))

    def _stands(self, site: str, row: Row, choice: Choice, p: int) -> bool:
        """Load limit, land, exclusions and locks."""
        if not self.is_open(choice, p):
            return not (self.on("locks") and p == self.periods - 1 and site in self.knob("locks", "force", ()))
        if self.on("locks") and site in self.knob("locks", "forbid", ()):
            return False
        land = sum(kind["yard_ha"] * stock[p] for kind, stock in zip(self.types, choice.modules, strict=True))
        if self.on("land") and land > self.knob("land", "usable_share", 1.0) * row["land_ha"] + 1e-9:
            return False
        if self.on("land") and any(inside(row, box["box"]) for box in self.world.layers.get("exclusions", [])):
            return False
        return bool(self.it_mw(choice, p) <= row["limit_mw"] + 1e-9 and site_may(self, choice.modules, p))

    def _has_paths(self, choice: Choice, p: int) -> bool:
        if not self.on("connectivity") or not self.is_open(choice, p):
            return True
        used = sum(stock[p] for stock in choice.laterals) + sum(stock[p] > 0 for stock in choice.terminals)
        asked = self.knob("connectivity", "paths", 2)
        early = sum(self.months[:p]) < self.knob("connectivity", "paths_from_months", 12.0)
        return bool(used >= (min(asked, 1) if early else asked))

    def _is_wired(self, site: str, choice: Choice, p: int) -> bool:
        """Whether the links of a site could carry what it needs if all supply were its own."""
        need = self.knob("connectivity", "gbps_per_mw", 0.3) * self.it_mw(choice, p)
        given = self.knob("fibre", "lateral_gbps", 1600.0) * sum(stock[p] for stock in choice.laterals)
        given += self.knob("satellite", "terminal_gbps", 10.0) * sum(stock[p] for stock in choice.terminals)
        if self.on("connectivity") and given < need - 1e-7:
            return False
        if any(self.on(family) for family in OWN_POWER):
            return True
        firm = self.knob("workload", "firm_share", 0.5) if self.on("workload") else 1.0
        lines = [line for line, stock in zip(self.lines[site], choice.lines, strict=True) if stock[p]]
        for t in range(self.slices):
            arriving = sum(line.arriving(min(line.rating_mw, self.points[line.point].offer_mw[t])) for line in lines)
            if arriving < firm * self.draw_mw(site, choice, p, t) - 1e-7:
                return False
        return True

    def draw_mw(self, site: str, choice: Choice, p: int, t: int) -> float:
        """What a site draws, cooling included."""
        busy = sum(k["it_mw"] * k["load_factor"] * n[p] for k, n in zip(self.types, choice.modules, strict=True))
        return float(busy * self.pue(site, t))

    # ---- money of whole numbers

    def capital(self, site: str, choice: Choice, p: int) -> float:
        """Cost of what stands in a period, but for the MW of its lines."""
        if not self.is_open(choice, p):
            return 0.0
        row, musd = self.row("candidates", site), 0.0
        if self.on("hardware"):
            work = self.knob("hardware", "site_work_share", 0.4)
            away = work * self.knob("hardware", "remote_factor", 1.25)
            away += (1 - work) * self.knob("hardware", "transport_factor", 1.05)
            musd += self.knob("hardware", "opening_musd", 5.0)
            musd += sum(
                (k["it_musd"] + away * k["facility_musd"]) * n[p] for k, n in zip(self.types, choice.modules, strict=True)
            )
        if self.on("land"):
            ha = sum(kind["yard_ha"] * stock[p] for kind, stock in zip(self.types, choice.modules, strict=True))
            musd += self.knob("land", "price_factor", 1.0) * row["land_musd_per_ha"] * ha
        musd += sum(line.fixed_musd * n[p] for line, n in zip(self.lines[site], choice.lines, strict=True))
        musd += sum(self.lateral_musd(km) * n[p] for (_, km), n in zip(self.laterals[site], choice.laterals, strict=True))
        return float(musd + self.knob("satellite", "terminal_musd", 1.25) * sum(stock[p] for stock in choice.terminals))

    def running(self, site: str, choice: Choice, p: int) -> float:
        """Yearly cost of what stands in a period, but for line MW, energy and bandwidth."""
        musd = 0.0
        if self.on("hardware"):
            factor = self.knob("hardware", "remote_running_factor", 1.4)
            musd += factor * sum(k["running_musd_per_year"] * n[p] for k, n in zip(self.types, choice.modules, strict=False))
        upkeep = self.knob("tie_lines", "upkeep_share_per_year", 0.015)
        musd += upkeep * sum(line.fixed_musd * n[p] for line, n in zip(self.lines[site], choice.lines, strict=False))
        share = self.knob("fibre", "upkeep_share_per_year", 0.02)
        laterals = zip(self.laterals[site], choice.laterals, strict=False)
        return float(musd + share * sum(self.lateral_musd(km) * n[p] for (_, km), n in laterals))

    def floor(self, site: str, choice: Choice) -> float:
        """Present value no plan with this choice can stay below: what stands, and the energy at its cheapest."""
        served = self.knob("workload", "served_share", 0.98) if self.on("workload") else 1.0
        musd = 0.0
        for p in range(self.periods):
            lines = [line for line, stock in zip(self.lines[site], choice.lines, strict=True) if stock[p]]
            cheapest = min((self._cheapest_mwh(each) for each in lines), default=0.0)
            if any(self.on(family) for family in OWN_POWER):
                cheapest = 0.0
            energy = sum(self.hours[t] * self.draw_mw(site, choice, p, t) for t in range(self.slices))
            before = self.capital(site, choice, p - 1) if p else 0.0
            musd += self.worth(p) * (self.capital(site, choice, p) - before)
            musd += self.running_years(p) * (self.running(site, choice, p) + served * energy * cheapest * 1e-6)
        return musd

    def _cheapest_mwh(self, line: Line) -> float:
        """USD per MWh that arrives over a line."""
        point = self.points[line.point]
        spilled = self.knob("hydro", "spilled_price_usd_per_mwh", 10.0) if point.kind == "hydro" else math.inf
        spills = self.knob("hydro", "spilled_share", 0.0) > 0
        return min(*point.usd_per_mwh, spilled if spills else math.inf) / (1 - line.loss)

    # ---- what the linear program adds to

    def fixed(self, chosen: dict[str, Choice]) -> tuple[list[float], list[float]]:
        """Capital and yearly cost by period of what stands in whole numbers at all sites."""
        every = range(self.periods)
        return (
            [sum(self.capital(site, choice, p) for site, choice in chosen.items()) for p in every],
            [sum(self.running(site, choice, p) for site, choice in chosen.items()) for p in every],
        )

    def union(self, options: dict[str, list[Choice]]) -> tuple[dict[str, Choice], list[float], list[float]]:
        """What no choice among these can stay below or offer more than, all of the same load at each site: every link that any
        of them has is there in every period that any of them has it, and what stands costs what it costs in the cheapest."""
        union, capital, running = {}, [0.0] * self.periods, [0.0] * self.periods
        for site, choices in options.items():
            parts = [tuple(_most(group) for group in zip(*(getattr(c, part) for c in choices), strict=True)) for part in PARTS]
            union[site] = Choice(choices[0].modules, *parts)
            for p in range(self.periods):
                capital[p] += min(self.capital(site, choice, p) for choice in choices)
                running[p] += min(self.running(site, choice, p) for choice in choices)
        return union, capital, running


PARTS = ("lines", "laterals", "terminals")


def _most(stocks: Sequence[Stock]) -> Stock:
    return tuple(max(counts) for counts in zip(*stocks, strict=True))
