"""Who prices the chunks: processes of our own, each with its share of the chunks, or anybody else who keeps the same contract.

A chunk is stated from a recipe that travels with it, so a worker that is lost costs only its chunks being stated again by
another: what it answers depends on nothing but the recipe, the numbers of its rows and what is asked.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from siting.errors import SolverFailed
from siting.program.matrix import Matrix
from siting.solve.chunks import Asked, Chunk, Meeting, Priced
from siting.solve.job import Floats, Ints
from siting.solve.wire import read_message, write_message

LOSSES: Final = 3
"""Workers that may be lost in one pass before it is given up."""


class Statement(Protocol):
    """How the program of some candidates is stated; it travels to other processes by pickle."""

    def stated(self, sites: Ints) -> tuple[Matrix, Floats]:
        """The compiled program over some candidates (positions among all) and its cost, to be minimised."""


class Crew(Protocol):
    """Those who hold the chunks."""

    def meet(self) -> list[Meeting]:
        """State all chunks and tell what each shares, in their order."""

    def settle(self, numbers: Sequence[Ints]) -> None:
        """Give each chunk the numbers of its shared rows."""

    def price(self, asked: Asked) -> list[Priced]:
        """Price all chunks, in their order. Raises SolverFailed where a block has no sure answer."""

    def close(self) -> None:
        """End."""


@dataclass(frozen=True, slots=True)
class State:
    """Message: state this chunk."""

    chunk: int
    sites: Ints


@dataclass(frozen=True, slots=True)
class Settle:
    """Message: these are the numbers of the chunk's shared rows."""

    chunk: int
    numbers: Ints


@dataclass(frozen=True, slots=True)
class Price:
    """Message: price this chunk."""

    chunk: int
    asked: Asked


class Held:
    """The chunks one worker holds, and what it does with a message."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._chunks: dict[int, Chunk] = {}

    def answer(self, message: State | Settle | Price) -> Any:
        """What a message asks for."""
        if isinstance(message, State):
            matrix, cost = self._statement.stated(message.sites)
            self._chunks[message.chunk] = Chunk(matrix, cost, message.sites)
            return self._chunks[message.chunk].meeting()
        if isinstance(message, Settle):
            self._chunks[message.chunk].settle(message.numbers)
            return None
        return self._chunks[message.chunk].price(message.asked)


class _Worker:
    """One process and the messages it has not answered yet."""

    def __init__(self, statement: Statement) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "siting.solve.crew_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.send(statement)

    def send(self, message: Any) -> None:
        write_message(self.process.stdin, message)  # type: ignore[arg-type]

    def hear(self) -> Any:
        return read_message(self.process.stdout)  # type: ignore[arg-type]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue


class Processes:
    """A crew of processes on this machine. A process that is lost is replaced, and its chunks are stated and asked again."""

    def __init__(self, statement: Statement, chunks: Sequence[Ints], workers: int) -> None:
        self._statement, self._sites = statement, chunks
        self._workers = [_Worker(statement) for _ in range(max(1, min(workers, len(chunks))))]
        self._numbers: Sequence[Ints] | None = None
        self._asked: list[Asked] = []

    def meet(self) -> list[Meeting]:
        """State all chunks."""
        found: list[Meeting] = self._all(lambda chunk: State(chunk, self._sites[chunk]))
        return found

    def settle(self, numbers: Sequence[Ints]) -> None:
        """Give each chunk the numbers of its shared rows."""
        self._numbers = numbers
        self._all(lambda chunk: Settle(chunk, numbers[chunk]))

    def price(self, asked: Asked) -> list[Priced]:
        """Price all chunks."""
        found: list[Priced] = self._all(lambda chunk: Price(chunk, asked))
        if asked.generous is not None:
            self._asked.append(asked)
        return found

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.end()

    def _all(self, message: Callable[[int], Any]) -> list[Any]:
        """The answers of all chunks to a message each, in their order."""
        answers: dict[int, Any] = {}
        for _ in range(LOSSES + 1):
            for number, worker in enumerate(self._workers):
                mine = [chunk for chunk in range(len(self._sites)) if chunk % len(self._workers) == number]
                self._ask(worker, [chunk for chunk in mine if chunk not in answers], message)
            for number in range(len(self._workers)):
                self._hear(number, answers)
            if len(answers) == len(self._sites):
                return [answers[chunk] for chunk in range(len(self._sites))]
        raise SolverFailed(f"{LOSSES + 1} pricing processes ended without an answer")

    def _ask(self, worker: _Worker, chunks: list[int], message: Callable[[int], Any]) -> None:
        try:
            worker.send([(chunk, message(chunk)) for chunk in chunks])
        except BrokenPipeError:
            return

    def _hear(self, number: int, answers: dict[int, Any]) -> None:
        """Take what a worker answers, chunk by chunk; put another in its place where it is lost."""
        try:
            while True:
                told = self._workers[number].hear()
                if told is None:
                    return
                chunk, answer = told
                if isinstance(answer, str):
                    raise SolverFailed(answer)
                answers[chunk] = answer
        except EOFError:
            self._replace(number)

    def _replace(self, number: int) -> None:
        self._workers[number].end()
        self._workers[number] = _Worker(self._statement)
        if self._numbers is None:
            return
        mine = [chunk for chunk in range(len(self._sites)) if chunk % len(self._workers) == number]
        again: list[Callable[[int], Any]] = [lambda chunk: State(chunk, self._sites[chunk])]
        numbers = self._numbers
        again.append(lambda chunk: Settle(chunk, numbers[chunk]))
        again += [lambda chunk, asked=asked: Price(chunk, asked) for asked in self._asked]  # type: ignore[misc]
        for message in again:
            self._ask(self._workers[number], mine, message)
            self._hear(number, {})
