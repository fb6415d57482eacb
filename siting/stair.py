"""The stair from a scenario to a plan: layers, candidates, problem, program, solve, plan. Nothing is written here."""

from __future__ import annotations

import os
from typing import Final

import geopandas as gpd
import numpy as np

from siting.errors import Fault, input_error
from siting.layers.read import Layers
from siting.merging import groups
from siting.objectives import OBJECTIVES, Aim
from siting.parts import PartStatement, aim_named
from siting.plan.read import read_plan
from siting.plan.record import Plan
from siting.plan.rest import Rest
from siting.problem import active_families
from siting.program.assemble import Program
from siting.scenario import Scenario
from siting.solve.apart import Apart, solve_apart
from siting.solve.crews import expect_crew
from siting.solve.finer import Finer
from siting.solve.job import Status
from siting.solve.outcome import Effort, Outcome, solve
from siting.solve.waiting import Waiting
from siting.statement import candidates_of, is_merged, merged_program_of, problem_of, program_of, refuse_locks
from siting.watch import Clock, Watch, stopped

APART_CANDIDATES: Final = 200
APART_SIZE: Final = 2_000
"""Candidates, and candidates x slices x periods, from which on a program over all of them takes longer than parts."""


def expect_pricing(scenario: Scenario, waiting: Waiting) -> None:
    """Let processes begin to import, while layers are read, where its candidates may be stated in parts; else nobody waits."""
    effort = scenario.effort
    needless = effort.engine == "monolith" or bool(_across(scenario))
    if needless or effort.dask:
        waiting.close()
    if not needless:
        # More than there are processors would only keep each other from importing.
        expect_crew(waiting, effort.dask, effort.workers, os.cpu_count() or 1)


def climb(scenario: Scenario, layers: Layers, clock: Clock, waiting: Waiting | None = None) -> Plan:
    """Solve a scenario whose layers are read, its candidates priced by those who wait; afterwards nobody does. Raises InputError,
    Infeasible, Unbounded, NoPlanInLimit, SolverFailed, Stopped."""
    with clock.step("candidates"):
        sites = candidates_of(scenario, layers)
    if is_apart(scenario, len(sites)):
        return _climb_apart(scenario, layers, sites, clock, waiting or Waiting())
    if waiting is not None:
        waiting.close()
    with clock.step("problem"):
        problem = problem_of(scenario, layers, sites)
    with clock.step("program"):
        program = program_of(scenario, problem)
        finer = finer_of(program, scenario)
    with clock.step("solve"):
        outcome = solved(program, scenario, clock.watch, finer)
    with clock.step("plan", has_plan=True):
        return read_plan(program, outcome, scenario, layers)


def is_apart(scenario: Scenario, candidates: int) -> bool:
    """Whether the candidates are stated in parts. Raises InputError where that is asked for and a family looks across them."""
    effort, time = scenario.effort, scenario.time
    across = _across(scenario)
    if effort.engine == "decompose" and across:
        found = f"decompose, with {', '.join(across)} on"
        expected = "families that state each candidate without looking at others"
        remedy = "Set effort.engine to auto or monolith, or switch these families off"
        fault = Fault("S080", "scenario", "", "effort.engine", found, expected, remedy)
        raise input_error(scenario.placed((fault,)))
    slices = time.blocks * len(time.seasons) * max(1, len(time.hydrology))
    size = candidates * slices * len(time.periods)
    large = candidates >= APART_CANDIDATES and size >= APART_SIZE
    return effort.engine == "decompose" or (effort.engine == "auto" and large and not across)


def _across(scenario: Scenario) -> list[str]:
    """Families that look from one candidate at others."""
    return [family.name for family in active_families(scenario) if family.across(scenario.knobs[family.name])]


def _climb_apart(scenario: Scenario, layers: Layers, sites: gpd.GeoDataFrame, clock: Clock, waiting: Waiting) -> Plan:
    sites = sites.sort_values("id", kind="stable").reset_index(drop=True)
    refuse_locks(scenario, layers, sites)
    aims = [aim_named(name) for name in scenario.objective.aims]
    with clock.step("solve"), waiting:
        statement = PartStatement(scenario, layers, sites, aims[0].name, dask=scenario.effort.dask, waiting=waiting)
        effort = Effort(**scenario.effort.model_dump())
        apart = solve_apart(statement, tuple(sites["id"]), aims, effort, clock.watch.progress, clock.watch.stop.given.is_set)
        if apart.outcome.values is None and apart.outcome.status is Status.INTERRUPTED:
            raise stopped(clock.watch.stop.number, "stopped before there was a plan; nothing was written")
    with clock.step("plan", has_plan=True):
        return read_plan(apart.program, apart.outcome, scenario, layers, _rest(apart, sites, aims[-1]))


def _rest(apart: Apart, sites: gpd.GeoDataFrame, aim: Aim) -> Rest:
    """The candidates that are in no program, and what is known of them."""
    others = np.setdiff1d(np.arange(len(sites)), apart.places)
    frame, loses = sites.iloc[others], apart.loses[others]
    smallest = float(apart.program.problem.modules.it_mw.min())
    barred = (frame["excluded_by"] != "").to_numpy() | (frame["limit_mw"].to_numpy(float) < smallest) | np.isposinf(loses)
    return Rest(frame, np.where(barred | np.isnan(loses), 0.0, loses), aim.unit, barred, looked=~np.isnan(loses))


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
