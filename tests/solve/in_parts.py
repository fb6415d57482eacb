"""Worlds stated in parts in this process: a crew without processes, and statements of toy worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.parts import PartStatement
from siting.problem import active_families
from siting.solve.chunks import Asked, Chunk, Priced
from siting.solve.crew import Held, Price, Settle, State
from siting.solve.shared import Meeting
from siting.statement import candidates_of
from tests.random_worlds import random_world
from tests.worlds import Opened, World, opened

Ints = NDArray[np.int64]


class Here:
    """A crew without processes."""

    def __init__(self, statement: Any, chunks: Sequence[Ints]) -> None:
        self._held, self._chunks = Held(statement), chunks

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks it holds."""
        return list(self._held._chunks.values())

    def begin(self) -> None:
        """Nothing is done without waiting."""

    def meet(self) -> list[Meeting]:
        return [self._held.answer(State(number, sites)) for number, sites in enumerate(self._chunks)]

    def settle(self, numbers: Sequence[Ints]) -> list[Ints]:
        return [self._held.answer(Settle(number, mine)) for number, mine in enumerate(numbers)]

    def price(self, asked: Asked) -> list[Priced]:
        return [self._held.answer(Price(number, asked)) for number in range(len(self._chunks))]

    def close(self) -> None:
        """Nothing to end."""


@dataclass(frozen=True, slots=True)
class StatedHere(PartStatement):
    """A statement whose chunks are priced in this process."""

    def crew(self, chunks: Sequence[Ints], workers: int) -> Here:  # noqa: ARG002
        return Here(self, chunks)


def apart_world(seed: int) -> World:
    """A tiny world at random without the families that always look across candidates."""
    world = random_world(seed)
    alone = {*world.model["off"], "adequacy", "diversification", "inference", "resilience", "risk", "training"}
    world.model["off"] = sorted(alone)
    return world.turned(site_limits__spacing_km=0.0, hydro__spilled_share=0.0, solar__curtailed_share=0.0)


def stated(world: World, root: Path, aim: str) -> tuple[StatedHere, Opened]:
    """The statement of a world for an aim, and the world as it was read."""
    known = opened(world, root)
    sites = candidates_of(known.scenario, known.layers).sort_values("id", kind="stable").reset_index(drop=True)
    return StatedHere(known.scenario, known.layers, sites, aim), known


def looks_across(known: Opened) -> bool:
    """Whether any family of a world looks from one candidate at others."""
    return any(family.across(known.scenario.knobs[family.name]) for family in active_families(known.scenario))
