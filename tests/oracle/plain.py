"""A second statement of the whole question, from the prose of the families, for worlds so small that all whole-number choices
can be looked at. Nothing here comes from the program: plain loops over a `World`, linear programs by scipy.

A choice says for one site what stands in each period: modules by type, lines, laterals, satellite terminals. Choices of all
sites together leave a linear program (line sizes, flows, unserved load, satellite bandwidth). Three shortcuts, all exact: a
site's choice whose links are too thin even with all supply to itself is dropped; loads that fail when every link is there for
the cheapest price are dropped; joint choices are looked at in the order of a cost no linear program can beat, until none that
is left can win.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from scipy.optimize import linprog

from tests.worlds import Row, World

GEOD = Geod(ellps="WGS84")
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
CLASSES = (
    (138.0, 205.0, 0.82, 1.7, 50.0, 0.10),
    (230.0, 400.0, 1.02, 3.1, 143.0, 0.05),
    (345.0, 900.0, 1.5, 5.5, 418.0, 0.035),
    (500.0, 1500.0, 2.21, 10.0, 962.0, 0.02),
)
"""kV, MW, MUSD of 2019 per km, MUSD of 2019 for the bay, MW of surge impedance loading, ohm per km."""
MOST_PROGRAMS = 400
Stock = tuple[int, ...]
"""What stands in each period."""
Load = tuple[float, ...]
"""MW of IT in each period."""


class TooLarge(Exception):
    """More linear programs than a tiny world may need."""


@dataclass(frozen=True)
class Line:
    """A candidate tie-line: point, loss, rating, cost of the first MW and of each, further loss of what is above a knee."""

    point: str
    loss: float
    rating_mw: float
    fixed_musd: float
    musd_per_mw: float
    heavy: float = 0.0
    knee_mw: float = math.inf

    def arriving(self, sent_mw: float) -> float:
        return (1 - self.loss) * sent_mw - self.heavy * max(0.0, sent_mw - self.knee_mw)


@dataclass(frozen=True)
class Point:
    """A supply point: zone, whether on the grid, MW on offer and price by slice."""

    zone: str
    grid: bool
    offer_mw: tuple[float, ...]
    usd_per_mwh: tuple[float, ...]


@dataclass(frozen=True)
class Choice:
    """All whole numbers of one site: modules by type, lines, laterals and terminals by candidate, each a stock."""

    modules: tuple[Stock, ...] = ()
    lines: tuple[Stock, ...] = ()
    laterals: tuple[Stock, ...] = ()
    terminals: tuple[Stock, ...] = ()


class Plain:
    """A world read as plainly as can be. Families that are off leave nothing behind."""

    def __init__(self, world: World) -> None:
        self.world, self.off = world, set(world.model["off"])
        self.knobs = world.model
        time = world.model["time"]
        self.months = [period["months"] for period in time["periods"]]
        self.periods = len(self.months)
        self.seasons = [sorted(months) for months in time["seasons"].values()]
        self.blocks = time["blocks"]
        self.slices = len(self.seasons) * self.blocks
        self.hours = [sum(DAYS[m - 1] for m in self.seasons[t // self.blocks]) * 24 / self.blocks for t in range(self.slices)]
        self.types = list(world.model["modules"].values())
        self.sites = [row["id"] for row in world.layers["candidates"]]
        self.points = self._points()
        self.lines = {site: self._lines(site) for site in self.sites}
        self.laterals = {site: self._ends(site, "pops", "fibre", 320.0, 2) for site in self.sites}
        self.landings = {site: self._ends(site, "gateways", "satellite", 940.0, 1) for site in self.sites}
        self.programs = 0

    # ---- time and money

    def on(self, family: str) -> bool:
        return family not in self.off

    def knob(self, family: str, name: str, default: Any) -> Any:
        return self.knobs.get(family, {}).get(name, default)

    def discounted_years(self, first: int, months: int) -> float:
        rate = 1.0 + self.knobs["finance"]["discount_rate"]
        return float(sum(rate ** (-(first + m + 0.5) / 12) for m in range(months)) / 12)

    def compute_years(self, p: int) -> float:
        return self.discounted_years(sum(self.months[:p]), self.months[p])

    def running_years(self, p: int) -> float:
        tail = round(12 * self.knobs["finance"]["operating_years"])
        last = p == self.periods - 1
        return self.discounted_years(sum(self.months[:p]), max(self.months[p], tail) if last else self.months[p])

    def worth(self, p: int) -> float:
        """Present value of one MUSD spent at the start of a period."""
        return float((1.0 + self.knobs["finance"]["discount_rate"]) ** (-sum(self.months[:p]) / 12))

    # ---- geography

    def km(self, one: Row, other: Row) -> float:
        return float(GEOD.inv(*one["at"], *other["at"])[2]) / 1000

    def row(self, layer: str, key: str) -> Row:
        return self.world.row(layer, key)

    def load(self, zone: str, t: int) -> float:
        profile = self.world.profiles[self.row("zones", zone)["load_profile"]]
        return float(profile[t // self.blocks][t % self.blocks])

    def stressed(self, zone: str, t: int) -> bool:
        return bool(self.load(zone, t) >= self.knob("grid_strain", "stressed_share", 0.85))

    def _points(self) -> dict[str, Point]:
        found = {}
        for row in self.world.layers["sources"]:
            kind = row["kind"]
            if not self.on(kind):
                continue
            share = self.knob(kind, "contract_share", 0.05 if kind == "hydro" else 1.0)
            mean = share * row["mean_output_mw"]
            if kind == "hydro":
                mean = self.knob(kind, "year_factor", 1.0) * (mean + self.knob(kind, "unused_share", 0.25) * row["unused_mw"])
            shape = self.world.profiles[row["profile"]]
            offer = tuple(min(row["capacity_mw"], mean * shape[t // self.blocks][t % self.blocks]) for t in range(self.slices))
            if kind == "hydro":
                offer = tuple(min(mw, self._left_by_the_river(row, t)) for t, mw in enumerate(offer))
            price = self.knob(kind, "price_usd_per_mwh", 45.0 if kind == "hydro" else 30.0)
            if max(offer) > 0:
                found[row["id"]] = Point(row["zone"], False, offer, (price,) * self.slices)
        for row in self.world.layers["substations"] if self.on("grid_strain") else []:
            if row["main_network"]:
                found[row["id"]] = self._substation(row)
        return found

    def _left_by_the_river(self, row: Row, t: int) -> float:
        """What a plant has left when the floor has passed beside its turbines and others have what is firmly theirs."""
        floor, firm = (self.knob("hydro", name, 0.0) for name in ("floor_share", "firm_commitment_share"))
        if not floor and not firm:
            return math.inf
        water = row["mean_output_mw"] + self.knob("hydro", "unused_share", 0.25) * row["unused_mw"]
        water *= self.knob("hydro", "year_factor", 1.0) * self.world.profiles[row["profile"]][t // self.blocks][t % self.blocks]
        turbined = min(row["capacity_mw"], water - floor * row["mean_output_mw"])
        return float(max(0.0, turbined - firm * row["mean_output_mw"]))

    def _substation(self, row: Row) -> Point:
        offer, price = [], []
        for t in range(self.slices):
            tense = self.stressed(row["zone"], t)
            limit = self.knob("grid_strain", "strain_limit", 0.75) if tense else self.knob("grid_strain", "calm_limit", 0.8)
            circuits = self.knob("grid_strain", "circuits", 0)
            limit = min(limit, (circuits - 1) / circuits) if circuits else limit
            today = row["loading_share"] * row["rating_mw"] * self.load(row["zone"], t)
            offer.append(max(0.0, limit * row["rating_mw"] - today))
            premium = self.knob("grid_strain", "stressed_premium_share", 0.35) if tense else 0.0
            energy = self.knob("grid_strain", "price_usd_per_mwh", 60.0) * (1 + premium)
            price.append(energy + self.knob("grid_strain", "wheeling_usd_per_mwh", 15.0))
        return Point(row["zone"], True, tuple(offer), tuple(price))

    def _lines(self, site: str) -> list[Line]:
        place, found = self.row("candidates", site), []
        groups: dict[Any, list[tuple[float, str, Row]]] = {}
        for layer in ("sources", "substations"):
            for row in self.world.layers[layer]:
                if row["id"] in self.points:
                    group = row["kind"] if layer == "sources" else row["kv"] >= 200
                    groups.setdefault(group, []).append((self.km(place, row), row["id"], row))
        for group, near in groups.items():
            family = group if isinstance(group, str) else "grid_strain"
            reach = self.knob(family, "reach_km", 60.0 if family == "grid_strain" else 90.0)
            count = self.knob(family, "nearest", {"hydro": 3, "solar": 2, "grid_strain": 1}[family])
            found += [
                self._line(site, km, key, row) for km, key, row in sorted(near, key=lambda each: each[:2])[:count] if km <= reach
            ]
        return found

    def _line(self, site: str, km: float, key: str, row: Row) -> Line:
        if not self.on("tie_lines"):
            return Line(key, 0.0, math.inf, 0.0, 0.0)
        most = max(self.points[key].offer_mw)
        route = self.knob("tie_lines", "route_factor", 1.3) * km
        carries = {each: self._carries(each, route) for each in CLASSES}
        if "kv" in row:
            chosen = min(CLASSES, key=lambda each: abs(each[0] - row["kv"]))
        else:
            chosen = next((each for each in CLASSES if carries[each] >= most), CLASSES[-1])
        kv, thermal, per_km, bay, _, ohm = chosen
        price = self.knob("tie_lines", "price_factor", 1.4)
        whole = price * self.knob("tie_lines", "remote_factor", 1.25) * per_km * route
        fixed = self.knob("tie_lines", "fixed_share", 0.7)
        ends = self.knob("tie_lines", "transformer_loss_share", 0.01)
        full = min(carries[chosen], most, self.row("candidates", site)["limit_mw"])
        lost = self.knob("tie_lines", "resistance_factor", 1.0) * ohm * route * full / kv**2
        knee = self.knob("tie_lines", "knee_share", 0.5)
        bent = lost > self.knob("tie_lines", "second_segment_above_share", 0.03)
        first = max(self.knob("tie_lines", "loss_share_per_100_km", 0.0062) * route / 100, lost * (knee if bent else 1.0))
        return Line(
            key,
            ends + first,
            carries[chosen],
            fixed * whole + price * bay,
            (1 - fixed) * whole / thermal + self.knob("tie_lines", "transformer_musd_per_mw", 0.012),
            max(0.0, (1 + knee) * lost - first) if bent else 0.0,
            knee * full,
        )

    def _carries(self, kind: tuple[float, ...], route_km: float) -> float:
        """What a class carries: a long line less than its thermal rating."""
        if not self.knob("tie_lines", "loadability_limit", True):
            return kind[1]
        return float(min(kind[1], 44.2 * max(route_km, 1.0) ** -0.613 * kind[4]))

    def _ends(self, site: str, layer: str, family: str, reach: float, count: int) -> list[tuple[str, float]]:
        if not self.on(family):
            return []
        place = self.row("candidates", site)
        near = sorted((self.km(place, row), row["id"]) for row in self.world.layers[layer])
        kept = near[: self.knob(family, "nearest", count)]
        return [(key, km) for km, key in kept if km <= self.knob(family, "reach_km", reach)]

    def lateral_musd(self, km: float) -> float:
        per_km = self.knob("fibre", "musd_per_km", 0.09) * self.knob("fibre", "route_factor", 1.4)
        return float(self.knob("fibre", "ends_musd", 0.5) + per_km * km)

    @functools.cache  # noqa: B019
    def pue(self, site: str, t: int) -> float:
        if not self.on("cooling"):
            return 1.0
        place = self.row("candidates", site)
        climate = min(self.world.layers["climate"], key=lambda row: self.km(place, row))
        months = self.seasons[t // self.blocks]
        width = 24 // self.blocks
        clock = range((t % self.blocks) * width, (t % self.blocks) * width + width)
        days = sum(DAYS[m - 1] for m in months)
        year = sum(DAYS[m - 1] * math.cos(2 * math.pi * (m - 7) / 12) for m in months) / days
        day = sum(math.cos(2 * math.pi * (h + 0.5 - 15) / 24) for h in clock) / width
        air = climate["mean_c"] + climate["seasonal_swing_c"] * year + climate["daily_swing_c"] * day
        air += self.knob("cooling", "warming_c", 0.0)
        rise = 0.0037 * min(max(air - 24, 0), 10) + 0.0126 * min(max(air - 34, 0), 10)
        return float(self.knob("cooling", "base_pue", 1.066) + min(rise, 0.204) + self.knob("cooling", "margin", 0.02))

    # ---- choices of one site

    def it_mw(self, choice: Choice, p: int) -> float:
        return float(sum(kind["it_mw"] * stock[p] for kind, stock in zip(self.types, choice.modules, strict=False)))

    def is_open(self, choice: Choice, p: int) -> bool:
        """An open site has a module, and modules stand at open sites only."""
        return any(stock[p] for stock in choice.modules)

    def choices(self, site: str) -> list[Choice]:
        """All choices of a site that meet what is the site's own in whole numbers."""
        row = self.row("candidates", site)
        stocks = [list(self._stocks(math.floor(row["limit_mw"] / kind["it_mw"] + 1e-9))) for kind in self.types]
        links = [list(self._stocks(1))] * len(self.lines[site])
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
        if self.on("land") and any(self._inside(row, box["box"]) for box in self.world.layers.get("exclusions", [])):
            return False
        return bool(self.it_mw(choice, p) <= row["limit_mw"] + 1e-9)

    def _inside(self, row: Row, box: Sequence[float]) -> bool:
        lon, lat = row["at"]
        return bool(box[0] <= lon <= box[2] and box[1] <= lat <= box[3])

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
            cheapest = min((min(self.points[each.point].usd_per_mwh) / (1 - each.loss) for each in lines), default=0.0)
            energy = sum(self.hours[t] * self.draw_mw(site, choice, p, t) for t in range(self.slices))
            before = self.capital(site, choice, p - 1) if p else 0.0
            musd += self.worth(p) * (self.capital(site, choice, p) - before)
            musd += self.running_years(p) * (self.running(site, choice, p) + served * energy * cheapest * 1e-6)
        return musd

    # ---- the linear program that whole numbers leave

    def best(self, chosen: dict[str, Choice]) -> float | None:
        """Least present value of cost with these choices; None where they cannot be met."""
        return Rest(self, chosen, self._capital_of(chosen), self._running_of(chosen)).solved()

    def relaxed(self, options: dict[str, list[Choice]]) -> float | None:
        """A cost that no choice among these can stay below, all of the same load at each site: every link that any of them has
        is there in every period that any of them has it, and what stands costs what it costs in the cheapest of them. None
        where even that cannot be met."""
        union, capital, running = {}, [0.0] * self.periods, [0.0] * self.periods
        for site, choices in options.items():
            parts = [tuple(_most(group) for group in zip(*(getattr(c, part) for c in choices), strict=True)) for part in PARTS]
            union[site] = Choice(choices[0].modules, *parts)
            for p in range(self.periods):
                capital[p] += min(self.capital(site, choice, p) for choice in choices)
                running[p] += min(self.running(site, choice, p) for choice in choices)
        return Rest(self, union, capital, running, relaxed=True).solved()

    def _capital_of(self, chosen: dict[str, Choice]) -> list[float]:
        return [sum(self.capital(site, choice, p) for site, choice in chosen.items()) for p in range(self.periods)]

    def _running_of(self, chosen: dict[str, Choice]) -> list[float]:
        return [sum(self.running(site, choice, p) for site, choice in chosen.items()) for p in range(self.periods)]


