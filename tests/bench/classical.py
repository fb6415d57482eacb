"""Classical location: ours, HiGHS on plain arrays of the textbook rows, and spopt, on published instances.

Seconds are wall seconds from the matrix of costs to the answer, one thread each; what takes under a second is repeated and the
least counts. The others are given half of the seconds that ours has (`*.limit_s`): where they are not done, their seconds are a
lower limit, and their gap is told. spopt has no model with opening costs: there PuLP, on which it stands, is given the textbook
rows with its default solver, CBC; on capa at the first capacity only, to save minutes. There it is in a process of its own that
is ended from outside: CBC asks for the time only once its first relaxation is solved, which on capa takes it some ten minutes.
"""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from tempfile import TemporaryDirectory
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_array

from siting import locate
from siting.locate import Located
from tests.bench.figure import AT_LEAST, Figure
from tests.bench.fresh import fresh, marked
from tests.bench.ratios import Took, quotient
from tests.benchmarks.instances import (
    CAP,
    CAPA,
    FOLDER,
    HOLMBERG,
    PMED,
    SAN_FRANCISCO,
    SF_RADIUS_M,
    SF_SITES,
    Floats,
    Warehouses,
    medians,
    optima,
    san_francisco,
    single_source,
    warehouses,
)

OTHERS_SHARE = 0.5
REPEATED_S = 1.0
TRIES = 3
SPARE_S = 10.0
"""Wall seconds beyond its limit until a process is ended: it starts, reads the instance, and CBC ends a little late."""
DONE_GAP = 1e-6


@dataclass(frozen=True, slots=True)
class Ended:
    """Seconds, objective (infinite where none was found), the proven bound (NaN where it is not told), and why it failed."""

    seconds: float
    objective: float
    bound: float
    why: str = ""

    @property
    def gap(self) -> float:
        """Share of the objective that is not proven."""
        return abs(self.objective - self.bound) / max(abs(self.objective), 1e-9) if math.isfinite(self.objective) else math.inf

    @property
    def took(self) -> Took:
        """The seconds, all of them if it is done."""
        done = self.gap < DONE_GAP
        return Took(self.seconds, done, "" if done else self.why or "not done in its time")


def timed(work: Callable[[], tuple[float, float]]) -> Ended:
    """The least seconds of one to three tries, and what came of it."""
    least = math.inf
    for _ in range(TRIES):
        began = time.perf_counter()
        objective, bound = work()
        least = min(least, time.perf_counter() - began)
        if least > REPEATED_S:
            break
    return Ended(least, objective, bound)


def ours(work: Callable[[], Located]) -> Ended:
    """An answer of siting.locate, timed."""

    def answered() -> tuple[float, float]:
        best = work()
        return best.objective, best.bound

    return timed(answered)


def textbook(told: Warehouses, count: int, single: bool) -> tuple[Floats, csr_array, Floats, Floats, int]:
    """The textbook program as plain arrays: cost, rows and their bounds, and how many leading columns are whole. Every place is
    served, from open sites only; either `count` sites open or capacities hold."""
    places, sites = told.cost.shape
    pairs = places * sites
    place, site, pair = np.repeat(np.arange(places), sites), np.tile(np.arange(sites), places), np.arange(pairs)
    one = np.arange(sites)
    row = [place, places + pair, places + pair]
    column = [sites + pair, sites + pair, site]
    value = [np.ones(pairs), np.ones(pairs), -np.ones(pairs)]
    first = places + pairs
    if count:
        row, column, value = [*row, np.full(sites, first)], [*column, one], [*value, np.ones(sites)]
        lower, upper = np.array([float(count)]), np.array([float(count)])
    else:
        row, column = [*row, first + site, first + one], [*column, sites + pair, one]
        value = [*value, told.demand[place], -told.capacity]
        lower, upper = np.full(sites, -np.inf), np.zeros(sites)
    entries = (np.concatenate(value), (np.concatenate(row), np.concatenate(column)))
    rows = csr_array(entries, shape=(first + len(lower), sites + pairs))
    low = np.concatenate([np.ones(places), np.full(pairs, -np.inf), lower])
    high = np.concatenate([np.ones(places), np.zeros(pairs), upper])
    return np.concatenate([told.opening, told.cost.ravel()]), rows, low, high, sites + pairs if single else sites


def raw(told: Warehouses, count: int, single: bool, seconds: float) -> Ended:
    """HiGHS on the textbook arrays; stating them is not counted."""
    cost, rows, low, high, whole = textbook(told, count, single)
    kinds = (np.arange(len(cost)) < whole).astype(np.int32)

    def work() -> tuple[float, float]:
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in {"output_flag": False, "threads": 1, "time_limit": seconds, "mip_rel_gap": 1e-9}.items():
            solver.setOptionValue(name, value)
        solver.passModel(
            len(cost), len(low), rows.nnz, 2, 1, 0.0, cost, np.zeros(len(cost)), np.ones(len(cost)), low, high,
            rows.indptr.astype(np.int32), rows.indices.astype(np.int32), rows.data, kinds,
        )  # fmt: skip
        solver.run()
        info: Any = solver.getInfo()
        feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        return float(info.objective_function_value) if feasible else math.inf, float(info.mip_dual_bound)

    return timed(work)


