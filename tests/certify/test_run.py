"""How many processes prove what a run folder claims: as told, or by processors where there is much to prove; and how long."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from siting.certify import run
from siting.certify.parts import Key, Reached
from siting.certify.side_by_side import Share
from siting.cli.verify import SECONDS

MUCH = run.FEW_BLOCKS + 1


def with_processors(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(count)), raising=False)


@pytest.mark.parametrize(
    ("processors", "processes"), [(1, 1), (2, 2), (run.PROCESSES, run.PROCESSES), (run.PROCESSES + 1, run.PROCESSES)]
)
def test_much_to_prove_takes_a_process_a_processor_up_to_a_limit(
    processors: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_processors(processors, monkeypatch)
    assert run._processes_for(MUCH) == processes


def test_few_blocks_take_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with_processors(run.PROCESSES, monkeypatch)
    assert [run._processes_for(blocks) for blocks in (0, run.FEW_BLOCKS)] == [1, 1]


@pytest.mark.parametrize(("counted", "processes"), [(3, 3), (None, 1)])
def test_where_no_processors_are_set_apart_all_of_the_machine_count(
    counted: int | None, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)
    assert run._processes_for(MUCH) == processes


class Candidates:
    """A question of which only the number of candidates is asked."""

    claims: tuple[()] = ()

    def __init__(self, candidates: int) -> None:
        self.candidates = candidates


def dealt(cases: int, candidates: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The cases that each process proves."""
    found: list[list[int]] = []

    def by_one(_question: object, keys: Sequence[Key], *_: object) -> list[Reached]:
        found.append([case for _, case in keys])
        return []

    def by_several(shares: Sequence[Share], *_: object) -> list[Reached]:
        found.extend([case for _, case in share.keys] for share in shares)
        return []

    monkeypatch.setattr(run, "reached", by_one)
    monkeypatch.setattr(run, "prove_shares", by_several)
    with_processors(run.PROCESSES, monkeypatch)
    question: Any = Candidates(candidates)
    keys = [("least_cost", case) for case in range(cases)]
    run._prove_all(question, Share(Path(), None, keys, 0, ""), math.inf, run._silent, workers)
    return found


def test_cases_are_dealt_to_processes_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dealt(5, MUCH, 2, monkeypatch) == [[0, 2, 4], [1, 3]]


def test_there_are_no_more_processes_than_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dealt(3, MUCH, 0, monkeypatch) == [[0], [1], [2]]


def test_blocks_of_all_cases_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    half = run.FEW_BLOCKS // 2
    assert dealt(2, half, 0, monkeypatch) == [[0, 1]]
    assert dealt(2, half + 1, 0, monkeypatch) == [[0], [1]]


def test_a_number_that_is_told_is_taken_however_much_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dealt(2, 1, 2, monkeypatch) == [[0], [1]]
    assert dealt(2, MUCH, 1, monkeypatch) == [[0, 1]]


def test_the_command_gives_as_long_as_a_proof_has_unless_told() -> None:
    assert SECONDS == run.TIME_LIMIT_S