PARTS = ("lines", "laterals", "terminals")


def _most(stocks: Sequence[Stock]) -> Stock:
    return tuple(max(counts) for counts in zip(*stocks, strict=True))


class Rest:
    """The linear program left by the choices of some sites: `columns` by key, rows as (coefficients by key, upper)."""

    def __init__(
        self, plain: Plain, chosen: dict[str, Choice], capital: list[float], running: list[float], relaxed: bool = False
    ) -> None:
        plain.programs += 1
        if plain.programs > MOST_PROGRAMS:
            raise TooLarge(f"more than {MOST_PROGRAMS} linear programs")
        self.plain, self.chosen, self.relaxed = plain, chosen, relaxed
        self.fixed_capital, self.fixed_running = capital, running
        self.cost: dict[tuple[Any, ...], float] = {}
        self.rows: list[tuple[dict[tuple[Any, ...], float], float]] = []
        self.capital: list[dict[tuple[Any, ...], float]] = [{} for _ in range(plain.periods)]
        self.running: list[dict[tuple[Any, ...], float]] = [{} for _ in range(plain.periods)]
        for site, choice in chosen.items():
            self._power(site, choice)
            self._data(site, choice)
        self._shared()
        self._budget()

    def _row(self, terms: dict[tuple[Any, ...], float], upper: float) -> None:
        for key in terms:
            self.cost.setdefault(key, 0.0)
        self.rows.append((terms, upper))

    def _power(self, site: str, choice: Choice) -> None:
        plain = self.plain
        upkeep = plain.knob("tie_lines", "upkeep_share_per_year", 0.015)
        for p in range(plain.periods):
            opened = [n for n, stock in enumerate(choice.lines) if stock[p]]
            for n in opened:
                line, size = plain.lines[site][n], ("mw", site, n, p)
                self.cost.setdefault(size, 0.0)
                self.capital[p][size] = line.musd_per_mw
                self.running[p][size] = upkeep * line.musd_per_mw
                if math.isfinite(line.rating_mw):
                    self._row({size: 1.0}, line.rating_mw)
                if p and choice.lines[n][p - 1] and not self.relaxed:
                    self._row({("mw", site, n, p - 1): 1.0, size: -1.0}, 0.0)
            self._balance(site, choice, p, opened)

    def _balance(self, site: str, choice: Choice, p: int, opened: list[int]) -> None:
        plain = self.plain
        missed, whole = {}, 0.0
        for t in range(plain.slices):
            draw, unserved = plain.draw_mw(site, choice, p, t), ("u", site, p, t)
            terms: dict[tuple[Any, ...], float] = {unserved: -1.0}
            for n in opened:
                line, flow = plain.lines[site][n], ("f", site, n, p, t)
                terms[flow] = -(1.0 - line.loss)
                if line.heavy:
                    above = ("h", site, n, p, t)
                    terms[above] = line.heavy
                    self._row({flow: 1.0, above: -1.0}, line.knee_mw)
                self._row({flow: 1.0, ("mw", site, n, p): -1.0}, 0.0)
                self.running[p][flow] = plain.points[line.point].usd_per_mwh[t] * plain.hours[t] * 1e-6
            self._row(terms, -draw)
            if plain.on("workload"):
                self._row({unserved: 1.0}, (1.0 - plain.knob("workload", "firm_share", 0.5)) * draw)
            missed[unserved], whole = plain.hours[t], whole + plain.hours[t] * draw
        if plain.on("workload"):
            self._row(missed, (1.0 - plain.knob("workload", "served_share", 0.98)) * whole)
        else:
            for unserved in missed:
                self._row({unserved: 1.0}, 0.0)

    def _data(self, site: str, choice: Choice) -> None:
        plain = self.plain
        for p in range(plain.periods):
            need = plain.knob("connectivity", "gbps_per_mw", 0.3) * plain.it_mw(choice, p)
            terms, given = {}, plain.knob("fibre", "lateral_gbps", 1600.0) * sum(stock[p] for stock in choice.laterals)
            for j, stock in enumerate(choice.terminals):
                if stock[p]:
                    gbps = ("g", site, j, p)
                    terms[gbps] = -1.0
                    self._row({gbps: 1.0}, plain.knob("satellite", "terminal_gbps", 10.0) * stock[p])
                    if not self.relaxed:
                        self._row({gbps: -1.0}, -plain.knob("satellite", "least_gbps", 0.2))
                    self.running[p][gbps] = plain.knob("satellite", "musd_per_gbps_year", 0.9)
            if plain.on("connectivity"):
                self._row(terms, given - need)

    def _shared(self) -> None:
        """Supply of a point, imports of a zone, gateways and coverage cells."""
        plain = self.plain
        for p, t in itertools.product(range(plain.periods), range(plain.slices)):
            by_point: dict[str, dict[tuple[Any, ...], float]] = {}
            by_zone: dict[str, dict[tuple[Any, ...], float]] = {}
            for site, choice in self.chosen.items():
                for n, stock in enumerate(choice.lines):
                    key = plain.lines[site][n].point
                    if stock[p]:
                        by_point.setdefault(key, {})[("f", site, n, p, t)] = 1.0
                        point = plain.points[key]
                        if point.grid and plain.stressed(point.zone, t):
                            by_zone.setdefault(point.zone, {})[("f", site, n, p, t)] = 1.0
            for key, terms in by_point.items():
                self._row(terms, plain.points[key].offer_mw[t])
            for zone, terms in by_zone.items():
                share = plain.knob("grid_strain", "import_share", 0.03) * plain.row("zones", zone)["import_limit_mw"]
                self._row(terms, max(plain.knob("grid_strain", "import_floor_mw", 50.0), share))
                if plain.on("adequacy"):
                    self._adequate(zone, terms, p)
        for p in range(plain.periods):
            self._sky(p)

    def _adequate(self, zone: str, drawn: dict[tuple[Any, ...], float], p: int) -> None:
        """Draw in an hour stressed in a zone beyond its room is paid for; where margins are thin there is none."""
        plain = self.plain
        margin, asked = plain.row("zones", zone).get("reserve_margin_share", 0.15), 0.18
        if margin < plain.knob("adequacy", "high_margin_share", 0.10):
            self._row(drawn, 0.0)
        short = ("short", zone, p)
        self.running[p][short] = 0.122 * (1.0 if margin >= asked else 2.0)
        room = max(0.0, margin - asked) * plain.row("zones", zone).get("peak_load_mw", 0.0)
        self._row({**dict.fromkeys(drawn, 1.0 + asked), short: -1.0}, room)

    def _sky(self, p: int) -> None:
        plain = self.plain
        by_gate: dict[str, dict[tuple[Any, ...], float]] = {}
        by_cell: dict[tuple[int, int], dict[tuple[Any, ...], float]] = {}
        side = plain.knob("satellite", "cell_degrees", 3.0)
        for site, choice in self.chosen.items():
            lon, lat = plain.row("candidates", site)["at"]
            for j, stock in enumerate(choice.terminals):
                if stock[p]:
                    by_gate.setdefault(plain.landings[site][j][0], {})[("g", site, j, p)] = 1.0
                    by_cell.setdefault((math.floor(lon / side), math.floor(lat / side)), {})[("g", site, j, p)] = 1.0
        for gate, terms in by_gate.items():
            own = plain.row("gateways", gate)["capacity_gbps"]
            self._row(terms, plain.knob("satellite", "gateway_gbps", 25.6) if own is None else own)
        for terms in by_cell.values():
            self._row(terms, plain.knob("satellite", "cell_gbps", 40.0))

    def _budget(self) -> None:
        plain = self.plain
        if not plain.on("budget"):
            return
        yearly, total = plain.knob("budget", "period_musd_per_year", 15000.0), plain.knob("budget", "total_musd", 45000.0)
        years = [months / 12 for months in plain.months]
        counted = plain.knob("budget", "count_running", False)
        for p in range(plain.periods):
            first = 0 if self.relaxed or plain.knob("budget", "carry_over", False) else p
            self._spent(first, p, yearly * sum(years[first : p + 1]), years if counted else None)
        self._spent(0, plain.periods - 1, total, years if counted else None)

    def _spent(self, first: int, last: int, limit: float, years: list[float] | None) -> None:
        """Capital of the periods from first to last, with their running cost where it counts."""
        terms, fixed = dict(self.capital[last]), self.fixed_capital[last]
        if first:
            fixed -= self.fixed_capital[first - 1]
            for key, value in self.capital[first - 1].items():
                terms[key] = terms.get(key, 0.0) - value
        for p in range(first, last + 1) if years else ():
            fixed += years[p] * self.fixed_running[p]  # type: ignore[index]
            for key, value in self.running[p].items():
                terms[key] = terms.get(key, 0.0) + years[p] * value  # type: ignore[index]
        self._row(terms, limit - fixed)

    def solved(self) -> float | None:
        """Least present value; None where there is no solution."""
        plain, constant = self.plain, 0.0
        for p in range(plain.periods):
            worth = plain.worth(p) - (plain.worth(p + 1) if p + 1 < plain.periods else 0.0)
            constant += worth * self.fixed_capital[p] + plain.running_years(p) * self.fixed_running[p]
            for part, factor in ((self.capital[p], worth), (self.running[p], plain.running_years(p))):
                for key, value in part.items():
                    self.cost[key] = self.cost.get(key, 0.0) + factor * value
        keys = {key: place for place, key in enumerate(self.cost)}
        matrix: NDArray[np.float64] = np.zeros((len(self.rows), len(keys)))
        for place, (terms, _) in enumerate(self.rows):
            for key, value in terms.items():
                matrix[place, keys[key]] = value
        upper = np.array([limit for _, limit in self.rows])
        if not keys:
            return constant if (upper >= -1e-7).all() else None
        result = linprog(np.array(list(self.cost.values())), A_ub=matrix, b_ub=upper, method="highs")
        return constant + float(result.fun or 0.0) if result.status == 0 else None


