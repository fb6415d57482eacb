"""`make bench`: build and hand-over of programs of about 0.1 and 1 million non-zeros, then the default model end to end.

The measure is the array call of HiGHS on arrays that are ready. What it is compared with is stating the program in Pyomo
components, compiling it, and the same call. Names, the audit and the start of the solver's process are told apart.
"""

from __future__ import annotations

import gc
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from siting.errors import NoPlanInLimit
from siting.layers.profiles import make_slices
from siting.pipeline import Asked, Place, run
from siting.problem import active_families, build_problem
from siting.program.assemble import assemble
from siting.program.matrix import Matrix, audit, compile_matrix
from siting.scenario import load_scenario
from siting.solve.search import News
from siting.stair import candidates_of, layers_of
from siting.watch import Nobody

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `goal` is the most it may be, None where there is no goal."""

    id: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached, None where there is none."""
        return None if self.goal is None else bool(self.value <= self.goal)


def best_of(work: Callable[[], Any]) -> tuple[float, Any]:
    """Least seconds of several tries, and what the last one gave."""
    least, result = float("inf"), None
    for _ in range(REPEATS):
        result = None
        gc.collect()
        began = time.perf_counter()
        result = work()
        least = min(least, time.perf_counter() - began)
    return least, result


def hand_over(matrix: Matrix) -> None:
    """The matrix into HiGHS by its array call."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    zeros, kinds = np.zeros(matrix.columns), matrix.integer.astype(np.int32)
    status = solver.passModel(
        matrix.columns, matrix.rows, len(matrix.value), 2, 1, 0.0, zeros, matrix.lower, matrix.upper, matrix.row_lower,
        matrix.row_upper, matrix.start, matrix.column, matrix.value, kinds,
    )  # fmt: skip
    assert status != highspy.HighsStatus.kError
    assert solver.getNumNz() == len(matrix.value)


def program_figures(name: str, sets: tuple[str, ...]) -> Iterator[Figure]:
    """Seconds and memory of building and handing over a program of the default region."""
    scenario = load_scenario("northwest", sets=sets, cwd=ROOT)
    layers = layers_of(scenario)
    slices = make_slices(scenario.time.seasons, scenario.time.blocks)
    problem = build_problem(scenario, layers.frames, candidates_of(scenario, layers), slices)
    before = peak_mb()
    families = active_families(scenario)
    built, program = best_of(lambda: assemble(problem, families, scenario.knobs))
    compiled, matrix = best_of(lambda: compile_matrix(program.model, program.space))
    raw, _ = best_of(lambda: hand_over(matrix))
    checked, _ = best_of(lambda: audit(matrix, np.zeros(matrix.columns)))
    named, _ = best_of(lambda: [matrix.row_name(row) for row in range(0, matrix.rows, max(1, matrix.rows // 1000))])
    yield Figure(f"{name}.nonzeros", float(len(matrix.value)), "")
    yield Figure(f"{name}.rows", float(matrix.rows), "")
    yield Figure(f"{name}.columns", float(matrix.columns), "")
    yield Figure(f"{name}.pass_model", raw, "s")
    yield Figure(f"{name}.state", built, "s")
    yield Figure(f"{name}.compile", compiled, "s")
    yield Figure(f"{name}.times_raw", (built + compiled + raw) / raw, "times", 2.0 if name == "program_1m" else None)
    yield Figure(f"{name}.audit", checked, "s")
    yield Figure(f"{name}.thousand_names", named, "s")
    yield Figure(f"{name}.memory_added", peak_mb() - before, "MB")
    yield Figure(f"{name}.peak_memory", peak_mb(), "MB")


def child_figures() -> Iterator[Figure]:
    """Seconds the solver's process takes to start."""
    start, _ = best_of(lambda: subprocess.run([sys.executable, "-c", "import siting.solve.highs"], check=True))
    yield Figure("child.start", start, "s")


class FirstPlan(Nobody):
    """Takes the time until the first plan is in hand."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.monotonic()
        self.seconds = math.inf

    def progress(self, progress: News) -> None:
        """The first news with a plan counts."""
        if math.isfinite(progress.incumbent) and math.isinf(self.seconds):
            self.seconds = time.monotonic() - self.began


def run_figures(model: str, gap: float, seconds: float, memory_mb: float) -> Iterator[Figure]:
    """A model from layers to a verified plan, in a folder of its own, against its goals."""
    watch = FirstPlan()
    with tempfile.TemporaryDirectory() as folder:
        try:
            answer = run(Asked(model), Place(Path(folder)), watch)
        except NoPlanInLimit:
            yield Figure(f"{model}.first_plan", math.inf, "s", seconds)
            return
        whole = time.monotonic() - watch.began
        record = answer.manifest.record
        steps = record.observed
        yield Figure(f"{model}.first_plan", watch.seconds, "s")
        yield Figure(f"{model}.whole_run", whole, "s")
        for aim in record.aims:
            yield Figure(f"{model}.{aim.name}.value", aim.value, aim.unit)
            yield Figure(f"{model}.{aim.name}.gap", aim.gap, "share", gap)
            yield Figure(f"{model}.{aim.name}.gross_gap", aim.gross_gap, "share")
        for name, value in steps.items():
            goal = seconds if name == "solve_s" else None
            yield Figure(f"{model}.{name}", value, "s" if name.endswith("_s") else "", goal)
        for name, size in record.sizes.items():
            yield Figure(f"{model}.{name}", float(size), "")
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
        yield Figure(f"{model}.largest_process", max(children, peak_mb()), "MB", memory_mb)


def peak_mb() -> float:
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def write(figures: list[Figure]) -> None:
    """Both files."""
    rows = [{**asdict(figure), "met": figure.met} for figure in figures]
    text = json.dumps([{**row, "value": _finite(row["value"])} for row in rows], indent=1)
    (FOLDER / "results.json").write_text(text + "\n", encoding="utf-8")
    lines = ["# Figures", "", "Written by `make bench`, on whatever else the machine was doing.", ""]
    lines += ["| figure | value | unit | goal | met |", "| --- | ---: | --- | ---: | --- |"]
    words = {None: "", True: "yes", False: "no"}
    for figure in figures:
        goal = "" if figure.goal is None else f"{figure.goal:g}"
        lines.append(f"| {figure.id} | {figure.value:.6g} | {figure.unit} | {goal} | {words[figure.met]} |")
    (FOLDER / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def main() -> None:
    """All figures, told as they come, then written; `programs` leaves out the runs of the models."""
    figures: list[Figure] = []
    parts = [program_figures("program_100k", ("time.blocks=1",)), program_figures("program_1m", ()), child_figures()]
    if "programs" not in sys.argv[1:]:
        parts += [run_figures("northwest", 0.01, 180.0, 3000.0), run_figures("northwest-quarters", 0.02, 600.0, 4000.0)]
    for part in parts:
        for figure in part:
            figures.append(figure)
            print(f"{figure.id:40} {figure.value:12.6g} {figure.unit}", flush=True)
    write(figures)


if __name__ == "__main__":
    main()
