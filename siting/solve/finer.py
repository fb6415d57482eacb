"""Between the program that is searched, on merged slices, and the one a plan must hold on, slice by slice.

A plan found on merged slices is settled on the fine ones: its sites, lines and data paths are kept, the dispatch is solved
anew in every slice, and where it does not hold as it is, modules are taken away until it does. A fine plan averaged over the
merged slices is feasible on them (`siting.merging`), so it can start the next search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from siting.arrays import ArrayVar
from siting.family import Flags, Floats, Ints
from siting.merging import mean
from siting.program.assemble import Program
from siting.program.matrix import Matrix
from siting.solve.blocks import restrict
from siting.solve.child import Bench
from siting.solve.job import Answer, Job, Model, Options
from siting.solve.start import hold_integers

FEWER_NODES = 2000
BETTER_NODES = 300


@dataclass(frozen=True, slots=True)
class Finer:
    """Two statements of one question: `fine` in every slice, `merged` on `group` (T of the fine one) of them."""

    fine: Program
    merged: Program
    group: Ints

    def averaged(self, values: Floats) -> Floats:
        """A solution of the fine program over the columns of the merged one: means over slices, levels at their ends."""
        found: Floats = np.zeros(self.merged.space.size)
        for one, other in self._pairs():
            part = values[one.columns]
            if self._by_slice(one):
                last = np.append(np.flatnonzero(np.diff(self.group)), len(self.group) - 1)
                level = one.local_name.endswith("_mwh")
                part = part[..., last] if level else mean(part, self.fine.problem.time.hours, self.group)
            found[other.columns] = part
        return found

    def spread(self, values: Floats) -> Floats:
        """A solution of the merged program over the columns of the fine one: every slice as the one it is merged into."""
        found: Floats = np.zeros(self.fine.space.size)
        for one, other in self._pairs():
            part = values[other.columns]
            found[one.columns] = part[..., self.group] if self._by_slice(one) else part
        return found

    def same_held(self, name: str) -> None:
        """Give the rows that hold an aim in the merged program the sides they have in the fine one: averaged values are no
        worse than fine ones, so the merged program's own sides would be too tight for a bound."""
        one, other = self.fine.model.component(name), self.merged.model.component(name)
        other.lower_values[:], other.upper_values[:] = one.lower_values, one.upper_values

    def _by_slice(self, variable: ArrayVar) -> bool:
        return variable.axes[-1] is self.fine.core.slice

    def _pairs(self) -> list[tuple[ArrayVar, ArrayVar]]:
        pairs = list(zip(self.fine.space.variables, self.merged.space.variables, strict=True))
        assert all(one.name == other.name for one, other in pairs)
        return pairs


@dataclass(frozen=True, slots=True)
class Settling:
    """How a plan may be settled: options of the solver, and what to do with a better solution on the way."""

    seconds: Callable[[], float]
    memory_gb: float
    threads: int
    seed: int
    enough: Callable[[Floats], bool]


def settle(program: Program, matrix: Matrix, cost: Floats, wanted: Floats, how: Settling) -> Floats | None:
    """The best plan found with the sites and links of `wanted` (columns, whole columns count) on every slice; None where there
    is none within the seconds."""
    columns = _columns_of_plan(program, matrix, wanted)
    model, _ = restrict(matrix, cost, columns)
    held = _answer(hold_integers(model, wanted[columns]), how, relax=True)
    best = _full(matrix, columns, held)
    if best is not None and how.enough(best):
        return best
    modules = np.isin(columns, program.core.modules.columns.ravel())
    start = best[columns] if best is not None else None
    room = _kept_choices(model, wanted[columns], modules, fewer=best is None)
    better = _full(matrix, columns, _answer(room, how, nodes=BETTER_NODES if best is not None else FEWER_NODES, start=start))
    found = [each for each in (best, better) if each is not None]
    return min(found, key=lambda each: float(cost @ each)) if found else None


def _columns_of_plan(program: Program, matrix: Matrix, wanted: Floats) -> Ints:
    """Columns of the sites a plan opens and of nobody, less the tie-lines it does not build."""
    core = program.core
    opened = np.flatnonzero(wanted[core.open.columns].max(axis=1) > 0.5)
    unused = np.flatnonzero(wanted[core.line.columns].max(axis=1, initial=0.0) < 0.5)
    dropped = np.zeros(matrix.columns, dtype=bool)
    for variable in (core.line, core.line_mw, core.flow_mw):
        dropped[variable.columns[unused].ravel()] = True
    return np.flatnonzero((np.isin(matrix.owner, opened) | (matrix.owner < 0)) & ~dropped)


def _kept_choices(model: Model, wanted: Floats, modules: Flags, *, fewer: bool) -> Model:
    """The model with choices as they are and modules free, or, where `fewer`, all whole columns free to be less."""
    value = np.clip(np.rint(wanted), model.lower, model.upper)
    choice = model.integer & ~modules
    lower = np.where(choice & (not fewer), value, model.lower)
    return replace(model, lower=lower, upper=np.where(choice, value, model.upper))


def _answer(model: Model, how: Settling, *, relax: bool = False, nodes: int = 0, start: Floats | None = None) -> Answer | None:
    bench = Bench(_deaf)
    options = Options(
        relax=relax,
        relative_gap=1e-4,
        seconds=max(5.0, how.seconds()),
        nodes=nodes,
        memory_gb=how.memory_gb,
        threads=how.threads,
        seed=how.seed,
    )
    try:
        child = bench.start(Job("settle", model, options, start))
        bench.wait([child])
        return child.answer
    finally:
        bench.close()


def _deaf(message: object) -> None:
    """For a solve whose news nobody waits for."""


def _full(matrix: Matrix, columns: Ints, answer: Answer | None) -> Floats | None:
    if answer is None or answer.solution is None:
        return None
    full: Floats = np.zeros(matrix.columns)
    full[columns] = np.clip(answer.solution, matrix.lower[columns], matrix.upper[columns])
    return full
