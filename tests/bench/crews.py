"""The same pricing passes by one process, by two, and by two Dask workers: seconds from the first message to the last answer.

A world of `CANDIDATES` in `SLICES` slices is stated in chunks; then come passes at which all pay, each at other prices, relaxed,
and one of whole blocks. Seconds of starting the workers are shown apart, as a run starts processes once, and Dask once an aim.
Every crew must come to the same sum of values.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from siting.parts import PartStatement
from siting.scenario import load_scenario
from siting.solve.chunks import Asked, parts_of
from siting.solve.crew import Crew
from siting.solve.crews import crew_of
from siting.solve.job import Floats
from siting.solve.shared import Shared
from siting.statement import candidates_of, layers_of
from tests.bench.continent import NAME, write_continent
from tests.bench.continent import Asked as World
from tests.bench.figure import AT_LEAST, Figure

CANDIDATES: Final = 4000
SLICES: Final = 24
CHUNK: Final = 500
RELAXED_MUSD_PER_MW: Final = (60.0, 64.0, 68.0, 72.0)
"""Worth of a MW of the target, pass by pass: it rises, so that earlier passes rule nothing out and every block is solved."""
WHOLE_MUSD_PER_MW: Final = 45.0
WHOLE_MOST: Final = 20
"""Blocks of a chunk priced whole in the last pass."""
KINDS: Final = {"one_process": (1, ""), "two_processes": (2, ""), "two_dask_workers": (2, "local")}
SPEED_UP: Final = 1.7
DASK_EXCESS: Final = 1.15
MEMORY_GB: Final = 6.0
SAME: Final = 1e-9


def figures(candidates: int = CANDIDATES, slices: int = SLICES) -> Iterator[Figure]:
    """Seconds of each crew, the speed-up of two processes, and what Dask takes more."""
    with TemporaryDirectory(prefix="siting-crews-") as folder:
        write_continent(Path(folder), World(candidates, slices, 1))
        scenario = load_scenario(NAME, cwd=Path(folder))
        layers = layers_of(scenario)
        statement = PartStatement(scenario, layers, candidates_of(scenario, layers), scenario.objective.aims[0])
        yield from compared(statement, f"crews.{candidates}x{slices}x1")


def compared(statement: PartStatement, head: str) -> Iterator[Figure]:
    """The crews side by side."""
    chunks = parts_of(len(statement.sites), CHUNK)
    seconds: dict[str, float] = {}
    sums: dict[str, float] = {}
    for kind, (workers, dask) in KINDS.items():
        began = time.monotonic()
        crew = crew_of(statement, chunks, workers, dask, MEMORY_GB)
        try:
            shared, up = started(crew), time.monotonic()
            sums[kind], blocks = priced(crew, shared)
            seconds[kind] = time.monotonic() - up
        finally:
            crew.close()
        yield Figure(f"{head}.{kind}.start", up - began, "s", note="workers started, all chunks stated and settled")
        yield Figure(f"{head}.{kind}", seconds[kind], "s", note=f"{len(chunks)} chunks, {blocks} blocks solved")
    one, two, dask_two = (seconds[kind] for kind in KINDS)
    yield Figure(f"{head}.speed_up", one / two, "times", SPEED_UP, AT_LEAST, "one process / two processes")
    yield Figure(f"{head}.dask_over_processes", dask_two / two, "times", DASK_EXCESS, note="two Dask workers / two processes")
    apart = max(abs(value - sums["one_process"]) for value in sums.values()) / abs(sums["one_process"])
    yield Figure(f"{head}.apart", apart, "share", SAME, note="largest difference between the sums of values")


def started(crew: Crew) -> Shared:
    """State and settle all chunks."""
    shared = Shared(crew.meet())
    crew.settle(shared.of_chunk)
    return shared


def priced(crew: Crew, shared: Shared) -> tuple[float, int]:
    """(sum of all values, number of blocks solved) of all passes."""
    target = np.isfinite(shared.row_lower) & shared.priced
    answers = [answer for worth in RELAXED_MUSD_PER_MW for answer in crew.price(_asked(shared, np.where(target, worth, 0.0)))]
    answers += crew.price(_asked(shared, np.where(target, WHOLE_MUSD_PER_MW, 0.0), whole_below=-1e-3))
    total = sum(float(np.minimum(answer.value, 0.0).sum()) for answer in answers)
    return total, sum(answer.relaxed + len(answer.designs) for answer in answers)


def _asked(shared: Shared, prices: Floats, whole_below: float | None = None) -> Asked:
    clean = shared.clean(prices)
    used = np.flatnonzero(clean)
    return Asked(used, clean[used], whole_below=whole_below, whole_most=WHOLE_MOST)
