"""Programs small enough to read, as jobs for the solver process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from siting.solve.job import Job, Model, Options


def model(
    cost: Sequence[float],
    rows: Sequence[Sequence[float]],
    row_lower: Sequence[float],
    row_upper: Sequence[float],
    upper: float = np.inf,
    whole: bool = True,
) -> Model:
    """minimise cost x, row_lower <= rows x <= row_upper, 0 <= x <= upper, dense rows."""
    matrix = csr_array(np.array(rows, dtype=float).reshape(len(row_lower), len(cost)))
    count = len(cost)
    return Model(
        cost=np.array(cost, dtype=float),
        lower=np.zeros(count),
        upper=np.full(count, upper),
        integer=np.full(count, whole),
        start=matrix.indptr.astype(np.int32),
        column=matrix.indices.astype(np.int32),
        value=matrix.data,
        row_lower=np.array(row_lower, dtype=float),
        row_upper=np.array(row_upper, dtype=float),
    )


def knapsack() -> Model:
    """maximise 3 a + 2 b with 2 a + b <= 3, a and b whole, at most 5: a = 0, b = 3."""
    return model([-3.0, -2.0], [[2.0, 1.0]], [-np.inf], [3.0], upper=5.0)


def endless(size: int = 60) -> Model:
    """Market split: plans are found at once, and no proof for ages. Rows hold up to a slack that is paid for."""
    rng = np.random.default_rng(7)
    rows = 6
    weights = rng.integers(0, 100, size=(rows, size)).astype(float)
    slack = np.hstack([np.eye(rows), -np.eye(rows)])
    side = np.floor(weights.sum(axis=1) / 2)
    cost = np.concatenate([np.zeros(size), np.ones(2 * rows)])
    whole = np.concatenate([np.ones(size, dtype=bool), np.zeros(2 * rows, dtype=bool)])
    base = model(cost.tolist(), np.hstack([weights, slack]).tolist(), side.tolist(), side.tolist())
    upper = np.concatenate([np.ones(size), np.full(2 * rows, np.inf)])
    return Model(base.cost, base.lower, upper, whole, base.start, base.column, base.value, base.row_lower, base.row_upper)


def job(of: Model, name: str = "job", **options: Any) -> Job:
    return Job(name, of, Options(**{"seconds": 60.0, **options}))
