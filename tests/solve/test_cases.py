"""Cases: a bound of all plans that is never above the best one, and a proof that others accept."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.certify import verify_bound
from siting.certify.cases import refuse_gaps
from siting.certify.record import read_record
from siting.objectives import OBJECTIVES
from siting.pipeline import Asked, Place, run
from siting.program.counted import COUNTED, count_choices, counted_mw
from siting.program.matrix import compile_matrix
from siting.solve import decompose
from siting.solve.bound import Bound
from siting.solve.cases import Case, Cases
from siting.solve.course import News
from siting.solve.job import Floats
from siting.solve.master import Master
from siting.watch import Nobody
from tests.bench.continent import Asked as World
from tests.bench.continent import write_continent
from tests.solve.in_parts import Here
from tests.solve.test_exchange import stated
from tests.worlds import optimum

PASSES = 12
TARGETS = (20.0, 45.0, 90.0, 150.0)


def never() -> bool:
    return False


def cases_of(root: Path, target_mw: float) -> tuple[Cases, Bound, float]:
    """Cases of a world of twelve candidates after some passes over all, the bound before, and what the best plan costs."""
    statement = stated(root, target_mw=target_mw)
    everybody = np.arange(len(statement.sites))
    program = statement.program(everybody)
    aim = next(aim for aim in OBJECTIVES if aim.name == statement.aim)
    best = float(statement.cost(program) @ optimum(program, [aim]).values)
    bound = Bound(tuple(statement.sites["id"]), Here(statement, [everybody[::2], everybody[1::2]]))
    asked = np.isfinite(bound.shared.row_lower) & bound.shared.priced
    bound.price(bound.shared.clean(np.where(asked, best / target_mw, 0.0)), gap=1e-6)
    assert bound.prices is not None
    master = Master(bound.shared, bound.prices, bound.acting, wide=1e3)
    for _ in range(PASSES):
        mixed = master.mix()
        master.add(bound.price(bound.shared.clean(mixed.prices), gap=1e-6)[2])
        master.add(bound.propose(mixed.prices, len(everybody)))
    sizes = counted_mw(program.core)
    mw = np.array([sizes[name] for name in bound.shared.names(bound.shared.counted)])
    return Cases(bound, master, mw, allowed=1e-3 * best), bound, best


@pytest.mark.parametrize("target_mw", TARGETS)
def test_bound_by_cases_gets_better_and_is_never_above_the_best_plan(target_mw: float, tmp_path: Path) -> None:
    cases, bound, best = cases_of(tmp_path, target_mw)
    known = bound.best
    assert cases.best == known <= best
    for _ in range(12):
        if cases.stuck or cases.best >= best * (1.0 - 1e-6):
            break
        cases.step(best, never)
        assert known - 1e-9 * abs(known) <= cases.best <= best * (1.0 + 1e-6)
        known = cases.best
    proof = cases.certificate("cheapest_for_target")
    assert proof is not None
    assert proof.bound == pytest.approx(cases.best, rel=1e-12)


def test_a_target_that_no_modules_add_up_to_is_bounded_better_by_cases(tmp_path: Path) -> None:
    cases, bound, best = cases_of(tmp_path, 45.0)
    while not (cases.stuck or cases.best >= best * (1.0 - 1e-4)) and cases.count < 60:
        cases.step(best, never)
    assert cases.best > bound.best + 0.2 * (best - bound.best)


def test_cases_stop_where_somebody_says_so_and_keep_what_is_proven(tmp_path: Path) -> None:
    cases, bound, _ = cases_of(tmp_path, 45.0)
    before = bound.best
    cases.step(math.inf, lambda: True)
    assert cases.best >= before
    proof = cases.certificate("cheapest_for_target")
    assert proof is not None
    assert len(proof.cases) == cases.count == 2


class Mixing:
    """A master of which only the counts of its last mix are asked."""

    def __init__(self, *counts: float) -> None:
        self.count = np.array(counts)

    def counts(self) -> Floats:
        return self.count


@pytest.mark.parametrize(
    ("counts", "lower", "upper", "at"),
    [
        ((4.4, 1.9), (-math.inf, -math.inf), (math.inf, math.inf), 0),
        ((4.4, 1.5), (5.0, -math.inf), (math.inf, math.inf), 1),
        ((4.4, 1.5), (-math.inf, -math.inf), (4.0, math.inf), 1),
        ((4.4, 1.5), (5.0, 1.0), (math.inf, 1.0), -1),
        ((4.0, 1.01), (-math.inf, -math.inf), (math.inf, math.inf), -1),
    ],
)
def test_a_case_is_parted_only_where_both_halves_are_smaller(
    counts: tuple[float, ...], lower: tuple[float, ...], upper: tuple[float, ...], at: int, tmp_path: Path
) -> None:
    cases, bound, _ = cases_of(tmp_path, 20.0)
    cases._mw = np.array([50.0, 5.0])
    mixing: Any = Mixing(*counts)
    assert cases._where(Case(np.array(lower), np.array(upper), bound, mixing))[0] == at


def test_what_counts_is_stated_once_and_asks_for_nothing(tmp_path: Path) -> None:
    program = stated(tmp_path).program(np.arange(12))
    before = compile_matrix(program.model, program.space)
    after = compile_matrix(count_choices(count_choices(program)).model, program.space)
    rows = [row for row in range(after.rows) if after.row_name(row).startswith(f"{COUNTED}.")]
    assert after.rows == before.rows + len(rows)
    assert {after.row_name(row) for row in rows} == set(counted_mw(program.core))
    assert np.isinf(after.row_lower[rows]).all()
    assert np.isinf(after.row_upper[rows]).all()


class Phases(Nobody):
    """Remembers what a run says it does."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def progress(self, progress: News) -> None:
        """Remember the phase."""
        self.told.append(progress.phase)


def test_a_run_in_parts_leaves_a_bound_by_cases_that_is_proven_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decompose, "TURNS", 1)
    monkeypatch.setattr(decompose, "IDLE", 0)
    write_continent(tmp_path, World(30, 4, 1, target_mw=45.0))
    asked = Asked("continent", sets=('effort.engine="decompose"', "effort.gap=0.0001", "effort.time_limit_s=40"))
    phases = Phases()
    answer = run(asked, Place(tmp_path), phases)
    assert any(phase.endswith("look over a few sites") for phase in phases.told)
    claims = read_record(answer.folder)
    assert [claim.kind for claim in claims] == ["cases"]
    assert len(claims[0].cases) > 1
    refuse_gaps(claims[0])
    (proof,) = verify_bound(answer.folder, 300.0, tmp_path).aims
    assert proof.proven <= answer.manifest.record.aims[0].value * (1.0 + 1e-6)
    assert proof.proven >= proof.claimed - 1.01e-6 * abs(proof.claimed)
