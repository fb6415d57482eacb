"""What it would take: the program over a few sites that must open, relaxed, with the rows of one group of limits loosened.

    minimise  sum over the group's rows of weight[r] * short[r]     such that all rows hold, the group's with short[r] more room

All periods are free, integers are relaxed, so what is short is short by at least that much. Each site asked for holds one
of the smallest module, the least any plan with it has; a line is no larger than that module can use.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from siting.family import Flags, Floats, Ints
from siting.objectives.aim import HELD
from siting.plan.loosened import SHORT, idle_rows, open_ended, small_model, useful_lines, weights
from siting.plan.one_more import Shortage
from siting.plan.row_kinds import Kind, RowKinds, row_kinds
from siting.program.assemble import Program
from siting.program.matrix import Matrix
from siting.solve.batch import Batch, Small
from siting.solve.job import Model, Status

PERIOD_BUDGET: Final = "budget.period_budget"
FORCED: Final = "locks.forced"


@dataclass(frozen=True, slots=True)
class Question:
    """Sites that must open, the groups of limits that may be short, sites whose lock is taken off."""

    asked: tuple[int, ...]
    groups: frozenset[str]
    unlocked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What is short, by row; `possible` is false where these groups alone cannot do it."""

    question: Question
    possible: bool
    shortages: tuple[Shortage, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class _Built:
    question: Question
    model: Model
    columns: int
    kept: Ints
    slack_row: Ints
    slack_column: Ints
    slack_size: Floats


class Needs:
    """A program without a plan, ready to be asked what is missing."""

    def __init__(self, program: Program, matrix: Matrix) -> None:
        self.program, self.matrix = program, matrix
        self.rows: RowKinds = row_kinds(program, matrix)
        self.group = np.array([group_of(program, family.name) for family in matrix.families])
        self.groups: tuple[str, ...] = tuple(
            dict.fromkeys(
                str(group)
                for group, family in zip(self.group, matrix.families, strict=True)
                if family.name != FORCED
                and self.rows.kind[family.first : family.last].max(initial=Kind.STRUCTURE) > Kind.STRUCTURE
            )
        )
        words = program.limits()
        self.own_rows = any(
            family.name not in words and not family.name.endswith("_stays") and not family.name.startswith(HELD)
            for family in matrix.families
        )
        self._smallest = int(np.argmin(program.core.module_it_mw))
        self._row = np.repeat(np.arange(matrix.rows), np.diff(matrix.start))
        self._entries = self._sized()
        self._upper = open_ended(program, matrix)
        self._weights = weights(self.rows)
        self._idle = idle_rows(matrix)

    def ask(self, questions: Sequence[Question], batch: Batch) -> list[Reply]:
        """Answer questions, in their order."""
        built = [self._build(question) for question in questions]
        return [self._reply(each, end) for each, end in zip(built, batch.solve([each.model for each in built]), strict=True)]

    def _sized(self) -> csr_array:
        """The matrix with lines cut to one of the smallest module, where no row of somebody's own may ask for more."""
        matrix, value = self.matrix, self.matrix.value
        if not self.own_rows:
            least_mw = np.full(len(self.program.core.site), self.program.core.module_it_mw[self._smallest])
            value = useful_lines(self.program, matrix, self._row, matrix.column.astype(np.int64), value, least_mw)
        return csr_array((value, matrix.column, matrix.start), shape=(matrix.rows, matrix.columns))

    def _sites(self, question: Question) -> Ints:
        if not self.own_rows:
            return np.array(sorted(question.asked), dtype=np.int64)
        return np.arange(len(self.program.core.site))

    def _build(self, question: Question) -> _Built:
        matrix = self.matrix
        columns = np.flatnonzero(np.isin(matrix.owner, self._sites(question)) | (matrix.owner < 0))
        part = self._entries[:, columns].tocsr()
        broken_at_zero = (matrix.row_lower > 0) | (matrix.row_upper < 0)
        kept = np.flatnonzero((np.diff(part.indptr) > 0) | broken_at_zero)
        part = part[kept]
        family = self.rows.family[kept]
        lower, upper = self._bounds(question, columns)
        row_lower, row_upper = matrix.row_lower[kept].copy(), matrix.row_upper[kept].copy()
        idle = self._idle[kept] | self._unlocked(question, kept, family)
        row_lower[idle], row_upper[idle] = -np.inf, np.inf
        mine = np.isin(self.group[family], list(question.groups)) & (self.rows.kind[kept] != Kind.STRUCTURE) & ~idle
        above = np.flatnonzero(mine & np.isfinite(row_upper))
        below = np.flatnonzero(mine & np.isfinite(row_lower))
        slack_row = np.concatenate([above, below])
        slack_sign = np.concatenate([np.full(len(above), -1.0), np.full(len(below), 1.0)])
        slack_column, slack_size = self._slacks(kept[slack_row])
        cost = np.zeros(slack_column.max(initial=-1) + 1)
        np.add.at(cost, slack_column, self._weights[kept[slack_row]] * slack_size)
        count, row = len(columns), np.repeat(np.arange(len(kept)), np.diff(part.indptr))
        model = small_model(
            cost=np.concatenate([np.zeros(count), cost]),
            lower=np.concatenate([lower, np.zeros(len(cost))]),
            upper=np.concatenate([upper, np.full(len(cost), np.inf)]),
            row=np.concatenate([row, slack_row]),
            column=np.concatenate([part.indices.astype(np.int64), count + slack_column]),
            value=np.concatenate([part.data, slack_sign * slack_size]),
            row_lower=row_lower,
            row_upper=row_upper,
        )
        return _Built(question, model, count, kept, slack_row, slack_column, slack_size)

    def _bounds(self, question: Question, columns: Ints) -> tuple[Floats, Floats]:
        """Sites asked for are open at the end; without rows of somebody's own they hold one of the smallest module."""
        core, asked = self.program.core, list(question.asked)
        lower, upper = self.matrix.lower.copy(), self._upper.copy()
        if not self.own_rows:
            stock = core.modules.columns[asked]
            upper[stock] = lower[stock]
            least = core.modules.columns[asked, self._smallest]
            upper[least] = np.maximum(1.0, lower[least])
        opened = core.open.columns[asked, -1]
        lower[opened] = 1.0
        upper[opened] = np.maximum(upper[opened], 1.0)
        return lower[columns], upper[columns]

    def _unlocked(self, question: Question, kept: Ints, family: Ints) -> Flags:
        """Rows of `locks.forced` whose site is left out."""
        free = np.zeros(len(kept), dtype=bool)
        opened = self.program.core.open.columns[list(question.unlocked), -1]
        for place in np.flatnonzero(self._families({FORCED})[family]):
            row = int(kept[place])
            free[place] = np.isin(self.matrix.column[self.matrix.start[row] : self.matrix.start[row + 1]], opened).any()
        return free

    def _slacks(self, rows: Ints) -> tuple[Ints, Floats]:
        """(column, size) of the slack of each row: one of its own, but the period budgets share what a year more gives."""
        column, size = np.arange(len(rows), dtype=np.int64), np.ones(len(rows))
        shared = np.flatnonzero(self._families({PERIOD_BUDGET})[self.rows.family[rows]])
        if len(shared):
            first = self.matrix.families[int(self.rows.family[rows[shared[0]]])].first
            column[shared] = column[shared[0]]
            size[shared] = years_of_budget(self.program)[rows[shared] - first]
        return np.unique(column, return_inverse=True)[1].astype(np.int64), size

    def _families(self, names: Iterable[str]) -> Flags:
        return np.array([family.name in set(names) for family in self.matrix.families], dtype=bool)

    def _reply(self, built: _Built, end: Small) -> Reply:
        if end.status is not Status.OPTIMAL or end.solution is None:
            return Reply(built.question, False, (), np.inf)
        amount = end.solution[built.columns :][built.slack_column] * built.slack_size
        rows = built.kept[built.slack_row]
        short = np.flatnonzero(amount > SHORT * np.maximum(1.0, self.rows.size[rows]))
        return Reply(
            built.question, True, tuple(Shortage(int(rows[at]), float(amount[at])) for at in short), float(end.objective)
        )


def group_of(program: Program, name: str) -> str:
    """Limits that are loosened together: those of one family, and with those of land the IT load of a site, which follows
    from its land; other rows of the core and rows without words each by themselves."""
    words = program.limits()
    owner = words[name][0] if name in words else "core"
    if name == "site_limit":
        return "land"
    return name if owner == "core" else owner


def years_of_budget(program: Program) -> Floats:
    """Years of signed money that each row of the period budget counts (P)."""
    years = program.problem.time.years
    return np.cumsum(years) if getattr(program.knobs["budget"], "carry_over", False) else years
