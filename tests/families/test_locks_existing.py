"""Locks: what exists already stands from the first day and costs nothing again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siting.errors import InputError
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import broken_rules, planned
from tests.verify.damage import cell
from tests.worlds import World, best_of, candidate, opened, small_world

MOST_COMPUTE = OBJECTIVES[:1]


def costly(musd: float) -> World:
    """One site, 5 MW modules of 187.5 MUSD with their IT at neutral multipliers, and a budget; nothing else costs."""
    world = small_world().only("hardware", "budget", "locks")
    world.model["hardware"] = {"remote_factor": 1.0, "transport_factor": 1.0, "opening_musd": 5.0}
    world.model["budget"] = {"total_musd": musd, "period_musd_per_year": musd}
    return world


def existing(world: World, count: int, **more: object) -> World:
    other = world.copy()
    other.model["locks"] = {"existing": [{"site": "a", "module": "pod", "count": count, **more}]}
    return other


def test_what_exists_is_not_paid_again(tmp_path: Path) -> None:
    world = costly(370.0)  # two modules of 185 MUSD: 10 + 27 a MW
    assert best_of(existing(world, 3), tmp_path / "there", MOST_COMPUTE).count() == 5
    assert best_of(existing(costly(369.9), 3), tmp_path / "short", MOST_COMPUTE).count() == 4
    assert best_of(world, tmp_path / "new", MOST_COMPUTE).count() == 1  # the opening of the site is still to be paid


def test_what_exists_costs_only_its_running(tmp_path: Path) -> None:
    nothing_more = existing(costly(0.0), 3)
    best = best_of(nothing_more, tmp_path)
    assert best.count() == 3
    assert best.program.solved(best.values).ledgers["capital_musd"] == pytest.approx([0.0], abs=1e-9)
    assert best.program.solved(best.values).ledgers["running_musd"].sum() > 0.0


def test_modules_that_may_not_grow_stay_what_they_are(tmp_path: Path) -> None:
    assert best_of(existing(costly(4000.0), 3, grows=False), tmp_path, MOST_COMPUTE).count() == 3


def test_an_existing_tie_line_is_not_paid_again_and_its_growth_is(tmp_path: Path) -> None:
    world = existing(small_world().only("tie_lines", "locks"), 3)
    bare = best_of(world, tmp_path / "bare")
    world.model["locks"]["existing_lines"] = [{"link": "a--dam", "line_mw": 40.0}]
    there = best_of(world, tmp_path / "there")
    assert bare.program.solved(bare.values).ledgers["capital_musd"][0] > 1.0
    assert there.program.solved(there.values).ledgers["capital_musd"] == pytest.approx([0.0], abs=1e-6)
    assert there["line_mw"][0, 0] >= 40.0 - 1e-6


def test_what_exists_needs_no_lead_time_and_no_crew(tmp_path: Path) -> None:
    world = existing(small_world(periods=2).only("locks"), 4)
    world.model["off"] = sorted({*world.model["off"]} - {"time_to_power", "rollout"})
    world.model["modules"]["pod"]["lead_months"] = 12.0
    world.model["locks"]["existing_lines"] = [{"link": "a--dam", "line_mw": 40.0}]
    world.model["rollout"] = {"site_mw_per_month": 1.0, "start_mw_per_month": 1.0, "growth_share_per_month": 0.0}
    best = best_of(world, tmp_path, MOST_COMPUTE)
    assert best["modules"][0, 0].tolist() == [4.0, 6.0]  # 12 MW a year are two modules more, once their lead is over
    assert best.program.solved(best.values).ledgers["compute_mw"][0, 0] == pytest.approx(20.0)


def test_what_exists_and_is_forbidden_is_refused_with_both_places(tmp_path: Path) -> None:
    world = existing(costly(400.0), 1)
    world.model["locks"]["forbid"] = ["a"]
    with pytest.raises(InputError) as refused:
        opened(world, tmp_path)
    fault = next(fault for fault in refused.value.faults if not fault.warning)
    assert fault.code == "S011"
    assert "existing" in fault.value
    assert "model.toml" in fault.value


@pytest.mark.parametrize(
    ("locks", "said"),
    [
        ({"existing": [{"site": "aa", "module": "pod", "count": 1}]}, "candidate"),
        ({"existing": [{"site": "a", "module": "hut", "count": 1}]}, "module type"),
        ({"existing": [{"site": "a", "module": "pod", "count": 21}]}, "100 MW"),
        ({"existing_lines": [{"link": "a--mill", "line_mw": 1.0}]}, "tie-line"),
        ({"existing_lines": [{"link": "a--dam", "line_mw": 1.0}]}, "existing modules"),
        ({"existing": [{"site": "a", "module": "pod", "count": 0}]}, "1 to 10000"),
    ],
)
def test_what_can_not_exist_is_refused(locks: dict[str, object], said: str, tmp_path: Path) -> None:
    world = costly(400.0)
    world.model["locks"] = locks
    with pytest.raises(InputError) as refused:
        opened(world, tmp_path)
    assert said in next(fault for fault in refused.value.faults if not fault.warning).expected


def whole_world() -> World:
    """Two periods, two sites, one of which exists with its tie-line; all of the first issue on."""
    world = small_world(periods=2)
    world.layers["candidates"].append(candidate("b", -120.4, 46.0))
    world.model["locks"] = {
        "existing": [{"site": "a", "module": "pod", "count": 2, "grows": False}],
        "existing_lines": [{"link": "a--dam", "line_mw": 8.0}],
    }
    return world


def test_a_plan_with_what_exists_passes_and_its_damage_is_found(tmp_path: Path) -> None:
    folder = planned(whole_world(), tmp_path)
    assert broken_rules(folder) == set()
    cell(folder, "modules.csv", 0, "count", lambda _: 1)
    assert "locks.existing" in broken_rules(folder)


def test_best_plan_is_proven_with_what_exists(tmp_path: Path) -> None:
    assert best_of(whole_world(), tmp_path).status is Status.OPTIMAL


def test_a_tie_line_that_exists_may_be_larger_than_what_is_left_to_send_and_than_its_class(tmp_path: Path) -> None:
    world = existing(small_world().only("tie_lines", "locks"), 3)
    world.model["locks"]["existing_lines"] = [{"link": "a--dam", "line_mw": 260.0}]
    world.row("sources", "dam")["mean_output_mw"] = 20.0
    world.row("sources", "dam")["capacity_mw"] = 20.0
    folder = planned(world, tmp_path / "world")
    lines = pd.read_csv(folder / "link_periods.csv").set_index("link_id")
    assert lines.loc["a--dam", "line_mw"] == pytest.approx(260.0)
    assert not broken_rules(folder)


def test_a_tie_line_larger_than_its_class_carries_all_it_has_where_it_loses_more_the_more_it_carries(tmp_path: Path) -> None:
    world = small_world().only("tie_lines", "locks", "hydro")
    world.row("sources", "dam")["mean_output_mw"] = world.row("sources", "dam")["capacity_mw"] = 9000.0
    world.row("candidates", "a").update(limit_mw=4000.0, land_ha=1e5)
    world.model["tie_lines"] = {"resistance_factor": 3.0, "loadability_limit": False, "loss_share_per_100_km": 0.0}
    world.model["locks"] = {
        "existing": [{"site": "a", "module": "pod", "count": 600}],
        "existing_lines": [{"link": "a--dam", "line_mw": 4000.0}],
    }
    sent_mw = {}
    for above in (0.0, 1.0):  # two chords on every line, and on none
        world.model["tie_lines"]["second_segment_above_share"] = above
        best = best_of(world, tmp_path / f"above-{above:g}", MOST_COMPUTE)
        sent_mw[above] = best["flow_mw"][0, 0].max()
        assert not broken_rules(planned(world, tmp_path / f"plan-{above:g}"))
    assert sent_mw[0.0] > 3000.0
    assert sent_mw[1.0] > 3000.0
