"""The contract of an aim: what it counts, which way is better, what its gap is measured against, and how it is held.

A later aim may give away `tolerance_share` of an earlier one, of the size its gap is measured against (FORMULATION 5); at 0 no
more than rounding needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.arrays import Term
from siting.family import IT_HARDWARE, Core, Floats, Ledger, Ledgers, Problem

ROUNDING_SHARE: Final = 1e-9
"""Given away at the least: a row that holds a value to the last bit would be broken by rounding."""

HELD: Final = "held_"
"""How the names of rows begin that hold what an aim before has reached."""


@dataclass(frozen=True, slots=True)
class Scales:
    """What an aim may look at: the problem, the core variables, the filled ledgers, the number of columns."""

    problem: Problem
    core: Core
    ledgers: Ledgers
    columns: int

    @property
    def given_away_share(self) -> float:
        """What a later aim may give away of an earlier one."""
        return max(ROUNDING_SHARE, self.problem.tolerance_share)


@dataclass(frozen=True, slots=True)
class Aim:
    """`coefficients` (columns): the aim is their product with the solution, in `unit`. `judged` gives the size that the
    gap is measured against (for cost: the controllable part), positive but for an empty plan. `hold` writes rows into the
    program so that later aims give no more of this one away than the tolerance. `needs` are the families without which it
    counts nothing; `asks` says whether it makes a plan bigger: an aim that does not is empty where nothing else asks."""

    name: str
    title: str
    unit: str
    maximise: bool
    coefficients: Callable[[Scales], Floats]
    judged: Callable[[Scales, Floats], float]
    hold: Callable[[Scales, Floats], None]
    needs: tuple[str, ...] = ()
    asks: bool = False


def ledger_cost(ledger: Ledger, factors: Floats, columns: int, only: str = "") -> Floats:
    """Cost over all columns: each ledger entry (of one label, where `only` names one) times the factor of its period, which
    is the last axis of the ledger."""
    cost: Floats = np.zeros(columns)
    for entry in ledger.entries:
        if not only or entry.label == only:
            np.add.at(cost, entry.columns, entry.coefficients * factors[entry.at % len(factors)])
    return cost


def increments(factors: Floats) -> Floats:
    """Factors that charge every increment of a cumulative stock once, at its own period: factor[p] - factor[p + 1]."""
    later = np.append(factors[1:], 0.0)
    return np.asarray(factors - later, dtype=np.float64)


def present_value(scales: Scales) -> Floats:
    """MUSD of present value of each column: capital as it is spent, running cost as long as it is paid."""
    time = scales.problem.time
    capital = ledger_cost(scales.ledgers.capital_musd, increments(time.capital_factor), scales.columns)
    return capital + ledger_cost(scales.ledgers.running_musd, time.running_years, scales.columns)


def controllable_cost(scales: Scales, solution: Floats) -> float:
    """Present value of a solution [MUSD] less IT hardware, which costs the same wherever it stands."""
    factors = increments(scales.problem.time.capital_factor)
    hardware = ledger_cost(scales.ledgers.capital_musd, factors, scales.columns, only=IT_HARDWARE)
    return float((present_value(scales) - hardware) @ solution)


def hold_value(aim: Aim, row: str, scales: Scales, solution: Floats) -> None:
    """One row, named `row`: no worse than the solution in hand, but for what may be given away."""
    value, size = float(aim.coefficients(scales) @ solution), aim.judged(scales, solution)
    give = max(ROUNDING_SHARE * abs(value), scales.given_away_share * size)
    hold_between(aim, row, scales, *((value - give, np.inf) if aim.maximise else (-np.inf, value + give)))


def hold_between(aim: Aim, row: str, scales: Scales, lower: float, upper: float) -> None:
    """One row, named `row`: the aim's value between two sides."""
    worth = aim.coefficients(scales)
    used = np.flatnonzero(worth)
    sheet = scales.core.sheet
    terms = [Term(np.zeros(len(used), np.int64), used, worth[used])]
    sheet.rows(row, [sheet.axis(f"{row}_all", ["total"])], terms, lower=lower, upper=upper)
