"""How far it goes: worlds of `continent` from 1 000 to 100 000 candidates, each from its layers to a verified plan in a fresh
process with a wall-clock limit; how time and memory grow; harder programmes; cold HiGHS on the whole program; processes and Dask
workers against each other."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.bench.continent import NAME
from tests.bench.figure import AT_LEAST, Figure
from tests.bench.fresh import Ran, fresh
from tests.bench.ratios import Took, quotient
from tests.bench.runs import OVERHEAD_S, Goals, run_case, told

MOST_MB: Final = 6000.0
WRITING_LIMIT_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Case:
    """A world (candidates, slices, periods, kind), the gap that is asked for and goals. `sets` are edits of its model."""

    candidates: int
    slices: int
    periods: int
    gap: float
    seconds: float
    kind: str = "plain"
    sets: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Such as 1000x24x1."""
        return f"{self.candidates}x{self.slices}x{self.periods}"

    @property
    def goals(self) -> Goals:
        """What the issue asks."""
        return Goals(self.gap, self.seconds, MOST_MB)


CASES: Final = (
    Case(1_000, 24, 1, 0.003, 20.0),
    Case(1_000, 24, 3, 0.005, 90.0),
    Case(10_000, 24, 1, 0.0025, 45.0),
    Case(10_000, 24, 3, 0.005, 240.0),
    Case(50_000, 24, 1, 0.0025, 180.0),
    Case(100_000, 12, 1, 0.0025, 300.0),
)
HARDER: Final = tuple(Case(1_000, 24, 3, 0.01, 300.0, kind) for kind in ("small_land", "contested", "storage"))
SERIES: Final = tuple(Case(count, 12, 1, 0.0025, 300.0) for count in (1_000, 3_000, 10_000, 30_000, 100_000))
"""One kind of world that only grows."""
COLD: Final = Case(200, 24, 3, 0.01, 300.0)
COLD_HIGHS_S: Final = 900.0
"""Three times what ours has, so that where HiGHS is stopped, the lower limit of the ratio says something."""
TIMES_AS_FAST: Final = 5.0
SIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "one_process": ("effort.workers=1",),
    "two_processes": ("effort.workers=2",),
    "two_dask_workers": ("effort.workers=2", 'effort.dask="local"'),
}
DASK_EXCESS: Final = 1.15


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A world that is solved on several `sides`, and how many times as fast two processes are to be; None without a goal."""

    case: Case
    sides: tuple[str, ...]
    speed_up: float | None = None


SIDES_BY_SIDE: Final = (
    SideBySide(Case(10_000, 24, 1, 0.0025, 45.0), tuple(SIDES)),
    SideBySide(Case(50_000, 24, 1, 0.0025, 400.0), ("one_process", "two_processes"), 1.7),
)
"""What a second process can save is pricing. Of 10 000 candidates most of the time is the master's, which is one process however
many price: its speed-up is shown and asks for nothing. Of 50 000 pricing dominates, and the goal is there; its seconds are such
that one process gets to the gap. What Dask takes more is measured on the smaller one only, to save minutes."""
PARTS: Final = ("cases", "harder", "growth", "cold", "parallel")
NAMED: Final = (*PARTS, *(case.name for case in CASES), *(case.kind for case in HARDER))
"""What may be asked for by name."""


def figures(parts: Sequence[str] = PARTS) -> Iterator[Figure]:
    """All parts in turn; a case may be asked by its name alone, a harder one by its kind. What is the same case in two parts is
    run once and told in both."""
    once = cache(ran)
    for case in CASES:
        if "cases" in parts or case.name in parts:
            yield from told(f"scale.{case.name}", once(case), case.goals)
    for case in HARDER:
        if "harder" in parts or case.kind in parts:
            yield from told(f"scale.{case.kind}.{case.name}", once(case), case.goals)
    if "growth" in parts:
        yield from growth(SERIES, once)
    if "cold" in parts:
        yield from cold(COLD)
    if "parallel" in parts:
        for both in SIDES_BY_SIDE:
            yield from parallel(both)


@contextmanager
def world(case: Case) -> Iterator[str]:
    """A folder with the case's world in it."""
    with tempfile.TemporaryDirectory(prefix="siting-continent-") as folder:
        words = {
            "folder": folder,
            "candidates": case.candidates,
            "slices": case.slices,
            "periods": case.periods,
            "kind": case.kind,
        }
        written = fresh("tests.bench.scale:write_world", words, WRITING_LIMIT_S)
        if written.why:
            raise RuntimeError(f"the world was not written: {written.why}")
        yield folder


