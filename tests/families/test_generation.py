"""Generators at sites: what they carry at the very limit, when they may stand, what they cost, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from siting.errors import InputError
from siting.families.generation import bridged_share
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import amount, broken_rules, operation, planned
from tests.worlds import Best, World, best_of, opened, small_world

HAIR = 1e-3
PLAIN = {"most_energy_share": 1.0, "availability_share": 1.0, "most_power_share": 1.0, "engine_lead_months": 0.0}


def gassed(periods: int = 1, blocks: int = 2, /, **knobs: float) -> World:
    """A dam with 20 MW and 60 MW by turns, and generators."""
    world = small_world(periods=periods, blocks=blocks).only()
    world.model["off"].remove("generation")
    world.profiles["river"] = [[0.5, 1.5] * (blocks // 2)]
    world.model["generation"] = {**PLAIN, **knobs}
    return world


def solved(world: World, folder: Path) -> Best:
    best = best_of(world, folder, OBJECTIVES[:1])
    assert best.status is Status.OPTIMAL
    return best


def count(world: World, folder: Path) -> int:
    return solved(world, folder).count()


def test_generators_give_their_share_of_the_energy(tmp_path: Path) -> None:
    # 8 modules draw 40 MW, of which 20 MW for half of the day are a quarter
    assert count(gassed(most_energy_share=0.25), tmp_path) == 8
    assert count(gassed(most_energy_share=0.25 - HAIR), tmp_path) == 7
    assert count(gassed(most_energy_share=0.0), tmp_path) == 4


def test_generators_are_no_larger_than_their_share_of_the_load(tmp_path: Path) -> None:
    world = gassed(most_power_share=0.5)
    assert count(world, tmp_path) == 8
    assert count(world.turned(generation__most_power_share=0.5 - HAIR), tmp_path) == 7


def test_only_what_is_available_of_them_counts(tmp_path: Path) -> None:
    assert count(gassed(most_power_share=0.5, availability_share=1.0 - HAIR), tmp_path) == 7


def test_where_there_is_no_gas_diesel_does_not_run_in_the_balance(tmp_path: Path) -> None:
    world = gassed()
    world.model["generation"]["gas_at_sites"] = False
    assert count(world, tmp_path) == 4


def test_nothing_stands_before_its_lead_is_over(tmp_path: Path) -> None:
    best = solved(gassed(2, engine_lead_months=12.0, turbine_lead_months=24.0, diesel_lead_months=24.0), tmp_path)
    assert best["modules"][0, 0].tolist() == [4.0, 20.0]  # of 100 MW
    assert best["generation.mw"].shape == (1, 1, 2)


def test_a_bridge_ends_where_the_programme_does(tmp_path: Path) -> None:
    world = gassed(2, most_energy_share=0.0, bridge_months=24.0)
    best = solved(world, tmp_path)
    assert best["modules"][0, 0].tolist() == [4.0, 4.0]  # modules never shrink, and the last period stands on its own


def test_what_a_period_bridges_is_the_share_of_it_within_the_months(tmp_path: Path) -> None:
    time = opened(small_world(periods=3), tmp_path).problem.time
    assert bridged_share(time, 18.0).tolist() == [[1.0, 0.5, 0.0], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]]
    assert bridged_share(time, 0.0).max() == 0.0


def test_bridging_counts_for_time_to_power_and_not_for_the_balance(tmp_path: Path) -> None:
    program = opened(gassed(most_energy_share=0.1, engine_lead_months=3.0), tmp_path).program()
    bridge = next(each for each in program.space.variables if each.name == "generation.bridge_mw")
    mine = {int(column) for column in bridge.columns.ravel()}
    on_time = {int(column) for entry in program.ledgers.on_time_mw.entries for column in entry.columns}
    balance = {int(column) for entry in program.ledgers.supply_mw.entries for column in entry.columns}
    assert mine <= on_time
    assert not mine & balance


def test_generators_cost_what_stands_and_burn_what_they_give(tmp_path: Path) -> None:
    world = gassed(
        most_power_share=0.5,
        engine_musd_per_mw=1.0,
        price_factor=2.0,
        gas_usd_per_mmbtu=10.0,
        engine_efficiency_share=0.5,
        engine_running_usd_per_mwh=5.0,
        gas_t_per_mwh=0.2,
        turbine_lead_months=240.0,
        diesel_lead_months=240.0,
    )
    best = best_of(world, tmp_path, OBJECTIVES[:2])
    assert best.count() == 8
    ledgers = best.program.solved(best.values).ledgers
    assert ledgers["capital_musd"][0] == pytest.approx(2.0 * 20.0)
    hydro = 8760.0 * (20.0 + 40.0) / 2.0 * 45.0 * 1e-6
    assert ledgers["running_musd"][0] == pytest.approx(hydro + 8760.0 * 10.0 * (10.0 * 3.412142 / 0.5 + 5.0) * 1e-6)
    assert ledgers["carbon_t_per_year"][0] == pytest.approx(8760.0 * 10.0 * 0.4)


def test_diesel_stands_by_with_full_tanks_and_is_tested(tmp_path: Path) -> None:
    world = gassed(
        diesel_lead_months=0.0, diesel_musd_per_mw=1.0, price_factor=1.0, diesel_usd_per_mmbtu=20.0, diesel_efficiency_share=0.5
    ).turned(islanding__critical_share=0.5, generation__diesel_running_usd_per_mwh=0.0, generation__diesel_t_per_mwh=0.3)
    world.model["generation"]["gas_at_sites"] = False
    world.model["off"].remove("islanding")
    best = best_of(world, tmp_path, OBJECTIVES[:2])
    ledgers = best.program.solved(best.values).ledgers
    assert best["generation.mw"][0, :, 0] == pytest.approx([10.0])  # half of the 20 MW that 4 modules draw
    assert ledgers["capital_musd"][0] == pytest.approx(10.0 * (1.0 + 72.0 * 20.0 * 3.412142 / 0.5 * 1e-6))
    assert ledgers["carbon_t_per_year"][0] == pytest.approx(50.0 * 10.0 * 0.6)


def test_what_must_run_on_bounds_the_site(tmp_path: Path) -> None:
    world = gassed(diesel_lead_months=0.0, most_power_share=0.1)
    world.model["generation"]["gas_at_sites"] = False
    world.model["off"].remove("islanding")
    assert count(world.turned(islanding__critical_share=0.1), tmp_path) == 4
    assert count(world.turned(islanding__critical_share=0.1 + HAIR), tmp_path) == 0


def test_a_battery_stands_by_for_the_hours_it_must_last(tmp_path: Path) -> None:
    world = small_world().only()
    for family in ("storage", "islanding"):
        world.model["off"].remove(family)
    world.model["storage"] = {"round_trip_share": 1.0, "least_charge_share": 0.0, "service_years": 0.0, "price_factor": 1.0}
    best = best_of(world.turned(islanding__critical_share=0.1), tmp_path, OBJECTIVES[:2])
    assert best.count() == 8
    assert best["storage.standby_mw"][0, 0] == pytest.approx(4.0)
    assert best["storage.mwh"][0, 0] == pytest.approx(32.0)
    folder = planned(world.turned(islanding__critical_share=0.1), tmp_path / "again")
    assert broken_rules(folder) == set()
    amount(folder, "battery_standby_mw", lambda mw: mw * 0.9)
    assert "islanding.standby" in broken_rules(folder)
    amount(folder, "battery_standby_mw", lambda mw: mw * 2.0)
    assert "storage.firm" in broken_rules(folder)


@pytest.mark.parametrize(
    ("knob", "values"),
    [
        ("most_energy_share", (1.0, 0.2, 0.0)),
        ("availability_share", (1.0, 0.5, 0.0)),
        ("most_power_share", (1.0, 0.3, 0.0)),
        ("engine_lead_months", (0.0, 11.0, 12.0)),
    ],
)
def test_a_tighter_knob_never_gives_more(knob: str, values: tuple[float, ...], tmp_path: Path) -> None:
    counts = [count(gassed(**{knob: value}), tmp_path) for value in values]
    assert counts == sorted(counts, reverse=True)


def test_no_power_allowed_is_as_if_it_were_switched_off(tmp_path: Path) -> None:
    none = opened(gassed(most_power_share=0.0), tmp_path).program()
    assert not [each for each in none.space.variables if each.name.startswith("generation.")]


# ---- contradictions


@pytest.mark.parametrize(
    ("turned", "named"),
    [
        ({"storage__standby_h": 4.0, "islanding__outage_h": 8.0}, ("storage.standby_h", "islanding.outage_h", "4 h", "8")),
        ({"generation__backup_h": 4.0, "islanding__outage_h": 8.0}, ("generation.backup_h", "islanding.outage_h", "4 h", "8")),
        ({"storage__shortest_h": 9.0, "storage__longest_h": 8.0}, ("storage.shortest_h", "storage.longest_h", "9 h", "8")),
    ],
)
def test_hours_that_contradict_each_other_are_refused_with_both_places(
    turned: dict[str, float], named: tuple[str, ...], tmp_path: Path
) -> None:
    world = small_world().turned(**turned)
    world.model["off"] = [name for name in world.model["off"] if name not in ("storage", "generation", "islanding")]
    with pytest.raises(InputError) as refused:
        opened(world, tmp_path)
    told = " ".join(fault.sentence() for fault in refused.value.faults)
    assert refused.value.faults[0].code == "S011"
    for each in (*named, "model.toml"):
        assert each in told, each


def test_an_outage_that_nothing_can_carry_is_refused(tmp_path: Path) -> None:
    world = small_world()
    world.model["off"].remove("islanding")
    with pytest.raises(InputError, match=r"islanding\.critical_share|critical_share"):
        opened(world, tmp_path)


# ---- the files


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = gassed(2, most_energy_share=0.2, diesel_lead_months=0.0, availability_share=0.9)
    world.model["off"].remove("islanding")
    return planned(world.turned(islanding__critical_share=0.6), tmp_path_factory.mktemp("generation"))


def test_a_sound_plan_passes(made: Path) -> None:
    assert broken_rules(made) == set()


OUTPUT = "gas_engine_output_mw"
DAMAGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "more output than stands": ("generation.output", lambda folder: operation(folder, OUTPUT, lambda mw: mw + 50.0)),
    "more output than its share": ("generation.lasting", lambda folder: operation(folder, OUTPUT, lambda mw: mw + 5.0)),
    "a little more output": ("money.line", lambda folder: operation(folder, OUTPUT, lambda mw: mw * 1.01)),
    "less output": ("core.balance", lambda folder: operation(folder, OUTPUT, lambda mw: mw * 0.99)),
    "negative output": ("generation.output", lambda folder: operation(folder, OUTPUT, lambda mw: -1.0 - mw)),
    "too many engines": ("generation.size", lambda folder: amount(folder, "gas_engine_mw", lambda mw: mw + 100.0)),
    "fewer engines": ("islanding.standby", lambda folder: amount(folder, "gas_engine_mw", lambda mw: mw * 0.9)),
    "engines that shrink": ("generation.stays", lambda folder: amount(folder, "gas_engine_mw", lambda mw: mw * 1.1, "2027")),
    "a little more engine": ("money.line", lambda folder: amount(folder, "gas_engine_mw", lambda mw: mw * 1.001)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_generator_is_refused(name: str, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made.parent, tmp_path / "world")
    rule, harm = DAMAGE[name]
    harm(tmp_path / "world/plan")
    assert rule in broken_rules(tmp_path / "world/plan")
