"""The live line on standard error, and the two signals that ask a run to stop."""

from __future__ import annotations

import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from siting.watch import StopSign, stopped

if TYPE_CHECKING:
    from siting.solve.course import News

PLAIN_EVERY_S: Final = 5.0
"""Seconds between two lines of progress where standard error is no terminal."""


class Watcher:
    """Tells steps and progress as they come, and gives the stop sign when a signal asks for it."""

    def __init__(self, live: Live | None) -> None:
        self.stop = StopSign()
        self._live = live
        self._step = ""
        self._began = time.monotonic()
        self._last_line = -math.inf

    def step(self, name: str) -> None:
        """A step of the run begins."""
        self._step = name
        self._tell(f"{self._elapsed()} {name}", always=True)

    def progress(self, progress: News) -> None:
        """The solver has something to say."""
        self._tell(f"{self._elapsed()} {progress_line(progress)}", always=False)

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Signal handler: the first signal asks, the second ends the program at once."""
        if self.stop.number:
            raise KeyboardInterrupt
        self.stop.give(number)
        self._tell(
            f"{self._elapsed()} stopping: the best plan so far will be verified and kept; once more to leave it", always=True
        )

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._began:7.1f} s"

    def _tell(self, line: str, *, always: bool) -> None:
        if self._live is not None:
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
        elif always or time.monotonic() - self._last_line >= PLAIN_EVERY_S:
            print(line, file=sys.stderr, flush=True)
            self._last_line = time.monotonic()


def progress_line(progress: News) -> str:
    """Phase, incumbent, bound and gap on one line; a dash for what is not known yet."""
    return f"{progress.phase}: incumbent {_number(progress.incumbent)}, bound {_number(progress.bound)}, gap " + (
        f"{progress.gap:.2%}" if math.isfinite(progress.gap) else "-"
    )


@contextmanager
def watching() -> Iterator[Watcher]:
    """A watcher that shows a live line on a terminal, plain lines elsewhere, and catches Ctrl-C and SIGTERM."""
    console = Console(stderr=True)
    live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
    watcher = Watcher(live)
    former = {number: signal.signal(number, watcher.ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if live is None:
            yield watcher
        else:
            with live:
                yield watcher
    except KeyboardInterrupt:
        raise stopped(watcher.stop.number, "left at once; nothing was published") from None
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _number(value: float) -> str:
    return f"{value:,.1f}".replace(",", " ") if math.isfinite(value) else "-"
