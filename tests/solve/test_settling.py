"""Time that is kept for settling a plan on all slices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siting.solve import outcome
from siting.solve.course import Ask, Course
from siting.solve.outcome import Effort, kept_for_settling
from siting.solve.search import Search
from siting.solve.settle import Settle
from tests.golden.world import golden_world
from tests.program.test_merging import AIMS, pair, uneven


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
    deadlines: dict[str, list[float]] = {"Search": [], "Settle": []}

    def kept(_: float, place: int, before: float) -> float:
        told.append((place, before))
        return 7.0

    for kind in (Search, Settle):
        noting = type(kind.__name__, (kind,), {"__init__": noted(kind, deadlines[kind.__name__])})
        monkeypatch.setattr(outcome, kind.__name__, noting)
    monkeypatch.setattr(outcome, "kept_for_settling", kept)
    assert outcome.solve(finer.fine, AIMS, Effort(gap=1e-6, time_limit_s=60.0), finer=finer).values is not None
    assert [place for place, _ in told] == [0, 1]
    assert told[0][1] == 0.0
    assert told[1][1] > 0.0
    assert deadlines["Settle"][1] - deadlines["Search"][1] == pytest.approx(7.0)


def noted(kind: type[Course], deadlines: list[float]) -> Callable[..., None]:
    """A constructor that notes the deadline of what is asked."""

    def init(self: Course, *facts: Any) -> None:
        deadlines.append(next(each for each in facts if isinstance(each, Ask)).deadline)
        kind.__init__(self, *facts)

    return init
