"""Seconds of which some are not all: what a way took, or had taken when it was stopped; and one over the other as a figure.

Where the upper of two was stopped, the quotient is a lower limit: it would have taken more. Where the lower was stopped, nothing
is known, for the quotient could only be an upper limit and none is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.figure import AT_LEAST, AT_MOST, EXACTLY, Figure


@dataclass(frozen=True, slots=True)
class Took:
    """What a way took, None where nothing is known of it. Where it is not `done`, it was stopped after so many seconds at the
    least, and `why` says by what."""

    seconds: float | None
    done: bool = True
    why: str = ""

    def figure(self, id: str) -> Figure:
        """The seconds as they are known."""
        return Figure(id, self.seconds, "s", note=self.why, value_is=EXACTLY if self.done else AT_LEAST)


def quotient(id: str, one: Took, other: Took, goal: float | None = None, goal_is: str = AT_MOST, note: str = "") -> Figure:
    """The seconds of `one` over those of `other`, in times."""
    words = "; ".join(dict.fromkeys(word for word in (note, one.why, other.why) if word))
    if not one.seconds or not other.seconds or not other.done:
        return Figure(id, None, "times", goal, goal_is, words)
    return Figure(id, one.seconds / other.seconds, "times", goal, goal_is, words, EXACTLY if one.done else AT_LEAST)
