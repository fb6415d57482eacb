"""The whole program of `models/northwest`, all families on, at three sizes: stating it in array-backed Pyomo components,
compiling it and handing it over, against handing over arrays that are ready. Names, the audit and the start of the solver's
process are shown apart. Sizes are made by merging slices; the smallest has fewer candidates too."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from siting.families import FAMILIES
from siting.merging import merged
from siting.problem import active_families, build_problem
from siting.program.assemble import Program, assemble
from siting.program.matrix import Matrix, audit, compile_matrix
from siting.scenario import load_scenario
from siting.statement import candidates_of, layers_of, slices_of
from tests.bench.clocks import best_of, risen_mb
from tests.bench.figure import Figure
from tests.bench.fresh import fresh
from tests.bench.handover import ARRAYS
from tests.bench.machine import ROOT
from tests.bench.routes import held

LIMIT_S: Final = 240.0
PASSED: Final = "stated, compiled, passed / passed"


@dataclass(frozen=True, slots=True)
class Size:
    """Edits of the model, blocks a day its slices are merged to, and the goals: times raw in seconds and in memory."""

    sets: tuple[str, ...]
    blocks: int
    times: float | None = None
    memory_times: float | None = 1.6


SIZES: Final[Mapping[str, Size]] = {
    "100k": Size(("candidates.cell_resolution=3",), 1),
    "1m": Size((), 3, times=1.7),
    "3m": Size((), 12, times=1.3),
}
SMALL: Final = Size(("candidates.cell_resolution=2",), 1)
"""What is stated first, so that imports and caches are not counted: a few candidates."""


NAMED: Final = tuple(SIZES)
"""What may be asked for by name."""


def figures(parts: Sequence[str] = NAMED) -> Iterator[Figure]:
    """Seconds and memory at each size, or at those of these names, then what is the same at all."""
    for name in parts:
        yield from _size(f"programs.{name}", SIZES[name])
    yield Figure(
        "programs.child_start", min(_start() for _ in range(3)), "s", note="wall seconds of a process that imports the solver"
    )


def _start() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import siting.solve.highs"], check=True)
    return time.monotonic() - began


def _size(head: str, size: Size) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as folder:
        asked, small, arrays = (str(Path(folder) / name) for name in ("problem.pickle", "small.pickle", "arrays.npz"))
        made = [
            fresh("tests.bench.programs:prepare", {"sets": of.sets, "blocks": of.blocks, "path": path}, LIMIT_S)
            for of, path in ((SMALL, small), (size, asked))
        ]
        ours = fresh("tests.bench.programs:stated", {"path": asked, "small": small, "keep": arrays}, LIMIT_S)
        raw = fresh("tests.bench.handover:ready", {"path": arrays}, LIMIT_S)
    if ours.value is None or raw.value is None:
        why = next((one.why for one in (*made, ours, raw) if one.why), "")
        yield Figure(f"{head}.times_raw", None, "times", size.times, note=why)
        yield Figure(f"{head}.memory_times_raw", None, "times", size.memory_times, note=why)
        return
    found, passed = ours.value, raw.value["seconds"]
    for name in ("nonzeros", "rows", "columns"):
        yield Figure(f"{head}.{name}", found[name], "")
    yield Figure(f"{head}.pass_model", passed, "s")
    yield Figure(f"{head}.state", found["state"], "s")
    yield Figure(f"{head}.compile", found["compile"], "s")
    yield Figure(f"{head}.times_raw", (found["state"] + found["compile"] + passed) / passed, "times", size.times, note=PASSED)
    yield Figure(f"{head}.memory_added", found["mb"], "MB")
    yield Figure(f"{head}.memory_times_raw", found["mb"] / raw.value["mb"], "times", size.memory_times)
    yield Figure(f"{head}.audit", found["audit"], "s")
    yield Figure(f"{head}.thousand_names", found["names"], "s")


# ---- in a fresh process


def prepare(sets: list[str], blocks: int, path: str) -> None:
    """The problem of the model, its slices merged, in a file."""
    scenario = load_scenario("northwest", sets=tuple(sets), cwd=ROOT)
    layers = layers_of(scenario)
    fine = scenario.time.dispatch_blocks
    problem = build_problem(scenario, layers.frames, candidates_of(scenario, layers), slices_of(scenario, fine))
    if blocks != fine:
        problem = merged(problem, slices_of(scenario, blocks).labels, blocks)
    names = [family.name for family in active_families(scenario)]
    Path(path).write_bytes(pickle.dumps((problem, names, dict(scenario.knobs))))


def stated(path: str, small: str, keep: str, tries: int = 7) -> dict[str, float]:
    """Seconds and memory of stating, compiling and handing over a problem of a file, after a small one; the compiled arrays in
    another file."""
    _held(_statement(small))
    state = _statement(path)

    mb, everything = risen_mb(partial(_held, state))
    del everything
    gc.collect()
    built, compiled, matrix = _timed(state, tries)
    checked, _ = best_of(lambda: audit(matrix, np.zeros(matrix.columns)), tries)
    named, _ = best_of(lambda: [matrix.row_name(row) for row in range(0, matrix.rows, max(1, matrix.rows // 1000))], tries)
    np.savez(keep, cost=np.zeros(matrix.columns), **{name: getattr(matrix, name) for name in ARRAYS})
    sizes = {"nonzeros": len(matrix.value), "rows": matrix.rows, "columns": matrix.columns}
    seconds = {"state": built, "compile": compiled, "audit": checked, "names": named}
    return {**sizes, **seconds, "mb": mb}


def _statement(path: str) -> Callable[[], Program]:
    """How the problem of a file is stated."""
    problem, names, knobs = pickle.loads(Path(path).read_bytes())
    return partial(assemble, problem, [family for family in FAMILIES if family.name in names], knobs)


def _held(state: Callable[[], Program]) -> tuple[Program, Matrix, Any]:
    """A program, compiled and handed over: all that is in memory then."""
    program = state()
    matrix = compile_matrix(program.model, program.space)
    return program, matrix, held(matrix, np.zeros(matrix.columns))


def _timed(state: Callable[[], Program], tries: int) -> tuple[float, float, Matrix]:
    """Least CPU seconds of stating and of compiling; each program is compiled once."""
    stating, compiling = [], []
    for _ in range(tries):
        gc.collect()
        began = time.process_time()
        program = state()
        between = time.process_time()
        matrix = compile_matrix(program.model, program.space)
        stating.append(between - began)
        compiling.append(time.process_time() - between)
    return min(stating), min(compiling), matrix
