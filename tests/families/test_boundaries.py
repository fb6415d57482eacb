"""Each family bites where its prose says, and not a hair before: the number that is just enough, and one a little less."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyproj import Geod

from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.worlds import World, best_of, candidate, named, pod, small_world, source, substation

HAIR = 1e-3
MOST_COMPUTE = OBJECTIVES[:1]


def count(world: World, folder: Path) -> int:
    """Modules of the plan with the most compute."""
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return best.count()


def km(world: World, layer: str, key: str, site: str = "a") -> float:
    one, other = world.row("candidates", site)["at"], world.row(layer, key)["at"]
    return float(Geod(ellps="WGS84").inv(*one, *other)[2]) / 1000.0


def with_supply(world: World, mw: float) -> World:
    """A copy whose dam has so many MW in every slice."""
    other = world.copy()
    other.row("sources", "dam")["mean_output_mw"] = mw
    return other


# ---- supply


def test_hydro_just_enough_for_seven_modules_holds_seven(tmp_path: Path) -> None:
    bare = small_world().only()
    assert count(with_supply(bare, 35.0), tmp_path) == 7
    assert count(with_supply(bare, 35.0 - HAIR), tmp_path) == 6


def test_hydro_sells_shares_of_unused_and_ordinary_energy_in_a_dry_year(tmp_path: Path) -> None:
    world = with_supply(small_world().only(), 60.0)
    world.row("sources", "dam")["unused_mw"] = 40.0
    shares = world.turned(hydro__contract_share=0.5, hydro__unused_share=0.25)
    assert count(shares.turned(hydro__year_factor=0.75), tmp_path) == 6  # 0.75 * (0.5 * 60 + 0.25 * 40) = 30 MW
    assert count(shares.turned(hydro__year_factor=0.75 - 1e-4), tmp_path) == 5


def test_hydro_is_never_above_the_capacity_of_its_plant(tmp_path: Path) -> None:
    world = small_world().only()
    world.row("sources", "dam")["capacity_mw"] = 20.0
    assert count(world, tmp_path) == 4


def test_hydro_follows_its_river_from_season_to_season(tmp_path: Path) -> None:
    world = small_world(seasons=2).only()
    world.profiles["river"] = [[0.625], [1.375]]
    assert count(world, tmp_path) == 5  # 0.625 * 40 MW in winter


def test_solar_sells_its_contracted_share_and_no_more(tmp_path: Path) -> None:
    world = small_world().only()
    world.model["off"] = sorted({*world.model["off"], "hydro"} - {"solar"})
    world.layers["sources"] = [source("field", -120.5, 46.1, kind="solar", profile="sun", mean_output_mw=50.0)]
    assert count(world.turned(solar__contract_share=0.5), tmp_path) == 5
    assert count(world.turned(solar__contract_share=0.5 - 1e-4), tmp_path) == 4


def gridded(load: float) -> World:
    """Power from a substation of 100 MW, half loaded at the peak, its zone at a share of its peak."""
    world = small_world().only()
    world.model["off"] = sorted({*world.model["off"], "hydro"} - {"grid_strain"})
    world.model["grid_strain"] = {"import_floor_mw": 500.0}
    world.profiles["load"] = [[load]]
    return world


def test_grid_strain_leaves_the_room_below_the_limit_in_a_stressed_slice(tmp_path: Path) -> None:
    world = gridded(1.0)
    assert count(world.turned(grid_strain__strain_limit=0.75), tmp_path) == 5  # 75 - 50 MW
    assert count(world.turned(grid_strain__strain_limit=0.75 - 1e-4), tmp_path) == 4


def test_grid_strain_leaves_the_room_below_the_other_limit_in_a_calm_slice(tmp_path: Path) -> None:
    world = gridded(0.8)
    assert count(world.turned(grid_strain__calm_limit=0.8), tmp_path) == 8  # 80 - 0.5 * 80 MW
    assert count(world.turned(grid_strain__calm_limit=0.8 - 1e-4), tmp_path) == 7


def test_a_slice_is_stressed_from_the_very_share_of_the_peak(tmp_path: Path) -> None:
    world = gridded(0.8).turned(grid_strain__strain_limit=0.5, grid_strain__calm_limit=0.8)
    assert count(world.turned(grid_strain__stressed_share=0.8), tmp_path) == 2  # 50 - 40 MW
    assert count(world.turned(grid_strain__stressed_share=0.8001), tmp_path) == 8


def test_a_zone_lends_what_its_share_says_to_all_its_substations_together(tmp_path: Path) -> None:
    world = gridded(1.0)
    world.layers["substations"].append(substation("high", -120.4, 46.0, kv=230.0))
    assert count(world, tmp_path) == 10
    lent = world.turned(grid_strain__import_floor_mw=0.0, grid_strain__import_share=0.03)
    assert count(lent, tmp_path) == 6  # 0.03 * 1000 MW
    assert count(lent.turned(grid_strain__import_share=0.03 - 1e-6), tmp_path) == 5
    assert count(lent.turned(grid_strain__import_floor_mw=35.0), tmp_path) == 7


def test_a_substation_off_the_main_network_sells_nothing(tmp_path: Path) -> None:
    world = gridded(1.0)
    world.layers["substations"].append(substation("island", -120.5, 45.99, main_network=False, rating_mw=900.0))
    assert count(world, tmp_path) == 5


# ---- tie-lines, hardware, land: what is lost, and what it costs


def test_a_tie_line_loses_what_its_length_says(tmp_path: Path) -> None:
    world = small_world().only("tie_lines")
    lost = 0.01 + 0.0062 * 1.3 * km(world, "sources", "dam") / 100.0
    assert count(with_supply(world, 30.0 / (1.0 - lost) + 1e-6), tmp_path) == 6
    assert count(with_supply(world, 30.0 / (1.0 - lost) - HAIR), tmp_path) == 5


def test_a_tie_line_carries_no_more_than_its_class(tmp_path: Path) -> None:
    world = gridded(0.5)
    world.model["off"].remove("tie_lines")
    world.model["tie_lines"] |= {"transformer_loss_share": 0.0, "loss_share_per_100_km": 0.0}
    world.layers["substations"] = [substation("post", -120.5, 45.9, rating_mw=1000.0)]
    world.layers["candidates"] = [candidate("a", -120.5, 46.0, limit_mw=300.0, land_ha=500.0)]
    assert count(world, tmp_path) == 41  # 205 MW of 550
    assert count(world.without("tie_lines"), tmp_path) == 60


def test_tie_lines_and_hardware_cost_what_their_prose_says(tmp_path: Path) -> None:
    world = with_supply(small_world().only("tie_lines", "hardware"), 40.0).turned(tie_lines__loss_share_per_100_km=0.0)
    world.row("candidates", "a")["limit_mw"] = 10.0
    best = best_of(world, tmp_path)
    route = 1.3 * km(world, "sources", "dam")
    line = 1.4 * 1.25 * 0.82 * route
    capital = 0.7 * line + 1.4 * 1.7 + (0.3 * line / 205.0 + 0.012) * 10.0 / 0.99
    modules = 2 * (135.0 + 50.0 * (0.4 * 1.25 + 0.6 * 1.05)) + 5.0
    years = float(best.program.problem.time.running_years[0])
    yearly = 0.015 * capital + 2 * 1.4 * 1.5 + 45.0 * 8760.0 * 1e-6 * 10.0 / 0.99
    assert best.reached[1] == pytest.approx(capital + modules + years * yearly, rel=1e-9)


def test_land_just_enough_for_three_yards_holds_three(tmp_path: Path) -> None:
    world = small_world().only("land")
    for hectares, modules in ((3.0, 3), (3.0 - HAIR, 2)):
        world.row("candidates", "a")["land_ha"] = hectares
        assert count(world, tmp_path) == modules
    world.row("candidates", "a")["land_ha"] = 8.0
    assert count(world.turned(land__usable_share=0.5), tmp_path) == 4
    assert count(world.turned(land__usable_share=0.4999), tmp_path) == 3


def test_no_module_stands_inside_an_exclusion(tmp_path: Path) -> None:
    world = small_world().only("land")
    world.layers["candidates"].append(candidate("b", -120.4, 46.0))
    park = {"id": "park", "name": "Park", "kind": "park", "box": (-120.55, 45.95, -120.45, 46.05)}
    world.layers["exclusions"] = [park]
    best = best_of(world, tmp_path, MOST_COMPUTE)
    assert best.it_mw()[:, 0].tolist() == [0.0, 40.0]


def test_land_is_paid_by_the_hectare(tmp_path: Path) -> None:
    world = small_world().only("land").turned(land__price_factor=1.5, hydro__price_usd_per_mwh=0.0)
    assert best_of(world, tmp_path).reached[1] == pytest.approx(8 * 1.0 * 0.02 * 1.5)


# ---- data


def wired(**knobs: object) -> World:
    """Fibre alone, one point of presence."""
    world = small_world().only("connectivity", "fibre")
    world.layers["pops"] = world.layers["pops"][:1]
    return world.turned(connectivity__paths=1, **knobs)


def test_bandwidth_just_enough_for_four_modules_holds_four(tmp_path: Path) -> None:
    assert count(wired(connectivity__gbps_per_mw=0.3, fibre__lateral_gbps=6.0), tmp_path) == 4
    assert count(wired(connectivity__gbps_per_mw=0.3, fibre__lateral_gbps=6.0 - HAIR), tmp_path) == 3


def test_two_paths_are_not_one(tmp_path: Path) -> None:
    world = wired()
    assert count(world, tmp_path) == 8
    assert count(world.turned(connectivity__paths=2), tmp_path) == 0
    world.layers["pops"].append(named("pop-2", -120.9, 46.4))
    assert count(world.turned(connectivity__paths=2), tmp_path) == 8
    assert count(world.turned(connectivity__paths=2, fibre__nearest=1), tmp_path) == 0


def test_a_lateral_reaches_as_far_as_it_may_and_no_farther(tmp_path: Path) -> None:
    length = km(wired(), "pops", "pop-1")
    assert count(wired(fibre__reach_km=length + 1e-6), tmp_path) == 8
    assert count(wired(fibre__reach_km=length - 1e-6), tmp_path) == 0


def test_a_lateral_costs_its_route_and_its_ends(tmp_path: Path) -> None:
    world = wired(hydro__price_usd_per_mwh=0.0, fibre__upkeep_share_per_year=0.0)
    expected = 0.5 + 0.09 * 1.4 * km(world, "pops", "pop-1")
    assert best_of(world, tmp_path).reached[1] == pytest.approx(expected)


def skied(**knobs: object) -> World:
    """Satellite alone, one path, 0.3 Gbps a MW."""
    return small_world().only("connectivity", "satellite").turned(connectivity__paths=1, **knobs)


def test_terminals_carry_what_they_are_rated_for(tmp_path: Path) -> None:
    two = skied(satellite__site_terminals=2, satellite__cell_gbps=100.0, satellite__gateway_gbps=100.0)
    assert count(two.turned(satellite__terminal_gbps=3.0), tmp_path) == 4  # 6 Gbps at 1.5 a module
    assert count(two.turned(satellite__terminal_gbps=3.0 - HAIR), tmp_path) == 3
    assert count(two.turned(satellite__site_terminals=0), tmp_path) == 0


@pytest.mark.parametrize("limit", ["gateway_gbps", "cell_gbps"])
def test_gateway_and_cell_are_shared_by_their_sites(limit: str, tmp_path: Path) -> None:
    world = skied()
    world.layers["candidates"].append(candidate("b", -120.4, 46.0))
    assert count(world.turned(**{f"satellite__{limit}": 7.5}), tmp_path) == 5
    assert count(world.turned(**{f"satellite__{limit}": 7.5 - HAIR}), tmp_path) == 4


def test_a_gateway_s_own_capacity_goes_before_the_knob(tmp_path: Path) -> None:
    world = skied(satellite__gateway_gbps=100.0)
    world.row("gateways", "gate")["capacity_gbps"] = 4.5
    assert count(world, tmp_path) == 3


def test_a_used_satellite_path_commits_its_least_bandwidth(tmp_path: Path) -> None:
    world = skied(satellite__least_gbps=3.0, satellite__gateway_gbps=3.0, connectivity__gbps_per_mw=0.0)
    assert count(world, tmp_path) == 8
    assert count(world.turned(satellite__gateway_gbps=3.0 - HAIR), tmp_path) == 0


# ---- cooling, workload


def test_cooling_draws_what_the_air_says(tmp_path: Path) -> None:
    world = small_world().only("cooling")
    world.layers["climate"][0].update(mean_c=29.0, seasonal_swing_c=0.0, daily_swing_c=0.0)
    pue = 1.066 + 0.0037 * 5.0 + 0.02
    assert count(with_supply(world, 20.0 * pue + 1e-6), tmp_path) == 4
    assert count(with_supply(world, 20.0 * pue - HAIR), tmp_path) == 3
    hot = 1.066 + 0.037 + 0.0126 * 5.0 + 0.02
    warmer = world.turned(cooling__warming_c=10.0)
    assert count(with_supply(warmer, 20.0 * hot + 1e-6), tmp_path) == 4
    assert count(with_supply(warmer, 20.0 * hot - HAIR), tmp_path) == 3


def test_the_draw_is_the_load_factor_of_what_stands(tmp_path: Path) -> None:
    world = small_world().only()
    world.model["modules"] = {"pod": pod(5.0, load_factor=0.8)}
    assert count(world, tmp_path) == 10


def half_dry() -> World:
    """A river that gives 20 MW in one half of the day and 40 in the other."""
    world = small_world(blocks=2).only("workload")
    world.profiles["river"] = [[0.5, 1.0]]
    return world


def test_the_firm_share_is_served_in_every_slice(tmp_path: Path) -> None:
    world = half_dry().turned(workload__served_share=0.0)
    assert count(world.turned(workload__firm_share=0.5), tmp_path) == 8  # 20 of 40 MW
    assert count(world.turned(workload__firm_share=0.5 + 1e-4), tmp_path) == 7


def test_the_served_share_is_served_over_the_year(tmp_path: Path) -> None:
    world = half_dry().turned(workload__firm_share=0.0)
    assert count(world.turned(workload__served_share=0.75), tmp_path) == 8  # 20 and 40 of 40 MW
    assert count(world.turned(workload__served_share=0.75 + 1e-4), tmp_path) == 7


def test_without_workload_all_of_the_load_is_served(tmp_path: Path) -> None:
    assert count(half_dry().without("workload"), tmp_path) == 4


# ---- budget, locks, the site's own limit

PRICE = 5.0 * 27.0 + 50.0 * (0.4 * 1.25 + 0.6 * 1.05)
"""MUSD of one module on site."""


def test_a_budget_for_three_modules_buys_three(tmp_path: Path) -> None:
    world = small_world().only("budget", "hardware")
    assert count(world.turned(budget__total_musd=5.0 + 3 * PRICE), tmp_path) == 3
    assert count(world.turned(budget__total_musd=5.0 + 3 * PRICE - HAIR), tmp_path) == 2


def test_what_a_period_leaves_is_spent_later_only_where_it_may_be(tmp_path: Path) -> None:
    world = small_world(periods=2).only("budget", "hardware")
    yearly = world.turned(budget__period_musd_per_year=(5.0 + 5 * PRICE) / 2 + HAIR)
    assert best_of(yearly, tmp_path, MOST_COMPUTE)["modules"][0, 0].tolist() == [2.0, 4.0]
    saved = yearly.turned(budget__carry_over=True)
    assert best_of(saved, tmp_path, MOST_COMPUTE)["modules"][0, 0].tolist() == [2.0, 5.0]


def test_running_cost_counts_where_it_is_asked_to(tmp_path: Path) -> None:
    world = small_world().only("budget", "hardware").turned(hydro__price_usd_per_mwh=0.0)
    enough = world.turned(budget__total_musd=5.0 + 3 * PRICE)
    assert count(enough.turned(budget__count_running=True), tmp_path) == 2
    more = world.turned(budget__total_musd=5.0 + 3 * (PRICE + 1.4 * 1.5), budget__count_running=True)
    assert count(more, tmp_path) == 3
    less = more.turned(budget__total_musd=5.0 + 3 * (PRICE + 1.4 * 1.5) - HAIR)
    assert count(less, tmp_path) == 2


def test_a_forced_site_opens_and_a_forbidden_one_stays_closed(tmp_path: Path) -> None:
    world = small_world().only("locks")
    world.layers["candidates"].append(candidate("b", -120.5, 46.05))
    forced = best_of(world.turned(locks__force=["b"]), tmp_path)
    assert forced.it_mw()[1, 0] >= 5.0
    forbidden = best_of(world.turned(locks__forbid=["b"]), tmp_path)
    assert forbidden.it_mw()[:, 0].tolist() == [40.0, 0.0]


def test_a_forced_site_without_power_is_infeasible(tmp_path: Path) -> None:
    world = with_supply(small_world().only("locks"), 5.0 - HAIR)
    assert best_of(world, tmp_path, MOST_COMPUTE).count() == 0
    assert best_of(world.turned(locks__force=["a"]), tmp_path, MOST_COMPUTE).status is Status.INFEASIBLE


def test_a_site_takes_what_its_limit_says(tmp_path: Path) -> None:
    world = small_world().only()
    for limit, modules in ((20.0, 4), (20.0 - HAIR, 3)):
        world.row("candidates", "a")["limit_mw"] = limit
        assert count(world, tmp_path) == modules


def test_a_site_of_no_whole_module_stays_closed(tmp_path: Path) -> None:
    world = small_world().only()
    world.row("candidates", "a")["limit_mw"] = 4.9
    assert count(world, tmp_path) == 0
