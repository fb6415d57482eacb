"""The stair from a scenario to a plan: layers, candidates, problem, program, solve, plan. Nothing is written here."""

from __future__ import annotations

from siting.layers.read import Layers
from siting.merging import groups
from siting.objectives import OBJECTIVES
from siting.plan.read import read_plan
from siting.plan.record import Plan
from siting.program.assemble import Program
from siting.scenario import Scenario
from siting.solve.finer import Finer
from siting.solve.job import Status
from siting.solve.outcome import Effort, Outcome, solve
from siting.statement import candidates_of, is_merged, merged_program_of, problem_of, program_of
from siting.watch import Clock, Watch, stopped


def climb(scenario: Scenario, layers: Layers, clock: Clock) -> Plan:
    """Solve a scenario whose layers are read. Raises InputError, Infeasible, Unbounded, NoPlanInLimit, SolverFailed, Stopped."""
    with clock.step("candidates"):
        sites = candidates_of(scenario, layers)
    with clock.step("problem"):
        problem = problem_of(scenario, layers, sites)
    with clock.step("program"):
        program = program_of(scenario, problem)
        finer = finer_of(program, scenario)
    with clock.step("solve"):
        outcome = solved(program, scenario, clock.watch, finer)
    with clock.step("plan", has_plan=True):
        return read_plan(program, outcome, scenario, layers)


def finer_of(program: Program, scenario: Scenario) -> Finer | None:
    """The program beside the one on merged slices that is searched; None where slices are not merged."""
    if not is_merged(scenario):
        return None
    coarse = merged_program_of(scenario, program.problem)
    return Finer(program, coarse, groups(program.problem.time, scenario.time.blocks))


def solved(program: Program, scenario: Scenario, watch: Watch, finer: Finer | None = None) -> Outcome:
    """The outcome of all aims in the scenario's order. Raises Stopped where it was stopped before there was a plan."""
    aims = [aim for name in scenario.objective.aims for aim in OBJECTIVES if aim.name == name]
    effort = Effort(**scenario.effort.model_dump())
    outcome = solve(program, aims, effort, watch.progress, watch.stop.given.is_set, finer)
    if outcome.values is None and outcome.status is Status.INTERRUPTED:
        raise stopped(watch.stop.number, "stopped before there was a plan; nothing was written")
    return outcome
