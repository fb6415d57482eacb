"""The table of anchors tells what it found: every figure in a known form, every miss with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.__main__ import anchors, table
from tests.acceptance.anchors import Anchor, within
from tests.acceptance.off_grid import FUEL, levelled, mix


def test_a_figure_is_met_within_its_band_and_not_beyond() -> None:
    assert within("A0", "one", 1.1, 1.0, "MW").met
    assert not within("A0", "one", 1.11, 1.0, "MW").met
    assert not within("A0", "one", float("nan"), 1.0, "MW").met


def test_a_miss_is_shown_with_its_reason() -> None:
    told = table([within("A0", "one", 2.0, 1.0, "MW", reason="it is two")])
    assert "MISSED: it is two" in told


def test_the_record_has_the_five_keys() -> None:
    found = Anchor("A0", "one", float("inf"), 1.0, "MW", 0.9, 1.1).record()
    assert found == {"id": "A0", "ours": None, "published": 1.0, "unit": "MW", "met": False}


def test_a_price_that_does_not_rise_is_its_own_steady_price() -> None:
    assert levelled(0.0) == pytest.approx(1.0)
    assert FUEL > 1.2


def test_an_off_grid_site_has_the_share_it_is_asked_for(tmp_path: Path) -> None:
    found = mix(0.44, tmp_path)
    assert found.renewable_share == pytest.approx(0.44, abs=1e-6)
    assert found.panels_mw > 0.44 / 0.26


@pytest.mark.slow
def test_every_anchor_is_met_or_says_why_not() -> None:
    found = list(anchors())
    assert {anchor.id.split(".")[0] for anchor in found} == {f"A{number}" for number in range(1, 13)}
    assert not [anchor.id for anchor in found if not anchor.met and not anchor.reason]
