"""An earlier plan becomes what exists: as it stood in the period it is taken at, and told like values written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from siting.errors import InputError
from siting.scenario import load_scenario
from tests.worlds import World, best_of, candidate, opened, small_world, write_world

EARLIER: dict[str, Any] = {
    "periods": ["2025", "2026"],
    "sites": [
        {
            "id": "a",
            "modules": {"2025": {"pod": 1}, "2026": {"pod": 3}},
            "power_links": [{"id": "a--dam", "mw_by_period": {"2025": 6.0, "2026": 16.0}}],
            "data_links": [],
        },
        {"id": "b", "modules": {"2026": {"pod": 1}}, "power_links": [], "data_links": []},
    ],
}


def replanned(root: Path, plan: object = EARLIER, **locks: object) -> World:
    world = small_world().only("locks", "hardware", "tie_lines", "budget")
    world.layers["candidates"].append(candidate("b", -120.4, 46.0))
    world.model["locks"] = {"earlier_plan": "plan.json", **locks}
    (root / "models/toy").mkdir(parents=True, exist_ok=True)
    (root / "models/toy/plan.json").write_text(json.dumps(plan))
    return world


def test_the_last_period_of_the_earlier_plan_exists(tmp_path: Path) -> None:
    found = opened(replanned(tmp_path), tmp_path)
    asked = found.scenario.resolved()["locks"]
    assert [(each["site"], each["count"]) for each in asked["existing"]] == [("a", 3), ("b", 1)]
    assert asked["existing_lines"] == [{"link": "a--dam", "line_mw": 16.0}]
    assert found.problem.existing_modules is not None
    assert found.problem.existing_modules.tolist() == [[3.0], [1.0]]


def test_only_what_stood_by_then_exists(tmp_path: Path) -> None:
    asked = opened(replanned(tmp_path, until="2025"), tmp_path).scenario.resolved()["locks"]
    assert [(each["site"], each["count"]) for each in asked["existing"]] == [("a", 1)]
    assert asked["existing_lines"] == [{"link": "a--dam", "line_mw": 6.0}]


def test_another_earlier_plan_is_another_question(tmp_path: Path) -> None:
    digests = []
    for number, mw in enumerate((16.0, 16.0, 17.0)):
        plan = json.loads(json.dumps(EARLIER))
        plan["sites"][0]["power_links"][0]["mw_by_period"]["2026"] = mw
        root = tmp_path / str(number)
        write_world(replanned(root, plan), root)
        digests.append(load_scenario("toy", cwd=root).digest())
    assert digests[0] == digests[1] != digests[2]


def test_a_budget_of_nothing_keeps_what_was_built(tmp_path: Path) -> None:
    world = replanned(tmp_path)
    world.model["locks"]["existing_lines"] = [{"link": "b--dam", "line_mw": 8.0}]
    world.model["budget"] = {"total_musd": 0.0, "period_musd_per_year": 0.0}
    best = best_of(world, tmp_path)
    assert best.it_mw()[:, -1].tolist() == [15.0, 5.0]
    assert best.program.solved(best.values).ledgers["capital_musd"] == pytest.approx([0.0], abs=1e-6)


@pytest.mark.parametrize(
    ("plan", "locks", "code", "said"),
    [
        (EARLIER, {"until": "2031"}, "S010", "2026"),
        (EARLIER, {"earlier_plan": "plans.json"}, "S026", ""),
        (EARLIER, {"earlier_plan": "../../../plan.json"}, "X007", ""),
        ({"sites": []}, {}, "S031", "plan"),
        ([1, 2], {}, "S031", "plan"),
        (EARLIER, {"existing": [{"site": "a", "module": "pod", "count": 1}]}, "S011", "existing"),
        (EARLIER, {"earlier_plan": "", "until": "2025"}, "S011", "plan"),
    ],
)
def test_an_earlier_plan_that_can_not_be_taken_is_refused(
    plan: object, locks: dict[str, object], code: str, said: str, tmp_path: Path
) -> None:
    root = tmp_path / "deep/er/stand"
    write_world(replanned(root, plan, **locks), root)
    with pytest.raises(InputError) as refused:
        load_scenario("toy", cwd=root)
    fault = next(fault for fault in refused.value.faults if not fault.warning)
    assert fault.code == code
    assert fault.where.startswith("line ")
    assert said in fault.remedy
