"""The registry of aims. A scenario names them in order; each is a solve of its own that holds what the ones before reached."""

from __future__ import annotations

from typing import Final

from siting.objectives.aim import Aim
from siting.objectives.cheapest_for_target import CHEAPEST_FOR_TARGET
from siting.objectives.earliest import EARLIEST
from siting.objectives.least_carbon import LEAST_CARBON
from siting.objectives.least_cost import LEAST_COST
from siting.objectives.least_strain import LEAST_STRAIN
from siting.objectives.most_compute import MOST_COMPUTE
from siting.objectives.most_value import MOST_VALUE

OBJECTIVES: Final[tuple[Aim, ...]] = (
    MOST_COMPUTE,
    LEAST_COST,
    CHEAPEST_FOR_TARGET,
    EARLIEST,
    LEAST_STRAIN,
    LEAST_CARBON,
    MOST_VALUE,
)
"""Every aim."""

__all__ = ["OBJECTIVES", "Aim"]
