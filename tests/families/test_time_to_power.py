"""Time to power: months count inside a period, nothing is bought before it can be powered, and what waits does not work."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.errors import InputError
from siting.families.time_to_power import WAITING
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import broken_rules, planned, verdict
from tests.verify import damage
from tests.worlds import Best, World, best_of, candidate, opened, pod, small_world, substation

MOST_COMPUTE = [aim for aim in OBJECTIVES if aim.name == "most_compute"]
AT_ONCE = {
    "queue_months": 0.0,
    "line_lead_months": 0.0,
    "line_months_per_100_km": 0.0,
    "transformer_lead_months": 0.0,
    "arrival_share": 1.0,
}


def timed(periods: int = 1, /, lead_months: float = 0.0, **knobs: float) -> World:
    """A dam of 40 MW beside a site; everything is there at once but what is named."""
    world = small_world(periods=periods).only()
    world.model["off"].remove("time_to_power")
    world.model["time_to_power"] = {**AT_ONCE, **knobs}
    world.model["modules"] = {"pod": pod(lead_months=lead_months)}
    return world


def gridded(periods: int = 3, **knobs: float) -> World:
    """A substation with room for 25 MW beside a site, and no plant."""
    world = timed(periods, **knobs)
    world.model["off"] = sorted({*world.model["off"], "hydro"} - {"grid_strain"})
    world.model["grid_strain"] = {"import_floor_mw": 500.0, "strain_limit": 0.75}
    return world


def best(world: World, folder: Path) -> Best:
    found = best_of(world, folder, MOST_COMPUTE)
    assert found.status is Status.OPTIMAL
    return found


def working(found: Best) -> list[float]:
    """MW at work on the mean of each period."""
    mw = found.program.ledgers.compute_mw.filled(found.values).sum(axis=0)
    return [round(float(value), 6) + 0.0 for value in mw]


def standing(found: Best) -> list[int]:
    return [round(float(count)) for count in found["modules"].sum(axis=(0, 1))]


def test_where_everything_is_there_at_once_nothing_changes(tmp_path: Path) -> None:
    found = best(timed(2), tmp_path)
    assert standing(found) == [8, 8]
    assert working(found) == [40.0, 40.0]
    assert "time_to_power.power_in_time" not in {family.name for family in found.matrix.families}


def test_new_modules_work_from_their_lead_time_on(tmp_path: Path) -> None:
    assert working(best(timed(lead_months=8.0), tmp_path)) == [pytest.approx(40.0 * 4 / 12)]
    assert working(best(timed(2, lead_months=8.0), tmp_path)) == [pytest.approx(40.0 * 4 / 12), 40.0]


def test_no_module_is_bought_in_a_period_that_ends_with_its_lead_time(tmp_path: Path) -> None:
    assert standing(best(timed(2, lead_months=12.0), tmp_path)) == [0, 8]
    assert standing(best(timed(2, lead_months=12.0 - 1e-3), tmp_path)) == [8, 8]


def test_modules_that_arrive_evenly_work_half_the_time(tmp_path: Path) -> None:
    world = timed(2, lead_months=6.0, arrival_share=0.5)
    assert working(best(world, tmp_path)) == [pytest.approx(40.0 * 0.5 * 6 / 12), 40.0]


def test_what_is_bought_in_a_later_period_is_ordered_ahead(tmp_path: Path) -> None:
    world = timed(2, lead_months=12.0, arrival_share=0.5)
    assert working(best(world, tmp_path)) == [0.0, 20.0]


def test_a_tie_line_to_a_plant_skips_the_queue(tmp_path: Path) -> None:
    assert working(best(timed(queue_months=100.0), tmp_path)) == [40.0]


def test_a_grid_connection_waits_in_the_queue_of_its_zone(tmp_path: Path) -> None:
    world = gridded(queue_months=18.0)
    found = best(world, tmp_path)
    assert standing(found) == [0, 5, 5]
    assert working(found) == [0.0, 12.5, 25.0]
    world.row("zones", "west")["queue_months"] = 24.0
    assert standing(best(world, tmp_path)) == [0, 0, 5]
    world.row("zones", "west")["queue_months"] = 24.0 - 1e-3
    assert standing(best(world, tmp_path)) == [0, 5, 5]


@pytest.mark.parametrize("knob", ["line_lead_months", "transformer_lead_months"])
def test_a_line_carries_nothing_before_it_is_built(knob: str, tmp_path: Path) -> None:
    assert working(best(timed(**{knob: 9.0}), tmp_path)) == [pytest.approx(40.0 * 3 / 12)]
    assert standing(best(timed(**{knob: 12.0}), tmp_path)) == [0]


def test_a_longer_line_takes_longer(tmp_path: Path) -> None:
    found = opened(timed(line_lead_months=2.0, line_months_per_100_km=10.0), tmp_path)
    facts: Any = found.problem.facts["time_to_power"]
    assert facts.energised_month == pytest.approx(2.0 + 0.1 * found.problem.network.link_km)


def test_generators_carry_a_site_until_its_line_comes(tmp_path: Path) -> None:
    alone = timed(2, line_lead_months=6.0)
    bridged = alone.copy()
    bridged.model["off"].remove("generation")
    bridged.model["generation"] = {
        "engine_lead_months": 0.0, "diesel_lead_months": 0.0, "most_energy_share": 0.0, "bridge_months": 12.0,
        "most_power_share": 2.0,
    }  # fmt: skip
    assert working(best(alone, tmp_path / "alone")) == [20.0, 40.0]
    assert working(best(bridged, tmp_path / "bridged")) == [40.0, 40.0]


def test_line_and_module_come_side_by_side_and_the_later_counts(tmp_path: Path) -> None:
    world = timed(lead_months=3.0, line_lead_months=9.0, arrival_share=0.5)
    assert working(best(world, tmp_path)) == [pytest.approx(40.0 * 0.5 * 3 / 12)]
    assert working(best(world.turned(time_to_power__line_lead_months=1.0), tmp_path)) == [pytest.approx(40.0 * 0.5 * 9 / 12)]


def test_what_stood_before_never_waits_for_a_late_line(tmp_path: Path) -> None:
    """The dam feeds half the site from the first month; the grid comes in the middle of the second year."""
    world = gridded(2, queue_months=18.0)
    world.model["off"].remove("hydro")
    world.row("sources", "dam")["mean_output_mw"] = 20.0
    found = best(world, tmp_path)
    assert standing(found) == [4, 9]
    assert working(found) == [20.0, 20.0 + 0.5 * 25.0]


def test_power_that_nobody_draws_does_not_count_as_power_in_time(tmp_path: Path) -> None:
    world = timed(line_lead_months=6.0)
    world.row("candidates", "a")["limit_mw"] = 10.0
    assert working(best(world, tmp_path)) == [5.0]


def test_later_power_or_hardware_is_never_better(tmp_path: Path) -> None:
    world = gridded(2, queue_months=6.0, line_lead_months=3.0, transformer_lead_months=3.0)
    world.model["off"].remove("hydro")
    world.row("sources", "dam")["mean_output_mw"] = 20.0
    before = best(world, tmp_path).reached[0]
    for knob in ("queue_months", "line_lead_months", "line_months_per_100_km", "transformer_lead_months"):
        later = best(world.turned(**{f"time_to_power__{knob}": 13.5}), tmp_path).reached[0]
        assert later <= before + 1e-9, knob
    assert best(world.turned(time_to_power__arrival_share=0.5), tmp_path).reached[0] < before


def test_sites_tell_when_they_first_work_and_what_gates_them(tmp_path: Path) -> None:
    from siting.families.time_to_power import TIME_TO_POWER

    def told(world: World) -> tuple[float, str, float]:
        found = best(world, tmp_path)
        problem = found.program.problem
        row = TIME_TO_POWER.report(problem, found.program.knobs["time_to_power"], found.program.solved(found.values))
        return row["earliest_month"][0], row["gated_by"][0], row["month_earlier_musd"][0]

    value = opened(timed(), tmp_path).problem.compute_value_musd_per_mw_month
    assert told(timed(lead_months=8.0)) == (8.0, "the lead time of its modules", 40.0 * value)
    assert told(timed(line_lead_months=9.0)) == (9.0, "its tie-line", 40.0 * value)
    assert told(timed(transformer_lead_months=9.0)) == (9.0, "its transformers", 40.0 * value)
    assert told(gridded(queue_months=18.0)) == (18.0, "the connection queue", 25.0 * value)
    passed = timed(line_lead_months=9.0)
    passed.model["off"].remove("locks")
    passed.model["locks"] = {"forbid": ["a"]}
    assert told(passed) == (9.0, "its tie-line", 0.0)


# ---- bad input


def test_a_programme_that_ends_before_any_module_comes_is_refused_with_both_sides(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        opened(timed(lead_months=12.0), tmp_path)
    fault = refusal.value.faults[0]
    assert fault.code == "S051"
    assert fault.field == "modules.pod.lead_months"
    assert "12 months" in fault.value
    assert "12 months of all periods" in fault.expected


@pytest.mark.parametrize(("knob", "value"), [("queue_months", -1.0), ("arrival_share", 0.0), ("arrival_share", 1.1)])
def test_a_knob_out_of_its_range_is_refused(knob: str, value: float, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        opened(timed(**{knob: value}), tmp_path)
    assert f"time_to_power.{knob}" in {fault.field for fault in refusal.value.faults}


def test_a_queue_of_a_zone_out_of_its_range_is_refused(tmp_path: Path) -> None:
    world = timed()
    world.row("zones", "west")["queue_months"] = 2000.0
    with pytest.raises(InputError) as refusal:
        opened(world, tmp_path)
    assert "queue_months" in {fault.field for fault in refusal.value.faults}


# ---- verify


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan in which lines, queue and modules all come late: 5 of 9 modules wait for the grid in the second year."""
    world = gridded(2, queue_months=18.0, lead_months=6.0, line_lead_months=7.0, arrival_share=0.5)
    world.model["off"].remove("hydro")
    world.row("sources", "dam")["mean_output_mw"] = 20.0
    world.layers["candidates"].append(candidate("b", -119.0, 46.0))
    world.layers["substations"].append(substation("far", -119.0, 45.9, zone="east", rating_mw=1.0))
    return planned(world, tmp_path_factory.mktemp("timed"))


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    root = tmp_path / "world"
    shutil.copytree(sound.parent, root)
    (root / "plan" / "manifest.json").write_text("{}")
    return root / "plan"


