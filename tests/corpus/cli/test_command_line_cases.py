"""The rows of the corpus of bad inputs that concern the command line; each test is named for its row."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from siting import pipeline
from siting.runs.key import file_digest
from siting.runs.lock import held
from siting.runs.manifest import read_manifest
from tests.cli.conftest import Command, Hands, hands, siting  # noqa: F401

REPOSITORY = Path(__file__).parents[3]
BASE = Path("out/northwest/base")


def _bytes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in files}


def _disk(place: Path, megabytes: int) -> Iterator[Path]:
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    yield from _disk(tmp_path / "small", 2)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB, less than the files of a plan."""
    yield from _disk(tmp_path / "tiny", 1)


def test_c001_an_unknown_option_is_told_with_the_nearest(siting: Command) -> None:  # noqa: F811
    told = siting("run", "northwest", "--gpa", "0.01")
    assert told.code == 2
    assert "--gpa. Did you mean --gap?" in told.err


def test_c002_options_of_other_verbs_are_refused(siting: Command) -> None:  # noqa: F811
    for verb in ("check", "verify", "compare", "doctor", "knobs"):
        told = siting(verb, "--seed", "5")
        assert told.code == 2, verb
        assert "--seed" in told.err


def test_c003_a_folder_that_holds_something_else_is_not_touched(siting: Command, hands: Hands) -> None:  # noqa: F811
    place = Path("thesis")
    place.mkdir()
    (place / "chapter 1.docx").write_text("five years")
    told = siting("run", "northwest", "--out", "thesis")
    assert told.code == 10
    assert "thesis" in told.err
    assert "chapter 1.docx" in told.err
    assert "--overwrite" in told.err
    assert [path.name for path in place.iterdir()] == ["chapter 1.docx"]
    assert hands.climbs == 0
    assert siting("run", "northwest", "--out", "thesis", "--overwrite").code == 0
    assert read_manifest(place).record.model == "northwest"


def test_c004_a_plan_of_another_model_is_not_touched(siting: Command, hands: Hands) -> None:  # noqa: F811
    siting("run", "northwest", "--out", "shared")
    manifest = (Path("shared") / "manifest.json").read_text().replace('"model": "northwest"', '"model": "australia"', 1)
    (Path("shared") / "manifest.json").write_text(manifest)
    told = siting("run", "northwest", "--out", "shared", "--seed", "1")
    assert told.code == 10
    assert "a plan of australia, not of northwest" in told.err
    assert hands.climbs == 1


def test_c005_a_disk_too_small_is_told_before_solving(siting: Command, hands: Hands, small_disk: Path) -> None:  # noqa: F811
    told = siting("run", "northwest", "--out", str(small_disk / "plan"))
    assert told.code == 10
    assert str(small_disk / "plan") in told.err
    assert "MB needed" in told.err
    assert "MB free" in told.err
    assert hands.climbs == 0
    assert list(small_disk.iterdir()) == []


def test_c006_a_disk_that_fills_while_writing_leaves_what_was_there(
    siting: Command,  # noqa: F811
    hands: Hands,  # noqa: F811
    tiny_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "room_bytes", lambda scenario: 0)  # noqa: ARG005
    place = tiny_disk / "plan"
    assert siting("run", "northwest", "--out", str(place)).code == 0
    before = _bytes(place)
    hands.full = True
    told = siting("run", "northwest", "--out", str(place), "--seed", "1")
    assert told.code == 10
    assert str(place) in told.err
    assert "MB needed" in told.err
    assert _bytes(place) == before
    assert [path.name for path in tiny_disk.iterdir()] == ["plan"]


def test_c006_a_run_folder_on_a_disk_that_fills_is_never_half_there(
    siting: Command,  # noqa: F811
    hands: Hands,  # noqa: F811
    tiny_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "room_bytes", lambda scenario: 0)  # noqa: ARG005
    monkeypatch.chdir(tiny_disk)
    hands.full = True
    told = siting("run", "northwest")
    assert told.code == 10
    assert "MB needed" in told.err
    assert [path for path in tiny_disk.rglob("*") if path.is_file()] == []


def test_c007_a_second_run_into_one_folder_is_told_who_holds_it(siting: Command, hands: Hands) -> None:  # noqa: F811
    with held(BASE.resolve()):
        told = siting("run", "northwest")
    assert told.code == 11
    assert f"process {os.getpid()} on {socket.gethostname()}, started " in told.err
    assert hands.climbs == 0


def test_c009_a_result_edited_by_hand_does_not_verify(siting: Command, hands: Hands) -> None:  # noqa: F811
    hands.full = True
    siting("run", "northwest")
    sites = BASE / "sites.geojson"
    was = file_digest(sites)
    sites.write_text(sites.read_text().replace('"it_mw":200.0', '"it_mw":210.0'))
    told = siting("verify", str(BASE))
    assert told.code == 8
    (line,) = [line for line in told.err.splitlines() if "manifest.hash" in line]
    assert str(sites) in line
    assert was in line
    assert file_digest(sites) in line


def test_c010_a_name_that_is_no_folder_name_is_refused(siting: Command, hands: Hands) -> None:  # noqa: F811
    for name in ("../../x", "base", "compare", "a/b", ".hidden", "a b"):
        told = siting("run", "northwest", "--name", name)
        assert told.code == 2, name
        assert "--name" in told.err
    assert hands.climbs == 0
    assert list(Path.cwd().iterdir()) == []


def test_c011_inputs_home_and_the_current_folder_are_never_replaced(siting: Command, hands: Hands) -> None:  # noqa: F811
    for place in (".", "..", "/", str(Path.home()), str(REPOSITORY / "models")):
        told = siting("run", "northwest", "--out", place, "--overwrite")
        assert told.code == 10, place
        assert "never replaced" in told.err
    assert hands.climbs == 0


def test_c012_locale_and_odd_paths_change_no_byte(siting: Command, hands: Hands) -> None:  # noqa: ARG001, F811
    assert siting("run", "northwest", "--out", "Äuße res").code == 0
    odd = Path("Zürich, größter Ort")
    odd.mkdir()
    command = [sys.executable, "-m", "tests.corpus.cli.hands_in", "run", "northwest", "--out", "Äuße res"]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=odd, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert {**_bytes(odd / "Äuße res"), "manifest.json": ""} == {**_bytes(Path("Äuße res")), "manifest.json": ""}