def write_world(folder: str, **asked: Any) -> None:
    """Write a world, in a fresh process, so that its memory does not count."""
    from tests.bench.continent import Asked, write_continent

    write_continent(Path(folder), Asked(**asked))


def ran(case: Case, more: Sequence[str] = ()) -> Ran:
    """Solve a case to its gap. The solves may take a little more than the seconds of the goal, two minutes at least; then it ends
    with the gap it has."""
    try:
        with world(case) as folder:
            limit = max(120.0, 1.2 * case.seconds)
            sets = (
                f"effort.gap={case.gap}",
                f"effort.time_limit_s={limit}",
                "effort.memory_gb=6.0",
                *case.sets,
                *more,
            )
            return run_case(NAME, folder, sets, 1.5 * limit + OVERHEAD_S)
    except RuntimeError as error:
        return Ran(None, str(error), 0.0, 0.0)


# ---- growth


def growth(series: Sequence[Case], run: Callable[[Case], Ran]) -> Iterator[Figure]:
    """Seconds and memory of a series of worlds, and the exponents of both in the number of candidates."""
    found: dict[str, list[tuple[float, float]]] = {"seconds": [], "peak_mb": []}
    for case in series:
        for figure in told(f"growth.{case.name}", run(case), Goals()):
            yield figure
            kind = figure.id.rpartition(".")[2]
            if kind in found and figure.known and figure.value is not None and "without a plan" not in figure.note:
                found[kind].append((float(case.candidates), figure.value))
    for kind, word in (("seconds", "time"), ("peak_mb", "memory")):
        sizes = [f"{size:g}" for size, _ in found[kind]]
        value = exponent(found[kind]) if len(sizes) == len(series) else None
        note = f"least squares on logarithms over {', '.join(sizes)} candidates" if sizes else "nothing to fit"
        yield Figure(f"scale.growth_of_{word}", value, "", 1.0, note=note)


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Slope of log y over log x, by least squares. Raises ValueError for fewer than two points."""
    if len(points) < 2:
        raise ValueError("an exponent needs two points")
    x, y = np.log(np.array(points, dtype=np.float64)).T
    return float(((x - x.mean()) @ (y - y.mean())) / ((x - x.mean()) @ (x - x.mean())))


# ---- against cold HiGHS


def cold(case: Case, highs_s: float = COLD_HIGHS_S, seed: int = 0) -> Iterator[Figure]:
    """The whole program handed to HiGHS as it stands, against ours, both to the same gap of the controllable cost; HiGHS may take
    longer. Seconds are wall seconds of the solves."""
    head = f"scale.cold.{case.name}"
    try:
        with world(case) as folder:
            sets = (f"effort.gap={case.gap}", f"effort.time_limit_s={case.seconds}")
            ours = run_case(NAME, folder, sets, 2.0 * case.seconds + OVERHEAD_S)
            words = {"folder": folder, "gap": case.gap, "seconds": highs_s, "seed": seed}
            theirs = fresh("tests.bench.scale:solve_cold", words, 1.5 * highs_s + OVERHEAD_S)
    except RuntimeError as error:
        yield Figure(f"{head}.times_as_fast", None, "times", TIMES_AS_FAST, AT_LEAST, str(error))
        return
    yield from told(f"{head}.ours", ours, Goals(gap=case.gap))
    # Ours is known only if it got to its gap; where it was stopped, a figure would say less than the gap just told.
    mine = solved(ours, case.gap)
    yield Figure(f"{head}.ours.solve", mine.seconds if mine.done else None, "s", note=mine.why)
    highs, gap = by_highs(theirs, highs_s), (theirs.value or {}).get("gap")
    yield highs.figure(f"{head}.highs.seconds")
    yield Figure(f"{head}.highs.gap", gap, "share", note=theirs.why or ("" if gap is not None else "no plan"))
    yield quotient(f"{head}.times_as_fast", highs, mine, TIMES_AS_FAST, AT_LEAST)


def solved(ran: Ran, gap: float) -> Took:
    """Wall seconds of the solve of a run; it was stopped, by its limit, if it ended with a plan outside the gap."""
    answer: Mapping[str, Any] = ran.value or {"why": ran.why or "no answer"}
    if answer["why"]:
        return Took(None, False, answer["why"])
    done = answer["aims"][0]["gap"] <= gap
    return Took(answer["observed"].get("solve_s"), done, "" if done else "stopped outside the gap")


def by_highs(ran: Ran, limit_s: float) -> Took:
    """Wall seconds of cold HiGHS; a lower limit if its own time limit stopped it, nothing if it ended any other way."""
    found: Mapping[str, Any] = ran.value or {}
    if found.get("reached"):
        return Took(found["seconds"])
    if found.get("late"):
        return Took(found["seconds"], False, f"HiGHS stopped after {limit_s:g} s")
    return Took(None, False, ran.why or "HiGHS ended before its limit without the gap")


def solve_cold(folder: str, gap: float, seconds: float, seed: int) -> dict[str, Any]:
    """HiGHS on the compiled program of a world with its own defaults, on one thread, until the gap of the controllable cost is
    reached: HiGHS stops by the gap of the whole cost, so it is stopped from its callback. Seconds are those of the solve."""
    from siting.objectives import OBJECTIVES
    from siting.objectives.aim import Scales
    from siting.problem import active_families, build_problem
    from siting.program.assemble import assemble
    from siting.program.matrix import compile_matrix
    from siting.scenario import load_scenario
    from siting.statement import candidates_of, layers_of, slices_of
    from tests.bench.cold import solve_to_gap

    scenario = load_scenario(NAME, cwd=Path(folder))
    layers = layers_of(scenario)
    slices = slices_of(scenario, scenario.time.dispatch_blocks)
    problem = build_problem(scenario, layers.frames, candidates_of(scenario, layers), slices)
    program = assemble(problem, active_families(scenario), scenario.knobs)
    matrix = compile_matrix(program.model, program.space)
    aim = next(aim for aim in OBJECTIVES if aim.name == scenario.objective.aims[0])
    scales = Scales(problem, program.core, program.ledgers, program.space.size)
    return solve_to_gap(matrix, aim.coefficients(scales), lambda solution: aim.judged(scales, solution), gap, seconds, seed)


# ---- side by side


def parallel(both: SideBySide) -> Iterator[Figure]:
    """Seconds of the solve with two processes against one, and with two Dask workers of a cluster here against two processes."""
    case, head = both.case, f"scale.parallel.{both.case.name}"
    took: dict[str, Took] = {}
    for side in both.sides:
        took[side] = solved(ran(case, ('effort.engine="decompose"', *SIDES[side])), case.gap)
        yield took[side].figure(f"{head}.{side}")
    one, two = took["one_process"], took["two_processes"]
    yield quotient(f"{head}.speed_up", one, two, both.speed_up, AT_LEAST, "one process / two")
    if dask := took.get("two_dask_workers"):
        note = "two Dask workers / two processes"
        yield quotient(f"{head}.dask_over_processes", dask, two, DASK_EXCESS, note=note)
