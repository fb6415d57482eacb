from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.errors import Fault, InputError, VerificationFailed
from tests.cli.conftest import Hands
from tests.cli.conftest import hands as hands


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_study_solved_in_python_leaves_nothing_behind(hands: Hands, tmp_path: Path) -> None:
    plan = siting.load("northwest").solve()
    assert (plan.sites["verdict"] == "chosen").sum() == len(plan.chosen) == 4
    assert hands.climbs == 1
    assert list(tmp_path.iterdir()) == []


def test_a_plan_shows_itself_on_our_own_map(hands: Hands, tmp_path: Path) -> None:  # noqa: ARG001
    view = siting.load("northwest").solve().explore()
    assert isinstance(view, siting.MapView)
    assert "<!doctype html>" in view.save(tmp_path / "map.html").read_text(encoding="utf-8")


def test_a_study_can_be_published_as_the_command_line_does(hands: Hands) -> None:
    study = siting.load("northwest", what_ifs=["tight-grid"], sets=["effort.gap=0.05"])
    first, second = study.run(), study.run()
    assert (first.reused, second.reused, hands.climbs) == (False, True, 1)
    assert first.published == second.published
    assert (first.published / "manifest.json").exists()


def test_overlays_and_edits_reach_the_scenario(hands: Hands) -> None:  # noqa: ARG001
    study = siting.load("northwest", what_ifs=["half-budget"], sets=["effort.gap=0.05"])
    assert study.scenario.effort.gap == 0.05
    assert study.scenario.what_ifs == ("half-budget",)


def test_all_faults_of_a_scenario_come_with_the_error(hands: Hands) -> None:  # noqa: ARG001
    with pytest.raises(InputError) as caught:
        siting.load("northwest", sets=["budget.totl_musd=1.0", "effort.gap=7.0"])
    assert len(caught.value.faults) == 2


def test_a_plan_that_breaks_a_rule_is_not_handed_out(hands: Hands) -> None:
    hands.broken = (Fault("V100", "sites.geojson", "", "", "", "", ""),)
    with pytest.raises(VerificationFailed):
        siting.load("northwest").solve()


def test_progress_is_told_to_who_listens(hands: Hands) -> None:  # noqa: ARG001
    steps: list[str] = []

    class Listener:
        stop = siting.StopSign()

        def step(self, name: str) -> None:
            steps.append(name)

        def progress(self, progress: object) -> None:
            raise AssertionError(progress)

    siting.load("northwest").solve(Listener())
    assert steps == ["layers", "solve", "write", "verify"]
