"""Inference: users are served over paths that are quick enough, by load that never waits, with the bandwidth it takes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

from siting.errors import InputError
from siting.families.inference import InferenceFacts, InferenceKnobs, make_groups
from siting.family import Latency
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import amount, broken_rules, planned
from tests.worlds import Best, World, best_of, candidate, named, opened, small_world

HAIR = 1e-3
MOST_COMPUTE = OBJECTIVES[:1]


def served(*families: str, **knobs: float) -> World:
    """Inference, connectivity over one path, fibre, and what else is named."""
    world = small_world().only("connectivity", "fibre", *families)
    world.model["off"].remove("inference")
    world.model["connectivity"] = {"paths": 1, "paths_from_months": 0.0}
    world.model["inference"] = {"inference_share": 0.5, **knobs}
    return world


def most(world: World, folder: Path) -> Best:
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return best


def km(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(Geod(ellps="WGS84").inv(*one, *other)[2]) / 1000.0


def rtt_ms(world: World, pop: str) -> float:
    """Round trip from site a over a point of presence to the city."""
    site, end, city = (world.row(*where)["at"] for where in (("candidates", "a"), ("pops", pop), ("demand", "city")))
    return 2.0 * (4.897e-3 + 0.3e-3) * (1.4 * km(site, end) + 2.1 * km(end, city))


def laterals(best: Best) -> set[str]:
    built = best["fibre.lateral"][:, -1] > 0.5
    return {name for name, there in zip(best.program.problem.facts["fibre"].ids, built, strict=True) if there}  # type: ignore[attr-defined]


def test_users_take_the_lateral_that_is_quick_enough(tmp_path: Path) -> None:
    world = served(voice_rtt_ms=2.0)
    quick, slow = rtt_ms(world, "pop-2"), rtt_ms(world, "pop-1")
    assert quick < slow
    best = best_of(world.turned(inference__voice_rtt_ms=slow - HAIR), tmp_path)
    assert "a--pop-2" in laterals(best)
    best = best_of(world.turned(inference__voice_rtt_ms=slow + HAIR), tmp_path)
    assert laterals(best) == {"a--pop-1"}  # the cheaper one


def test_a_time_no_path_can_keep_is_refused_with_the_quickest_there_is(tmp_path: Path) -> None:
    world = served()
    quick = rtt_ms(world, "pop-2")
    assert most(world.turned(inference__voice_rtt_ms=quick + HAIR), tmp_path).count() == 8
    with pytest.raises(InputError) as refused:
        opened(world.turned(inference__voice_rtt_ms=quick - HAIR), tmp_path).program()
    told = refused.value.faults[0].sentence()
    assert f"at least {quick:.1f} ms" in told
    assert "inference.voice_share" in told
    assert "City" in told


def test_what_nobody_asks_for_needs_no_path(tmp_path: Path) -> None:
    world = served(voice_rtt_ms=0.1, voice_share=0.0, chat_share=0.5)
    assert most(world, tmp_path).count() == 8


def two_sites(**knobs: float) -> World:
    """Site a of 10 MW beside the city's point of presence, site b of 100 MW beside one farther away."""
    world = served(inference_share=1.0, voice_share=0.5, agent_share=0.0, chat_share=0.5, batch_share=0.0, **knobs)
    world.model["fibre"] = {"nearest": 1}
    world.layers["candidates"] = [candidate("a", -120.5, 46.0, limit_mw=10.0), candidate("b", -119.9, 46.0)]
    world.layers["pops"] = [named("pop-1", -120.6, 46.0), named("pop-3", -119.8, 46.0)]
    return world


def test_a_class_is_served_only_where_its_time_is_kept(tmp_path: Path) -> None:
    slow = 2.0 * (4.897e-3 + 0.3e-3) * (1.4 * km((-119.9, 46.0), (-119.8, 46.0)) + 2.1 * km((-119.8, 46.0), (-121.9, 46.9)))
    best = most(two_sites(voice_rtt_ms=slow - HAIR), tmp_path)
    assert best.count() == 4  # 10 MW of voice at a, as much chat anywhere
    assert most(two_sites(voice_rtt_ms=slow + HAIR), tmp_path).count() == 8


def test_bandwidth_of_inference_comes_on_top(tmp_path: Path) -> None:
    world = served().turned(fibre__nearest=1)  # 40 MW of load at 0.3 Gbps, 20 MW of inference at 1.7 more
    assert most(world.turned(fibre__lateral_gbps=46.0), tmp_path).count() == 8
    assert most(world.turned(fibre__lateral_gbps=46.0 - HAIR), tmp_path).count() == 7


def test_inference_never_waits(tmp_path: Path) -> None:
    world = small_world(blocks=2).only("workload")
    world.model["off"].remove("inference")
    world.profiles["river"] = [[0.5, 1.5]]  # 20 MW, then 60
    world.model["workload"] = {"served_share": 0.5, "firm_share": 0.0}
    assert most(world.turned(inference__inference_share=0.5), tmp_path).count() == 8
    assert most(world.turned(inference__inference_share=0.5 + HAIR), tmp_path).count() == 7
    assert most(world.turned(inference__inference_share=1.0), tmp_path).count() == 4