class Oracle:
    """Looks at all whole-number choices of a tiny world."""

    def __init__(self, world: World) -> None:
        self.plain = Plain(world)
        self.by_site = {site: self._useful(site) for site in self.plain.sites}

    def _useful(self, site: str) -> dict[Load, list[tuple[float, Choice]]]:
        """Choices by MW of IT in each period, those with the lowest floor first."""
        found: dict[Load, list[tuple[float, Choice]]] = {}
        for choice in self.plain.choices(site):
            load = tuple(self.plain.it_mw(choice, p) for p in range(self.plain.periods))
            found.setdefault(load, []).append((self.plain.floor(site, choice), choice))
        for choices in found.values():
            choices.sort(key=lambda each: each[0])
        return found

    def _loads(self) -> list[tuple[Load, ...]]:
        """Every load of each site together with every load of the others."""
        return list(itertools.product(*(self.by_site[site] for site in self.plain.sites)))

    def _total(self, loads: Sequence[Load]) -> Load:
        return tuple(sum(load[p] for load in loads) for p in range(self.plain.periods))

    def _compute(self, loads: Sequence[Load]) -> float:
        return sum(self.plain.compute_years(p) * mw for p, mw in enumerate(self._total(loads)))

    def most_compute(self) -> float | None:
        """Most discounted MW-years; None where nothing at all is allowed."""
        for loads in sorted(self._loads(), key=self._compute, reverse=True):
            if self._cheapest(loads, math.inf, any_will_do=True) is not None:
                return self._compute(loads)
        return None

    def least_cost(self, reached_mw: Sequence[float]) -> float | None:
        """Least present value among all choices with at least these MW in each period."""
        best = math.inf
        fitting = [loads for loads in self._loads() if _covers(self._total(loads), reached_mw)]
        for loads in sorted(fitting, key=self._floor):
            if self._floor(loads) >= best:
                break
            found = self._cheapest(loads, best)
            best = best if found is None else min(best, found)
        return best if math.isfinite(best) else None

    def _floor(self, loads: Sequence[Load]) -> float:
        return sum(self.by_site[site][load][0][0] for site, load in zip(self.plain.sites, loads, strict=True))

    def _cheapest(self, loads: Sequence[Load], below: float, any_will_do: bool = False) -> float | None:
        """Least cost with this load at each site, None where there is nothing cheaper than `below`."""
        parts = [self.by_site[site][load] for site, load in zip(self.plain.sites, loads, strict=True)]
        options = {site: [choice for _, choice in part] for site, part in zip(self.plain.sites, parts, strict=True)}
        relaxed = self.plain.relaxed(options)
        if relaxed is None or relaxed >= below:
            return None
        best = below
        for floor, chosen in self._in_order(parts):
            if floor >= best:
                break
            cost = self.plain.best(chosen)
            if cost is not None and any_will_do:
                return cost
            best = best if cost is None else min(best, cost)
        return best if best < below else None

    def _in_order(self, parts: Sequence[list[tuple[float, Choice]]]) -> Iterator[tuple[float, dict[str, Choice]]]:
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


def _covers(total: Load, reached_mw: Sequence[float]) -> bool:
    return all(mw >= least - 1e-6 for mw, least in zip(total, reached_mw, strict=True))
