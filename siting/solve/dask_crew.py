"""A crew on dask.distributed: one actor a worker, holding that worker's chunks; a lost worker's chunks go to another.

A cluster started here is one of processes on the loopback interface, without dashboard. One that stands already is reached over
the loopback interface, or over TLS with the certificates that Dask's own configuration names: whoever can talk to a scheduler
can run anything on its workers. Everything travels packed by `siting.solve.wire`.
"""

from __future__ import annotations

import importlib.util
import logging
import platform
import re
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from siting.errors import Fault, SolverFailed, UsageError
from siting.solve.crew import Failed, Message, Statement, Team, Worker
from siting.solve.crew_worker import STATED_BY
from siting.solve.desk import Desk
from siting.solve.job import Ints
from siting.solve.waiting import Lost, Waiting
from siting.solve.wire import packed, unpacked

LOCAL: Final = "local"
REACH_SECONDS: Final = 15.0
"""Time a scheduler has to answer."""
WORKERS_SECONDS: Final = 60.0
"""Time until there must be a worker: the first, or one in the place of a lost one."""
CLOSE_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.5
SAME: Final = ("siting", "highspy", "numpy", "scipy", "pandas", "geopandas", "shapely", "pyomo", "distributed")
"""Packages that must be of one version here and on every worker."""
MEMORY_KEPT: Final = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
"""Setting while a cluster is started here. Dask has every process hand freed memory back at once and fetch it again page by page,
also those of our own that are started later: a pass is slower by it."""
NOT_SAMPLED: Final = {"distributed.worker.profile.enabled": False}
"""Setting of the workers started here. Dask looks every 10 ms at what a worker does: a pass is slower by it."""
LOOPBACK: Final = re.compile(r"localhost|127(\.\d{1,3}){3}|\[?::1\]?")


def need_dask(dask: str) -> None:
    """Raises UsageError where `dask` is neither "local" nor an address that may be used, where Dask is not installed, or where
    certificates are wanted and Dask's configuration has none that can be read."""
    address = re.fullmatch(r"(tcp|tls)://(.+):(\d{1,5})", dask)
    if dask != LOCAL and address is None:
        raise _usage("C020", dask, "local, tcp://HOST:PORT or tls://HOST:PORT", "Name what dask scheduler tells as its address.")
    if address is not None and address[1] == "tcp" and not LOOPBACK.fullmatch(address[2]):
        remedy = "Use tls:// with certificates, or a tunnel to the scheduler: docs/cluster.md has both."
        raise _usage("C021", dask, "an address of this machine unless it is tls://", remedy)
    if importlib.util.find_spec("distributed") is None:
        remedy = "Install it here and on the workers: pip install -e '.[dask]' in the clone."
        raise _usage("C022", dask, "dask.distributed to be installed", remedy)
    if address is not None and address[1] == "tls":
        _need_certificates(dask)


def _need_certificates(dask: str) -> None:
    """Raises UsageError. Without certificates Dask itself ends in a TypeError."""
    from distributed import Security

    remedy = "Name ca-file, client.cert and client.key under distributed.comm.tls: docs/cluster.md has an example."
    try:
        context = Security().get_connection_args("client")["ssl_context"]  # type: ignore[no-untyped-call]
    except OSError as error:
        raise _usage("C024", f"{dask}, and {_told(error)}", "certificates that can be read", remedy) from None
    if context is None:
        raise _usage("C024", dask, "certificates in Dask's configuration", remedy)


def _usage(code: str, found: str, expected: str, remedy: str) -> UsageError:
    fault = Fault(code, "command line", "", "--dask", found, expected, remedy)
    return UsageError(fault.sentence(), (fault,))


