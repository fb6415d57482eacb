"""The stair from a scenario to a plan: layers, candidates, problem, program, solve, plan. Nothing is written here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import geopandas as gpd

from siting.errors import InputError, input_error
from siting.families import FAMILIES
from siting.family import Problem
from siting.layers.candidates import survey_candidates
from siting.layers.edits import AddPolygons
from siting.layers.profiles import MEAN_YEAR, Slices, make_slices
from siting.layers.read import Layers, read_layers
from siting.merging import groups, merged
from siting.objectives import OBJECTIVES
from siting.plan.read import read_plan
from siting.plan.record import Plan
from siting.problem import active_families, build_problem
from siting.program.assemble import Program, assemble
from siting.scenario import Scenario
from siting.solve.finer import Finer
from siting.solve.job import Status
from siting.solve.outcome import Effort, Outcome, solve
from siting.watch import Clock, Watch, stopped


def climb(scenario: Scenario, layers: Layers, clock: Clock) -> Plan:
    """Solve a scenario whose layers are read. Raises InputError, Infeasible, Unbounded, NoPlanInLimit, SolverFailed, Stopped."""
    with clock.step("candidates"):
        sites = candidates_of(scenario, layers)
    with clock.step("problem"):
        problem = _problem_of(scenario, layers, sites)
    with clock.step("program"):
        program = _program_of(scenario, problem)
        finer = finer_of(program, scenario)
    with clock.step("solve"):
        outcome = solved(program, scenario, clock.watch, finer)
    with clock.step("plan", has_plan=True):
        return read_plan(program, outcome, scenario, layers)


def finer_of(program: Program, scenario: Scenario) -> Finer | None:
    """The program beside the one on merged slices that is searched; None where slices are not merged."""
    time = scenario.time
    if time.blocks == time.dispatch_blocks:
        return None
    labels = slices_of(scenario, time.blocks).labels
    coarse = assemble(merged(program.problem, labels, time.blocks), program.families, scenario.knobs)
    return Finer(program, coarse, groups(program.problem.time, time.blocks))


def solved(program: Program, scenario: Scenario, watch: Watch, finer: Finer | None = None) -> Outcome:
    """The outcome of all aims in the scenario's order. Raises Stopped where it was stopped before there was a plan."""
    aims = [aim for name in scenario.objective.aims for aim in OBJECTIVES if aim.name == name]
    effort = Effort(**scenario.effort.model_dump())
    outcome = solve(program, aims, effort, watch.progress, watch.stop.given.is_set, finer)
    if outcome.values is None and outcome.status is Status.INTERRUPTED:
        raise stopped(watch.stop.number, "stopped before there was a plan; nothing was written")
    return outcome


def _problem_of(scenario: Scenario, layers: Layers, sites: gpd.GeoDataFrame) -> Problem:
    """The problem; faults of settings that only show here get the file and line of the setting."""
    slices = slices_of(scenario, scenario.time.dispatch_blocks)
    try:
        return build_problem(scenario, layers.frames, sites, slices)
    except InputError as error:
        raise input_error(scenario.placed(error.faults)) from None


def _program_of(scenario: Scenario, problem: Problem) -> Program:
    """The program; what families can only refuse once they have met gets the file and line of the setting."""
    try:
        return assemble(problem, active_families(scenario), scenario.knobs)
    except InputError as error:
        raise input_error(scenario.placed(error.faults)) from None


def slices_of(scenario: Scenario, blocks: int) -> Slices:
    """The slices of a scenario with so many blocks a day. Raises InputError where the seasons do not part the year."""
    time = scenario.time
    years = tuple((year.name, year.probability_share, year.water_factor) for year in time.hydrology) or MEAN_YEAR
    return make_slices(time.seasons, blocks, str(scenario.path), years)


def layers_of(scenario: Scenario, *, strict: bool = False) -> Layers:
    """The checked layers of a scenario, its edits applied and its exclusions added. Raises InputError with all faults."""
    return read_layers(
        scenario.layer_sources,
        roots=scenario.roots,
        allow_outside=scenario.allow_outside,
        strict=strict,
        edits=(*scenario.edits, *(AddPolygons(source) for source in scenario.exclude)),
        repair=scenario.repair,
        needed=needed_columns(scenario),
    )


def candidates_of(scenario: Scenario, layers: Layers) -> gpd.GeoDataFrame:
    """The candidate sites: the user's own, or made from the layers."""
    rules = scenario.candidates
    return survey_candidates(
        layers,
        cell_resolution=rules.cell_resolution,
        reach_km=rules.reach_km,
        site_limit_mw=rules.limit_mw,
        land_ha=rules.land_ha,
        land_musd_per_ha=rules.land_musd_per_ha,
    )[0]


def needed_columns(scenario: Scenario) -> Mapping[str, frozenset[str]]:
    """Layers that the families in use read, with the columns they need beyond the schema's."""
    needed: defaultdict[str, set[str]] = defaultdict(set)
    for family in active_families(scenario, FAMILIES):
        for layer, fields in family.reads.items():
            needed[layer].update(field.name for field in fields if not field.optional)
    return {layer: frozenset(columns) for layer, columns in needed.items()}
