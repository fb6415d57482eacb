"""Every aim on worlds small enough for a pencil: its value, its plan, what the next aim may give away, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting.errors import InputError
from siting.objectives import OBJECTIVES
from siting.objectives.aim import Aim, Scales
from siting.solve.job import Status
from siting.verify import verify_files
from tests.planned import broken_rules, planned
from tests.worlds import Best, World, best_of, candidate, opened, small_world

AIMS = {aim.name: aim for aim in OBJECTIVES}
POD_MUSD = 135.0 + 50.0 * (0.4 * 1.25 + 0.6 * 1.05)
POD_MUSD_PER_YEAR = 1.5 * 1.4 + 5.0 * 8760 * 45.0 * 1e-6
"""Operation far from towns, and the river's energy."""
OPENING_MUSD = 5.0


def world(periods: int = 1, **knobs: object) -> World:
    """A dam with power for eight pods, nothing discounted, ten years of operation in all from the last period on."""
    toy = small_world(periods=periods).only("hardware")
    toy.model["off"] = [name for name in toy.model["off"] if name != "target"]
    toy.model["finance"]["discount_rate"] = 0.0
    return toy.turned(**knobs)


def best(toy: World, folder: Path, *names: str) -> Best:
    found = best_of(toy, folder, [AIMS[name] for name in names])
    assert found.status is Status.OPTIMAL
    return found


def test_cheapest_for_target_builds_what_is_asked_and_no_more(tmp_path: Path) -> None:
    found = best(world(target__it_mw=[10.0]), tmp_path, "cheapest_for_target")
    assert found.count() == 2
    assert found.reached[0] == pytest.approx(2 * POD_MUSD + OPENING_MUSD + 10 * 2 * POD_MUSD_PER_YEAR)


def test_a_target_holds_in_each_period(tmp_path: Path) -> None:
    found = best(world(periods=3, target__it_mw=[0.0, 5.0, 15.0]), tmp_path, "cheapest_for_target")
    assert found.it_mw()[0].tolist() == [0.0, 5.0, 15.0]


def test_a_target_is_rounded_up_to_whole_modules(tmp_path: Path) -> None:
    assert best(world(target__it_mw=[10.0 + 1e-3]), tmp_path, "cheapest_for_target").count() == 3


def test_earliest_counts_what_is_delivered_so_far(tmp_path: Path) -> None:
    toy = world(periods=2).turned(budget__period_musd_per_year=POD_MUSD + OPENING_MUSD, budget__total_musd=1e5)
    toy.model["off"].remove("budget")
    found = best(toy, tmp_path, "earliest")
    assert found.it_mw()[0].tolist() == [5.0, 10.0]
    assert found.reached[0] == pytest.approx(5.0 * 0.75 + 10.0 * 0.25)


def test_earliest_settles_which_of_two_plans_of_one_cost_is_there_first(tmp_path: Path) -> None:
    toy = world(periods=2, target__it_mw=[0.0, 10.0])
    late = best(toy, tmp_path, "cheapest_for_target")
    early = best(toy, tmp_path, "earliest", "cheapest_for_target")
    assert late.it_mw()[0, 0] <= early.it_mw()[0, 0] == 40.0


def gridded(**knobs: object) -> World:
    """The dam, dear, and a substation with as much, in an hour of stress."""
    toy = world(target__it_mw=[10.0], hydro__price_usd_per_mwh=80.0, grid_strain__price_usd_per_mwh=20.0)
    toy.model["off"] = [name for name in toy.model["off"] if name not in ("grid_strain", "carbon")]
    toy.model["grid_strain"] |= {"stressed_premium_share": 0.0, "import_floor_mw": 500.0, "strain_limit": 1.0}
    return toy.turned(**knobs)


def test_least_strain_takes_the_river_where_the_grid_is_cheaper(tmp_path: Path) -> None:
    cheap = best(gridded(), tmp_path, "cheapest_for_target")
    calm = best(gridded(), tmp_path, "least_strain", "cheapest_for_target")
    assert cheap.reached[0] < calm.reached[1]
    assert calm.reached[0] == pytest.approx(0.0, abs=1e-9)
    strain = cheap.program.ledgers.strain_h.filled(cheap.values)
    assert strain == pytest.approx([8760.0 * 10.0 / 100.0])


def test_least_carbon_counts_energy_of_all_years_and_what_is_built(tmp_path: Path) -> None:
    found = best(gridded(), tmp_path, "least_carbon")
    tonnes = 10.0 * 8760 * 0.024 * 10 + 10.0 * 1000.0
    assert found.reached[0] == pytest.approx(tonnes / 1000.0)


def test_most_value_builds_where_a_module_is_worth_more_than_it_costs(tmp_path: Path) -> None:
    found = best(world(), tmp_path, "most_value")
    worth = 0.85 * 12 * 5.0 * 10
    assert found.count() == 8
    assert found.reached[0] == pytest.approx(8 * (worth - POD_MUSD - 10 * POD_MUSD_PER_YEAR) - OPENING_MUSD)
    poor = best(world(objective__compute_value_musd_per_mw_month=0.3), tmp_path, "most_value")
    assert poor.count() == 0
    assert poor.reached[0] == 0.0


def test_two_aims_in_order_give_nothing_of_the_first_away(tmp_path: Path) -> None:
    assert best(world(), tmp_path, "most_compute", "least_cost").count() == 8
    assert best(world(), tmp_path, "most_value", "least_cost").count() == 8
    assert best(world(), tmp_path, "least_cost", "most_compute").count() == 0


