"""Pricing of site blocks, in processes of their own: each holds a share of the sites with warm solvers.

`siting.solve.worker` is the program they run; `Pricers` is this end. A pass sends prices and gets back, for each site asked,
a lower bound of the block's minimum and a solution. A site that cannot be solved for sure is an error, never a stale value.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from siting.errors import SolverFailed
from siting.own_process import own_process
from siting.solve.blocks import Split
from siting.solve.job import Floats
from siting.solve.wire import read_message, write_message


@dataclass(frozen=True, slots=True)
class Ask:
    """One pass over some sites: prices on the coupling rows, relaxed or whole."""

    prices: Floats
    sites: tuple[int, ...]
    relax: bool


@dataclass(frozen=True, slots=True)
class Priced:
    """A site's block at given prices: a lower bound of its minimum, and the solution found (columns of the block)."""

    site: int
    bound: float
    solution: Floats


class Pricers:
    """Worker processes that hold the blocks of a split."""

    def __init__(self, split: Split, workers: int, gap: float, seconds: float) -> None:
        self._split = split
        self._workers: list[subprocess.Popen[bytes]] = []
        self._home = {block.site: number % workers for number, block in enumerate(split.blocks)}
        for number in range(workers):
            process = subprocess.Popen(
                own_process("siting.solve.worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            self._workers.append(process)
            mine = tuple(block for block in split.blocks if self._home[block.site] == number)
            write_message(process.stdin, (mine, gap, seconds))  # type: ignore[arg-type]

    def price(self, prices: Floats, sites: Sequence[int], relax: bool) -> list[Priced]:
        """Price some sites, in the order of the sites. Raises SolverFailed where a block has no sure answer."""
        for number, process in enumerate(self._workers):
            mine = tuple(site for site in sites if self._home[site] == number)
            write_message(process.stdin, Ask(prices, mine, relax))  # type: ignore[arg-type]
        found: dict[int, Priced] = {}
        for process in self._workers:
            try:
                answer: Any = read_message(process.stdout)  # type: ignore[arg-type]
            except EOFError as end:
                raise SolverFailed("a pricing process ended without an answer") from end
            if isinstance(answer, str):
                raise SolverFailed(answer)
            found.update({priced.site: priced for priced in answer})
        return [found[site] for site in sites]

    def close(self) -> None:
        """End the workers."""
        for process in self._workers:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
