"""A whole choice: how long it goes on."""

from __future__ import annotations

import math

import numpy as np
import pytest

from siting.solve import small
from siting.solve.job import Floats, Model
from siting.solve.small import solve_mixed

SPLITS, THINGS = 6, 60


def market_split(seed: int) -> Model:
    """Things to be shared so that each of some sums is halved, what is missed being paid for: any share will do, and the best
    one keeps branch and bound busy for days (Cornuejols, Dawande 1998)."""
    weight = np.random.default_rng(seed).integers(1, 100, (SPLITS, THINGS)).astype(float)
    entries = np.hstack([weight, np.eye(SPLITS), -np.eye(SPLITS)])
    columns, half = entries.shape[1], np.floor(weight.sum(axis=1) / 2)
    things = np.arange(columns) < THINGS
    return Model(
        cost=np.where(things, 0.0, 1.0),
        lower=np.zeros(columns),
        upper=np.where(things, 1.0, math.inf),
        integer=things,
        start=np.arange(SPLITS + 1, dtype=np.int32) * columns,
        column=np.tile(np.arange(columns, dtype=np.int32), SPLITS),
        value=entries.ravel(),
        row_lower=half,
        row_upper=half,
    )


def missed(model: Model, solution: Floats) -> float:
    weight = model.value.reshape(SPLITS, -1)[:, :THINGS]
    return float(np.abs(weight @ np.rint(solution[:THINGS]) - model.row_lower).sum())


def test_a_choice_ends_with_what_is_enough_once_its_seconds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "CHOICE_PATIENCE", 1e6)
    monkeypatch.setattr(small, "CHOICE_NODES", 2**31 - 1)
    model = market_split(1)
    enough = float(model.row_lower.sum())
    solution = solve_mixed(model, 0.5, enough)
    assert missed(model, solution) <= enough


def test_a_choice_that_knows_nothing_good_ends_when_its_patience_does() -> None:
    model = market_split(2)
    solution = solve_mixed(model, 0.2, -1.0)
    assert missed(model, solution) == pytest.approx(float(model.cost @ solution), abs=1e-3)


def test_a_choice_that_is_good_at_once_waits_for_nothing_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "CHOICE_PATIENCE", 1e6)
    monkeypatch.setattr(small, "CHOICE_NODES", 2**31 - 1)
    model = market_split(3)
    half = float(model.row_lower.sum())
    assert missed(model, solve_mixed(model, 1e3, -1.0, at_once=half)) <= half
    assert missed(model, solve_mixed(model, 1e3, -1.0, left=half)) <= half
