"""The linear program that whole numbers leave: line sizes, flows, unserved load, bandwidth, and what single families add."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from tests.oracle import own_power, shared, timing, workloads
from tests.oracle.choices import Choice, Plain

Key = tuple[object, ...]
Expression = dict[Key, float]
"""Coefficients by variable, all at least 0; that of () is a constant."""


class Rest:
    """The linear program left by the choices of some sites. `sums` are expressions by name where families add up: capital,
    running, carbon, compute by period; supply by site, period and slice; land, standby, own, late and others by site and period.
    """

    def __init__(
        self, plain: Plain, chosen: dict[str, Choice], capital: list[float], running: list[float], relaxed: bool = False
    ) -> None:
        self.plain, self.chosen, self.relaxed = plain, chosen, relaxed
        self.places: dict[Key, int] = {}
        self.rows: list[tuple[Expression, float]] = []
        self.equations: list[tuple[Expression, float]] = []
        self.sums: dict[Key, Expression] = {("carbon", p): {} for p in range(plain.periods)}
        for p in range(plain.periods):
            self.add(("capital", p), (), capital[p])
            self.add(("running", p), (), running[p])
        for site, choice in chosen.items():
            self._lines(site, choice)
        own_power.storage(self)
        own_power.generation(self)
        own_power.field(self)
        workloads.workloads(self)
        timing.compute(self)
        workloads.unserved(self)
        for site, choice in chosen.items():
            self._balance(site, choice)
            self._data(site, choice)
            self._land(site, choice)
        own_power.islanding(self)
        timing.in_time(self)
        shared.supply(self)
        shared.adequacy(self)
        shared.sky(self)
        shared.carbon(self)
        shared.budget(self)

    def add(self, name: Key, key: Key, value: float) -> None:
        """Add to one of the sums."""
        terms = self.sums.setdefault(name, {})
        terms[key] = terms.get(key, 0.0) + value

    def at_most(self, terms: Expression, limit: float) -> None:
        self._known(terms)
        self.rows.append((terms, limit))

    def equal(self, terms: Expression, value: float) -> None:
        self._known(terms)
        self.equations.append((terms, value))

    def _known(self, terms: Expression) -> None:
        for key in terms:
            if key:
                self.places.setdefault(key, len(self.places))

    def links(self) -> Iterator[tuple[tuple[str, Choice], int]]:
        """Every candidate line with its site and the choice there."""
        return ((item, n) for item in self.chosen.items() for n in range(len(item[1].lines)))

    def _lines(self, site: str, choice: Choice) -> None:
        plain = self.plain
        upkeep = plain.knob("tie_lines", "upkeep_share_per_year", 0.015)
        for p, (n, line) in itertools.product(range(plain.periods), enumerate(plain.lines[site])):
            if not choice.lines[n][p]:
                continue
            size = ("mw", site, n, p)
            self.add(("capital", p), size, line.musd_per_mw)
            self.add(("running", p), size, upkeep * line.musd_per_mw)
            if math.isfinite(line.rating_mw):
                self.at_most({size: 1.0}, line.rating_mw)
            if p and choice.lines[n][p - 1] and not self.relaxed:
                self.at_most({("mw", site, n, p - 1): 1.0, size: -1.0}, 0.0)
            late = 1.0 - plain.share_after(plain.lead_months(line), p) if plain.on("time_to_power") else 0.0
            for t in range(plain.slices):
                flow = ("f", site, n, p, t)
                self.at_most({flow: 1.0, size: -1.0}, 0.0)
                self.add(("running", p), flow, plain.points[line.point].usd_per_mwh[t] * plain.hours[t] * 1e-6)
                delivered: Expression = {flow: 1.0 - line.loss}
                if line.heavy:
                    delivered[("h", site, n, p, t)] = -line.heavy
                    self.at_most({flow: 1.0, ("h", site, n, p, t): -1.0}, line.knee_mw)
                for key, value in delivered.items():
                    self.add(("supply", site, p, t), key, value)
                self.add(("late", site, p), flow, late * (1.0 - line.loss) * plain.hours[t] / sum(plain.hours))

    def _balance(self, site: str, choice: Choice) -> None:
        plain = self.plain
        for p, t in itertools.product(range(plain.periods), range(plain.slices)):
            terms = {key: -value for key, value in self.sums.get(("supply", site, p, t), {}).items()}
            self.at_most({**terms, ("u", site, p, t): -1.0}, -plain.draw_mw(site, choice, p, t))

    def _data(self, site: str, choice: Choice) -> None:
        plain = self.plain
        for p in range(plain.periods):
            need = plain.knob("connectivity", "gbps_per_mw", 0.3) * plain.it_mw(choice, p)
            terms = dict(self.sums.get(("gbps", site, p), {}))
            given = plain.knob("fibre", "lateral_gbps", 1600.0) * sum(stock[p] for stock in choice.laterals)
            for j, stock in enumerate(choice.terminals):
                if stock[p]:
                    gbps = ("g", site, j, p)
                    terms[gbps] = -1.0
                    self.at_most({gbps: 1.0}, plain.knob("satellite", "terminal_gbps", 10.0) * stock[p])
                    if not self.relaxed:
                        self.at_most({gbps: -1.0}, -plain.knob("satellite", "least_gbps", 0.2))
                    self.add(("running", p), gbps, plain.knob("satellite", "musd_per_gbps_year", 0.9))
            if plain.on("connectivity"):
                self.at_most(terms, given - need)

    def _land(self, site: str, choice: Choice) -> None:
        """What equipment takes besides the yards of modules, which are paid with them."""
        plain, row = self.plain, self.plain.row("candidates", site)
        for p in range(plain.periods) if plain.on("land") else ():
            taken = self.sums.get(("land", site, p), {})
            yards = sum(kind["yard_ha"] * stock[p] for kind, stock in zip(plain.types, choice.modules, strict=True))
            self.at_most(taken, plain.knob("land", "usable_share", 1.0) * row["land_ha"] - yards)
            for key, ha in taken.items():
                self.add(("capital", p), key, plain.knob("land", "price_factor", 1.0) * row["land_musd_per_ha"] * ha)

    def most_compute(self) -> float | None:
        """Most discounted MW-years; None where there is no solution."""
        cost: Expression = {}
        for p in range(self.plain.periods):
            for key, mw in self.sums[("compute", p)].items():
                cost[key] = cost.get(key, 0.0) - self.plain.compute_years(p) * mw
        least = self._solved(cost)
        return None if least is None else -least

    def least_cost(self, reached_mw: Sequence[float]) -> float | None:
        """Least present value with at least so many MW at work in each period; None where there is no solution."""
        plain = self.plain
        cost: Expression = {}
        for p in range(plain.periods):
            short = {key: -value for key, value in self.sums[("compute", p)].items()}
            self.at_most(short, -reached_mw[p] * (1 - 1e-9) + 1e-9)
            worth = plain.worth(p) - (plain.worth(p + 1) if p + 1 < plain.periods else 0.0)
            for name, factor in (("capital", worth), ("running", plain.running_years(p))):
                for key, value in self.sums[(name, p)].items():
                    cost[key] = cost.get(key, 0.0) + factor * value
        return self._solved(cost)

    def _solved(self, cost: Expression) -> float | None:
        self._known(cost)
        constant = cost.get((), 0.0)
        upper, below = self._matrix(self.rows)
        equal, right = self._matrix(self.equations)
        if not self.places:
            return constant if (below >= -1e-7).all() else None
        weights = np.zeros(len(self.places))
        for key, value in cost.items():
            if key:
                weights[self.places[key]] = value
        exact = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
        result = linprog(weights, A_ub=upper, b_ub=below, A_eq=equal, b_eq=right, method="highs", options=exact)  # type: ignore[call-overload]
        return constant + float(result.fun or 0.0) if result.status == 0 else None

    def _matrix(self, rows: list[tuple[Expression, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        matrix: NDArray[np.float64] = np.zeros((len(rows), len(self.places)))
        for place, (terms, _) in enumerate(rows):
            for key, value in terms.items():
                if key:
                    matrix[place, self.places[key]] = value
        return matrix, np.array([limit - terms.get((), 0.0) for terms, limit in rows])
