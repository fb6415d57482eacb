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
from siting.solve import shared as shared_rows
from siting.solve.chunks import Asked, Chunk
from siting.solve.job import Floats, Ints
from siting.solve.shared import Meeting, Shared
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


def meetings(root: Path) -> list[Meeting]:
    """What two chunks of a world share."""
    statement, _ = stated(apart_world(1), root, OBJECTIVES[0].name)
    sites = np.arange(len(statement.sites))
    return [Chunk(*statement.stated(part), part).meeting() for part in (sites[::2], sites[1::2])]


def test_a_row_that_chunks_give_other_sides_is_refused_by_name(tmp_path: Path) -> None:
    one, other = meetings(tmp_path)
    shared = Shared([one, other])
    mine, others = (shared._numbered(each, shared._keys(each, learn=False)) for each in (one, other))
    both = np.intersect1d(mine, others)
    number = both[np.isfinite(shared.row_upper[both])][0]
    place = int(np.flatnonzero(others == number)[0])
    upper = other.row_upper.copy()
    upper[place] *= 1.0 + 1e-12
    alike = Shared([one, replace(other, row_upper=upper)])
    assert alike.row_upper[number] == max(shared.row_upper[number], upper[place])
    upper[place] += 1.0
    with pytest.raises(SolverFailed, match="other sides") as error:
        Shared([one, replace(other, row_upper=upper)])
    assert shared.names(np.array([number]))[0] in error.value.message


def test_more_labels_than_can_be_told_apart_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = meetings(tmp_path)
    most = max(len(labels) for labels in Shared(both)._labels.values())
    monkeypatch.setattr(shared_rows, "AXIS", most)
    Shared(both)
    monkeypatch.setattr(shared_rows, "AXIS", most - 1)
    with pytest.raises(SolverFailed, match="more labels on an axis"):
        Shared(both)
