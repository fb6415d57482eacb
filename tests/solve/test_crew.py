"""A crew of processes: the same answers however many there are and whichever are lost; no answer is ever stale."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from siting.errors import SolverFailed
from siting.parts import PartStatement
from siting.program.matrix import Matrix
from siting.solve.chunks import Priced
from siting.solve.crew import Failed, Processes, State, Team
from siting.solve.desk import Desk
from siting.solve.job import Floats, Ints
from siting.solve.small import BlockPricer
from siting.solve.waiting import Lost, Opening, Process
from siting.solve.wire import packed
from tests.solve.pricing_passes import CHUNK, AtDesk, Deadly, Hungry, alone, assert_same, chunks_of, passes

WAIT_S = 60.0


def test_the_passes_ask_for_something(expected: list[list[Priced]]) -> None:
    paying = [sum(int((one.value < -1e-6).sum()) for one in each) for each in expected]
    assert paying[0] > paying[1] >= paying[2] > 0
    assert sum(len(one.designs) for one in expected[2]) > 0
    assert sum(one.relaxed for one in expected[2]) < sum(one.relaxed for one in expected[0])


@pytest.mark.parametrize("lost_at", [1, 4, 7, 10])
def test_whenever_a_worker_is_lost_the_answers_are_the_same(
    statement: PartStatement, half: float, expected: list[list[Priced]], lost_at: int
) -> None:
    chunks, parcel = chunks_of(statement), packed(statement)
    replaced = []

    def another(lost: object) -> AtDesk:
        replaced.append(lost)
        return AtDesk(parcel)

    workers = [AtDesk(parcel, lost_at), AtDesk(parcel)]
    assert_same(passes(Team(chunks, workers, another), half), expected)
    assert replaced == [workers[0]]


def test_a_killed_process_changes_nothing(statement: PartStatement, half: float, expected: list[list[Priced]]) -> None:
    crew = Processes(statement, chunks_of(statement), 2)
    first = set(crew.pids)

    def kill(number: int) -> None:
        if number == 2:
            os.kill(crew.pids[1], signal.SIGKILL)

    assert_same(passes(crew, half, kill), expected)
    assert len(first & set(crew.pids)) == 1
    assert not any(alive(pid) for pid in (*first, *crew.pids))


def test_workers_lost_again_and_again_are_an_error(statement: PartStatement) -> None:
    parcel = packed(statement)
    crew = Team(chunks_of(statement), [AtDesk(parcel, 1)], lambda _: AtDesk(parcel, 1))
    with pytest.raises(SolverFailed, match="4 pricing workers were lost in one pass; the last: as the test asks"):
        crew.meet()


def test_a_process_that_ends_says_how() -> None:
    process = Process().open(Opening(packed(Deadly()), None))
    try:
        process.ask([State(0, np.arange(CHUNK))])
        with pytest.raises(Lost, match="a process ended with code 3"):
            list(process.hear())
    finally:
        process.end()


def test_a_process_out_of_memory_says_what_it_had_and_what_it_may() -> None:
    crew = Processes(Hungry(4.0), [np.arange(CHUNK)], 1, memory_gb=0.25)
    try:
        with pytest.raises(SolverFailed, match=r"held 0\.\d+ GB and needs more than the 0\.25 GB of effort\.memory_gb") as raised:
            crew.meet()
        assert raised.value.exit_code == 9
    finally:
        crew.close()


def test_a_block_that_is_not_solved_is_an_error_and_never_an_earlier_value(
    statement: PartStatement, half: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks, parcel = chunks_of(statement), packed(statement)

    def refuse(number: int) -> None:
        if number == 2:
            monkeypatch.setattr(BlockPricer, "cheaper", failing)
            monkeypatch.setattr(BlockPricer, "whole", failing)

    def failing(*_: object) -> None:
        raise RuntimeError("the whole block ended as Unknown")

    with pytest.raises(SolverFailed, match=r"chunk 0: candidate \d+: the whole block ended as Unknown"):
        passes(Team(chunks, [AtDesk(parcel), AtDesk(parcel)], lambda lost: lost), half, refuse)


def test_a_cost_that_is_no_number_is_an_error(statement: PartStatement) -> None:
    with pytest.raises(SolverFailed, match=r"chunk 0: \S+ costs nan, which is no number"):
        passes(alone(Unknown(statement), chunks_of(statement)), 60.0)


class Unknown:
    """A statement with a cost that is not a number."""

    def __init__(self, statement: PartStatement) -> None:
        self._statement = statement

    def stated(self, sites: Ints) -> tuple[Matrix, Floats]:
        matrix, cost = self._statement.stated(sites)
        cost[0] = np.nan
        return matrix, cost


def test_a_desk_answers_what_it_cannot_do_by_a_failure() -> None:
    [(chunk, answer)] = Desk(b"no parcel").answers([State(7, np.arange(2))])
    assert chunk == 7
    assert isinstance(answer, Failed)


PARENT = """
import os, sys
import numpy as np
from siting.solve.crew import Processes, State
from siting.solve.wire import packed
sys.path.insert(0, {root!r})
from tests.solve.pricing_passes import Sleepy
crew = Processes(Sleepy(), [np.arange(2)], 1)
crew._workers[0].ask([State(0, np.arange(2))])
print(crew.pids[0], flush=True)
sys.stdin.read()
"""


def test_processes_end_when_the_one_who_asked_is_killed_in_the_midst_of_a_pass() -> None:
    root = str(Path(__file__).resolve().parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(root=root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    end = time.monotonic() + WAIT_S
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(pid)


def alive(pid: int) -> bool:
    """Whether a process runs, and is not only waiting to be counted."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
