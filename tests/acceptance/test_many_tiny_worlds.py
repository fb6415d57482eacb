"""More tiny worlds than every test run can afford."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.tiny import agree, search_agrees


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_best_plan_of_another_tiny_world_is_the_best_of_all_choices(seed: int, tmp_path: Path) -> None:
    agree(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300, 330))
def test_search_reaches_and_bounds_the_best_of_all_choices_elsewhere(seed: int, tmp_path: Path) -> None:
    search_agrees(seed, tmp_path)
