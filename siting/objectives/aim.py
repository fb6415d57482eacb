"""The contract of an aim: what it counts, which way is better, what its gap is measured against, and how it is held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.family import Core, Floats, Ledger, Ledgers, Problem


@dataclass(frozen=True, slots=True)
class Scales:
    """What an aim may look at: the problem, the core variables, the filled ledgers, the number of columns."""

    problem: Problem
    core: Core
    ledgers: Ledgers
    columns: int


@dataclass(frozen=True, slots=True)
class Aim:
    """`coefficients` (columns): the aim is their product with the solution, in `unit`. `judged` gives the size that the
    gap is measured against (for cost: the controllable part). `hold` writes rows into the program so that later aims
    give nothing of this one away."""

    name: str
    title: str
    unit: str
    maximise: bool
    coefficients: Callable[[Scales], Floats]
    judged: Callable[[Scales, Floats], float]
    hold: Callable[[Scales, Floats], None]


def ledger_cost(ledger: Ledger, factors: Floats, columns: int, only: str = "") -> Floats:
    """Cost over all columns: each ledger entry (of one label, where `only` names one) times the factor of its period."""
    cost: Floats = np.zeros(columns)
    for entry in ledger.entries:
        if not only or entry.label == only:
            np.add.at(cost, entry.columns, entry.coefficients * factors[entry.at])
    return cost


def increments(factors: Floats) -> Floats:
    """Factors that charge every increment of a cumulative stock once, at its own period: factor[p] - factor[p + 1]."""
    later = np.append(factors[1:], 0.0)
    return np.asarray(factors - later, dtype=np.float64)
