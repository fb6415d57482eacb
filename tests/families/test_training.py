"""Training: in blocks that are large enough or joined to one, losing only a little of its energy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyproj import Geod

from siting.errors import InputError
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import amount, broken_rules, operation, planned
from tests.worlds import Best, World, best_of, candidate, opened, small_world

HAIR = 1e-3
MOST_COMPUTE = OBJECTIVES[:1]


def trained(*families: str, blocks: int = 1, **knobs: Any) -> World:
    """Training, and what else is named; a dam of 40 MW."""
    world = small_world(blocks=blocks).only(*families)
    world.model["off"].remove("training")
    world.model["training"] = {"training_share": 0.5, **knobs}
    return world


def most(world: World, folder: Path) -> Best:
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return best


def test_a_block_stands_from_its_very_size(tmp_path: Path) -> None:
    assert most(trained(block_mw=40.0), tmp_path).count() == 8
    assert most(trained(block_mw=40.0 + HAIR), tmp_path).count() == 0


def test_blocks_bind_site_by_site(tmp_path: Path) -> None:
    world = trained(block_mw=20.0, training_share=0.5)
    world.layers["candidates"] = [
        candidate(name, -120.5, 46.0 + n / 10, limit_mw=mw) for n, (name, mw) in enumerate([("a", 20.0), ("b", 15.0)])
    ]
    assert most(world, tmp_path).count() == 7  # a trains all of its 20 MW, b none
    assert most(world.turned(training__training_share=0.6), tmp_path).count() == 6


def test_a_block_larger_than_every_site_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        opened(trained(block_mw=101.0), tmp_path)
    told = refused.value.faults[0].sentence()
    assert "101 MW" in told
    assert "at most 100 MW" in told


def test_inference_and_training_cannot_ask_for_more_than_everything(tmp_path: Path) -> None:
    world = trained(training_share=0.6)
    world.model["off"].remove("inference")
    world.model["inference"] = {"inference_share": 0.5}
    with pytest.raises(InputError) as refused:
        opened(world, tmp_path)
    told = "; ".join(fault.sentence() for fault in refused.value.faults)
    for said in ("training.training_share", "inference.inference_share = 0.5", "at most 0.5", "model.toml"):
        assert said in told


def test_training_and_inference_share_what_stands(tmp_path: Path) -> None:
    world = trained(block_mw=20.0, training_share=0.5)
    world.model["off"].remove("inference")
    world.model["inference"] = {"inference_share": 0.5}
    best = most(world, tmp_path)
    assert best.count() == 8
    assert best["inference.inference"].item() == pytest.approx(20.0)
    assert best["training.training"].item() == pytest.approx(20.0)


def test_a_year_leaves_unserved_what_training_may_lose(tmp_path: Path) -> None:
    # 39.2 MW for half of the time: 40 MW of load lose 0.4 MW on the mean, 1 % of it
    world = trained("workload", blocks=2, training_share=1.0, interruptible_share=0.01)
    world.profiles["river"] = [[0.98, 1.02]]
    assert most(world, tmp_path).count() == 8
    assert most(world.turned(training__interruptible_share=0.01 - 1e-5), tmp_path).count() == 7
    assert most(world.without("training"), tmp_path).count() == 8
    assert most(world.turned(workload__served_share=0.9901), tmp_path).count() == 7


def test_no_share_of_training_leaves_nothing_in_the_program(tmp_path: Path) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    on = opened(trained("workload", training_share=0.0), tmp_path / "with").program()
    off = opened(trained("workload").without("training"), tmp_path / "without").program()
    assert on.space.size == off.space.size


def joint(*families: str, blocks: int = 1, **knobs: Any) -> World:
    """Two sites of 10 MW, 11 km apart, that train together."""
    world = trained(*families, blocks=blocks, **{"block_mw": 20.0, "multi_site": "asynchronous", **knobs})
    world.layers["candidates"] = [candidate(name, -120.5, lat, limit_mw=10.0) for name, lat in (("a", 46.0), ("b", 45.9))]
    return world


def test_small_sites_train_as_a_block_when_they_are_joined(tmp_path: Path) -> None:
    assert most(joint(), tmp_path).count() == 4
    km = float(Geod(ellps="WGS84").inv(-120.5, 46.0, -120.5, 45.9)[2]) / 1000.0
    assert most(joint(spread_km=km + HAIR), tmp_path).count() == 4
    assert most(joint(spread_km=km - HAIR), tmp_path).count() == 0


def test_what_is_joined_makes_up_the_block(tmp_path: Path) -> None:
    assert most(joint(block_mw=20.0), tmp_path).count() == 4
    assert most(joint(block_mw=20.0 + HAIR), tmp_path).count() == 0


def test_joined_training_takes_bandwidth_at_both_ends(tmp_path: Path) -> None:
    # 10 MW are joined: 3 Gbps a MW, besides 0.3 for each MW that stands
    world = joint("connectivity", "fibre")
    world.model["connectivity"] = {"paths": 1, "paths_from_months": 0.0}
    world.model["fibre"] = {"nearest": 1, "lateral_gbps": 33.0, "shared_reach_km": 0.0}
    assert most(world, tmp_path).count() == 4
    assert most(world.turned(fibre__lateral_gbps=33.0 - HAIR), tmp_path).count() == 0


def test_training_in_step_takes_what_no_lateral_carries(tmp_path: Path) -> None:
    world = joint("connectivity", "fibre")
    world.model["connectivity"] = {"paths": 1, "paths_from_months": 0.0}
    world.model["fibre"] = {"nearest": 1}
    assert most(world.turned(training__multi_site="synchronous"), tmp_path).count() == 0


# ---- the rules


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = joint("workload", training_share=1.0, interruptible_share=0.01, blocks=2)
    world.row("sources", "dam")["mean_output_mw"] = 20.0
    world.profiles["river"] = [[0.98, 1.02]]
    return planned(world, tmp_path_factory.mktemp("training"))


def test_a_sound_plan_passes(plan: Path) -> None:
    assert broken_rules(plan) == set()


def _joined(column: str, turn: Callable[[Any], Any]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        table = pd.read_csv(folder / "given.csv")
        rows = table["item"] == "joined_mw"
        assert rows.any()
        table.loc[rows, column] = [turn(value) for value in table.loc[rows, column]]
        table.to_csv(folder / "given.csv", index=False)

    return change


def _asked(key: str, value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        document = json.loads((folder / "scenario.json").read_text())
        document["training"][key] = value
        (folder / "scenario.json").write_text(json.dumps(document))

    return change


DAMAGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "less training": ("training.share", lambda folder: amount(folder, "training_mw", lambda mw: 0.99 * mw)),
    "more training than stands": ("workload.assigned", lambda folder: amount(folder, "training_mw", lambda mw: 1.01 * mw)),
    "less joined than the block needs": ("training.block", _joined("amount", lambda mw: 0.9 * mw)),
    "more joined than trains": ("training.sign", _joined("amount", lambda mw: 1.1 * mw)),
    "joined to itself": ("training.hub", _joined("place_id", lambda hub: {"a": "b", "b": "a"}[hub])),
    "joined to nobody": ("training.known", _joined("place_id", lambda _: "nowhere")),
    "a larger block asked": ("training.block", _asked("block_mw", 21.0)),
    "a nearer hub asked": ("training.hub", _asked("spread_km", 5.0)),
    "training alone asked": ("training.hub", _asked("multi_site", "off")),
    "fewer interruptions asked": ("workload.flexible", _asked("interruptible_share", 0.009)),
    "more goes unserved": ("workload.flexible", lambda folder: operation(folder, "unserved", lambda mw: 1.1 * mw)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_plan_is_refused(name: str, plan: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(plan.parent, root)
    rule, damage = DAMAGES[name]
    damage(root / plan.name)
    assert rule in broken_rules(root / plan.name)
