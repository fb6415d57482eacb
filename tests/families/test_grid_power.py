"""Power bought and brought: prices by season and hour, rivers with a floor, lines that carry less and lose more, zones short of
margin; the number that is just enough and one a little less, and what the checker makes of damaged plans."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

from siting.errors import InputError
from siting.families.adequacy import ADEQUACY, AdequacyKnobs
from siting.families.tie_lines import TieLineFacts
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import broken_rules, planned
from tests.worlds import World, best_of, candidate, facts_of, opened, optimum, small_world, source, substation

HAIR = 1e-3


def count(world: World, folder: Path) -> int:
    best = best_of(world, folder, OBJECTIVES[:1])
    assert best.status is Status.OPTIMAL
    return best.count()


def route_km(world: World, layer: str, key: str) -> float:
    ends = (*world.row("candidates", "a")["at"], *world.row(layer, key)["at"])
    return 1.3 * float(Geod(ellps="WGS84").inv(*ends)[2]) / 1000.0


def river(mw: float = 40.0, **knobs: object) -> World:
    """A dam alone that gives so many MW on the mean."""
    world = small_world().only().turned(**knobs)
    world.row("sources", "dam")["mean_output_mw"] = mw
    return world


def gridded(load: float, *families: str) -> World:
    """Power from a substation of 100 MW, half loaded at the peak, its zone at a share of its peak."""
    world = small_world().only(*families)
    world.model["off"] = sorted({*world.model["off"], "hydro"} - {"grid_strain", *families})
    world.model["grid_strain"] = {"import_floor_mw": 500.0}
    world.profiles["load"] = [[load]]
    return world


def strained(load: float = 1.0, **knobs: object) -> World:
    """The same, in a zone whose reserve margin counts."""
    return gridded(load, "adequacy").turned(**knobs)


# ---- substations and prices


def test_circuits_leave_what_stays_when_one_is_lost(tmp_path: Path) -> None:
    world = gridded(1.0)
    assert count(world.turned(grid_strain__circuits=4), tmp_path) == 5  # 75 - 50 MW
    assert count(world.turned(grid_strain__circuits=3), tmp_path) == 3  # 66.7 - 50 MW
    assert count(world.turned(grid_strain__circuits=1), tmp_path) == 0
    assert count(world.turned(grid_strain__circuits=20, grid_strain__strain_limit=0.70), tmp_path) == 4


def test_the_premium_is_on_energy_and_wheeling_comes_on_top(tmp_path: Path) -> None:
    best = best_of(gridded(1.0), tmp_path)
    years = float(best.program.problem.time.running_years[0])
    assert best.reached[1] == pytest.approx(years * 8760e-6 * 25.0 * (60.0 * 1.35 + 15.0))


def test_strain_counts_hours_of_full_use_in_stressed_slices(tmp_path: Path) -> None:
    best = best_of(gridded(1.0), tmp_path / "tense")
    assert best.program.solved(best.values).ledgers["strain_h"] == pytest.approx([8760.0 * 0.25])
    calm = best_of(gridded(0.8), tmp_path / "calm")
    assert calm.program.solved(calm.values).ledgers["strain_h"] == pytest.approx([0.0])


@pytest.mark.parametrize("family", ["hydro", "solar", "grid_strain"])
def test_prices_follow_season_and_hour(family: str, tmp_path: Path) -> None:
    world = small_world(seasons=2, blocks=2)
    world.model["off"] = sorted(set(world.model["off"]) - {"solar", "grid_strain"})
    world.layers["sources"].append(source("field", -120.4, 46.0, kind="solar", profile="sun"))
    turned = {f"{family}__price_usd_per_mwh": 40.0, f"{family}__price_by_season": [1.0, 2.0]}
    turned |= {f"{family}__price_by_block": [1.0, 1.0, 2.0, 3.0], "grid_strain__stressed_share": 1.0}
    world.profiles["load"] = [[0.5, 0.5], [0.5, 0.5]]
    problem = opened(world.turned(**turned), tmp_path).problem
    found = problem.network.price_usd_per_mwh[problem.network.points_of(family)[0]]
    wheeling = 15.0 if family == "grid_strain" else 0.0
    assert found == pytest.approx(np.array([40.0, 100.0, 80.0, 200.0]) + wheeling)


# ---- rivers


def test_the_floor_and_what_is_sold_firm_come_first(tmp_path: Path) -> None:
    assert count(river(hydro__floor_share=0.25), tmp_path) == 6
    assert count(river(hydro__floor_share=0.25 + 1e-4), tmp_path) == 5
    assert count(river(hydro__floor_share=0.25, hydro__firm_commitment_share=0.25), tmp_path) == 4
    assert count(river(hydro__firm_commitment_share=0.5 + 1e-4), tmp_path) == 3


def test_the_floor_passes_beside_the_turbines_and_the_firm_part_through_them(tmp_path: Path) -> None:
    world = river(hydro__floor_share=0.5)
    world.row("sources", "dam")["capacity_mw"] = 20.0
    assert count(world, tmp_path) == 4
    assert count(world.turned(hydro__floor_share=0.0, hydro__firm_commitment_share=0.25), tmp_path) == 2


def test_a_floor_bites_in_the_dry_season_only(tmp_path: Path) -> None:
    world = small_world(seasons=2).only().turned(hydro__contract_share=0.25, hydro__floor_share=0.5)
    world.profiles["river"] = [[0.6], [1.4]]
    offers = opened(world, tmp_path).problem.network.available_mw[0, 0]
    assert offers == pytest.approx([min(0.25 * 24.0, 24.0 - 20.0), 0.25 * 56.0])


def test_spilled_energy_is_the_cheap_part_of_what_is_sent(tmp_path: Path) -> None:
    world = river(hydro__spilled_share=0.25)
    best = best_of(world, tmp_path)
    years = float(best.program.problem.time.running_years[0])
    assert best.reached[1] == pytest.approx(years * 8760e-6 * (30.0 * 45.0 + 10.0 * 10.0))
    world.row("candidates", "a")["limit_mw"] = 5.0
    little = best_of(world, tmp_path)
    assert little.reached[1] == pytest.approx(years * 8760e-6 * 5.0 * 10.0)
    assert not any("spilled" in each.name for each in best_of(river(), tmp_path).program.space.variables)


# ---- tie-lines


def far(**knobs: object) -> World:
    """A substation with plenty, some sixty kilometres away; lines without losses and as long as they carry less."""
    world = gridded(0.5).turned(tie_lines__transformer_loss_share=0.0, tie_lines__loss_share_per_100_km=0.0, **knobs)
    world.model["off"].remove("tie_lines")
    world.layers["substations"] = [substation("post", -120.5, 45.5, rating_mw=1000.0)]
    world.layers["candidates"] = [candidate("a", -120.5, 46.0, limit_mw=300.0, land_ha=500.0)]
    return world


def test_a_long_line_carries_less_than_its_thermal_rating(tmp_path: Path) -> None:
    world = far(tie_lines__loadability_limit=True)
    carried = 44.2 * route_km(world, "substations", "post") ** -0.613 * 50.0
    assert 100.0 < carried < 205.0
    assert count(world, tmp_path) == int(carried // 5.0)
    assert count(far(), tmp_path) == 41


def test_a_line_to_a_plant_takes_the_class_that_carries_its_offer_so_far(tmp_path: Path) -> None:
    world = river(150.0)
    world.model["off"].remove("tie_lines")
    world.row("sources", "dam")["at"] = (-120.5, 46.7)
    facts = {limit: opened(world.turned(tie_lines__loadability_limit=limit), tmp_path).problem for limit in (True, False)}
    assert [facts_of(facts[limit], "tie_lines").kv.tolist() for limit in (True, False)] == [[230.0], [138.0]]  # type: ignore[attr-defined]


def test_losses_are_two_chords_of_a_parabola(tmp_path: Path) -> None:
    world = far(tie_lines__resistance_factor=1.0, tie_lines__loadability_limit=True)
    facts = facts_of(opened(world, tmp_path).problem, "tie_lines")
    assert isinstance(facts, TieLineFacts)
    per_mw = 0.1 * route_km(world, "substations", "post") / 138.0**2
    full = float(facts.rating_mw[0])
    for load in (0.5 * full, full):
        assert facts.lost_mw(np.full((1, 1, 1), load)).item() == pytest.approx(per_mw * load**2)
    between = facts.lost_mw(np.full((1, 1, 1), 0.8 * full)).item()
    assert per_mw * (0.8 * full) ** 2 < between < per_mw * full * 0.8 * full
    one = facts_of(opened(world.turned(tie_lines__second_segment_above_share=1.0), tmp_path).problem, "tie_lines")
    assert isinstance(one, TieLineFacts)
    assert one.lost_mw(np.full((1, 1, 1), full)).item() == pytest.approx(per_mw * full**2)
    assert not one.heavy_share.any()


def test_a_heavy_line_brings_what_its_losses_leave(tmp_path: Path) -> None:
    world = river(40.0).turned(
        tie_lines__resistance_factor=3.0, tie_lines__second_segment_above_share=0.0, tie_lines__transformer_loss_share=0.0,
        tie_lines__loss_share_per_100_km=0.0,
    )  # fmt: skip
    world.model["off"].remove("tie_lines")
    world.row("sources", "dam")["at"] = (-120.5, 46.7)
    per_mw = 3.0 * 0.1 * route_km(world, "sources", "dam") / 138.0**2
    for modules in (5, 7):
        sent = _sent_for(5.0 * modules, per_mw)
        assert count(river_of(world, sent + 1e-6), tmp_path) == modules
        assert count(river_of(world, sent - HAIR), tmp_path) == modules - 1


def river_of(world: World, mw: float) -> World:
    other = world.copy()
    other.row("sources", "dam")["mean_output_mw"] = mw
    return other


def _sent_for(needed_mw: float, per_mw: float) -> float:
    """MW a plant offers, so that all of it brings just what is needed: full load is what it offers."""
    return float((1.0 - np.sqrt(1.0 - 4.0 * per_mw * needed_mw)) / (2.0 * per_mw))


def test_a_line_may_carry_more_than_its_site_draws_where_a_battery_takes_it(tmp_path: Path) -> None:
    world = small_world(blocks=2).only()
    world.model["off"].remove("storage")
    world.profiles["river"] = [[0.5, 1.5]]
    world.model["storage"] = {"round_trip_share": 1.0, "least_charge_share": 0.0, "longest_h": 12.0, "most_power_share": 0.5}
    world.row("candidates", "a")["limit_mw"] = 40.0
    assert count(world, tmp_path) == 8


# ---- adequacy


def paid(best: object) -> float:
    program, values = best.program, best.values  # type: ignore[attr-defined]
    ledger = program.ledgers.running_musd
    at = [entry for entry in ledger.entries if entry.label == "capacity payment"]
    return float(sum((entry.coefficients * values[entry.columns]).sum() for entry in at))


def test_a_zone_short_of_margin_pays_for_its_stressed_draw(tmp_path: Path) -> None:
    assert paid(best_of(strained(), tmp_path)) == pytest.approx(2 * 0.122 * 1.18 * 25.0)
    half = strained(adequacy__curtailable_share=0.5)
    assert paid(best_of(half, tmp_path)) == pytest.approx(122e-3 * 1.18 * 25.0)
    assert paid(best_of(strained(0.8), tmp_path)) == 0.0


def test_a_zone_with_margin_to_spare_lends_it_first(tmp_path: Path) -> None:
    world = strained()
    for zone in world.layers["zones"]:
        zone |= {"reserve_margin_share": 0.19, "peak_load_mw": 1000.0}
    assert paid(best_of(world, tmp_path)) == pytest.approx(0.122 * (1.18 * 25.0 - 10.0))


def test_where_margins_are_thin_a_site_without_capacity_draws_in_calm_hours_only(tmp_path: Path) -> None:
    assert count(strained(adequacy__high_margin_share=0.15 + 1e-6), tmp_path) == 0
    assert count(strained(adequacy__high_margin_share=0.15), tmp_path) == 5
    assert count(strained(0.8, adequacy__high_margin_share=0.16), tmp_path) == 8


def test_a_neutral_adequacy_changes_nothing(tmp_path: Path) -> None:
    free = strained(adequacy__high_margin_share=-1.0, adequacy__capacity_musd_per_mw_year=0.0)
    assert best_of(free, tmp_path).reached == pytest.approx(best_of(gridded(1.0), tmp_path).reached)


def test_dearer_or_stricter_adequacy_never_helps(tmp_path: Path) -> None:
    costs = [
        best_of(strained(adequacy__reference_margin_share=asked, adequacy__elevated_multiplier=times), tmp_path).reached[1]
        for asked, times in ((0.15, 2.0), (0.18, 2.0), (0.20, 2.0), (0.20, 4.0))
    ]
    assert costs == sorted(costs)


def test_merged_slices_never_make_adequacy_dearer(tmp_path: Path) -> None:
    world = strained()
    world.model["time"] |= {"blocks": 1, "dispatch_blocks": 2}
    world.profiles["load"] = [[1.0, 0.9]]
    found = opened(_two_blocks(world), tmp_path)
    fine = optimum(found.program())
    from siting.merging import merged

    coarse = optimum(replace(found, problem=merged(found.problem, ["day"], 1)).program())
    assert coarse.reached[0] >= fine.reached[0] - 1e-9
    assert coarse.reached[1] <= fine.reached[1] + 1e-6 or coarse.reached[0] > fine.reached[0] + 1e-9


def _two_blocks(world: World) -> World:
    other = small_world(blocks=2)
    other.model = {**world.model, "time": other.model["time"]}
    other.layers, other.profiles = world.layers, {**other.profiles, "load": world.profiles["load"]}
    return other


def test_explanation_tells_margin_tier_and_score() -> None:
    said = ADEQUACY.explain({"reserve_margin_share": 0.1435, "strain_score": 0.4567}, AdequacyKnobs())
    assert all(word in said for word in ("14.3", "18%", "elevated", "0.46"))
    assert ADEQUACY.explain({"reserve_margin_share": float("nan"), "strain_score": float("nan")}, AdequacyKnobs()) == ""


# ---- what the checker says


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan on a dam with spilled energy and a substation of a zone short of margin, over a long and loaded line."""
    world = small_world(blocks=2, seasons=2)
    world.model["off"] = sorted(set(world.model["off"]) - {"grid_strain", "adequacy"})
    world.profiles["load"] = [[0.8, 1.0], [0.7, 0.9]]
    world.profiles["river"] = [[0.6, 0.6], [1.4, 1.4]]
    world.model["tie_lines"] = {"second_segment_above_share": 0.0}
    world.model["hydro"] |= {"spilled_share": 0.2, "floor_share": 0.1, "price_by_season": [1.2, 0.8]}
    world.model["grid_strain"] = {"circuits": 4, "price_by_block": [0.5, 1.5]}
    world.row("sources", "dam")["at"] = (-120.5, 46.6)
    world.row("candidates", "a")["limit_mw"] = 50.0
    root = tmp_path_factory.mktemp("grid_power")
    return planned(world, root)


