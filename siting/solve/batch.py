"""Many small linear programs, in processes of their own: what is asked one site at a time, or one limit at a time.

`Batch` starts them and is their other end: a message with models in, a message with their ends out, until the pipe closes.
Integers are relaxed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

from siting.errors import SolverFailed
from siting.own_process import own_process
from siting.solve.job import Floats, Model, Status
from siting.solve.wire import read_message, write_message

WORKERS: Final = 2
ALONE_AT_MOST: Final = 100
"""Models up to which one process does the work."""
SECONDS_EACH: Final = 20.0


@dataclass(frozen=True, slots=True)
class Small:
    """How a small linear program ended; `solution` is None where it has no optimum."""

    status: Status
    objective: float
    solution: Floats | None


class Batch:
    """Processes that solve small models; they start at once, so that they are ready when the models are. A context."""

    def __init__(self, expected: int, seconds: float = SECONDS_EACH) -> None:
        self._seconds = seconds
        count = 1 if expected <= ALONE_AT_MOST else WORKERS
        command = own_process("siting.solve.batch")
        self._workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) for _ in range(count)
        ]

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def solve(self, models: Sequence[Model]) -> list[Small]:
        """Solve models with their integers relaxed, in their order. Raises SolverFailed where a process ends without an
        answer."""
        count = len(self._workers)
        found: list[Any] = [None] * len(models)
        try:
            for number, worker in enumerate(self._workers):
                write_message(worker.stdin, (list(models[number::count]), self._seconds))  # type: ignore[arg-type]
            for number, worker in enumerate(self._workers):
                found[number::count] = read_message(worker.stdout)  # type: ignore[arg-type]
        except (BrokenPipeError, EOFError) as end:
            raise SolverFailed("a process for small programs ended without an answer") from end
        return [Small(Status(status), objective, solution) for status, objective, solution in found]

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.kill()
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None and not pipe.closed:
                    _shut(pipe)


def _shut(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return


def main() -> int:
    """The worker process."""
    from siting.solve.small import solve_small

    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            models, seconds = read_message(sys.stdin.buffer)
        except EOFError:
            return 0
        write_message(out, [solve_small(model, seconds) for model in models])
