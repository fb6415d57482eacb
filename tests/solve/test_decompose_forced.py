"""Candidates that must open in a decomposition: what they cost is in the bound, and no kernel is without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from siting.objectives import OBJECTIVES
from siting.scenario import load_scenario
from siting.solve import chunks, decompose, sift
from siting.solve.apart import Apart, solve_apart
from siting.solve.job import Status
from siting.solve.outcome import Effort
from siting.statement import candidates_of, layers_of
from tests.bench.continent import Asked as World
from tests.bench.continent import write_continent
from tests.solve.in_parts import StatedHere

FORCED = ("place-000000", "place-000003")


def solved_with_forced(root: Path) -> Apart:
    """Twelve candidates, two of them forced, where one module anywhere would meet the target."""
    write_continent(root, World(12, 4, 1, target_mw=2.0))
    rich = [f"budget.{knob}=100000" for knob in ("total_musd", "period_musd_per_year")]
    scenario = load_scenario("continent", cwd=root, sets=(*rich, f"locks.force={list(FORCED)}".replace("'", '"')))
    layers = layers_of(scenario)
    sites = candidates_of(scenario, layers).sort_values("id", kind="stable").reset_index(drop=True)
    statement = StatedHere(scenario, layers, sites, scenario.objective.aims[0])
    aims = [aim for aim in OBJECTIVES if aim.name == statement.aim]
    return solve_apart(statement, tuple(sites["id"]), aims, Effort(gap=0.5, time_limit_s=30.0))


def open_in(found: Apart) -> set[str]:
    assert found.outcome.values is not None
    opened = found.outcome.values[found.program.core.open.columns].max(axis=1) > 0.5
    return {found.program.problem.site_ids[site] for site in np.flatnonzero(opened).tolist()}


def test_the_bound_counts_what_forced_candidates_cost_though_nothing_pays_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sift, "FIRST", 3)
    found = solved_with_forced(tmp_path)
    reached = found.outcome.reached[0]
    assert found.outcome.status is Status.OPTIMAL
    assert 0.8 * reached.value <= reached.bound <= reached.value


def test_forced_candidates_whose_blocks_propose_nothing_are_in_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sift, "FIRST", 3)
    monkeypatch.setattr(decompose, "PLANNED", 1)
    monkeypatch.setattr(chunks, "PROPOSED_NODES", 0)
    assert set(FORCED) <= open_in(solved_with_forced(tmp_path))
