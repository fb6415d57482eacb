"""A crew on Dask: the same answers as processes, also when a worker is killed; nothing is left behind; clear words."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.errors import SolverFailed, UsageError
from siting.parts import PartStatement
from siting.solve import dask_crew as module
from siting.solve.chunks import Priced
from siting.solve.crews import crew_of, need_crew
from siting.solve.dask_crew import DaskCrew, DeskActor, local_cluster, versions_here
from siting.solve.waiting import Lost
from siting.solve.wire import packed, unpacked
from tests.solve.pricing_passes import Deadly, assert_same, chunks_of, passes
from tests.solve.test_crew import alive

dask = pytest.importorskip("dask", reason="dask.distributed is not installed: pip install -e '.[dask]'")
distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed: pip install -e '.[dask]'")
MEMORY_GB = 3.0


def pids_of(crew: DaskCrew) -> dict[str, int]:
    """Processes of a crew's workers, by address."""
    found: dict[str, int] = crew._cluster._client.run(os.getpid)
    return found


@pytest.mark.slow
def test_one_worker_answers_as_a_process_does(statement: PartStatement, half: float, expected: list[list[Priced]]) -> None:
    assert_same(passes(crew_of(statement, chunks_of(statement), 1, "local", MEMORY_GB), half), expected)


def test_a_killed_worker_changes_nothing_and_none_is_left(
    statement: PartStatement, half: float, expected: list[list[Priced]]
) -> None:
    crew = crew_of(statement, chunks_of(statement), 2, "local", MEMORY_GB)
    assert isinstance(crew, DaskCrew)
    pids = pids_of(crew)
    before = crew.places
    assert sorted(pids) == sorted(before)

    def kill(number: int) -> None:
        if number == 2:
            os.kill(pids[before[0]], signal.SIGKILL)

    assert_same(passes(crew, half, kill), expected)
    assert crew.places[0] != before[0]
    assert crew.places[1] == before[1]
    end = time.monotonic() + 20.0
    while any(alive(pid) for pid in pids.values()) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids.values())


def settings() -> tuple[bool, bool]:
    """Whether this process hands freed memory back at once, and whether Dask samples what it does."""
    return "MALLOC_TRIM_THRESHOLD_" in os.environ, dask.config.get("distributed.worker.profile.enabled")


def test_processes_of_a_cluster_started_here_keep_their_memory_and_are_not_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)
    with local_cluster(1) as cluster, distributed.Client(cluster) as client:
        assert list(client.run(settings).values()) == [(False, False)]
        client.restart()
        assert list(client.run(settings).values()) == [(False, False)]
    assert "MALLOC_TRIM_THRESHOLD_" not in os.environ