def by_pulp(told: Warehouses, single: bool, seconds: float) -> Ended:
    """PuLP and its default solver on the textbook rows, stated as its manual states them; stating is counted, as for spopt."""
    import pulp

    places, sites = told.cost.shape

    def work() -> tuple[float, float]:
        began = time.perf_counter()
        problem = pulp.LpProblem("warehouses", pulp.LpMinimize)
        kind = pulp.LpBinary if single else pulp.LpContinuous
        opened = [pulp.LpVariable(f"y{i}", cat=pulp.LpBinary) for i in range(sites)]
        share = [[pulp.LpVariable(f"x{r}_{i}", 0, 1, kind) for i in range(sites)] for r in range(places)]
        served = [(told.cost[r, i], share[r][i]) for r in range(places) for i in range(sites)]
        problem += pulp.lpSum([told.opening[i] * opened[i] for i in range(sites)] + [cost * x for cost, x in served])
        for r in range(places):
            problem += pulp.lpSum(share[r]) == 1
            for i in range(sites):
                problem += share[r][i] <= opened[i]
        for i in range(sites):
            problem += pulp.lpSum(told.demand[r] * share[r][i] for r in range(places)) <= told.capacity[i] * opened[i]
        left = max(1.0, seconds - (time.perf_counter() - began))
        problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=left, gapRel=1e-9))
        done = problem.sol_status == pulp.LpSolutionOptimal
        found = problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
        objective = float(pulp.value(problem.objective)) if found else math.inf
        return objective, objective if done else math.nan

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP speaks of its next version
        return timed(work)


def by_pulp_apart(capacity: int, seconds: float) -> Ended:
    """PuLP on capa, ended from outside a little after its limit. What it leaves on disk goes with it."""
    with TemporaryDirectory(prefix="siting-bench-") as folder:
        words = {"capacity": capacity, "seconds": seconds, "folder": folder}
        ran = fresh("tests.bench.classical:pulp_here", words, seconds + SPARE_S)
    if ran.value is not None:
        return Ended(**ran.value)
    late = ran.in_hand_wall_s > 0
    return Ended(ran.in_hand_wall_s if late else math.nan, math.inf, math.nan, "" if late else ran.why)


def pulp_here(capacity: int, seconds: float, folder: str) -> dict[str, Any]:
    """In the process that may be ended: what came of it."""
    os.environ.update(TMPDIR=folder, TMP=folder)  # PuLP looks at both
    asked = warehouses("capa", capacity)
    with marked():
        ended = by_pulp(asked, False, seconds)
    return asdict(ended)


def by_spopt(make: Callable[[], Any], seconds: float) -> Ended:
    """A model of spopt with PuLP's default solver; it raises where it found nothing in its time."""
    import pulp

    def work() -> tuple[float, float]:
        model = make()
        try:
            model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds), results=False)
        except RuntimeError:
            return math.inf, math.nan
        objective = float(model.problem.objective.value())
        return objective, objective if model.problem.sol_status == pulp.LpSolutionOptimal else math.nan

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # spopt calls PuLP as it was
        return timed(work)


def told(name: str, who: str, ended: Ended) -> Iterator[Figure]:
    """Seconds of one way, and its gap where it is not done."""
    known, took = math.isfinite(ended.gap), ended.took
    yield took.figure(f"{name}.{who}_s")
    if not took.done:
        yield Figure(f"{name}.{who}_gap", ended.gap if known else None, "share", note="" if known else "it tells no bound")


def reached(name: str, ended: Ended, published: float) -> Figure:
    """How far off the published optimum an answer is, as a share of it."""
    return Figure(f"{name}.off_optimum", abs(ended.objective - published) / published, "share", 1e-6)


def p_median_figures(seconds: float) -> Iterator[Figure]:
    """pmed1 to pmed10."""
    import spopt.locate as theirs

    best = optima("pmedopt.txt")
    for name in PMED:
        cost, count = medians(name)
        places = len(cost)
        mine = ours(lambda cost=cost, count=count: locate.p_median(cost, count, seconds=seconds))  # type: ignore[misc]
        yield from told(name, "ours", mine)
        yield reached(name, mine, best[name])
        plain = Warehouses(cost, np.zeros(places), np.full(places, np.inf), np.ones(places))
        yield from told(name, "highs", raw(plain, count, False, OTHERS_SHARE * seconds))
        other = by_spopt(
            lambda cost=cost, count=count: theirs.PMedian.from_cost_matrix(cost, np.ones(len(cost)), p_facilities=count),  # type: ignore[misc]
            OTHERS_SHARE * seconds,
        )
        yield from told(name, "spopt", other)
        yield quotient(f"{name}.ratio", other.took, mine.took, 3.0, AT_LEAST)