def test_a_sound_plan_passes(sound: Path) -> None:
    found = verdict(sound)
    assert found.passed, [fault.sentence() for fault in found.faults]
    assert {"time_to_power.power", "time_to_power.waiting"} <= {rule.name for rule in found.rules}


def _given(folder: Path, turn: float) -> None:
    damage.table(
        folder, "given.csv", lambda rows: [{**row, "amount": str(round(float(row["amount"]) + turn, 6))} for row in rows]
    )


def test_less_waiting_than_months_leave_is_refused(folder: Path) -> None:
    _given(folder, -0.01)
    assert "time_to_power.power" in broken_rules(folder)


def test_more_waiting_than_is_new_is_refused(folder: Path) -> None:
    _given(folder, 100.0)
    assert "time_to_power.new" in broken_rules(folder)


def _asked(folder: Path, section: str, knob: str, value: float) -> None:
    path = folder / "scenario.json"
    document = json.loads(path.read_text())
    document[section][knob] = value
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("knob", "value", "rule"),
    [
        ("queue_months", 20.0, "time_to_power.power"),
        ("queue_months", 24.1, "time_to_power.lines"),
        ("line_lead_months", 8.0, "time_to_power.power"),
        ("transformer_lead_months", 12.1, "time_to_power.lines"),
        ("arrival_share", 0.4, "time_to_power.waiting"),
    ],
)
def test_a_plan_of_an_easier_question_is_refused(knob: str, value: float, rule: str, folder: Path) -> None:
    _asked(folder, "time_to_power", knob, value)
    assert rule in broken_rules(folder)


