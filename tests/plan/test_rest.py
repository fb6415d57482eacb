"""Candidates that were only priced: they are in the tables, told why not, ranked, and the whole of it is verified."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from siting.errors import Infeasible, NoPlanInLimit, SitingError
from siting.export import shown, write_all
from siting.pipeline import SCENARIO_FILE, scenario_document
from siting.plan.read import read_plan
from siting.plan.record import Plan
from siting.plan.rest import Rest, priced, ranks
from siting.program.matrix import compile_matrix
from siting.solve.job import Status
from siting.solve.outcome import Outcome
from siting.stair import solved
from siting.statement import candidates_of, problem_of, program_of
from siting.verify import verify_files
from siting.watch import Nobody
from tests.worlds import Opened, World, candidate, opened, small_world


def many(count: int) -> World:
    """A dam and one candidate beside it that is good; others farther and farther away."""
    world = small_world()
    world.layers["candidates"] += [candidate(f"z{n:04d}", -120.4 + 0.3 * (n + 1) / count, 46.0) for n in range(count)]
    return world


def rest_of(sites: gpd.GeoDataFrame, **more: Any) -> Rest:
    others = sites[sites["id"] != "a"].reset_index(drop=True)
    count = len(others)
    fields: dict[str, Any] = {
        "value": np.arange(count, dtype=float)[::-1],
        "unit": "MUSD",
        "barred": np.zeros(count, dtype=bool),
    } | more
    return Rest(others, **fields)


def planned(world: Opened, **more: Any) -> tuple[Plan, Rest]:
    """The plan of a program over the first candidate alone, the others priced."""
    sites = candidates_of(world.scenario, world.layers)
    rest = rest_of(sites, **more)
    kernel = sites[sites["id"] == "a"].reset_index(drop=True)
    program = program_of(world.scenario, problem_of(world.scenario, world.layers, kernel, part=True))
    return read_plan(program, solved(program, world.scenario, Nobody()), world.scenario, world.layers, rest), rest


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return opened(many(350), tmp_path_factory.mktemp("rest"))


@pytest.fixture(scope="module")
def plan(world: Opened) -> Plan:
    return planned(world)[0]


def test_every_candidate_is_in_the_table_with_a_reason_and_a_place_of_its_own(plan: Plan) -> None:
    sites = plan.sites.set_index("id")
    assert len(sites) == 351
    assert plan.record.sizes["candidates"] == 351
    assert list(plan.sites["id"]) == sorted(plan.sites["id"])
    assert sites.loc["a", "verdict"] == "chosen"
    assert sites.loc["a", "rank"] == 0
    assert (sites["verdict"] == "passed_over").sum() == 350
    assert sorted(sites["rank"][sites["verdict"] != "chosen"]) == list(range(1, 351))
    assert sites.loc["z0349", "rank"] == 1
    assert sites.loc["z0000", "rank"] == 350
    assert "costs at least 349 MUSD more than the bound" in str(sites.loc["z0000", "why"])
    assert "may be as good" in str(sites.loc["z0349", "why"])
    assert not sites["it_mw"].drop("a").any()


def test_files_show_the_best_count_the_others_and_hold(plan: Plan, world: Opened, tmp_path: Path) -> None:
    write_all(plan, tmp_path)
    document = scenario_document(world.scenario, world.layers)
    (tmp_path / SCENARIO_FILE).write_text(json.dumps(document))
    layer = json.loads((tmp_path / "sites.geojson").read_text())
    assert layer["note"] == "50 further candidates are in plan.gpkg."
    ids = {each["id"] for each in layer["features"]}
    assert len(ids) == 1 + shown.MOST_PASSED_OVER
    assert {"a", "z0349", "z0050"} <= ids
    assert "z0049" not in ids
    assert len(gpd.read_file(tmp_path / "plan.gpkg", layer="sites")) == 351
    assert "50 further candidates are in plan.gpkg." in (tmp_path / "map.html").read_text()
    report = verify_files(tmp_path, world.scenario.cwd)
    assert report.passed, [fault.sentence() for fault in report.faults]


def test_where_no_module_can_stand_comes_last_whatever_its_value(world: Opened) -> None:
    sites = candidates_of(world.scenario, world.layers)
    plan, _ = planned(world, barred=(sites["id"] == "z0349")[sites["id"] != "a"].to_numpy())
    by_id = plan.sites.set_index("id")
    assert by_id.loc["z0349", "rank"] == 350
    assert str(by_id.loc["z0349", "why"]).startswith("No module can stand here")
    assert by_id.loc["z0348", "rank"] == 1


@pytest.mark.parametrize(("barred", "error"), [(False, NoPlanInLimit), (True, Infeasible)])
def test_an_empty_plan_that_is_not_proven_leaves_open_what_others_have_room_for(
    barred: bool, error: type[SitingError], tmp_path: Path
) -> None:
    at = opened(many(3).turned(budget__total_musd=100.0), tmp_path)
    sites = candidates_of(at.scenario, at.layers)
    rest = rest_of(sites, barred=np.full(3, barred))
    program = program_of(at.scenario, problem_of(at.scenario, at.layers, sites[sites["id"] == "a"], part=True))
    matrix = compile_matrix(program.model, program.space)
    empty = Outcome(Status.FEASIBLE_GAP, (), np.zeros(matrix.columns), matrix, "", {})
    with pytest.raises(error):
        read_plan(program, empty, at.scenario, at.layers, rest)


def test_lengths_columns_and_strangers_are_refused(world: Opened) -> None:
    sites = candidates_of(world.scenario, world.layers)
    with pytest.raises(ValueError, match=r"value .* expected \(350,\)"):
        rest_of(sites, value=np.zeros(3))
    with pytest.raises(ValueError, match="lack zone"):
        replace(rest_of(sites), sites=rest_of(sites).sites.drop(columns="zone"))
    with pytest.raises(ValueError, match="not a number"):
        rest_of(sites, value=np.full(350, np.nan))


@pytest.mark.parametrize(
    ("value", "missed", "words"),
    [
        (12.0, 3.0, "costs at least 12.0 MUSD more than the bound, and 9.0 more than this plan loses"),
        (
            12.0,
            20.0,
            "within the gap: any plan with it costs at least 12.0 MUSD more than the bound, which this plan misses by 20.0",
        ),
        (12.0, 0.0, "than the bound, which this plan reaches"),
        (12.0, math.inf, "costs at least 12.0 MUSD more than the bound."),
        (0.0, 3.0, "may be as good"),
        (-1.0, 3.0, "may be as good"),
        (1234.9, 0.0, "at least 1,234 MUSD"),
    ],
)
def test_a_loss_is_told_against_bound_and_plan_and_never_too_large(value: float, missed: float, words: str) -> None:
    assert words in priced(value, "MUSD", missed)


def test_a_loss_of_compute_is_told_in_its_unit() -> None:
    assert "is at least 2.5 MW-years worse than the bound" in priced(2.55, "MW-years", 0.0)


def test_ranks_leave_out_the_chosen() -> None:
    assert ranks(np.array([False, True, False]), (np.array([2.0, 0.0, 1.0]),)).tolist() == [2, 0, 1]
