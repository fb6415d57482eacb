"""A chunk alone: what it refuses, and what it knows of a site that cannot open."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siting.errors import SolverFailed
from siting.objectives import OBJECTIVES
from siting.program.matrix import Matrix
from siting.solve.chunks import Asked, Chunk
from siting.solve.job import Floats, Ints
from siting.solve.shared import Shared
from tests.solve.in_parts import apart_world, stated

FORBIDS_ITS_FIRST = 10
"""A world in which the first site must not open."""


def compiled(seed: int, root: Path) -> tuple[Matrix, Floats, Ints]:
    statement, _ = stated(apart_world(seed), root, OBJECTIVES[0].name)
    sites = np.arange(len(statement.sites))
    return *statement.stated(sites), sites


def test_columns_that_may_be_below_0_are_refused(tmp_path: Path) -> None:
    matrix, cost, sites = compiled(1, tmp_path)
    Chunk(matrix, cost, sites)
    lower = matrix.lower.copy()
    lower[0] = -1.0
    with pytest.raises(SolverFailed, match="below 0"):
        Chunk(replace(matrix, lower=lower), cost, sites)


def test_a_site_that_cannot_open_cannot_at_other_prices_though_they_gain_without_end(tmp_path: Path) -> None:
    matrix, cost, sites = compiled(FORBIDS_ITS_FIRST, tmp_path)
    endless = np.array([matrix.column_name(column).startswith("flow_mw") for column in range(matrix.columns)])
    chunk = Chunk(replace(matrix, upper=np.where(endless, np.inf, matrix.upper)), cost, sites)
    shared = Shared([chunk.meeting()])
    chunk.settle(shared.of_chunk[0])
    numbers = np.flatnonzero(shared.priced)
    first = chunk.price(Asked(numbers[:0], np.zeros(0)))
    for price in (-1.0, 1.0):
        value = chunk.price(Asked(numbers, np.full(len(numbers), price))).value
        assert value[0] == first.value[0] == math.inf
        assert np.isfinite(value[1:]).all()