def test_a_later_aim_gives_away_no_more_than_the_tolerance(tmp_path: Path) -> None:
    share = 0.25
    assert best(world(objective__tolerance_share=share), tmp_path, "most_compute", "least_cost").count() == 6
    assert best(world(objective__tolerance_share=share - 1e-3), tmp_path, "most_compute", "least_cost").count() == 7


@pytest.mark.parametrize("name", sorted(set(AIMS) - {"most_compute"}))
def test_every_aim_held_is_kept_by_the_next(name: str, tmp_path: Path) -> None:
    found = best(gridded(), tmp_path, name, "most_compute")
    again = AIMS[name].coefficients(_scales(found)) @ found.values
    assert again == pytest.approx(found.reached[0], rel=1e-6, abs=1e-6)


def _scales(found: Best) -> Scales:
    program = found.program
    return Scales(program.problem, program.core, program.ledgers, found.matrix.columns)


@pytest.mark.parametrize("aim", OBJECTIVES, ids=lambda aim: aim.name)
def test_the_gap_of_an_aim_has_a_size(aim: Aim, tmp_path: Path) -> None:
    found = best(gridded(), tmp_path, aim.name)
    assert aim.judged(_scales(found), found.values) > 0


# ---- what is written is checked by others


@pytest.mark.parametrize("name", sorted(AIMS))
def test_a_plan_of_each_aim_is_verified(name: str, tmp_path: Path) -> None:
    toy = gridded(objective__aims=[name, "least_cost"] if name != "least_cost" else [name])
    folder = planned(toy, tmp_path)
    report = verify_files(folder, folder.parent)
    assert not [fault for fault in report.faults if not fault.warning]
    document = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    document["aims"][0]["value"] *= 1.001
    document["aims"][0]["value"] += 0.1
    (folder / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    assert "aims.value" in broken_rules(folder)


def test_a_plan_that_misses_its_target_is_refused_by_the_checker(tmp_path: Path) -> None:
    folder = planned(gridded(objective__aims=["cheapest_for_target"]), tmp_path)
    path = folder / "scenario.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["target"]["it_mw"] = [15.0]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert "target.reached" in broken_rules(folder)


# ---- refused before the solve


def refused(toy: World, folder: Path) -> str:
    with pytest.raises(InputError) as error:
        opened(toy, folder)
    (fault,) = (fault for fault in error.value.faults if not fault.warning)
    return fault.sentence()


def test_a_target_above_the_budget_is_refused_with_both_sides(tmp_path: Path) -> None:
    toy = world(target__it_mw=[40.0], budget__total_musd=1000.0)
    toy.model["off"].remove("budget")
    told = refused(toy, tmp_path)
    assert "target.it_mw[0]" in told
    assert "40 MW" in told
    assert "budget.total_musd" in told
    assert "27 MW" in told  # 37 MUSD a MW


def test_a_target_above_the_pace_of_the_rollout_is_refused_with_both_sides(tmp_path: Path) -> None:
    pace = {"start_mw_per_month": 1.0, "growth_share_per_month": 1.0, "programme_mw_per_month": 4.0, "site_mw_per_month": 5.0}
    toy = world(target__it_mw=[43.0 + 1e-3]).turned(**{f"rollout__{name}": mw for name, mw in pace.items()})
    toy.model["off"].remove("rollout")
    told = refused(toy, tmp_path)
    assert "43.001 MW by 2027" in told
    assert "at most 43 MW" in told  # 1 + 2 + 10 x 4
    assert "rollout.programme_mw_per_month" in told


def test_a_target_above_what_all_sites_take_is_refused(tmp_path: Path) -> None:
    toy = world(target__it_mw=[101.0])
    toy.layers["candidates"].append(candidate("b", -120.4, 46.0, limit_mw=4.0))
    told = refused(toy, tmp_path)
    assert "101 MW" in told
    assert "100 MW" in told
    assert "candidates.limit_mw" in told


def test_a_target_needs_a_number_for_each_period(tmp_path: Path) -> None:
    assert "1 numbers" in refused(world(periods=2, target__it_mw=[5.0]), tmp_path)


@pytest.mark.parametrize("mw", [-1.0, 2e6])
def test_a_target_out_of_range_is_refused(mw: float, tmp_path: Path) -> None:
    assert "S021" in refused(world(target__it_mw=[mw]), tmp_path)


@pytest.mark.parametrize(("name", "family"), [("least_carbon", "carbon"), ("least_strain", "grid_strain")])
def test_an_aim_whose_family_is_off_is_refused(name: str, family: str, tmp_path: Path) -> None:
    told = refused(world(objective__aims=["most_compute", name]), tmp_path)
    assert f"{family} is off" in told
    assert "objective.aims[1]" in told


def test_cheapest_for_target_without_a_target_is_refused(tmp_path: Path) -> None:
    assert "asks for nothing" in refused(world(objective__aims=["cheapest_for_target"]), tmp_path)


def test_an_aim_that_asks_for_nothing_is_warned_of_when_it_stands_first(tmp_path: Path) -> None:
    def warned(toy: World) -> list[str]:
        return [fault.field for fault in opened(toy, tmp_path).scenario.warnings]

    assert "objective.aims[0]" in warned(world(objective__aims=["least_cost"]))
    assert "objective.aims[0]" not in warned(world(objective__aims=["least_cost"], target__it_mw=[5.0]))
    assert "objective.aims[0]" not in warned(world(objective__aims=["most_value", "least_cost"]))
