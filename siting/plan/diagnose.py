"""Why there is no plan: the exception that fits how the solve ended, with the limits that stand against each other."""

from __future__ import annotations

import numpy as np

from siting.errors import Infeasible, NoPlanInLimit, SolverFailed, Unbounded
from siting.program.assemble import Program
from siting.scenario import Scenario
from siting.solve.job import Status
from siting.solve.outcome import Outcome


def refuse(program: Program, outcome: Outcome, scenario: Scenario) -> None:
    """Raise what fits an outcome without a plan; return where there is one with at least one module."""
    if outcome.status is Status.INFEASIBLE:
        raise Infeasible("no plan meets all limits")
    if outcome.status is Status.UNBOUNDED:
        raise Unbounded("the objective has no limit")
    if outcome.status is Status.NO_SOLUTION_IN_LIMIT or (outcome.values is None and outcome.status is Status.INTERRUPTED):
        raise NoPlanInLimit(f"no plan was found within {scenario.effort.time_limit_s:g} s")
    if outcome.values is None:
        raise SolverFailed(outcome.message or "the solver failed")
    if not np.any(outcome.values[program.core.modules.columns] > 0.5):
        raise Infeasible("no site is affordable: not one module can be placed within the limits")
