"""The same rows (`core_rows`) stated in siting, linopy, Pyomo with rules and PuLP, until HiGHS holds the model; and as arrays,
written by hand in numpy or ready. Each library in a fresh process: a small model first, so that imports and caches are not
counted, then the memory of one statement, then the seconds of the best of several.

A library that is stopped at its limit is known from one side. What is claimed then are not the seconds of the process, which
holds start-up, the small model and statements that are done, but the CPU seconds of the one statement it was stopped in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.bench.clocks import ENOUGH_S, best_of, risen_mb
from tests.bench.core_rows import NONZEROS_A_SITE, core_rows
from tests.bench.figure import AT_LEAST, Figure
from tests.bench.fresh import Ran, fresh
from tests.bench.passing import passed
from tests.bench.ratios import Took, quotient
from tests.bench.routes import ROUTES, siting_matrix

SIZES: Final[Mapping[str, int]] = {"100k": 100_000, "1m": 1_000_000, "3m": 3_000_000}
OTHERS: Final = ("linopy", "appsi_highs", "pulp")
BY_HAND: Final = "numpy"
LIMIT_S: Final = 240.0
LEAST_TIMES: Final[Mapping[tuple[str, str], float]] = {("1m", "linopy"): 5.0, ("1m", "appsi_highs"): 100.0}
"""How many times as fast, where more than as fast is asked."""
MOST_TIMES: Final[Mapping[str, float]] = {"1m": 1.7, "3m": 1.3}
"""How many times what arrays by hand take, at most."""
ARRAYS: Final = ("lower", "upper", "row_lower", "row_upper", "start", "column", "value", "integer")


NAMED: Final = tuple(SIZES)
"""What may be asked for by name."""


def figures(parts: Sequence[str] = NAMED, routes: Sequence[str] = OTHERS, limit_s: float = LIMIT_S) -> Iterator[Figure]:
    """Seconds and memory of each route at each size, or at those of these names, and how many times as fast siting is."""
    for size in parts:
        yield from _size(size, max(3, round(SIZES[size] / NONZEROS_A_SITE)), routes, limit_s)


def _size(size: str, sites: int, routes: Sequence[str], limit_s: float) -> Iterator[Figure]:
    head = f"handover.{size}"
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as folder:
        path = str(Path(folder) / "arrays.npz")
        ours = fresh("tests.bench.handover:stated", {"route": "siting", "sites": sites, "keep": path}, limit_s)
        raw = fresh("tests.bench.handover:ready", {"path": path}, limit_s)
    yield Figure(f"{head}.nonzeros", _of(ours, "nonzeros"), "")
    yield from _told(f"{head}.raw", raw)
    yield from _told(f"{head}.siting", ours)
    yield Figure(f"{head}.siting.times_raw", _ratio(ours, raw, "seconds"), "times", note="stated, compiled, passed / passed")
    yield Figure(f"{head}.siting.memory_times_raw", _ratio(ours, raw, "mb"), "times")
    by_hand = fresh("tests.bench.handover:stated", {"route": BY_HAND, "sites": sites}, limit_s)
    yield from _told(f"{head}.{BY_HAND}", by_hand)
    note = "stated, compiled, passed / arrays by hand, passed"
    yield Figure(f"{head}.siting.times_by_hand", _ratio(ours, by_hand, "seconds"), "times", MOST_TIMES.get(size), note=note)
    for route in routes:
        theirs = fresh("tests.bench.handover:stated", {"route": route, "sites": sites}, limit_s)
        yield from _told(f"{head}.{route}", theirs)
        goal = LEAST_TIMES.get((size, route), 1.0)
        yield quotient(f"{head}.times_as_fast_as_{route}", took(theirs), took(ours), goal, AT_LEAST)


def _told(head: str, ran: Ran) -> Iterator[Figure]:
    yield took(ran).figure(f"{head}.seconds")
    yield Figure(f"{head}.memory_added", _of(ran, "mb"), "MB", note=ran.why)


def took(ran: Ran) -> Took:
    """CPU seconds of one statement; of one that was stopped, what it had taken, if no faster one could have followed."""
    if ran.value is not None:
        return Took(float(ran.value["seconds"]))
    if ran.in_hand_cpu_s <= ENOUGH_S:
        return Took(None, False, ran.why)
    return Took(ran.in_hand_cpu_s, False, f"{ran.why}: stopped in a statement that had taken {ran.in_hand_cpu_s:.4g} s by then")


def _of(ran: Ran, key: str) -> float | None:
    return None if ran.value is None else float(ran.value[key])


def _ratio(one: Ran, other: Ran, key: str) -> float | None:
    return None if one.value is None or other.value is None else float(one.value[key] / other.value[key])


# ---- in a fresh process


def stated(route: str, sites: int, keep: str = "") -> dict[str, float]:
    """Seconds and memory until HiGHS holds the model, and its non-zeros; with `keep`, siting's arrays in a file."""
    make = ROUTES[route]
    make(core_rows(3, slices=2))
    rows = core_rows(sites)
    mb, solver = risen_mb(partial(make, rows))
    assert solver.getNumNz() == rows.nonzeros, (solver.getNumNz(), rows.nonzeros)
    del solver
    seconds, _ = best_of(partial(make, rows))
    if keep:
        matrix, cost = siting_matrix(rows)
        np.savez(keep, cost=cost, **{name: getattr(matrix, name) for name in ARRAYS})
    return {"seconds": seconds, "mb": mb, "nonzeros": float(rows.nonzeros)}


def ready(path: str) -> dict[str, float]:
    """Seconds of passing arrays that are ready, and the memory of arrays and HiGHS together."""
    with np.load(path) as first:
        tiny = np.zeros(1)
        passed(
            tiny, tiny, tiny, tiny[:0], tiny[:0], np.zeros(1, np.int32), np.zeros(0, np.int32), tiny[:0], np.zeros(1, np.int32)
        )
        names = list(first)
    mb, (arrays, solver) = risen_mb(partial(_loaded, path, names))
    del solver
    seconds, _ = best_of(partial(_passed, arrays))
    return {"seconds": seconds, "mb": mb}


def _loaded(path: str, names: Sequence[str]) -> tuple[dict[str, Any], Any]:
    with np.load(path) as file:
        arrays = {name: file[name] for name in names}
    return arrays, _passed(arrays)


def _passed(arrays: Mapping[str, Any]) -> Any:
    return passed(
        arrays["cost"], arrays["lower"], arrays["upper"], arrays["row_lower"], arrays["row_upper"], arrays["start"],
        arrays["column"], arrays["value"], arrays["integer"].astype(np.int32),
    )  # fmt: skip
