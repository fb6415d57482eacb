"""Who prices the chunks: processes of our own, each with its share of the chunks, or anybody else who keeps the same contract.

What a chunk answers depends on the recipe it is stated from and on everything it has been asked since, because it remembers
what its blocks were worth at earlier prices. So the one who takes over the chunks of a lost worker is told all of it again, in
the same order, and comes to the same answers: who prices a chunk, and how many there are, never changes a result. What is kept
for that is 16 bytes a priced row and pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from siting.errors import SolverFailed
from siting.program.matrix import Matrix
from siting.solve.chunks import Asked, Chunk, Priced
from siting.solve.job import Floats, Ints
from siting.solve.shared import Meeting
from siting.solve.waiting import Lost, Opening, Process, Waiting
from siting.solve.wire import packed

LOSSES: Final = 3
"""Workers that may be lost in one pass before it is given up."""


class Statement(Protocol):
    """How the program of some candidates is stated; it travels to other processes by pickle."""

    def stated(self, sites: Ints) -> tuple[Matrix, Floats]:
        """The compiled program over some candidates (positions among all) and its cost, to be minimised."""


class Crew(Protocol):
    """Those who hold the chunks."""

    def begin(self) -> None:
        """Let all chunks be stated, without waiting for it."""

    def meet(self) -> list[Meeting]:
        """What each chunk shares, in their order; states them where that has not begun."""

    def settle(self, numbers: Sequence[Ints]) -> list[Ints]:
        """Give each chunk the numbers of its shared rows. Answers the sites of each that cannot do nothing."""

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


@dataclass(frozen=True, slots=True)
class Failed:
    """Answer: there is none, and why."""

    why: str


Message = State | Settle | Price


class Held:
    """The chunks one worker holds, and what it does with a message."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._chunks: dict[int, Chunk] = {}

    def answer(self, message: Message) -> Any:
        """What a message asks for."""
        if isinstance(message, State):
            matrix, cost = self._statement.stated(message.sites)
            self._chunks[message.chunk] = Chunk(matrix, cost, message.sites)
            return self._chunks[message.chunk].meeting()
        if isinstance(message, Settle):
            return self._chunks[message.chunk].settle(message.numbers)
        return self._chunks[message.chunk].price(message.asked)


class Worker(Protocol):
    """One who holds chunks for a crew."""

    def ask(self, messages: Sequence[Message]) -> None:
        """Begin to work on some messages; does not wait, and a loss shows only when it is heard."""

    def hear(self) -> Iterable[tuple[int, Any]]:
        """(chunk, answer) of every message asked, as they come. Raises Lost."""

    def end(self) -> None:
        """End it."""


class Team:
    """A crew of workers. One that is lost is replaced, and its chunks are told again all they were told."""

    def __init__(self, chunks: Sequence[Ints], workers: Sequence[Worker], replace: Callable[[Worker], Worker]) -> None:
        self._sites, self._workers, self._replace = chunks, list(workers), replace
        self._told: list[Callable[[int], Message]] = []

    def begin(self) -> None:
        """Let all chunks be stated."""
        self._told.clear()
        self._ask(lambda chunk: State(chunk, self._sites[chunk]))

    def meet(self) -> list[Meeting]:
        """State all chunks."""
        if not self._told:
            self.begin()
        return self._heard_of_all()

    def settle(self, numbers: Sequence[Ints]) -> list[Ints]:
        """Give each chunk the numbers of its shared rows."""
        return self._all(lambda chunk: Settle(chunk, numbers[chunk]))

    def price(self, asked: Asked) -> list[Priced]:
        """Price all chunks."""
        return self._all(lambda chunk: Price(chunk, asked))

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.end()

    def _all(self, message: Callable[[int], Message]) -> list[Any]:
        """The answers of all chunks to a message each, in their order."""
        self._ask(message)
        return self._heard_of_all()

    def _ask(self, message: Callable[[int], Message]) -> None:
        self._told.append(message)
        for number, worker in enumerate(self._workers):
            worker.ask([message(chunk) for chunk in self._of(number)])

    def _heard_of_all(self) -> list[Any]:
        answers: dict[int, Any] = {}
        losses: list[str] = []
        for number in range(len(self._workers)):
            while not self._heard(number, answers, losses):
                if len(losses) > LOSSES:
                    raise SolverFailed(f"{len(losses)} pricing workers were lost in one pass; the last: {losses[-1]}")
                self._take_over(number)
        return [answers[chunk] for chunk in range(len(self._sites))]

    def _of(self, number: int) -> range:
        return range(number, len(self._sites), len(self._workers))

    def _heard(self, number: int, answers: dict[int, Any], losses: list[str]) -> bool:
        """Take what a worker answers; a chunk's last answer is the one to the last message. False where the worker is lost."""
        try:
            for chunk, answer in self._workers[number].hear():
                if isinstance(answer, Failed):
                    raise SolverFailed(answer.why)
                answers[chunk] = answer
        except Lost as lost:
            losses.append(str(lost))
            return False
        return True

    def _take_over(self, number: int) -> None:
        self._workers[number] = self._replace(self._workers[number])
        self._workers[number].ask([message(chunk) for chunk in self._of(number) for message in self._told])


class Processes(Team):
    """A crew of processes on this machine, those of `waiting` first; each may take `memory_gb`, None for no limit."""

    def __init__(
        self,
        statement: Statement,
        chunks: Sequence[Ints],
        workers: int,
        memory_gb: float | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        opening = Opening(packed(statement), memory_gb)
        self._waiting, self._waits_after = waiting or Waiting(), waiting is not None

        def another(lost: Worker) -> Worker:
            lost.end()
            return Process().open(opening)

        team = [process.open(opening) for process in self._waiting.take(max(1, min(workers, len(chunks))))]
        super().__init__(chunks, team, another)

    def close(self) -> None:
        """Let the processes wait again where they came from, or end them."""
        self._waiting.rest(self._processes)
        if not self._waits_after:
            self._waiting.close()

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes."""
        return [process.popen.pid for process in self._processes]

    @property
    def _processes(self) -> list[Process]:
        return [worker for worker in self._workers if isinstance(worker, Process)]