def test_a_module_before_its_lead_time_is_refused(folder: Path) -> None:
    path = folder / "scenario.json"
    document = json.loads(path.read_text())
    document["modules"]["pod"]["lead_months"] = 12.0
    path.write_text(json.dumps(document))
    assert "time_to_power.modules" in broken_rules(folder)


@pytest.mark.parametrize("column", ["earliest_month", "month_earlier_musd"])
def test_a_column_of_a_site_changed_by_hand_is_refused(column: str, folder: Path) -> None:
    damage.feature(folder, "sites.geojson", "a", column, lambda value: value + 0.1)
    assert "files.same" in broken_rules(folder)


def test_waiting_left_out_is_refused(folder: Path) -> None:
    damage.table(folder, "given.csv", lambda rows: [row for row in rows if row["item"] != WAITING or row["period"] != "2028"])
    assert "time_to_power.waiting" in broken_rules(folder)


def test_the_share_of_a_period_after_a_month_counts_months() -> None:
    from siting.families.time_to_power import share_after

    start, months = np.array([0, 3, 6]), np.array([3, 3, 6])
    assert share_after(np.array([4.0]), start, months).tolist() == [[0.0, pytest.approx(2 / 3), 1.0]]
    assert share_after(np.array([9.0]), start, months).tolist() == [[0.0, 0.0, 0.5]]
