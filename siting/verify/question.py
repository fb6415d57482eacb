"""The question as arrays: time, module types, layers and sliced profiles. What all rules look at, and no answer in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from siting.errors import Fault
from siting.verify.asked import Asked
from siting.verify.clock import HOURS_A_DAY, Clock, make_clock
from siting.verify.layers import Layer, Layers
from siting.verify.report import CannotCheck, Floats


@dataclass(frozen=True, slots=True)
class Question:
    """Scenario, time, layers. `profiles` are month-hour grids (12, 24) by name."""

    asked: Asked
    clock: Clock
    layers: Layers
    profiles: Mapping[str, Floats]

    @property
    def shape(self) -> tuple[int, int]:
        """Periods and slices."""
        return len(self.clock.periods), len(self.clock.hours)

    def profile(self, name: str) -> Floats:
        """A month-hour grid. Raises CannotCheck where the layer has none of this name."""
        if name not in self.profiles:
            raise CannotCheck(Fault("V005", "profiles", "", "profile", name, "a profile of the layer", ""))
        return self.profiles[name]


def make_question(asked: Asked, layers: Layers) -> Question:
    """The question of a scenario and its layers. Raises CannotCheck for a profile that is not whole."""
    return Question(asked, make_clock(asked), layers, _grids(layers.get("profiles")))


def _grids(layer: Layer) -> dict[str, Floats]:
    names = layer.columns["profile"]
    found: dict[str, Floats] = {}
    for name in dict.fromkeys(layer.texts("profile")):
        part = layer.where(names == name)
        grid = np.full((12, HOURS_A_DAY), np.nan)
        grid[part.numbers("month").astype(np.int64) - 1, part.numbers("hour").astype(np.int64)] = part.numbers("value")
        if np.isnan(grid).any() or len(part) != grid.size:
            raise CannotCheck(Fault("V005", "profiles", "", name, f"{len(part)} rows", "one row a month and hour", ""))
        found[name] = grid
    return found
