"""Time that is kept for settling a plan on all slices, and what an aim may take as long as there is no plan."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.program.matrix import compile_matrix
from siting.solve import outcome
from siting.solve.course import Ask, Course
from siting.solve.outcome import Effort, ask_of, kept_for_settling
from siting.solve.search import Search
from siting.solve.settle import Settle
from tests.golden.world import golden_world
from tests.program.test_merging import AIMS, pair, uneven
from tests.solve.fake import endless


def test_a_share_is_kept_where_nothing_was_settled_before() -> None:
    assert kept_for_settling(200.0, 0, 0.0) == 50.0


def test_as_long_is_kept_as_settling_took_before() -> None:
    assert kept_for_settling(200.0, 1, 60.0) == 60.0


def test_what_settled_fast_before_leaves_the_share() -> None:
    assert kept_for_settling(200.0, 1, 3.0) == 20.0


def test_half_is_left_for_the_search_however_long_settling_took() -> None:
    assert kept_for_settling(200.0, 1, 900.0) == 100.0


def test_a_later_aim_keeps_what_settling_took_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    finer = pair(uneven(golden_world()), tmp_path)
    told: list[tuple[int, float]] = []
    asks: dict[str, list[Ask]] = {"Search": [], "Settle": []}

    def kept(_: float, place: int, before: float) -> float:
        told.append((place, before))
        return 7.0

    for kind in (Search, Settle):
        noting = type(kind.__name__, (kind,), {"__init__": noted(kind, asks[kind.__name__])})
        monkeypatch.setattr(outcome, kind.__name__, noting)
    monkeypatch.setattr(outcome, "kept_for_settling", kept)
    assert outcome.solve(finer.fine, AIMS, Effort(gap=1e-6, time_limit_s=60.0), finer=finer).values is not None
    assert [place for place, _ in told] == [0, 1]
    assert told[0][1] == 0.0
    assert told[1][1] > 0.0
    assert asks["Settle"][1].deadline - asks["Search"][1].deadline == pytest.approx(7.0)


def test_an_aim_without_a_plan_may_take_what_the_aims_after_it_would(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    finer = pair(uneven(golden_world()), tmp_path)
    asks: dict[str, list[Ask]] = {"Search": [], "Settle": []}
    for kind in (Search, Settle):
        noting = type(kind.__name__, (kind,), {"__init__": noted(kind, asks[kind.__name__])})
        monkeypatch.setattr(outcome, kind.__name__, noting)
    began = time.monotonic()
    assert outcome.solve(finer.fine, AIMS, Effort(gap=1e-6, time_limit_s=800.0), finer=finer).values is not None
    lasts = [[ask.deadline + ask.without_plan_s - began for ask in asks[kind]] for kind in ("Search", "Settle")]
    assert lasts[0] == pytest.approx([650.0, 720.0], abs=20.0)  # a quarter and a tenth of 600 and 800 s are kept for settling
    assert lasts[1] == pytest.approx([800.0, 800.0], abs=20.0)


def test_what_is_solved_without_a_plan_ends_with_the_first_one_once_the_aims_own_time_is_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finer = pair(uneven(golden_world()), tmp_path)
    matrix = compile_matrix(finer.fine.model, finer.fine.space)
    ask = replace(ask_of(AIMS[0], outcome.scales_of(finer.fine, matrix), Effort(), time.monotonic() - 1.0), without_plan_s=300.0)
    search = Search(finer.fine.problem, finer.fine.core, matrix, np.zeros(matrix.columns), ask, outcome.silent, outcome.never)
    monkeypatch.setattr(Search, "_take", lambda self, _, solution: setattr(self, "best", solution))
    try:
        assert not search._over()
        answer = search._solve("endless", endless(), np.arange(72), search._options())
        assert answer.solution is not None
        assert answer.seconds < 200.0  # of the 300 that it had
        assert search._over()
    finally:
        search._bench.close()


def noted(kind: type[Course], asks: list[Ask]) -> Callable[..., None]:
    """A constructor that notes what is asked."""

    def init(self: Course, *facts: Any) -> None:
        asks.append(next(each for each in facts if isinstance(each, Ask)))
        kind.__init__(self, *facts)

    return init
