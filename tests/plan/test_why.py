"""What holds a site back: one limit made to bind at a time, and named with its number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.plan import tables
from siting.plan.why import Standing, held_back
from siting.program.matrix import Matrix
from siting.solve.start import promise
from tests.worlds import Best, World, best_of, candidate, opened, optimum, small_world, source


def standing(best: Best) -> Standing:
    it_mw = best.it_mw()[:, -1]
    paid = tables.money(best.program, best.values, best.matrix.owner)
    per_mw = np.divide(paid.site_capital, it_mw, out=np.full(len(it_mw), np.nan), where=it_mw > 0)
    problem = best.program.problem
    sites = pd.DataFrame(
        {
            "id": problem.site_ids,
            "name": problem.site_names,
            "verdict": np.where(it_mw > 0, "chosen", "passed_over"),
            "it_mw": it_mw,
            "capital_musd_per_mw": per_mw,
        }
    )
    return Standing(best.program, best.matrix, best.values, sites, promise(problem))


def reasons(world: World, root: Path) -> dict[str, tuple[str, str]]:
    """Site -> (families that hold it back, the sentence), at the proven optimum."""
    best = best_of(world, root)
    held = held_back(standing(best))
    told = zip(held.families, held.notes, strict=True)
    return dict(zip(best.program.problem.site_ids, told, strict=True))


def plenty() -> World:
    """A dam with more than the site can use, so that other limits bind."""
    world = small_world()
    world.row("sources", "dam")["mean_output_mw"] = 900.0
    return world


def test_a_supply_that_is_used_up_is_named_with_point_slice_and_what_is_missing(tmp_path: Path) -> None:
    name, note = reasons(small_world(), tmp_path)["a"]
    assert name == "supply"
    assert "energy a hydro plant can sell in a slice (Dam, year 00-24), 3 MW short" in note


def test_a_site_at_its_own_limit_is_held_back_by_it_alone(tmp_path: Path) -> None:
    name, note = reasons(plenty(), tmp_path)["a"]
    assert name == "site_limit"
    assert "IT load a site can take, 5 MW short" in note


def test_land_that_is_used_up_is_named_before_anything_shared(tmp_path: Path) -> None:
    world = plenty()
    world.row("candidates", "a")["land_ha"] = 10.5
    world.model["modules"]["pod"]["yard_ha"] = 1.0
    name, note = reasons(world, tmp_path)["a"]
    assert name.split(", ")[0] in {"site_limit", "land.yard"}
    assert "land.yard" in name
    assert "land of a site, 0.5 ha short" in note


def test_a_budget_that_is_spent_is_named_with_what_is_missing(tmp_path: Path) -> None:
    name, note = reasons(plenty().turned(budget__total_musd=300.0), tmp_path)["a"]
    assert name == "budget.total_budget"
    assert "capital over all periods" in note
    assert "MUSD short" in note


def test_a_site_inside_an_exclusion_is_held_back_by_the_exclusion(tmp_path: Path) -> None:
    world = plenty()
    world.layers["candidates"].append(candidate("b", -120.6, 46.0))
    world.layers["exclusions"] = [{"id": "park", "name": "Park", "kind": "park", "box": (-120.65, 45.95, -120.55, 46.05)}]
    assert reasons(world, tmp_path)["b"][0] == "land.exclusion"


def test_a_forbidden_site_is_held_back_by_its_lock(tmp_path: Path) -> None:
    world = plenty().turned(locks__forbid=["b"])
    world.layers["candidates"].append(candidate("b", -120.6, 46.0))
    found = reasons(world, tmp_path)
    assert found["b"][0] == "locks.forbidden"


def test_data_paths_that_are_missing_are_named_with_how_many(tmp_path: Path) -> None:
    world = plenty().without("satellite").turned(connectivity__paths=2)
    world.layers["pops"] = world.layers["pops"][:1]
    name, note = reasons(world, tmp_path)["a"]
    assert name == "connectivity.paths"
    assert "separate data paths of a site, 1 paths short" in note


def test_what_a_zone_lends_is_named_where_it_is_used_up(tmp_path: Path) -> None:
    world = plenty().without("hydro").turned(grid_strain__import_share=0.0, grid_strain__import_floor_mw=12.0)
    world.model["off"] = sorted(set(world.model["off"]) - {"grid_strain"})
    world.row("substations", "post")["rating_mw"] = 1000.0
    name, note = reasons(world, tmp_path)["a"]
    assert name == "grid_strain.zone_import"
    assert "what a zone lends to clusters in a stressed slice (west, year 00-24)" in note


def test_nothing_is_named_where_there_is_room(tmp_path: Path) -> None:
    best = optimum(opened(plenty(), tmp_path).program())
    assert best.count() == 20
    values = best.values.copy()
    stock = best.program.core.modules.columns
    values[stock] = 10.0
    one_less = Best(best.status, best.reached, values, best.program, _without_held_rows(best))
    held = held_back(standing(one_less))
    assert held.families == [""]
    assert "room for one more pod (5 MW)" in held.notes[0]


def _without_held_rows(best: Best) -> Matrix:
    matrix = best.matrix
    return replace(matrix, row_lower=np.where(matrix.row_lower > 0, -np.inf, matrix.row_lower))


def test_where_only_money_is_short_the_reason_is_the_rank_with_its_numbers(tmp_path: Path) -> None:
    world = plenty().turned(budget__total_musd=700.0)
    world.layers["candidates"].append(candidate("b", -119.9, 46.0, land_musd_per_ha=9.0))
    world.layers["sources"].append(source("far", -119.9, 46.3, mean_output_mw=900.0))
    best = best_of(world, tmp_path)
    told = standing(best)
    held = held_back(told)
    chosen, passed = (0, 1) if best.it_mw()[0, -1] > 0 else (1, 0)
    per_mw = float(told.sites["capital_musd_per_mw"].iloc[chosen])
    assert held.families[passed] == "budget.total_budget"
    note = held.notes[passed]
    assert f"costs {per_mw:.2f} MUSD of capital per MW" in note
    here = float(note.split("would cost at least ")[1].split(",")[0])
    assert here > per_mw
    assert (
        f"{here - per_mw:.2f} more" in note
        or f"{here - per_mw - 0.01:.2f} more" in note
        or f"{here - per_mw + 0.01:.2f} more" in note
    )


@pytest.mark.parametrize("periods", [1, 2])
def test_the_least_capital_told_is_at_most_and_nearly_what_the_site_costs_on_its_own(tmp_path: Path, periods: int) -> None:
    """Two sites alike but for the land: the site passed over costs its dearer land more, nothing else."""
    world = small_world(periods=periods).turned(budget__total_musd=260.0, budget__period_musd_per_year=260.0)
    world.row("sources", "dam")["mean_output_mw"] = 900.0
    world.layers["candidates"] = [candidate("a", -120.5, 46.0), candidate("b", -120.5, 46.2, land_musd_per_ha=5.02)]
    best = best_of(world, tmp_path)
    told = standing(best)
    held = held_back(told)
    assert best.it_mw()[:, -1].tolist() == [5.0, 0.0]
    assert held.families[1].startswith("budget.")
    here = float(held.notes[1].split("would cost at least ")[1].split(",")[0])
    alone = best_of(_only(world, "b").turned(budget__total_musd=400.0, budget__period_musd_per_year=400.0), tmp_path / "alone")
    paid = float(standing(alone).sites["capital_musd_per_mw"].iloc[0])
    assert alone.it_mw()[0, -1] == 5.0
    assert 0.99 * paid <= here <= paid + 0.01


def _only(world: World, site: str) -> World:
    other = world.copy()
    other.layers["candidates"] = [world.row("candidates", site)]
    return other
