"""Bounds by cases: every plan must be in one, and only what counts may be between sides."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.certify import verify_bound
from siting.certify.cases import refuse_gaps
from siting.certify.faults import Refused
from siting.certify.record import Claim
from siting.errors import Fault, VerificationFailed
from tests.certify.certified import certified, with_claims, with_prices, with_told
from tests.random_worlds import random_world

SEED = 23
INF = math.inf
Box = dict[str, tuple[float, float]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of a world with a bound by cases that holds."""
    root = tmp_path_factory.mktemp("sound")
    made = certified(random_world(SEED), root, kind="cases")
    assert made is not None
    verify_bound(made.folder, 60.0, root)
    return root


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy of its folder that may be damaged."""
    root = tmp_path / "world"
    shutil.copytree(sound, root)
    return root / "certified"


def refused(folder: Path) -> list[Fault]:
    with pytest.raises(VerificationFailed) as error:
        verify_bound(folder, 60.0, folder.parent)
    return list(error.value.faults)


def cases_changed(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[list[dict[str, Any]]], None]:
    return lambda entries: change(entries[0]["cases"])


def row_of(cases: list[dict[str, Any]], word: str) -> str:
    return next(str(row) for row in cases[1]["sides"] if word in row)


def without_the_last(cases: list[dict[str, Any]]) -> None:
    cases.pop()


def narrower(cases: list[dict[str, Any]]) -> None:
    cases[-1]["sides"][row_of(cases, "modules")] = [3, None]


def test_a_case_that_is_left_out_is_told(folder: Path) -> None:
    with_claims(folder, cases_changed(without_the_last))
    with_prices(folder, lambda table: table[(table["case"] < 3) | (table["aim"] != table["aim"].iloc[0])])
    (found,) = refused(folder)
    assert (found.code, found.field) == ("B004", "cases")
    assert "from 2 to inf" in found.value


def test_a_case_that_is_too_narrow_leaves_a_gap(folder: Path) -> None:
    with_claims(folder, cases_changed(narrower))
    (found,) = refused(folder)
    assert "from 2 to 2" in found.value


@pytest.mark.parametrize("side", [0.5, "none", True])
def test_sides_are_whole_numbers(folder: Path, side: object) -> None:
    def change(cases: list[dict[str, Any]]) -> None:
        cases[0]["sides"][row_of(cases, "open")] = [None, side]

    with_claims(folder, cases_changed(change))
    assert {(found.code, found.field) for found in refused(folder)} == {("B002", "sides")}


def test_only_rows_that_count_may_be_between_sides(folder: Path) -> None:
    def change(cases: list[dict[str, Any]]) -> None:
        for case in cases:
            case["sides"]["supply[s0,2027,all]"] = [None, None]

    with_claims(folder, cases_changed(change))
    (found,) = refused(folder)
    assert (found.code, found.value) == ("B004", "supply[s0,2027,all]")


def test_a_case_may_not_claim_less_than_all_together(folder: Path) -> None:
    def change(entries: list[dict[str, Any]]) -> None:
        entries[0]["cases"][0]["claimed"] = entries[0]["bound"] - 1.0

    with_claims(folder, change)
    assert ("B002", "claimed") in {(found.code, found.field) for found in refused(folder)}


@pytest.mark.parametrize("factor", [0.0, 3.0])
def test_other_prices_do_not_prove_the_claim(folder: Path, factor: float) -> None:
    with_prices(folder, lambda table: table.assign(price=table["price"] * factor))
    assert {found.code for found in refused(folder)} == {"B007"}


def test_a_bound_better_than_that_of_the_weakest_case_is_refused(folder: Path) -> None:
    better: dict[str, float] = {}

    def claim(entries: list[dict[str, Any]]) -> None:
        better["bound"] = 1.1 * entries[1]["bound"]
        claimed = better["bound"] * (1.0 + 1e-6)
        entries[1] |= {"bound": better["bound"], "claimed": claimed}
        for case in entries[1]["cases"]:
            case["claimed"] = max(case["claimed"], claimed)

    def tell(aims: list[dict[str, Any]]) -> None:
        aims[1]["bound"] = better["bound"]
        aims[1]["gross_gap"] = abs(aims[1]["value"] - aims[1]["bound"]) / aims[1]["value"]

    with_claims(folder, claim)
    with_told(folder, tell)
    assert {found.code for found in refused(folder)} == {"B007"}


def claim_of(boxes: list[Box]) -> Claim:
    one = Claim("most", "MW", "cases", 1.0, 0.0, 0.0, False, False, (), {}, (), np.zeros(0))
    return replace(one, cases=tuple(replace(one, kind="prices", sides=box) for box in boxes))


def tree(random: np.random.Generator, box: Box, depth: int) -> list[Box]:
    """Boxes that a box is cut into, at random rows and whole numbers."""
    if not depth or random.random() < 0.2:
        return [box]
    row = f"n{random.integers(3)}"
    low, high = box.get(row, (-INF, INF))
    least, most = max(low, -4.0), min(high, 9.0)
    if least >= most:
        return [box]
    at = float(random.integers(int(least), int(most)))
    halves = {**box, row: (low, at)}, {**box, row: (at + 1.0, high)}
    return [each for half in halves for each in tree(random, half, depth - 1)]


@pytest.mark.parametrize("seed", range(20))
def test_boxes_that_were_cut_cover_all_and_without_any_one_they_do_not(seed: int) -> None:
    boxes = tree(np.random.default_rng(seed), {}, 5)
    if len(boxes) < 2:
        pytest.skip("nothing was cut")
    refuse_gaps(claim_of(boxes))
    for left_out in range(len(boxes)):
        with pytest.raises(Refused):
            refuse_gaps(claim_of([box for at, box in enumerate(boxes) if at != left_out]))
