"""A sound plan passes, for the right reasons."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

import siting.verify
from siting.verify import verify_files, verify_folder
from siting.verify.parts import PARTS
from tests.verify.world import World, write_world


def test_a_sound_plan_passes(sound: Path) -> None:
    report = verify_folder(sound / "out/toy/base", sound)
    assert report.faults == ()
    assert report.passed


def test_a_sound_plan_over_made_candidates_passes(made: Path) -> None:
    report = verify_folder(made / "out/toy/base", made)
    assert report.faults == ()
    assert {"candidates.region", "candidates.every", "candidates.centre"} <= {rule.name for rule in report.rules}


def test_every_rule_has_looked_at_something(sound: Path) -> None:
    report = verify_folder(sound / "out/toy/base", sound)
    idle = {rule.name for rule in report.rules if rule.checked == 0}
    assert idle == {"locks.force", "locks.forbid", "files.families", "files.items", "files.units", "plan.items"}


def test_layers_are_found_above_the_folder_without_a_root(sound: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert verify_folder(sound / "out/toy/base").passed


def test_files_without_a_manifest_pass_before_they_are_sealed(copy: Path, folder: Path) -> None:
    (folder / "manifest.json").unlink()
    assert verify_files(folder, copy).passed
    assert not verify_folder(folder, copy).passed


@pytest.mark.parametrize("family", ["tie_lines", "connectivity", "cooling", "locks", "budget"])
def test_a_family_that_is_off_is_not_held_to(family: str, tmp_path: Path) -> None:
    world = World()
    world.asked["off"] = [*world.asked["off"], family]
    if family == "budget":
        world.asked["budget"]["total_musd"] = 1.0
    if family == "locks":
        world.asked["locks"]["force"] = ["c-4"]
    if family == "connectivity":
        world.asked["connectivity"]["paths"] = 4
    report = verify_folder(write_world(world, tmp_path), tmp_path)
    assert report.faults == ()


def test_every_family_of_the_program_has_a_rule_here() -> None:
    source = (Path(siting.verify.__file__).parents[1] / "families" / "__init__.py").read_text()
    names = {
        node.module.split(".")[-1] for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module
    }
    names -= {"family", "typing", "__future__"}
    assert names == {part.family for part in PARTS}


def test_the_checker_imports_nothing_of_the_planning_side() -> None:
    allowed = ("siting.errors", "siting.units", "siting.table", "siting.layers.schema", "siting.plan.schema", "siting.verify")
    for path in Path(siting.verify.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert not name.startswith("siting") or name.startswith(allowed), f"{path.name} imports {name}"
                assert not name.startswith(("pyomo", "highspy")), f"{path.name} imports {name}"


def test_a_folder_of_nothing_is_refused_without_a_traceback(tmp_path: Path) -> None:
    report = verify_folder(tmp_path)
    assert not report.passed
    assert all(fault.code in ("V001", "V002") for fault in report.faults)


def test_a_moved_folder_says_which_layers_it_looked_for(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(sound / "out/toy/base", tmp_path / "moved")
    report = verify_folder(tmp_path / "moved", tmp_path)
    assert [fault.code for fault in report.faults] == ["V005"]
