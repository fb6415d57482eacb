"""Pricing processes that wait: those taken waited, they may wait again, and in the end nobody does, however a run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siting import pipeline, stair
from siting.errors import Fault, InputError, SolverFailed
from siting.parts import PartStatement
from siting.pipeline import Asked, Place
from siting.solve.chunks import Priced
from siting.solve.crew import Processes, State
from siting.solve.waiting import Opening, Waiting
from siting.solve.wire import packed
from tests.solve.in_parts import apart_world
from tests.solve.pricing_passes import Sleepy, assert_same, chunks_of, passes
from tests.solve.test_crew import WAIT_S, alive
from tests.worlds import Opened, opened


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A toy world whose candidates may be stated in parts."""
    return opened(apart_world(3).turned(effort__engine="decompose"), tmp_path_factory.mktemp("apart"))


class Recorded(Waiting):
    """Those who wait, and the numbers of all who ever did."""

    def __init__(self) -> None:
        super().__init__()
        self.ever: list[int] = []

    def expect(self, count: int) -> None:
        super().expect(count)
        self.ever = list(dict.fromkeys([*self.ever, *self.pids]))


def test_two_crews_of_those_who_wait_are_the_same_processes_and_answer_the_same(
    statement: PartStatement, half: float, expected: list[list[Priced]]
) -> None:
    with Waiting() as waiting:
        waiting.expect(3)
        first = waiting.pids
        crews = []
        for _ in range(2):
            crew = Processes(statement, chunks_of(statement), 2, None, waiting)
            crews.append(set(crew.pids))
            assert waiting.pids == []
            assert not alive(first[2])
            assert_same(passes(crew, half), expected)
            assert set(waiting.pids) == crews[-1]
    assert crews == [set(first[:2])] * 2
    assert not any(alive(pid) for pid in first)


def test_one_who_died_while_waiting_changes_nothing(statement: PartStatement, half: float, expected: list[list[Priced]]) -> None:
    with Waiting() as waiting:
        waiting.expect(2)
        os.kill(waiting.pids[0], signal.SIGKILL)
        assert_same(passes(Processes(statement, chunks_of(statement), 2, None, waiting), half), expected)


def test_one_in_the_midst_of_something_does_not_wait_again() -> None:
    with Waiting() as waiting:
        [process] = waiting.take(1)
        process.open(Opening(packed(Sleepy()), None)).ask([State(0, np.arange(2))])
        waiting.rest([process])
        assert waiting.pids == []
        assert not alive(process.popen.pid)


def test_a_run_that_ends_by_bad_layers_leaves_no_process(apart: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Recorded()

    def refuse(*_: object, **__: object) -> None:
        assert all(alive(pid) for pid in waiting.pids)
        raise InputError("bad layers", (Fault("L000", "sites", "", "", "", "", ""),))

    monkeypatch.setattr(pipeline, "layers_of", refuse)
    with pytest.raises(InputError, match="bad layers"):
        pipeline.run(Asked(str(apart.scenario.path)), Place(apart.scenario.cwd), None, waiting)
    assert waiting.ever
    assert not any(alive(pid) for pid in waiting.ever)


def test_nobody_waits_where_candidates_are_never_stated_in_parts(apart: Opened) -> None:
    for engine, dask in (("monolith", ""), ("decompose", "local")):
        effort = apart.scenario.effort.model_copy(update={"engine": engine, "dask": dask})
        with Waiting() as waiting:
            waiting.expect(1)
            [pid] = waiting.pids
            stair.expect_pricing(replace(apart.scenario, effort=effort), waiting)
            assert waiting.pids == []
            assert not alive(pid)


PARENT = """
import sys
from siting.solve.waiting import Waiting
waiting = Waiting()
waiting.expect(1)
print(waiting.pids[0], flush=True)
sys.stdin.read()
"""


def test_one_who_waits_ends_when_the_run_is_killed() -> None:
    root = str(Path(__file__).resolve().parents[2])
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    end = time.monotonic() + WAIT_S
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(pid)


class Cluster:
    """Something that is started and must be closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_a_cluster_started_meanwhile_is_had_once_and_closed_where_nobody_wants_it() -> None:
    taken, left = Cluster(), Cluster()
    with Waiting() as waiting:
        waiting.start(lambda: taken)
        assert waiting.started() is taken
        assert waiting.started() is None
        waiting.start(lambda: left)
    assert (taken.closed, left.closed) == (False, True)


def test_a_cluster_that_cannot_be_started_is_told_to_who_wants_it_and_to_nobody_else() -> None:
    def fails() -> Cluster:
        raise SolverFailed("no cluster")

    with Waiting() as waiting:
        waiting.start(fails)
        with pytest.raises(SolverFailed, match="no cluster"):
            waiting.started()
        waiting.start(fails)
