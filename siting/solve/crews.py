"""Which crew prices the chunks: processes of this machine, a Dask cluster started for the run, or one that stands already."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from siting.solve.crew import Crew, Processes, Statement
from siting.solve.job import Ints
from siting.solve.waiting import Waiting


def crew_of(
    statement: Statement,
    chunks: Sequence[Ints],
    workers: int,
    dask: str,
    memory_gb: float | None = None,
    waiting: Waiting | None = None,
) -> Crew:
    """A crew of `workers` for the chunks; close it in the end, whatever happens. `dask` is "" for processes, "local" for a
    cluster of `workers` processes of one thread started here, or the address of a scheduler, whose workers all take part.
    `memory_gb` is what each process started here may take; `waiting` are processes to begin with. Raises UsageError where Dask
    is not installed, SolverFailed where nobody can be reached."""
    if not dask:
        return Processes(statement, chunks, workers, memory_gb, waiting)
    from siting.solve.dask_crew import dask_crew

    return dask_crew(statement, chunks, workers, dask, memory_gb, waiting)


def expect_crew(waiting: Waiting, dask: str, workers: int, processors: int) -> None:
    """Let those begin to import who will be in the crew, as far as they are started here: as many processes as there are
    processors at most, or a cluster of Dask."""
    if not dask:
        waiting.expect(min(workers, processors))
        return
    from siting.solve.dask_crew import LOCAL, local_cluster

    if dask == LOCAL:
        waiting.start(partial(local_cluster, workers))


def need_crew(dask: str) -> None:
    """Raises UsageError where the crew cannot be had: a wrong address, one that is not safe, or Dask is not installed."""
    if dask:
        from siting.solve.dask_crew import need_dask

        need_dask(dask)
