"""The registry of aims. A scenario names them in order; each is a solve of its own that holds what the ones before reached."""

from __future__ import annotations

from typing import Final

from siting.objectives.aim import Aim
from siting.objectives.least_cost import LEAST_COST
from siting.objectives.most_compute import MOST_COMPUTE

OBJECTIVES: Final[tuple[Aim, ...]] = (MOST_COMPUTE, LEAST_COST)
"""Every aim."""

__all__ = ["OBJECTIVES", "Aim"]