def test_nobody_at_the_address_is_an_error_in_time(statement: PartStatement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REACH_SECONDS", 0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    began = time.monotonic()
    with pytest.raises(SolverFailed, match=rf"no Dask scheduler answers at {address} within 0.5 s") as raised:
        crew_of(statement, chunks_of(statement), 2, address)
    assert raised.value.exit_code == 9
    assert time.monotonic() - began < 30.0


@pytest.mark.parametrize(
    ("dask", "words"),
    [
        ("everywhere", "local, tcp://HOST:PORT or tls://HOST:PORT"),
        ("tcp://scheduler", "local, tcp://HOST:PORT or tls://HOST:PORT"),
        ("tcp://10.0.0.7:8786", "an address of this machine unless it is tls://"),
        ("tcp://127.example.org:8786", "an address of this machine unless it is tls://"),
    ],
)
def test_addresses_that_are_not_taken(dask: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        need_crew(dask)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("dask", ["", "local", "tcp://127.0.0.1:8786", "tcp://localhost:8786"])
def test_addresses_that_are_taken(dask: str) -> None:
    need_crew(dask)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A certificate that is its own authority, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    files = {"cert": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=siting"]
    subprocess.run([openssl, *new, "-keyout", files["key"], "-out", files["cert"]], check=True, capture_output=True)
    return files


def as_client(files: Mapping[str, str]) -> Any:
    """Dask's configuration of a client that has a certificate, as docs/cluster.md has it."""
    tls = "distributed.comm.tls"
    return dask.config.set(
        {f"{tls}.ca-file": files["cert"], f"{tls}.client.cert": files["cert"], f"{tls}.client.key": files["key"]}
    )


def test_a_cluster_that_stands_is_reached_over_tls_answers_as_a_process_does_and_stays(
    statement: PartStatement, half: float, expected: list[list[Priced]], certificate: dict[str, str]
) -> None:
    roles = ("scheduler", "worker", "client")
    ends = {f"tls_{role}_{part}": path for role in roles for part, path in certificate.items()}
    security = distributed.Security(require_encryption=True, tls_ca_file=certificate["cert"], **ends)
    plain = {"dashboard_address": None, "memory_limit": 0, "silence_logs": logging.CRITICAL}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", security=security, **plain) as cluster:
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        with as_client(certificate):
            assert_same(passes(crew_of(statement, chunks_of(statement), 2, address), half), expected)
            with distributed.Client(address) as client:
                assert list(client.run(int).values()) == [0]


def test_tls_without_certificates_says_where_they_are_named() -> None:
    with pytest.raises(UsageError, match=r"C024.*certificates in Dask's configuration.*distributed\.comm\.tls") as raised:
        need_crew("tls://cluster.example.org:8786")
    assert raised.value.exit_code == 2


def test_certificates_that_cannot_be_read_are_told_before_anybody_is_called(certificate: dict[str, str]) -> None:
    with as_client(certificate):
        need_crew("tls://cluster.example.org:8786")
    with as_client(certificate | {"cert": "/nowhere/cert.pem"}), pytest.raises(UsageError, match="No such file"):
        need_crew("tls://cluster.example.org:8786")


def test_a_missing_installation_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(UsageError, match=r"pip install -e '.\[dask\]'"):
        need_crew("local")


class OtherClient:
    """Workers that answer as they are told, without any cluster."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def run(self, function: object, workers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        if isinstance(self._answer, Exception):
            raise self._answer
        return dict.fromkeys(workers, self._answer)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (versions_here() | {"highspy": "1.2.3"}, r"tcp://w:1 has highspy 1\.2\.3, here it is"),
        (ModuleNotFoundError("No module named 'siting'"), "cannot import this version of siting: No module named 'siting'"),
    ],
)
def test_workers_with_other_versions_are_refused(answer: object, words: str) -> None:
    cluster = object.__new__(module._Cluster)
    cluster._name, cluster._client, cluster._same, cluster._local = "tcp://s:1", OtherClient(answer), set(), None
    with pytest.raises(SolverFailed, match=words):
        cluster._need_same(["tcp://w:1"])


class LosingClient:
    """A scheduler that answers, and a worker that ended before anything could be put on it."""

    def __init__(self, error: Exception, *, answers: bool = True) -> None:
        self._error, self._answers = error, answers

    def scatter(self, *_: object, **__: object) -> None:
        raise self._error

    def nthreads(self) -> dict[str, int]:
        if not self._answers:
            raise OSError("connection refused")
        return {"tcp://w:2": 1}


@pytest.mark.parametrize("error", [KeyError("tcp://w:1"), OSError("stream is closed")])
@pytest.mark.parametrize(("answers", "expected"), [(True, Lost), (False, SolverFailed)])
def test_a_worker_that_ends_before_it_gets_the_statement_is_lost_not_the_scheduler(
    error: Exception, answers: bool, expected: type[Exception]
) -> None:
    cluster = object.__new__(module._Cluster)
    cluster._name, cluster._client, cluster._same = "tcp://s:1", LosingClient(error, answers=answers), {"tcp://w:1"}
    with pytest.raises(expected, match="is gone"):
        cluster.seat(b"", None, ["tcp://w:1"])


def test_the_actor_takes_and_gives_parcels(statement: PartStatement) -> None:
    from siting.solve.crew import State

    actor = DeskActor(packed(statement), None)
    [(chunk, meeting)] = unpacked(actor.answer(packed([State(3, np.arange(5))])))
    assert chunk == 3
    assert len(meeting.row_lower) > 0


@pytest.mark.slow
def test_workers_that_end_over_and_over_are_an_error(tmp_path: Path) -> None:  # noqa: ARG001
    crew = crew_of(Deadly(), [np.arange(3), np.arange(3, 6)], 2, "local", MEMORY_GB)
    try:
        with pytest.raises(SolverFailed, match="lost in one pass"):
            crew.meet()
    finally:
        crew.close()