def test_no_share_of_inference_leaves_nothing_in_the_program(tmp_path: Path) -> None:
    world = served(inference_share=0.0)
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    on = opened(world, tmp_path / "with").program()
    off = opened(world.without("inference"), tmp_path / "without").program()
    assert on.space.size == off.space.size


def latency_of(rtts: list[list[float]], sites: list[int], *, sure: bool) -> Latency:
    ledger = Latency("latency", (2, 1))
    ledger.every_site_has_one = sure
    columns = np.arange(len(sites), dtype=np.int64)[:, None]
    ledger.offer("test", np.array(sites, dtype=np.int64), columns, np.array(rtts))
    return ledger


FACTS = InferenceFacts(ids=("x", "y"), names=("X", "Y"), row=np.array([0, 1]), weight=np.array([0.75, 0.25]))


def test_needs_that_the_same_paths_meet_are_one_group() -> None:
    latency = latency_of([[40.0, 70.0], [40.0, 70.0], [40.0, 90.0]], [0, 0, 1], sure=True)
    groups = make_groups(FACTS, InferenceKnobs(), latency)
    # voice at y is met by nothing, agents at y by the first two paths, everything else by all
    assert groups.free_share == pytest.approx(1.0 - 0.25 * (0.1 + 0.3))
    assert len(groups.names) == 2
    assert sorted(groups.group_share.tolist()) == pytest.approx([0.025, 0.075])
    assert groups.pair_site.tolist() == [0]


def test_what_every_path_meets_still_needs_one_where_sites_may_have_none() -> None:
    latency = latency_of([[10.0, 10.0], [10.0, 10.0]], [0, 1], sure=False)
    groups = make_groups(FACTS, InferenceKnobs(), latency)
    assert groups.free_share == pytest.approx(0.2)
    assert groups.pair_site.tolist() == [0, 1]
    assert groups.meets.tolist() == [[True, True]]


def test_places_weigh_as_their_people_to_a_power(tmp_path: Path) -> None:
    world = served(places=2, population_power=0.5)
    world.layers["demand"] = [
        {**named(key, -121.9, 46.9), "population": people} for key, people in (("x", 4e6), ("y", 1e6), ("z", 9e6))
    ]
    facts = opened(world, tmp_path).problem.facts["inference"]
    assert isinstance(facts, InferenceFacts)
    assert facts.ids == ("x", "z")
    assert facts.weight.tolist() == pytest.approx([0.4, 0.6])


def test_shares_that_do_not_add_up_are_refused_with_all_of_them(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        opened(served(chat_share=0.5), tmp_path)
    told = "; ".join(fault.sentence() for fault in refused.value.faults)
    for said in ("voice_share = 0.1", "chat_share = 0.5", "add up to 1.1", "model.toml"):
        assert said in told


# ---- the rules


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planned(two_sites(voice_rtt_ms=4.0), tmp_path_factory.mktemp("inference"))


def test_a_sound_plan_passes(plan: Path) -> None:
    assert broken_rules(plan) == set()


def _given(item: str, column: str, turn: Callable[[Any], Any], site: str = "") -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        table = pd.read_csv(folder / "given.csv")
        rows = (table["item"] == item) & ((table["site_id"] == site) | (site == ""))
        assert rows.any()
        table.loc[rows, column] = [turn(value) for value in table.loc[rows, column]]
        table.to_csv(folder / "given.csv", index=False)

    return change


def _asked(key: str, value: float) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        document = json.loads((folder / "scenario.json").read_text())
        document["inference"][key] = value
        (folder / "scenario.json").write_text(json.dumps(document))

    return change


DAMAGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "less inference": ("inference.share", lambda folder: amount(folder, "inference_mw", lambda mw: 0.99 * mw)),
    "more inference than stands": ("workload.assigned", lambda folder: amount(folder, "inference_mw", lambda mw: 1.01 * mw)),
    "negative inference": ("inference.sign", lambda folder: amount(folder, "inference_mw", lambda mw: -mw)),
    "less voice": ("inference.mix", _given("voice_mw", "amount", lambda mw: 0.99 * mw)),
    "more given than there is": ("inference.given", _given("chat_mw", "amount", lambda mw: 1.01 * mw)),
    "given to a place nobody knows": ("inference.places", _given("chat_mw", "place_id", lambda _: "nowhere")),
    "voice where it is slow": ("inference.latency", _given("voice_mw", "site_id", lambda _: "b")),
    "a shorter time asked": ("inference.latency", _asked("voice_rtt_ms", 3.0)),
    "a larger share asked of voice": ("inference.mix", _asked("voice_share", 0.6)),
    "an item nobody has": ("files.items", _given("voice_mw", "item", lambda _: "video_mw")),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_plan_is_refused(name: str, plan: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(plan.parent, root)
    rule, damage = DAMAGES[name]
    damage(root / plan.name)
    assert rule in broken_rules(root / plan.name)
