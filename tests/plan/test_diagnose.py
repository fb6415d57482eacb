"""Without a plan: what stands against it is named, with the knob and the value that would mend it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siting.errors import Infeasible, NoPlanInLimit, SitingError, SolverFailed, Unbounded
from siting.families import FAMILIES
from siting.objectives import OBJECTIVES
from siting.plan import diagnose
from siting.plan.diagnose import refuse
from siting.program.assemble import Program
from siting.program.matrix import compile_matrix
from siting.scenario import Scenario
from siting.solve.job import Status
from siting.solve.outcome import Outcome, Reached
from tests.worlds import World, candidate, opened, optimum, small_world


def outcome_of(program: Program) -> Outcome:
    best = optimum(program)
    values = best.values if best.status is Status.OPTIMAL else None
    return Outcome(best.status, (), values, best.matrix, "", {})


def told(world: World, root: Path) -> Infeasible:
    """The refusal of a world that has no plan."""
    at = opened(world, root)
    with pytest.raises(Infeasible) as caught:
        refuse(*_refused(at.program(), at.scenario))
    return caught.value


def _refused(program: Program, scenario: Scenario) -> tuple[Program, Outcome, Scenario]:
    return program, outcome_of(program), scenario


def in_park(world: World) -> World:
    other = world.copy()
    other.layers["exclusions"] = [{"id": "park", "name": "High Park", "kind": "park", "box": (-120.6, 45.9, -120.4, 46.05)}]
    return other


def test_a_forced_site_inside_an_exclusion_is_told_with_both_sides(tmp_path: Path) -> None:
    error = told(in_park(small_world()).turned(locks__force=["a"]), tmp_path)
    first, *remedies = error.message.split("\n")
    assert "locks.force asks for a, against it: no cluster inside an exclusion (a lies in High Park)" in first
    assert "  - locks.force without a" in remedies
    assert "  - no exclusion there: a lies in High Park" in remedies


def test_the_budget_needed_for_a_forced_site_is_a_bound_and_a_near_one(tmp_path: Path) -> None:
    world = small_world().turned(locks__force=["a"], budget__total_musd=100.0)
    error = told(world, tmp_path / "poor")
    needed = float(error.message.split("budget.total_musd of at least ")[1].split(" ")[0])
    assert optimum(opened(world.turned(budget__total_musd=1.03 * needed), tmp_path / "enough").program()).status is Status.OPTIMAL
    short = world.turned(budget__total_musd=needed - 0.2)
    assert optimum(opened(short, tmp_path / "short").program()).status is Status.INFEASIBLE


def test_a_budget_too_small_for_one_module_is_told_with_the_budget_needed(tmp_path: Path) -> None:
    error = told(small_world().turned(budget__total_musd=100.0), tmp_path)
    assert error.message.startswith("no site is affordable: not one pod (5 MW) can be placed within the limits.")
    assert "capital over all periods" in error.message.split("\n")[0]
    assert "for a pod (5 MW) at a: budget.total_musd of at least " in error.message
    assert error.exit_code == 4


def test_two_budgets_that_are_both_too_small_are_raised_together(tmp_path: Path) -> None:
    world = small_world(periods=2).turned(budget__total_musd=100.0, budget__period_musd_per_year=60.0)
    line = next(line for line in told(world, tmp_path).message.split("\n") if line.startswith("  - "))
    assert "budget.period_musd_per_year of at least " in line
    assert "budget.total_musd of at least " in line


def test_more_paths_than_there_are_is_told_with_the_number_that_can_be_had(tmp_path: Path) -> None:
    error = told(small_world().turned(connectivity__paths=4), tmp_path)
    assert "connectivity.paths of at most 3 (now 4)" in error.message


def test_two_limits_that_both_stand_against_it_are_told_as_a_pair(tmp_path: Path) -> None:
    world = small_world().turned(connectivity__paths=4)
    world.row("sources", "dam")["mean_output_mw"] = 2.0
    last = told(world, tmp_path).message.split("\n")[-1]
    assert last.startswith("No single change helps; together: ")
    assert "hydro.contract_share (now 1.0)" in last
    assert "connectivity.paths of at most 3 (now 4)" in last


def test_land_too_small_for_a_module_is_mended_by_land_alone(tmp_path: Path) -> None:
    world = small_world()
    world.row("candidates", "a")["land_ha"] = 0.5
    message = told(world, tmp_path).message
    assert "land of a site (a), 0.5 ha short" in message
    assert "No single change helps" not in message


def test_an_empty_plan_nobody_asked_more_of_is_told_as_such(tmp_path: Path) -> None:
    at = opened(small_world(), tmp_path)
    program = at.program()
    matrix = compile_matrix(program.model, program.space)
    with pytest.raises(Infeasible, match="there is room for a pod"):
        refuse(program, Outcome(Status.OPTIMAL, (), np.zeros(matrix.columns), matrix, "", {}), at.scenario)


@pytest.mark.parametrize("status", [Status.FEASIBLE_GAP, Status.INTERRUPTED])
def test_an_empty_plan_that_is_not_proven_is_no_plan_rather_than_none_to_be_had(tmp_path: Path, status: Status) -> None:
    at = opened(small_world(), tmp_path)
    program = at.program()
    matrix = compile_matrix(program.model, program.space)
    with pytest.raises(NoPlanInLimit, match="Only the empty plan is known, though a module could stand at a"):
        refuse(program, Outcome(status, (), np.zeros(matrix.columns), matrix, "", {}), at.scenario)


def test_an_empty_plan_that_is_not_proven_says_what_stands_against_every_module(tmp_path: Path) -> None:
    at = opened(small_world().turned(budget__total_musd=100.0), tmp_path)
    program = at.program()
    matrix = compile_matrix(program.model, program.space)
    with pytest.raises(Infeasible, match="no site is affordable"):
        refuse(program, Outcome(Status.FEASIBLE_GAP, (), np.zeros(matrix.columns), matrix, "", {}), at.scenario)


def test_an_empty_plan_is_none_to_be_had_only_where_it_is_proven_or_every_candidate_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = in_park(small_world())
    world.layers["candidates"].append(candidate("far", -120.2, 46.0))
    at = opened(world, tmp_path)
    program = at.program()
    matrix = compile_matrix(program.model, program.space)
    empty = Outcome(Status.FEASIBLE_GAP, (), np.zeros(matrix.columns), matrix, "", {})
    with pytest.raises(NoPlanInLimit, match="a module could stand at far"):
        refuse(program, empty, at.scenario)
    monkeypatch.setattr(diagnose, "MOST_SITES", 1)
    with pytest.raises(NoPlanInLimit, match="only 1 of 2 candidates were asked"):
        refuse(program, empty, at.scenario)
    with pytest.raises(Infeasible, match="no site is affordable"):
        refuse(program, replace(empty, status=Status.OPTIMAL), at.scenario)


def test_what_grows_without_end_is_named(tmp_path: Path) -> None:
    at = opened(small_world().only("land"), tmp_path)
    program = at.program()
    matrix = compile_matrix(program.model, program.space)
    matrix.upper[program.core.unserved_mw.columns] = np.inf
    cost = np.zeros(matrix.columns)
    cost[program.core.unserved_mw.columns] = -1.0
    aim = replace(OBJECTIVES[1], coefficients=lambda _: cost)
    reached = Reached(aim, -np.inf, -np.inf, np.inf, np.inf, Status.UNBOUNDED, 0.0)
    with pytest.raises(Unbounded, match=r"unserved_mw\[a,2027,year 00-24\]"):
        refuse(program, Outcome(Status.UNBOUNDED, (reached,), None, matrix, "", {}), at.scenario)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (Status.NO_SOLUTION_IN_LIMIT, NoPlanInLimit),
        (Status.INTERRUPTED, NoPlanInLimit),
        (Status.SOLVER_FAILED, SolverFailed),
        (Status.REFUSED, SolverFailed),
    ],
)
def test_other_ends_without_a_plan_raise_what_fits(tmp_path: Path, status: Status, error: type[SitingError]) -> None:
    at = opened(small_world(), tmp_path)
    program = at.program()
    matrix = compile_matrix(program.model, program.space)
    with pytest.raises(error):
        refuse(program, Outcome(status, (), None, matrix, "", {}), at.scenario)


def test_every_knob_named_in_a_remedy_exists(tmp_path: Path) -> None:
    scenario = opened(small_world(), tmp_path).scenario
    resolved = scenario.resolved()
    for knobs in (limit.knobs for family in FAMILIES for limit in family.limits.values()):
        for knob in knobs:
            section, _, key = knob.partition(".")
            assert key in resolved[section], knob
