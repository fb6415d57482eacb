"""Why there is no plan: the exception that fits how the solve ended, with the limits that stand against each other.

The first line says what cannot be met, then a line for each group of limits that could mend it alone, with the knob and the
value needed. All of it comes from relaxed programs (`siting.plan.needed`): what is needed is at least that much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.errors import Infeasible, NoPlanInLimit, SolverFailed, Unbounded
from siting.family import Floats, Ints
from siting.objectives.aim import Aim, Scales
from siting.plan.loosened import SHORT, small_model
from siting.plan.needed import Needs, Question, Reply
from siting.plan.remedies import knob_words, short_words
from siting.program.assemble import Program
from siting.program.matrix import Matrix
from siting.scenario import Scenario
from siting.solve.batch import Batch
from siting.solve.job import Status
from siting.solve.outcome import Outcome
from siting.solve.start import kernel

Explain = Callable[[Program, Matrix], str]
MOST_SITES: Final = 40
"""Sites that are asked one by one what the first module there would take."""
MOST_LOCKS: Final = 20
MOST_NAMED: Final = 5


def refuse(program: Program, outcome: Outcome, scenario: Scenario, others: int = 0) -> None:
    """Raise what fits an outcome without a plan; return where there is one with at least one module. `others` is the number of
    candidates in no program where a module may stand."""
    if outcome.status is Status.INFEASIBLE:
        raise Infeasible(_told(program, outcome, "no plan meets all limits", why_infeasible))
    if outcome.status is Status.UNBOUNDED:
        aims = [reached.aim for reached in outcome.reached]
        raise Unbounded(_told(program, outcome, "the objective has no limit", lambda p, m: why_unbounded(p, m, aims)))
    if outcome.status is Status.NO_SOLUTION_IN_LIMIT or (outcome.values is None and outcome.status is Status.INTERRUPTED):
        raise NoPlanInLimit(_none_within(scenario))
    if outcome.values is None:
        raise SolverFailed(outcome.message or "the solver failed")
    if not np.any(outcome.values[program.core.modules.columns] > 0.5):
        raise _no_module(program, outcome, scenario, others)


def _no_module(program: Program, outcome: Outcome, scenario: Scenario, others: int) -> Infeasible | NoPlanInLimit:
    """What fits an empty plan: where it is not proven, a better one may be had unless every candidate was asked in vain."""
    proven = outcome.status is Status.OPTIMAL
    try:
        first = first_module(program, outcome.matrix)
    except SolverFailed as error:
        why = f"no site is affordable; why could not be computed: {error.message}"
        return Infeasible(why) if proven else NoPlanInLimit(_none_within(scenario))
    count = len(program.problem.site_ids) + others
    if proven or (not first.site and first.asked == count):
        return Infeasible(first.words)
    partly = f"and only {first.asked} of {count} candidates were asked whether they have room for a module"
    words = f"though a module could stand at {first.site}" if first.site else partly
    return NoPlanInLimit(f"{_none_within(scenario)} Only the empty plan is known, {words}.")


def _none_within(scenario: Scenario) -> str:
    return (
        f"no plan was found within {scenario.effort.time_limit_s:g} s. Raise effort.time_limit_s, or ask for less: "
        "a coarser candidates.cell_resolution, fewer time.blocks or periods."
    )


def _told(program: Program, outcome: Outcome, head: str, explain: Explain) -> str:
    """The explanation; only its head where the small programs fail."""
    try:
        return explain(program, outcome.matrix)
    except SolverFailed as error:
        return f"{head}; why could not be computed: {error.message}"


def why_infeasible(program: Program, matrix: Matrix) -> str:
    """What stands against the sites that must open, and what would mend it alone."""
    needs = Needs(program, matrix)
    forced = _forced(program)
    asked = tuple(forced.tolist())
    ids = program.problem.site_ids
    alone = [Question(asked, frozenset({group})) for group in needs.groups]
    dropped = [Question(tuple(site for site in asked if site != left), frozenset(), (left,)) for left in asked[:MOST_LOCKS]]
    with Batch(len(alone)) as batch:
        everything, *others = needs.ask([Question(asked, frozenset(needs.groups)), *alone, *dropped], batch)
    head = f"no plan meets all limits. {_against(needs, everything, [ids[site] for site in asked])}"
    if everything.possible and not everything.shortages:
        return f"{head} With fractions of modules and lines there would be one."
    lines = [knob_words(needs, reply.shortages) for reply in _alone(others[: len(alone)])]
    lines += [f"locks.force without {ids[reply.question.unlocked[0]]}" for reply in others[len(alone) :] if reply.possible]
    return "\n".join([head, *_remedies(lines, needs, everything)])


def _against(needs: Needs, everything: Reply, sites: Sequence[str]) -> str:
    named = ", ".join(sites[:MOST_NAMED]) + (f" and {len(sites) - MOST_NAMED} more" if len(sites) > MOST_NAMED else "")
    who = f"locks.force asks for {named}" if sites else "What must stand asks for more than there is"
    if not everything.possible:
        return f"{who}; rows of the program's structure stand against it."
    return f"{who}, against it: {short_words(needs, everything.shortages)}." if everything.shortages else f"{who}."


def _alone(replies: Sequence[Reply]) -> list[Reply]:
    """Replies of groups that mend it alone, the nearest first."""
    return sorted((reply for reply in replies if reply.possible and reply.shortages), key=lambda reply: reply.weight)


def _remedies(lines: Sequence[str], needs: Needs, everything: Reply) -> list[str]:
    if lines:
        return [
            "One of these alone could make it possible (at least; computed with fractions allowed):",
            *(f"  - {each}" for each in lines),
        ]
    if everything.possible and everything.shortages:
        return [f"No single change helps; together: {knob_words(needs, everything.shortages)}."]
    return ["No single change helps."]


def _forced(program: Program) -> Ints:
    forced = getattr(program.problem.facts.get("locks"), "forced", None)
    return np.zeros(0, np.int64) if forced is None else np.unique(forced)


@dataclass(frozen=True, slots=True)
class FirstModule:
    """Where the first module could stand ("" where no limit leaves room for one), what there is to say of it, and how many sites
    were asked."""

    site: str
    words: str
    asked: int


def first_module(program: Program, matrix: Matrix) -> FirstModule:
    """Whether one module could stand, alone, and if not what it would take at the sites where it takes least. Raises SolverFailed
    where the small programs fail."""
    core, problem = program.core, program.problem
    smallest = int(np.argmin(core.module_it_mw))
    module = f"{problem.modules.names[smallest]} ({core.module_it_mw[smallest]:g} MW)"
    sites = _promising(program)
    needs = Needs(program, matrix)
    with Batch(len(sites) * 3) as batch:
        together = needs.ask([Question((int(site),), frozenset(needs.groups)) for site in sites], batch)
        free = [reply for reply in together if reply.possible and not reply.shortages]
        if free:
            name = problem.site_ids[free[0].question.asked[0]]
            words = f"the plan is empty: there is room for a {module} at {name}, but the aims do not ask for it."
            return FirstModule(name, words, len(sites))
        groups = _groups_short(needs, together)
        alone = needs.ask([Question((int(site),), frozenset({group})) for group in groups for site in sites], batch)
    head = f"no site is affordable: not one {module} can be placed within the limits."
    lines = []
    for group in groups:
        best = _alone([reply for reply in alone if group in reply.question.groups])
        if best:
            name = problem.site_ids[best[0].question.asked[0]]
            lines.append(f"for a {module} at {name}: {knob_words(needs, best[0].shortages)}")
    nearest = min(together, key=lambda reply: reply.weight)
    if nearest.possible:
        head += f" Nearest to it is {problem.site_ids[nearest.question.asked[0]]}: {short_words(needs, nearest.shortages)}."
    return FirstModule("", "\n".join([head, *_remedies(lines, needs, nearest)]), len(sites))


def _groups_short(needs: Needs, replies: Sequence[Reply]) -> list[str]:
    """Groups that are short at some site, in the order of the program."""
    short = {str(needs.group[needs.rows.family[shortage.row]]) for reply in replies for shortage in reply.shortages}
    return [group for group in needs.groups if group in short]


def _promising(program: Program) -> Ints:
    """The sites that are asked: all of a few, else the most promising."""
    count = len(program.problem.site_ids)
    if count <= MOST_SITES:
        return np.arange(count)
    return kernel(program.problem, MOST_SITES)[:MOST_SITES]


def why_unbounded(program: Program, matrix: Matrix, aims: Sequence[Aim]) -> str:
    """The columns that can grow without end and make the last aim better and better as they do."""
    head = "the objective has no limit"
    if not aims:
        return head
    aim = aims[-1]
    gain: Floats = aim.coefficients(Scales(program.problem, program.core, program.ledgers, matrix.columns))
    cost = -gain if aim.maximise else gain
    growing = _growing(matrix, cost)
    names = [matrix.column_name(int(column)) for column in growing[:MOST_NAMED]]
    return f"{head}: {aim.title} gets better without end by {', '.join(names)}" if names else head


def _growing(matrix: Matrix, cost: Floats) -> Ints:
    """Columns that pay and grow together in a direction that no row stops."""
    loose = np.flatnonzero(np.isinf(matrix.upper))
    if not len(loose):
        return loose
    place = np.full(matrix.columns, -1)
    place[loose] = np.arange(len(loose))
    mine = place[matrix.column] >= 0
    row = np.repeat(np.arange(matrix.rows), np.diff(matrix.start))
    model = small_model(
        cost=cost[loose],
        lower=np.zeros(len(loose)),
        upper=np.ones(len(loose)),
        row=row[mine],
        column=place[matrix.column[mine]],
        value=matrix.value[mine],
        row_lower=np.where(np.isfinite(matrix.row_lower), 0.0, -np.inf),
        row_upper=np.where(np.isfinite(matrix.row_upper), 0.0, np.inf),
    )
    with Batch(1) as batch:
        end = batch.solve([model])[0]
    if end.solution is None:
        return loose[:0]
    return loose[(end.solution > SHORT) & (cost[loose] < 0)]
