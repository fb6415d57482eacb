"""The question as `scenario.json` tells it: every value by name, and a clear answer where one is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.errors import Fault
from siting.verify.report import CannotCheck, Floats

SCENARIO_FILE: Final = "scenario.json"
SETTINGS: Final = ("time", "finance", "candidates", "objective", "effort", "modules", "layers", "why", "crs", "observed")
"""Tables of a scenario that are not families."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The resolved scenario. `file` is how it is called in faults."""

    values: Mapping[str, Any]
    file: str

    def on(self, family: str) -> bool:
        """Whether a family is not switched off."""
        return family not in self.values.get("off", ())

    def value(self, *path: str) -> Any:
        """A value by its path. Raises CannotCheck where the scenario lacks it."""
        found: Any = self.values
        for key in path:
            if not isinstance(found, Mapping) or key not in found:
                raise CannotCheck(self._lacks(".".join(path)))
            found = found[key]
        return found

    def number(self, *path: str) -> float:
        """A number by its path. Raises CannotCheck where it is missing or no number."""
        found = self.value(*path)
        if isinstance(found, bool) or not isinstance(found, int | float) or not np.isfinite(found):
            raise CannotCheck(Fault("V004", self.file, "", ".".join(path), str(found), "a finite number", ""))
        return float(found)

    def flag(self, *path: str) -> bool:
        """A switch by its path."""
        return bool(self.value(*path))

    def names(self, *path: str) -> tuple[str, ...]:
        """A list of texts by its path."""
        found = self.value(*path)
        if isinstance(found, str) or not isinstance(found, Sequence):
            raise CannotCheck(Fault("V004", self.file, "", ".".join(path), str(found), "a list", ""))
        return tuple(str(each) for each in found)

    def module_names(self) -> tuple[str, ...]:
        """Module types in their order."""
        return tuple(str(name) for name in self.value("modules"))

    def module_numbers(self, name: str) -> Floats:
        """One number of every module type (K)."""
        return np.array([self.number("modules", kind, name) for kind in self.module_names()], dtype=np.float64)

    def unknown_families(self, known: Sequence[str]) -> tuple[str, ...]:
        """Tables of the scenario that are neither settings nor known families."""
        tables = [name for name, value in self.values.items() if isinstance(value, Mapping)]
        return tuple(name for name in tables if name not in known and name not in SETTINGS and self.on(name))

    def _lacks(self, path: str) -> Fault:
        return Fault("V004", self.file, "", path, "no such value", "every value of the scenario", "Run the question again.")
