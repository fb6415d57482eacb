"""What travels: two commands from a clean clone, one hashed lock, and models and data inside the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _locked() -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", LOCK, re.MULTILINE))


def test_every_locked_package_has_hashes_and_no_host_is_named() -> None:
    entries = re.split(r"^(?=[a-z0-9.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(_locked()) > 40
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?://|file:|--(extra-)?index|--find-links", LOCK)


def test_the_lock_holds_everything_the_project_asks_for() -> None:
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"], *PROJECT["build-system"]["requires"]]
    names = {re.split(r"[<>=!~\[; ]", text, maxsplit=1)[0].lower() for text in wanted}
    assert names <= set(_locked())


def test_the_environment_is_the_locked_one() -> None:
    from importlib import metadata

    differing = {
        name: (version, metadata.version(name))
        for name, version in _locked().items()
        if name != "colorama" and metadata.version(name) != version
    }
    assert not differing


def test_make_alone_lists_every_target_with_its_meaning() -> None:
    done = subprocess.run(["make", "-C", str(ROOT), "--no-print-directory"], capture_output=True, text=True, check=True)
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[0].split()
    for target in targets:
        assert re.search(rf"^  make {target} +\S", done.stdout, re.MULTILINE), target


@pytest.mark.parametrize(("code", "made"), [(0, 0), (6, 0), (3, 2), (130, 2)])
def test_make_goes_on_after_exit_0_and_6_only(tmp_path: Path, code: int, made: int) -> None:
    stub = tmp_path / ".venv" / "bin" / "siting"
    stub.parent.mkdir(parents=True)
    stub.write_text(f"#!/bin/sh\nexit {code}\n")
    stub.chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("")
    for name in (".ready", ".compiled"):
        (tmp_path / ".venv" / name).write_text("")
    command = ["make", "-C", str(tmp_path), "-f", str(ROOT / "Makefile"), "whatif", "EDIT=tight-grid"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == made


@pytest.mark.slow
def test_a_wheel_carries_models_and_data_and_finds_them_from_anywhere(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    place, empty = tmp_path / "place", tmp_path / "empty"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(place)
    assert {"siting/_bundled/models/northwest/model.toml", "siting/_bundled/data/northwest/sources.geojson"} <= set(names)
    empty.mkdir()
    script = "import siting; s = siting.load('northwest').scenario; print(s.path); print(s.layer_sources[0].resolved)"
    environment = {**os.environ, "PYTHONPATH": str(place)}
    done = subprocess.run([sys.executable, "-c", script], cwd=empty, env=environment, capture_output=True, text=True, check=True)
    model, layer = done.stdout.splitlines()
    assert Path(model).is_relative_to(place / "siting" / "_bundled")
    assert Path(layer).is_relative_to(place / "siting" / "_bundled")
    assert list(empty.iterdir()) == []
