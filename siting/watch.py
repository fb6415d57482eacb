"""Who is told how a run goes, and who may ask it to stop; and the clock that takes the time of its steps."""

from __future__ import annotations

import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from siting.errors import EXIT_INTERRUPTED, EXIT_TERMINATED, SitingError

if TYPE_CHECKING:
    from siting.solve.course import News


class Stopped(SitingError):
    """A run was asked to stop before there was any plan to keep."""

    exit_code = EXIT_INTERRUPTED


class Terminated(Stopped):
    """The same, by SIGTERM."""

    exit_code = EXIT_TERMINATED


class StopSign:
    """Given once, seen by whoever works: `number` is the signal that gave it, 0 while none has."""

    def __init__(self) -> None:
        self.number = 0
        self.given = threading.Event()

    def give(self, number: int = signal.SIGINT) -> None:
        """Ask to stop; the best plan so far is verified and kept."""
        self.number = int(number)
        self.given.set()


class Watch(Protocol):
    """Listens to a run, and asks it to stop by giving the stop sign."""

    @property
    def stop(self) -> StopSign:
        """The sign the run looks at."""

    def step(self, name: str) -> None:
        """A step begins."""

    def progress(self, progress: News) -> None:
        """The solver has come further."""


class Nobody:
    """Listens to nothing and never asks to stop."""

    def __init__(self) -> None:
        self.stop = StopSign()

    def step(self, name: str) -> None:
        """Not told."""

    def progress(self, progress: News) -> None:
        """Not told."""


class Clock:
    """Takes the seconds of each step, in the order they came; stops before a step when asked to, until there is a plan."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, *, has_plan: bool = False) -> Iterator[None]:
        """Time the block as step `name`; raise Stopped before it where the watch asks to stop and there is no plan yet."""
        if not has_plan:
            raise_if_stopped(self.watch)
        self.watch.step(name)
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began

    def observed(self) -> dict[str, float]:
        """Seconds of the steps and the largest memory of this process, for the manifest."""
        steps = {f"{name.replace(' ', '_')}_s": round(seconds, 3) for name, seconds in self.seconds.items()}
        return steps | {"peak_memory_mb": round(_peak_memory_mb(), 1)}


def raise_if_stopped(watch: Watch) -> None:
    """Raise Stopped (or Terminated) where the watch has asked to stop."""
    if watch.stop.number:
        raise stopped(watch.stop.number, "stopped before there was a plan; nothing was written")


def stopped(number: int, message: str) -> Stopped:
    """What is raised after signal `number`, with its exit code."""
    return Terminated(message) if number == signal.SIGTERM else Stopped(message)


def _peak_memory_mb() -> float:
    """Largest resident memory so far; the system counts it in kilobytes, on macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