def warehouse_figures(seconds: float) -> Iterator[Figure]:
    """The twenty of `cap`, and capa at four capacities."""
    best = optima("capopt.txt")
    questions = [(name, warehouses(name), best[name]) for name in CAP]
    questions += [(f"capa{capacity}", warehouses("capa", capacity), published) for capacity, published in CAPA.items()]
    for name, asked, published in questions:
        large = name.startswith("capa")
        mine = ours(
            lambda asked=asked: locate.capacitated(  # type: ignore[misc]
                asked.cost, asked.opening, asked.capacity, asked.demand, seconds=seconds
            )
        )
        yield from told(name, "ours", mine)
        if large:
            yield Figure(f"{name}.gap", mine.gap, "share", 0.005)
        yield reached(name, mine, published)
        yield from told(name, "highs", raw(asked, 0, False, OTHERS_SHARE * seconds))
        if not large:
            yield from told(name, "pulp", by_pulp(asked, False, OTHERS_SHARE * seconds))
        elif name == f"capa{min(CAPA)}":
            yield from told(name, "pulp", by_pulp_apart(min(CAPA), OTHERS_SHARE * seconds))


def single_source_figures(seconds: float) -> Iterator[Figure]:
    """Holmberg, Ronnqvist and Yuan, p1 to p20."""
    for name in HOLMBERG:
        asked, published = single_source(name)
        mine = ours(
            lambda asked=asked: locate.capacitated(  # type: ignore[misc]
                asked.cost, asked.opening, asked.capacity, asked.demand, single_source=True, seconds=seconds
            )
        )
        yield from told(f"holmberg.{name}", "ours", mine)
        yield reached(f"holmberg.{name}", mine, published)
        yield from told(f"holmberg.{name}", "highs", raw(asked, 0, True, OTHERS_SHARE * seconds))
        yield from told(f"holmberg.{name}", "pulp", by_pulp(asked, True, OTHERS_SHARE * seconds))


def san_francisco_figures(seconds: float) -> Iterator[Figure]:
    """The San Francisco set of spopt: four models, the same optima, faster on each."""
    known = san_francisco()
    if known is None:
        yield Figure("sf.ours_s", None, "s", seconds, note="spopt, which carries the set, is not installed")
        return
    import spopt.locate as theirs

    distance, people = known
    cost, weight = distance.to_numpy(), people.to_numpy()
    ways: dict[str, tuple[Callable[[], Located], Callable[[], Any]]] = {
        "lscp": (
            lambda: locate.lscp(distance, SF_RADIUS_M, seconds=seconds),
            lambda: theirs.LSCP.from_cost_matrix(cost, SF_RADIUS_M),
        ),
        "mclp": (
            lambda: locate.mclp(distance, SF_SITES, SF_RADIUS_M, weights=people, seconds=seconds),
            lambda: theirs.MCLP.from_cost_matrix(cost, weight, SF_RADIUS_M, p_facilities=SF_SITES),
        ),
        "p_median": (
            lambda: locate.p_median(distance, SF_SITES, weights=people, seconds=seconds),
            lambda: theirs.PMedian.from_cost_matrix(cost, weight, p_facilities=SF_SITES),
        ),
        "p_center": (
            lambda: locate.p_center(distance, SF_SITES, seconds=seconds),
            lambda: theirs.PCenter.from_cost_matrix(cost, p_facilities=SF_SITES),
        ),
    }
    for name, (mine, other) in ways.items():
        here, there = ours(mine), by_spopt(other, OTHERS_SHARE * seconds)
        yield from told(f"sf.{name}", "ours", here)
        yield from told(f"sf.{name}", "spopt", there)
        yield reached(f"sf.{name}", here, SAN_FRANCISCO[name])
        yield quotient(f"sf.{name}.ratio", there.took, here.took, 1.0, AT_LEAST)


def figures(seconds_each: float = 60.0) -> Iterator[Figure]:
    """All of them. The instances lie in `/work/shared` or the folder beside the project; spopt is in the group `bench`."""
    yield from san_francisco_figures(seconds_each)
    if not FOLDER.is_dir():
        yield Figure("classical.instances", None, "", 0.0, note=f"no {FOLDER}")
        return
    yield Figure("classical.others_limit_s", OTHERS_SHARE * seconds_each, "s")
    parts = (p_median_figures, single_source_figures, warehouse_figures)
    for part in parts:
        yield from part(seconds_each)
