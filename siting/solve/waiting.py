"""Pricing processes, and who waits for something to price: they import while others read layers.

What a pricing process imports takes it seconds, a run only knows later what is to be priced, and for each of its aims anew. So
processes are started early (this module imports next to nothing), wait between two aims, and are ended by whoever began to wait.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from siting.errors import SolverFailed
from siting.own_process import own_process
from siting.solve.wire import packed, read_message, write_packed

if TYPE_CHECKING:
    from siting.solve.crew import Message


class Lost(Exception):
    """A worker is gone; the message says how it ended."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Message: this is what is priced from now on, a packed statement, and the memory it may take (None for no limit)."""

    parcel: bytes
    memory_gb: float | None


class Process:
    """A pricing process of this machine. It imports at once, and is opened before it is asked."""

    def __init__(self) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115, it stays open as long as the process
        self._awaited = 0
        self._opening: Opening | None = None
        try:
            self.popen = subprocess.Popen(
                own_process("siting.solve.crew_worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                start_new_session=True,
            )
        except OSError as error:
            self._words.close()
            raise SolverFailed(f"no pricing process could be started: {error}") from error

    @property
    def idle(self) -> bool:
        """Whether it has answered all it was asked, and still runs."""
        return not self._awaited and self.popen.poll() is None

    def open(self, opening: Opening) -> Process:
        """Price something else from the next message on; it is sent with that, so that processes begin side by side."""
        self._opening = opening
        return self

    def ask(self, messages: Sequence[Message]) -> None:
        """Send messages."""
        assert self.popen.stdin is not None
        self._awaited += len(messages)
        try:
            if self._opening is not None:
                write_packed(self.popen.stdin, packed(self._opening))
                self._opening = None
            write_packed(self.popen.stdin, packed(messages))
        except OSError:
            return

    def hear(self) -> Iterator[tuple[int, Any]]:
        """(chunk, answer) of every message asked. Raises Lost."""
        assert self.popen.stdout is not None
        while self._awaited:
            try:
                told = read_message(self.popen.stdout)
            except EOFError:
                raise Lost(self._last_words()) from None
            self._awaited -= 1
            yield told

    def _last_words(self) -> str:
        """How the process ended. Raises SolverFailed where it was for want of memory, which the next would want too."""
        self.popen.kill()
        code = self.popen.wait()
        self._words.seek(0)
        words = self._words.read().decode(errors="replace").strip()
        if "bad_alloc" in words or "MemoryError" in words:
            raise SolverFailed("a pricing process ran out of memory; raise effort.memory_gb, or take fewer candidates")
        hint = " (killed from outside, as the system does when memory is short)" if code == -9 else ""
        return f"a process ended with code {code}{hint}{': ' + words.splitlines()[-1] if words else ''}"

    def end(self) -> None:
        """End the process."""
        self.popen.kill()
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout, self._words):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


class Waiting:
    """Processes that wait for something to price, or a cluster that is started meanwhile. A context: in the end nobody waits any
    more."""

    def __init__(self) -> None:
        self._processes: list[Process] = []
        self._cluster: Future[Any] | None = None

    def __enter__(self) -> Waiting:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes that wait."""
        return [process.popen.pid for process in self._processes]

    def expect(self, count: int) -> None:
        """Let at least so many wait. Raises SolverFailed where none more can be started."""
        while len(self._processes) < count:
            self._processes.append(Process())

    def take(self, count: int) -> list[Process]:
        """So many processes, those that wait first; whoever is not needed is ended. Raises SolverFailed as `expect`."""
        self.expect(count)
        taken, self._processes = self._processes[:count], self._processes[count:]
        self.close()
        return taken

    def start(self, cluster: Callable[[], Any]) -> None:
        """Let a cluster be started by a thread of its own; it must have a `close`."""
        thread = ThreadPoolExecutor(1)
        self._cluster = thread.submit(cluster)
        thread.shutdown(wait=False)

    def started(self) -> Any | None:
        """The cluster, once, when it has started; None where there is none. Raises whatever its start has raised."""
        cluster, self._cluster = self._cluster, None
        return None if cluster is None else cluster.result()

    def rest(self, processes: Iterable[Process]) -> None:
        """Let these wait again; one in the midst of something is ended, as what it says would answer what nobody asked."""
        for process in processes:
            if process.idle:
                self._processes.append(process)
            else:
                process.end()

    def close(self) -> None:
        """End those who wait, and a cluster that nobody took."""
        while self._processes:
            self._processes.pop().end()
        with suppress(SolverFailed):
            cluster = self.started()
            if cluster is not None:
                cluster.close()
