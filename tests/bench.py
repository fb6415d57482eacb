"""Figures, not assertions: `make bench`. Build and hand-over of a program of about a million non-zeros, then the default model.

The measure is the array call of HiGHS on arrays that are ready. What it is compared with is stating the program in Pyomo
components, compiling it, and the same call. Names, the audit and the start of the solver's process are told apart.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from siting.layers.profiles import make_slices
from siting.problem import active_families, build_problem
from siting.program.assemble import assemble
from siting.program.matrix import Matrix, audit, compile_matrix
from siting.scenario import load_scenario
from siting.stair import candidates_of, layers_of

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 5


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
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    zeros, kinds = np.zeros(matrix.columns), matrix.integer.astype(np.int32)
    status = solver.passModel(
        matrix.columns, matrix.rows, len(matrix.value), 2, 1, 0.0, zeros, matrix.lower, matrix.upper, matrix.row_lower,
        matrix.row_upper, matrix.start, matrix.column, matrix.value, kinds,
    )  # fmt: skip
    assert status != highspy.HighsStatus.kError
    assert solver.getNumNz() == len(matrix.value)


def program_figures() -> None:
    """Seconds and memory of building and handing over the default model's program."""
    scenario = load_scenario("northwest", cwd=ROOT)
    layers = layers_of(scenario)
    slices = make_slices(scenario.time.seasons, scenario.time.blocks)
    problem = build_problem(scenario, layers.frames, candidates_of(scenario, layers), slices)
    before = _peak_mb()
    families = active_families(scenario)
    build, program = best_of(lambda: assemble(problem, families, scenario.knobs))
    compiled, matrix = best_of(lambda: compile_matrix(program.model, program.space))
    raw, _ = best_of(lambda: hand_over(matrix))
    checked, _ = best_of(lambda: audit(matrix, np.zeros(matrix.columns)))
    named, _ = best_of(lambda: [matrix.row_name(row) for row in range(0, matrix.rows, max(1, matrix.rows // 1000))])
    child, _ = best_of(lambda: subprocess.run([sys.executable, "-c", "import siting.solve.highs"], check=True))
    whole = build + compiled + raw
    sites = len(program.problem.site_ids)
    print(f"program: {sites} sites, {matrix.rows} rows, {matrix.columns} columns, {len(matrix.value)} non-zeros")
    print(f"  passModel of ready arrays      {raw:8.3f} s")
    print(f"  state {build:.3f} + compile {compiled:.3f} + pass {whole:8.3f} s, {whole / raw:.1f} times that")
    print(f"  audit {checked:.3f} s, a thousand row names {named:.3f} s, start of the solver's process {child:.3f} s")
    print(f"  peak memory {_peak_mb():.0f} MB, of which {_peak_mb() - before:.0f} MB since the layers were read")


def run_figures() -> None:
    """The default model through the command line, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        print("default model:")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-m", "siting", "run", "northwest"], cwd=folder, check=False)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    program_figures()
    run_figures()
