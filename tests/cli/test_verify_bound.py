"""`siting verify --bound`: what is told of bounds that are proven, and the exit code of those that are not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from siting.cli.door import enter
from siting.pipeline import Asked, Place, run
from siting.runs.manifest import MANIFEST, digests_of
from tests.cli.conftest import Command, Told
from tests.worlds import candidate, small_world, write_world


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of a small world with a published plan."""
    root = tmp_path_factory.mktemp("published")
    world = small_world()
    world.layers["candidates"].append(candidate("b", -120.4, 46.05))
    write_world(world, root)
    assert run(Asked("toy", effort=("effort.gap=0.001",)), Place(root)).exit_code == 0
    return root


@pytest.fixture
def copy(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "copy"
    shutil.copytree(published, root)
    monkeypatch.chdir(root)
    return Path("out/toy/base")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Told:
    capsys.readouterr()
    code = enter(arguments)
    captured = capsys.readouterr()
    return Told(code, captured.out, captured.err)


def test_bounds_that_are_proven_are_told_beside_the_rules(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {"certificate.json", "prices.parquet"} <= {path.name for path in copy.iterdir()}
    answer = told(capsys, "verify", "--bound", str(copy))
    assert answer.code == 0, answer.err
    for word in ("most_compute", "least_cost", "MW-years", "claimed", "proven"):
        assert word in answer.out
    document = json.loads(told(capsys, "verify", "--bound", "--json", str(copy)).out)
    assert [bound["name"] for bound in document["bounds"]] == ["most_compute", "least_cost"]


def test_without_bound_no_bound_is_looked_at(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(capsys, "verify", str(copy), "--json")
    assert answer.code == 0
    assert "bounds" not in json.loads(answer.out)


def test_a_certificate_changed_by_hand_is_no_file_of_the_run(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _claim_more(copy)
    answer = told(capsys, "verify", "--bound", str(copy))
    assert answer.code == 8
    assert "certificate.json" in answer.err
    assert "V001" in answer.err


def test_a_claim_that_is_not_proven_ends_with_8_and_says_what_is(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _claim_more(copy)
    path = copy / MANIFEST
    document = json.loads(path.read_text(encoding="utf-8"))
    document["files"] = digests_of(copy)
    path.write_text(json.dumps(document), encoding="utf-8")
    answer = told(capsys, "verify", "--bound", str(copy), "--json")
    assert answer.code == 8
    assert "B004" in {fault["code"] for fault in json.loads(answer.out)["faults"]}


def test_a_time_limit_of_nothing_is_wrong_usage(siting: Command) -> None:
    assert siting("verify", "--bound", "--time-limit", "0", "out").code == 2


def _claim_more(folder: Path) -> None:
    path = folder / "certificate.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["aims"][0]["bound"] *= 1.01
    document["aims"][0]["claimed"] *= 1.01
    path.write_text(json.dumps(document), encoding="utf-8")
