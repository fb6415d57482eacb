"""Which sites of a relaxed plan a whole one is made over, decided step by step.

A relaxed plan takes parts of many sites, and over all of them whole plans are not found: what is decided early in parts leaves
later periods without a plan. So sites that are mostly open stay open, those that hardly are go, and what is left is relaxed anew,
until every site is one or the other. Each relaxation is small, and its value says what the decision costs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.solve.job import Floats, Ints

OPEN: Final = 1e-3
"""Share of a site from which on a relaxed plan uses it."""
MOSTLY: Final = 0.5
HARDLY: Final = 0.1
"""Shares from which on a site stays open, and below which it goes."""
DECIDED_SHARE: Final = 0.5
"""Of as many sites as those in between add up to: the share that stays in a step at least, those first that are most open."""
GIVEN_UP_SHARE: Final = 1.0 / 3.0
"""Share of the others in between that goes in a step at least. All of these are judgements, tried on `models/northwest`."""
STEPS: Final = 8
"""Times that what is left is relaxed anew at most; sites still in between then are decided with everything else."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The sites that are left, and those of them that stay open (positions)."""

    sites: Ints
    stay: Ints


def narrower(shares: Floats, known: Narrowed) -> Narrowed | None:
    """One step, from how much of each site (I) is open in the plan relaxed with what is known; None where all is decided."""
    used = known.sites[shares[known.sites] > OPEN]
    between = np.setdiff1d(used, known.stay)
    if not len(between):
        return None if len(used) == len(known.sites) else Narrowed(used, known.stay)
    ranked = between[np.argsort(-shares[between], kind="stable")]
    stay = max(int((shares[between] >= MOSTLY).sum()), math.ceil(DECIDED_SHARE * float(shares[between].sum())))
    left = ranked[stay:]
    go = max(int((shares[left] < HARDLY).sum()), math.ceil(GIVEN_UP_SHARE * len(left)))
    return Narrowed(np.setdiff1d(used, left[len(left) - go :]), np.union1d(known.stay, ranked[:stay]))
