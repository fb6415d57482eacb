"""The program of some of the candidates says of each site what the whole program says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.objectives import OBJECTIVES
from siting.program.matrix import compile_matrix
from siting.scenario import Scenario, load_scenario
from siting.statement import candidates_of, layers_of, problem_of, program_of
from tests.bench.continent import Asked, model_of, write_continent
from tests.worlds import aim_cost, toml_text

CHEAPEST = next(aim for aim in OBJECTIVES if aim.name == "cheapest_for_target")
SOME = (7, 3, 11, 12, 13, 14, 15, 20)
EXTRA: Mapping[str, Mapping[str, Any]] = {
    "locks": {"force": ["place-000005"], "forbid": ["place-000003"]},
    "rollout": {"zone_mw_per_month": 5.0},
    "satellite": {"nearest": 2, "network_gbps": 9000.0},
    "site_limits": {"least_mw": 5.0, "least_sites": 2, "most_sites": 9},
}


def said_of(scenario: Scenario, sites: Any, wanted: set[str], *, part: bool) -> dict[str, Any]:
    """By Pyomo name what a program says of the wanted sites: sides and cost of columns, entries, and sides of their rows."""
    problem = problem_of(scenario, layers_of(scenario), sites, part=part)
    program = program_of(scenario, problem)
    matrix = compile_matrix(program.model, program.space)
    cost = aim_cost(program, CHEAPEST, matrix)
    owner = np.array([*problem.site_ids, ""], dtype=object)[matrix.owner]
    mine = np.isin(owner, list(wanted))
    names = [matrix.column_name(column) for column in range(matrix.columns)]
    sides = np.column_stack([matrix.lower, matrix.upper, matrix.integer, cost])
    said: dict[str, Any] = {names[column]: tuple(sides[column]) for column in np.flatnonzero(mine)}
    row_of = np.repeat(np.arange(matrix.rows), np.diff(matrix.start))
    for place in np.flatnonzero(mine[matrix.column]):
        row = matrix.row_name(int(row_of[place]))
        said[f"{row} x {names[matrix.column[place]]}"] = matrix.value[place]
        said[row] = (matrix.row_lower[row_of[place]], matrix.row_upper[row_of[place]])
    return said


def world(root: Path, on: tuple[str, ...]) -> Scenario:
    """Candidates over two years with further families on."""
    asked = Asked(candidates=24, slices=4, periods=2, seed=3)
    model_file = write_continent(root, asked)
    model = model_of(asked)
    model["off"] = [name for name in model["off"] if name not in on]
    for family, knobs in EXTRA.items():
        model[family] = {**model.get(family, {}), **knobs}
    model_file.write_text(toml_text(model), encoding="utf-8")
    return load_scenario("continent", cwd=root)


@pytest.mark.parametrize(
    "on",
    [(), ("storage", "onsite_solar", "generation"), ("rollout", "time_to_power", "carbon", "water", "site_limits")],
)
@pytest.mark.parametrize("chosen", [SOME, (5,)])
def test_a_part_says_the_same_of_its_sites(tmp_path: Path, on: tuple[str, ...], chosen: tuple[int, ...]) -> None:
    scenario = world(tmp_path, on)
    candidates = candidates_of(scenario, layers_of(scenario))
    some = candidates.iloc[list(chosen)]
    wanted = set(some["id"])
    whole = said_of(scenario, candidates, wanted, part=False)
    part = said_of(scenario, some, wanted, part=True)
    assert whole.keys() <= part.keys()
    # Besides, a part may state shared rows that all candidates together cannot make bind.
    assert all(name.split("[")[0].split(".")[0] in ("rollout", "satellite") for name in part.keys() - whole.keys())
    different = {name for name in whole if not np.allclose(whole[name], part[name], rtol=1e-12, atol=1e-12)}
    assert not different
