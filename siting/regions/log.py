"""The build log: what was dropped, merged, repaired or assumed while a built-in region was made, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

Action = Literal["dropped", "merged", "repaired", "kept", "assumed"]


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One decision: the layer it touches, the id (ours, or the source's where the record did not survive), what and why."""

    layer: str
    id: str
    action: Action
    reason: str


@dataclass(frozen=True, slots=True)
class BuildLog:
    """All decisions of one build, sorted, and the number of records each layer ended up with."""

    region: str
    entries: tuple[Entry, ...]
    counts: tuple[tuple[str, int], ...]

    def count(self, layer: str, action: Action) -> int:
        """How many entries a layer has of one action."""
        return Counter((entry.layer, entry.action) for entry in self.entries)[layer, action]

    def summary(self) -> str:
        """One line a layer: records kept, and entries by action."""
        tally = Counter((entry.layer, entry.action) for entry in self.entries)
        actions: tuple[Action, ...] = ("dropped", "merged", "repaired", "kept", "assumed")
        lines = []
        for layer, number in self.counts:
            notes = ", ".join(f"{tally[layer, action]} {action}" for action in actions if tally[layer, action])
            lines.append(f"{layer}: {number} records" + (f" (log entries: {notes})" if notes else ""))
        return "\n".join(lines)
