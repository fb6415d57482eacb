"""What every family owes the program, whoever writes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from siting.families import FAMILIES
from siting.family import Family, knob_facts
from siting.layers.schema import TABLES
from siting.solve.job import Status
from siting.stair import climb
from siting.watch import Clock, Nobody
from tests.golden.world import golden_world
from tests.worlds import Best, Opened, opened, optimum

each = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return opened(golden_world(), tmp_path_factory.mktemp("contract"))


@pytest.fixture(scope="module")
def best(world: Opened) -> Best:
    return optimum(world.program())


@each
def test_family_is_documented_and_its_knobs_too(family: Family) -> None:
    assert family.title
    assert re.fullmatch(r"[a-z][a-z_]*", family.name)
    for fact in knob_facts(family.knobs):
        assert fact.meaning, fact.name
        assert fact.source, fact.name
        assert fact.tighter in ("up", "down", ""), fact.name
        if isinstance(fact.default, bool | tuple | str):
            continue
        assert fact.at_least is not None, fact.name
        assert fact.at_most is not None, fact.name
        assert fact.at_least <= fact.default <= fact.at_most, fact.name


@each
def test_family_reads_layers_that_there_are(family: Family) -> None:
    for layer, fields in family.reads.items():
        known = {field.name for field in TABLES[layer].fields}
        assert {field.name for field in fields} <= known, layer


@each
def test_family_reports_the_columns_it_names_one_value_a_site(family: Family, world: Opened, best: Best) -> None:
    told = family.report(world.problem, world.scenario.knobs[family.name], best.program.solved(best.values))
    assert list(told) == [column.name for column in family.columns]
    assert all(len(column) == len(world.problem.site_ids) for column in told.values())
    assert all(column.meaning for column in family.columns)


@each
def test_family_has_words_for_each_of_its_rows_and_no_others(family: Family, best: Best) -> None:
    mine = {part.name.split(".")[1] for part in best.matrix.families if part.name.startswith(f"{family.name}.")}
    mine = {name for name in mine if not name.endswith("_stays")}
    assert mine <= set(family.limits)
    assert set(family.limits) <= {*mine, "supply"}


@each
def test_program_solves_with_any_one_family_switched_off(family: Family, tmp_path: Path) -> None:
    world = golden_world().without(family.name).turned(connectivity__paths=1)
    if family.name == "hydro":  # the line that stands already would end at a dam that sells nothing
        world.model["locks"]["existing_lines"] = [{"link": "a--post", "line_mw": 10.0}]
    found = opened(world, tmp_path)
    assert family.name not in {part.name for part in found.families}
    best = optimum(found.program())
    assert best.status is Status.OPTIMAL
    assert best.count() >= 1


def test_columns_of_families_are_not_those_of_others() -> None:
    names = [column.name for family in FAMILIES for column in family.columns]
    assert len(set(names)) == len(names)


def test_reasons_tell_the_numbers_they_rest_on(tmp_path: Path) -> None:
    world = golden_world().without("locks", "onsite_solar")
    found = opened(world, tmp_path)
    plan = climb(found.scenario, found.layers, Clock(Nobody()))
    chosen = plan.sites[plan.sites["id"] == "a"].iloc[0]
    assert chosen["verdict"] == "chosen"
    why = str(chosen["why"])
    for said in ("10 MW of IT stand here", "2 x pod", "from 2027", "45 USD/MWh", "3 Gbps", "2 separate paths", "2.0 ha", "1.086"):
        assert said in why, said
    assert f"{chosen['capital_musd']:,.0f} MUSD" in why
    assert f"{chosen['tie_km']:.0f} km of tie-line from Dam" in why
    barred = plan.sites[plan.sites["id"] == "b"].iloc[0]
    assert barred["verdict"] == "passed_over"
    assert "exclusion" in str(barred["why"])
