"""Time that is kept for settling a plan on all slices."""

from __future__ import annotations

from siting.solve.outcome import _kept


def test_a_share_is_kept_where_nothing_was_settled_before() -> None:
    assert _kept(200.0, 0.25, 0.0) == 50.0


def test_as_long_is_kept_as_settling_took_before() -> None:
    assert _kept(200.0, 0.1, 60.0) == 60.0


def test_what_settled_fast_before_leaves_the_share() -> None:
    assert _kept(200.0, 0.1, 3.0) == 20.0


def test_half_is_left_for_the_search_however_long_settling_took() -> None:
    assert _kept(200.0, 0.1, 900.0) == 100.0