def dask_crew(
    statement: Statement,
    chunks: Sequence[Ints],
    workers: int,
    dask: str,
    memory_gb: float | None = None,
    waiting: Waiting | None = None,
) -> DaskCrew:
    """A crew on a cluster of `workers` processes started here ("local"; one that was started early if it is `waiting`), or on all
    workers of one that stands already (its address). Raises UsageError as `need_dask`; SolverFailed where nobody answers, no
    worker is there, or versions differ."""
    need_dask(dask)
    local = None if waiting is None or dask != LOCAL else waiting.started()
    if dask == LOCAL and local is None:
        local = local_cluster(max(1, min(workers, len(chunks))))
    cluster = _Cluster(dask, local)
    try:
        return DaskCrew(statement, chunks, cluster, memory_gb if dask == LOCAL else None)
    except Lost as lost:
        cluster.close()
        raise SolverFailed(str(lost)) from None
    except BaseException:
        cluster.close()
        raise


class DaskCrew(Team):
    """A crew on the workers of a cluster."""

    def __init__(self, statement: Statement, chunks: Sequence[Ints], cluster: _Cluster, memory_gb: float | None) -> None:
        self._cluster, self._parcel, self._memory_gb = cluster, packed(statement), memory_gb
        places = cluster.places(WORKERS_SECONDS)[: len(chunks)]
        seated = cluster.seat(self._parcel, memory_gb, places)
        super().__init__(chunks, seated, self._another)

    def _another(self, lost: Worker) -> Worker:
        """A desk on the worker that has the fewest; the lost one's place only if it is the last."""
        lost.end()
        for _ in range(len(self._workers) + 1):
            taken = [worker.place for worker in self._workers if isinstance(worker, Seated) and worker is not lost]
            place = min(self._cluster.places(WORKERS_SECONDS), key=taken.count)
            try:
                return self._cluster.seat(self._parcel, self._memory_gb, [place])[0]
            except Lost:
                continue
        raise SolverFailed("the Dask workers end as fast as they take over the chunks of others")

    def close(self) -> None:
        """End the actors, leave the cluster, and end it if it was started here."""
        super().close()
        self._cluster.close()

    @property
    def places(self) -> list[str]:
        """Addresses of the workers that hold chunks."""
        return [worker.place for worker in self._workers if isinstance(worker, Seated)]


class Seated:
    """The actor on one worker."""

    def __init__(self, actor: Any, place: str) -> None:
        self.place = place
        self._actor: Any = actor
        self._asked: Any = None
        self._why = ""

    def ask(self, messages: Sequence[Message]) -> None:
        """Begin to work on some messages."""
        try:
            self._asked = self._actor.answer(packed(messages))
        except Exception as error:
            self._why = _told(error)

    def hear(self) -> Iterator[tuple[int, Any]]:
        """(chunk, answer) of every message asked. Raises Lost."""
        if self._why:
            raise Lost(f"the Dask worker {self.place} is gone: {self._why}")
        try:
            answers = unpacked(self._asked.result())
        except MemoryError:
            answers = [(0, Failed(f"the Dask worker {self.place} ran out of memory over its answers"))]
        except Exception as error:
            raise Lost(f"the Dask worker {self.place} is gone: {_told(error)}") from None
        yield from answers

    def end(self) -> None:
        """Let the actor go."""
        self._actor = self._asked = None


class DeskActor:
    """A worker's desk as an actor: parcels in, parcels out."""

    def __init__(self, parcel: bytes, memory_gb: float | None) -> None:
        self._desk = Desk(parcel, memory_gb)

    def answer(self, parcel: bytes) -> bytes:
        """The answers to a list of messages."""
        return packed(list(self._desk.answers(unpacked(parcel))))


