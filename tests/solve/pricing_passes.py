"""A small continent and three passes over it: what every crew must answer alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siting.parts import PartStatement
from siting.program.matrix import Matrix
from siting.scenario import load_scenario
from siting.solve.chunks import Asked, Priced, Shared
from siting.solve.crew import Crew
from siting.solve.decompose import parts_of
from siting.solve.job import Floats, Ints
from siting.statement import candidates_of, layers_of
from tests.bench.continent import Asked as World
from tests.bench.continent import write_continent

CANDIDATES, CHUNK = 60, 15
TARGET_MUSD_PER_MW = (60.0, 50.0, 55.0)
"""What a MW of the target is worth, pass by pass: the second is screened at a little more, the third priced whole."""


def continent(folder: Path, candidates: int = CANDIDATES, slices: int = 4) -> PartStatement:
    """The statement of a small continent."""
    write_continent(folder, World(candidates, slices, 1))
    scenario = load_scenario("continent", cwd=folder)
    layers = layers_of(scenario)
    return PartStatement(scenario, layers, candidates_of(scenario, layers), scenario.objective.aims[0])


def chunks_of(statement: PartStatement) -> list[Ints]:
    """Its candidates in chunks."""
    return parts_of(len(statement.sites), CHUNK)


def passes(crew: Crew, before: Callable[[int], Any] = str) -> list[list[Priced]]:
    """State, settle and price three times; `before` each pass something may happen to the crew. It is closed in the end."""
    found = []
    try:
        shared = Shared(crew.meet())
        crew.settle(shared.of_chunk)
        asking = np.isfinite(shared.row_lower) & shared.priced
        for number, worth in enumerate(TARGET_MUSD_PER_MW):
            prices = shared.clean(np.where(asking, worth, 0.0))
            used = np.flatnonzero(prices)
            generous, whole_below = (1.01 * prices[used] if number == 1 else None), (-1e-3 if number == 2 else None)
            before(number)
            found.append(crew.price(Asked(used, prices[used], generous, whole_below)))
    finally:
        crew.close()
    return found


def assert_same(found: list[list[Priced]], expected: list[list[Priced]]) -> None:
    """The same values, counts and proposals to 1e-9."""
    assert len(found) == len(expected) == len(TARGET_MUSD_PER_MW)
    for mine, theirs in zip((one for each in found for one in each), (one for each in expected for one in each), strict=True):
        assert (mine.site == theirs.site).all()
        np.testing.assert_allclose(mine.value, theirs.value, rtol=1e-9, atol=1e-9)
        assert (mine.relaxed, mine.whole) == (theirs.relaxed, theirs.whole)
        for name in ("site", "start", "number"):
            assert (getattr(mine.proposals, name) == getattr(theirs.proposals, name)).all()
        np.testing.assert_allclose(mine.proposals.cost, theirs.proposals.cost, rtol=1e-9)
        np.testing.assert_allclose(mine.proposals.use, theirs.proposals.use, rtol=1e-9)
        assert mine.proposals.chosen == theirs.proposals.chosen


@dataclass(frozen=True)
class Hungry:
    """A statement that wants more memory than there is, at the last candidates."""

    gigabytes: float

    def stated(self, sites: Ints) -> tuple[Matrix, Floats]:  # noqa: ARG002
        np.ones(int(self.gigabytes * 1e9 / 8))
        raise AssertionError("there was enough memory")


@dataclass(frozen=True)
class Deadly:
    """A statement that ends the process that states it."""

    def stated(self, sites: Ints) -> tuple[Matrix, Floats]:  # noqa: ARG002
        os._exit(3)


@dataclass(frozen=True)
class Sleepy:
    """A statement that takes a minute."""

    def stated(self, sites: Ints) -> tuple[Matrix, Floats]:  # noqa: ARG002
        time.sleep(60.0)
        raise AssertionError("it was left to sleep")
