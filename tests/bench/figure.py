"""One measured value with its goal, and how it stands in `results.json`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

AT_MOST: Final = "at most"
AT_LEAST: Final = "at least"
EXACTLY: Final = "exactly"


@dataclass(frozen=True, slots=True)
class Figure:
    """A value in `unit`, None where nothing could be measured; `goal` is what it may be `goal_is` ("at most", "at least"), None
    where there is no goal. `note` says what else is to be known, such as why there is no value. `value_is` is "exactly", or "at
    least" where what was measured was stopped: then the value is a lower limit, and `note` says why. `group`, `commit`,
    `measured`, `load` and `processor` are filled by the harness: where the code stood, when it was measured, how busy the machine
    was and on which processor."""

    id: str
    value: float | None
    unit: str
    goal: float | None = None
    goal_is: str = AT_MOST
    note: str = ""
    value_is: str = EXACTLY
    group: str = ""
    commit: str = ""
    measured: str = ""
    load: str = ""
    processor: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a finite value."""
        return self.value is not None and math.isfinite(self.value)

    @property
    def exact(self) -> bool:
        """Whether the value is all of it, not a lower limit."""
        return self.value_is == EXACTLY

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached, None where there is none. A value that is missing reaches no goal, and a lower limit none
        that is "at most": the true value may be anything above it."""
        if self.goal is None:
            return None
        if self.value is None or not math.isfinite(self.value):
            return False
        return bool(self.value >= self.goal if self.goal_is == AT_LEAST else self.exact and self.value <= self.goal)

    def document(self) -> dict[str, Any]:
        """As it is written."""
        return {
            "id": self.id,
            "value": self.value if self.known else None,
            "value_is": self.value_is if self.known else None,
            "unit": self.unit,
            "goal": self.goal,
            "goal_is": self.goal_is if self.goal is not None else None,
            "met": self.met,
            "note": self.note,
            "group": self.group,
            "commit": self.commit,
            "measured": self.measured,
            "load": self.load,
            "processor": self.processor,
        }


def figure_of(document: Mapping[str, Any]) -> Figure:
    """A figure as it was written."""
    known = {name: document.get(name) or "" for name in ("note", "group", "commit", "measured", "load", "processor")}
    directions = {"goal_is": document.get("goal_is") or AT_MOST, "value_is": document.get("value_is") or EXACTLY}
    return Figure(document["id"], document["value"], document["unit"], document["goal"], **directions, **known)


def stamped(figure: Figure, group: str, commit: str, measured: str, load: str, processor: str = "") -> Figure:
    """A figure of a group, with where and when it was measured."""
    return replace(figure, group=group, commit=commit, measured=measured, load=load, processor=processor)


def merged(before: Iterable[Figure], now: Iterable[Figure], groups: Iterable[str]) -> list[Figure]:
    """Figures of the groups that were measured now, those of all others as they were, in the order of `groups`; what is in no
    group any more is left out."""
    now = list(now)
    measured = {figure.group for figure in now}
    together = [*(figure for figure in before if figure.group not in measured), *now]
    return [figure for group in groups for figure in together if figure.group == group]