def test_a_sound_plan_passes(made: Path) -> None:
    assert broken_rules(made) == set()
    told = pd.read_csv(made / "programme.csv").set_index("item")["amount"]
    assert told["capacity_payment_musd_per_year"] > 0
    assert told["hydro_spilled_musd_per_year"] > 0


def _told(item: str, factor: float, line: str) -> Callable[[Path], None]:
    """Another amount of the programme, with the cash flow that goes with it."""

    def change(folder: Path) -> None:
        for file, name, column in (("programme.csv", item, "amount"), ("cashflow.csv", line, "musd")):
            table = pd.read_csv(folder / file)
            rows = table["item" if file == "programme.csv" else "line"] == name
            assert rows.any()
            table.loc[rows, column] *= factor
            table.to_csv(folder / file, index=False)

    return change


def _site(column: str, factor: float, file: str = "sites.geojson") -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        found = json.loads((folder / file).read_text())
        for row in found["features"]:
            row["properties"][column] = row["properties"][column] * factor
        (folder / file).write_text(json.dumps(found))

    return change


def _scenario(family: str, key: str, value: object) -> Callable[[Path], None]:
    """Another question than the one the plan was made for."""

    def change(folder: Path) -> None:
        asked = json.loads((folder / "scenario.json").read_text())
        at = asked if family in asked else asked["values"]
        at[family][key] = value
        (folder / "scenario.json").write_text(json.dumps(asked))

    return change


DAMAGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "capacity paid for in part": ("adequacy.payment", _told("capacity_payment_musd_per_year", 0.99, "capacity payment")),
    "more saved than is spilled": ("hydro.spilled", _told("hydro_spilled_musd_per_year", 1.01, "spilled: hydro")),
    "a payment that is not in the cash flow": ("money.line", _told("capacity_payment_musd_per_year", 1.01, "energy: grid")),
    "a better score": ("files.same", _site("strain_score", 0.99)),
    "a wider margin": ("files.same", _site("reserve_margin_share", 1.01)),
    "a lighter loss": ("tie_lines.loss", _site("loss_share", 0.99, "power_links.geojson")),
    "no room for the losses of a loaded line": ("core.balance", _scenario("tie_lines", "resistance_factor", 2.0)),
    "a river that keeps more": ("hydro.supply", _scenario("hydro", "floor_share", 0.4)),
    "a firm part sold twice": ("hydro.supply", _scenario("hydro", "firm_commitment_share", 0.4)),
    "fewer circuits": ("grid_strain.substation", _scenario("grid_strain", "circuits", 2)),
    "dearer wheeling": ("money.line", _scenario("grid_strain", "wheeling_usd_per_mwh", 16.0)),
    "another season's price": ("money.line", _scenario("hydro", "price_by_season", [1.0, 1.0])),
    "another hour's price": ("money.line", _scenario("grid_strain", "price_by_block", [1.5, 0.5])),
    "a thinner margin than is asked": ("adequacy.own_capacity", _scenario("adequacy", "high_margin_share", 0.16)),
    "a substation at the site": ("tie_lines.capital", _scenario("tie_lines", "substation_share", 0.5)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_plan_is_refused(name: str, made: Path, tmp_path: Path) -> None:
    rule, damage = DAMAGE[name]
    shutil.copytree(made.parent, tmp_path / "world")
    damage(tmp_path / "world" / made.name)
    assert rule in broken_rules(tmp_path / "world" / made.name)


# ---- bad input


@pytest.mark.parametrize(
    ("turned", "words"),
    [
        ({"hydro__price_by_season": [1.0, 1.0]}, ("hydro.price_by_season", "2 numbers", "1 seasons")),
        ({"grid_strain__price_by_block": [1.0] * 5}, ("grid_strain.price_by_block", "5 numbers", "divisor of 24")),
        ({"hydro__price_by_block": [1.0, -1.0]}, ("hydro.price_by_block", "-1", "from 0 to 20")),
        (
            {"hydro__floor_share": 0.7, "hydro__firm_commitment_share": 0.4},
            ("hydro.firm_commitment_share", "0.4", "hydro.floor_share"),
        ),
        ({"hydro__spilled_share": 0.1, "hydro__spilled_price_usd_per_mwh": 50.0}, ("hydro.spilled_price", "50", "45")),
        (
            {"adequacy__high_margin_share": 0.3},
            ("adequacy.high_margin_share", "0.3", "adequacy.reference_margin_share", "0.18"),
        ),
        ({"tie_lines__knee_share": 1.5}, ("tie_lines.knee_share", "1.5")),
    ],
)
def test_what_cannot_be_is_refused_before_the_solve(turned: dict[str, object], words: tuple[str, ...], tmp_path: Path) -> None:
    world = small_world().turned(**turned)
    world.model["off"] = sorted(set(world.model["off"]) - {"grid_strain", "adequacy"})
    with pytest.raises(InputError) as caught:
        opened(world, tmp_path)
    told = "\n".join(fault.sentence() for fault in caught.value.faults)
    assert all(word in told for word in words), told


def test_bad_years_with_cheap_energy_and_prices_by_the_hour_are_not_searched_on_means(tmp_path: Path) -> None:
    world = small_world(blocks=2).turned(hydro__spilled_share=0.1, hydro__price_by_block=[1.0, 2.0], risk__weight=0.5)
    world.model["off"] = sorted(set(world.model["off"]) - {"risk"})
    world.model["time"] |= {"blocks": 1, "dispatch_blocks": 2}
    with pytest.raises(InputError) as caught:
        opened(world, tmp_path / "means")
    [told] = [fault.sentence() for fault in caught.value.faults if not fault.warning]
    assert all(word in told for word in ('"time.blocks"', "found 1", "risk.weight, hydro.spilled_share", "Write 2")), told
    for key, value in (("hydro__spilled_share", 0.0), ("hydro__price_by_block", [2.0, 2.0]), ("risk__weight", 0.0)):
        opened(world.turned(**{key: value}), tmp_path / key)
    apart = small_world(blocks=4).turned(hydro__spilled_share=0.1, hydro__price_by_block=[1.0, 2.0], risk__weight=0.5)
    apart.model["off"] = world.model["off"]
    apart.model["time"] |= {"blocks": 2, "dispatch_blocks": 4}
    opened(apart, tmp_path / "apart")
