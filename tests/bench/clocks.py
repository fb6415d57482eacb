"""How seconds and memory of building are measured: CPU seconds of this process, the least of several tries, so that what else the
machine does hardly counts; memory as the largest rise of the process above what it held before.

Whoever is stopped within the first try, or within the try whose memory is measured, is known to need more seconds than that try
had taken: both are marked for the process that watches. Later tries are not, since the least of all could have been an earlier
one; nor does a first try say anything before `ENOUGH_S`, since a faster one could have followed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from tests.bench.fresh import forget_peak, marked, now_mb, peak_mb

Made = TypeVar("Made")
ENOUGH_S = 6.0
"""Tries stop when so many seconds are spent on them."""


def best_of(work: Callable[[], Made], tries: int = 7) -> tuple[float, Made]:
    """Least CPU seconds of up to so many tries, and what the last one gave. The first is always made."""
    least, spent = float("inf"), 0.0
    for turn in range(tries):
        gc.collect()
        with marked() if turn == 0 else nullcontext():
            began = time.process_time()
            made = work()
            seconds = time.process_time() - began
        least, spent = min(least, seconds), spent + seconds
        if spent > ENOUGH_S:
            break
    return least, made


def risen_mb(work: Callable[[], Made]) -> tuple[float, Made]:
    """Largest rise of this process' memory while it works [MB], and what it gave."""
    gc.collect()
    before = now_mb()
    forget_peak()
    with marked():
        made = work()
    return peak_mb() - before, made
