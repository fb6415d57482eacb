"""A small continent and three passes over it: what every crew must answer alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siting.parts import PartStatement
from siting.program.matrix import Matrix
from siting.scenario import load_scenario
from siting.solve.chunks import Asked, Priced, parts_of
from siting.solve.crew import Crew, Message, Team
from siting.solve.desk import Desk
from siting.solve.job import Floats, Ints
from siting.solve.shared import Shared
from siting.solve.waiting import Lost
from siting.solve.wire import packed, unpacked
from siting.statement import candidates_of, layers_of
from tests.bench.continent import Asked as World
from tests.bench.continent import write_continent

CANDIDATES, CHUNK = 24, 6
WORTH = (1.3, 1.0, 0.99)
"""What a MW of the target is worth, pass by pass, in shares of what half of the candidates ask: the third is priced whole, and
those that are far from paying at the second need not be solved again."""
HALVINGS = 12


def continent(folder: Path, candidates: int = CANDIDATES, slices: int = 4) -> PartStatement:
    """The statement of a small continent."""
    write_continent(folder, World(candidates, slices, 1))
    scenario = load_scenario("continent", cwd=folder)
    layers = layers_of(scenario)
    return PartStatement(scenario, layers, candidates_of(scenario, layers), scenario.objective.aims[0])


def chunks_of(statement: PartStatement) -> list[Ints]:
    """Its candidates in chunks."""
    return parts_of(len(statement.sites), CHUNK)


class AtDesk:
    """A worker without a process; `lost_at` says at which answer it is lost."""

    def __init__(self, parcel: bytes, lost_at: int | None = None) -> None:
        self._desk, self._asked, self._heard, self._lost_at = Desk(parcel), list[Message](), 0, lost_at

    def ask(self, messages: Sequence[Message]) -> None:
        self._asked = unpacked(packed(list(messages)))

    def hear(self) -> list[tuple[int, object]]:
        answers = []
        for answer in self._desk.answers(self._asked):
            self._heard += 1
            if self._heard == self._lost_at:
                raise Lost("as the test asks")
            answers.append(answer)
        return answers

    def end(self) -> None:
        self._asked = []


def alone(statement: object, chunks: Sequence[Ints]) -> Team:
    """A crew of one worker in this process."""
    return Team(chunks, [AtDesk(packed(statement))], lambda lost: lost)


def half_pay(crew: Crew) -> float:
    """What a MW must be worth for half of the candidates to pay, in MUSD. The crew is closed in the end."""
    low, high = 0.0, 200.0
    try:
        shared = Shared(crew.meet())
        crew.settle(shared.of_chunk)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            value = np.concatenate([answer.value for answer in crew.price(asked_at(shared, middle))])
            low, high = (low, middle) if (value < -1e-6).mean() > 0.5 else (middle, high)
    finally:
        crew.close()
    return high


def asked_at(shared: Shared, worth: float, whole_below: float | None = None) -> Asked:
    """A pass at which a MW of the target is worth so many MUSD."""
    prices = shared.clean(np.where(np.isfinite(shared.row_lower) & shared.priced, worth, 0.0))
    used = np.flatnonzero(prices)
    return Asked(used, prices[used], whole_below, absolute_gap=1.0)


def passes(crew: Crew, half: float, before: Callable[[int], Any] = str) -> list[list[Priced]]:
    """State, settle and price three times around the worth at which half of the candidates pay; `before` each pass something
    may happen to the crew. It is closed in the end."""
    found = []
    try:
        shared = Shared(crew.meet())
        crew.settle(shared.of_chunk)
        for number, share in enumerate(WORTH):
            before(number)
            found.append(crew.price(asked_at(shared, share * half, -1e-3 if number == 2 else None)))
    finally:
        crew.close()
    return found


def assert_same(found: list[list[Priced]], expected: list[list[Priced]]) -> None:
    """The same values, counts and designs to 1e-9."""
    assert len(found) == len(expected) == len(WORTH)
    for mine, theirs in zip((one for each in found for one in each), (one for each in expected for one in each), strict=True):
        assert (mine.site == theirs.site).all()
        np.testing.assert_allclose(mine.value, theirs.value, rtol=1e-9, atol=1e-9)
        assert (mine.relaxed, len(mine.designs)) == (theirs.relaxed, len(theirs.designs))
        for one, other in zip(mine.designs, theirs.designs, strict=True):
            assert one.key == other.key
            assert (one.number == other.number).all()
            np.testing.assert_allclose(one.cost, other.cost, rtol=1e-9)
            np.testing.assert_allclose(one.use @ one.point, other.use @ other.point, rtol=1e-9, atol=1e-9)


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