class _Cluster:
    """A scheduler, its workers, and our connection to them."""

    def __init__(self, dask: str, local: Any | None) -> None:
        self._local, self._name = local, dask
        try:
            self._client: Any = _connected(dask if local is None else local)
        except BaseException:
            if self._local is not None:
                self._local.close(timeout=CLOSE_SECONDS)
            raise
        self._same: set[str] = set()

    def places(self, seconds: float) -> list[str]:
        """Addresses of the workers there are, in their order; waits until there is one. Raises SolverFailed."""
        end = time.monotonic() + seconds
        while True:
            found = sorted(self._safely(self._client.nthreads))
            if found:
                return found
            if time.monotonic() > end:
                raise SolverFailed(
                    f"the Dask scheduler {self._name} has had no worker for {seconds:g} s; start some: dask worker"
                )
            time.sleep(POLL_SECONDS)

    def seat(self, parcel: bytes, memory_gb: float | None, places: Sequence[str]) -> list[Seated]:
        """An actor on each of these workers; the statement goes to each once. Raises Lost, SolverFailed."""
        self._need_same(places)
        statement = self._scattered(parcel, places)
        placed = {"actor": True, "pure": False, "allow_other_workers": False}
        futures = [self._client.submit(DeskActor, statement, memory_gb, workers=[place], **placed) for place in places]
        return [Seated(self._made(future, place), place) for future, place in zip(futures, places, strict=True)]

    def _scattered(self, parcel: bytes, places: Sequence[str]) -> Any:
        """The statement on each of these workers. Where it cannot be put there and the scheduler still answers, a worker has
        ended since it was named."""
        try:
            return self._client.scatter(parcel, workers=list(places), broadcast=True, hash=False)
        except Exception as error:
            self._safely(self._client.nthreads)
            raise Lost(f"a Dask worker is gone: {_told(error)}") from None

    def _made(self, future: Any, place: str) -> Any:
        while not future.done():
            if place not in self._safely(self._client.nthreads):
                raise Lost(f"the Dask worker {place} is gone")
            time.sleep(POLL_SECONDS / 10)
        try:
            return future.result()
        except Exception as error:
            raise Lost(f"the Dask worker {place} took no chunks: {_told(error)}") from None

    def _need_same(self, places: Sequence[str]) -> None:
        """Raises SolverFailed where a worker has other versions than are here."""
        new = [place for place in places if place not in self._same]
        if not new:
            return
        try:
            theirs: Mapping[str, Mapping[str, str]] = self._client.run(versions_here, workers=new)
        except (ImportError, AttributeError) as error:
            raise SolverFailed(
                f"workers of {self._name} cannot import this version of siting: {error}; install it there"
            ) from None
        except Exception as error:
            raise Lost(f"a Dask worker does not tell its versions: {_told(error)}") from None
        if self._local is not None:
            with suppress(Exception):
                self._client.run(ignore_interrupts, workers=new)
        mine = versions_here()
        words = [
            f"{place} has {name} {found.get(name, 'missing')}, here it is {mine[name]}"
            for place, found in sorted(theirs.items())
            for name in mine
            if found.get(name) != mine[name]
        ]
        if words:
            raise SolverFailed(f"Dask workers must have the versions that are here: {'; '.join(words)}")
        self._same.update(new)

    def _safely(self, call: Any) -> Any:
        try:
            return call()
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            raise SolverFailed(f"the Dask scheduler {self._name} is gone: {_told(error)}") from None

    def close(self) -> None:
        """Leave it, and end it if it was started here."""
        with suppress(Exception):
            self._client.close(timeout=CLOSE_SECONDS)
        if self._local is not None:
            with suppress(Exception):
                self._local.close(timeout=CLOSE_SECONDS)


def local_cluster(workers: int) -> Any:
    """A cluster of so many processes on this machine, which import what is stated as they start. Raises SolverFailed."""
    import dask
    from distributed import LocalCluster

    try:
        with dask.config.set(MEMORY_KEPT):
            return LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address=None,
                memory_limit=0,
                silence_logs=logging.CRITICAL,
                preload=[STATED_BY],
                config=NOT_SAMPLED,
            )
    except (OSError, RuntimeError, TimeoutError) as error:
        raise SolverFailed(f"no Dask cluster could be started here: {_told(error)}") from None


def _connected(where: Any) -> Any:
    from distributed import Client

    try:
        return Client(where, timeout=REACH_SECONDS, name="siting")  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        limit = f"within {REACH_SECONDS:g} s"
        raise SolverFailed(f"no Dask scheduler answers at {where} {limit}: {_told(error)}; start one: dask scheduler") from None


def versions_here() -> dict[str, str]:
    """Versions of what results depend on."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in SAME:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the planning process, which shares its terminal with the workers it started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _told(error: BaseException) -> str:
    words = str(error).strip().splitlines()
    return words[0] if words else type(error).__name__
