from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from siting.errors import InputError
from siting.runs.manifest import MANIFEST, Manifest, manifest_faults, read_manifest, write_manifest
from tests.export.small_plan import small_plan
from tests.runs.folders_with_runs import finished_run


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, Manifest]:
    return tmp_path, finished_run(tmp_path)


def test_a_manifest_read_back_is_what_was_written(run: tuple[Path, Manifest]) -> None:
    folder, manifest = run
    assert read_manifest(folder).document() == manifest.document()


def test_a_manifest_names_every_file_but_itself(run: tuple[Path, Manifest]) -> None:
    folder, manifest = run
    assert set(manifest.files) == {"map.html", "style/sites.qml"}
    assert manifest_faults(folder, manifest) == ()


def test_an_edited_file_is_named_with_both_digests(run: tuple[Path, Manifest]) -> None:
    folder, manifest = run
    (folder / "map.html").write_text("<!doctype html>!")
    (fault,) = manifest_faults(folder, manifest)
    assert fault.file == str(folder / "map.html")
    assert fault.expected == f"sha256 {manifest.files['map.html']}"
    assert len(fault.value) == 64


def test_missing_and_foreign_files_are_both_told(run: tuple[Path, Manifest]) -> None:
    folder, manifest = run
    (folder / "map.html").unlink()
    (folder / "notes.txt").write_text("mine")
    assert {(Path(fault.file).name, fault.value) for fault in manifest_faults(folder, manifest)} == {
        ("map.html", "no such file"),
        ("notes.txt", "a file no run has written"),
    }


def test_leftovers_of_other_programs_are_no_strangers(run: tuple[Path, Manifest]) -> None:
    folder, manifest = run
    (folder / "plan.gpkg-wal").write_bytes(b"")
    assert manifest_faults(folder, manifest) == ()


def test_numbers_that_are_not_finite_are_null(tmp_path: Path) -> None:
    plan = small_plan()
    aims = tuple(replace(aim, bound=math.inf) for aim in plan.record.aims)
    finished_run(tmp_path, replace(plan, record=replace(plan.record, aims=aims)))
    document = json.loads((tmp_path / MANIFEST).read_text(), parse_constant=lambda word: pytest.fail(word))
    assert {aim["bound"] for aim in document["aims"]} == {None}
    assert all((math.isnan(aim.bound) and not aim.met) or aim.met for aim in read_manifest(tmp_path).record.aims)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 99}', '{"format": 1}', "\x00"])
def test_a_broken_manifest_is_an_input_error_that_names_it(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError) as caught:
        read_manifest(tmp_path)
    assert caught.value.faults[0].file == str(tmp_path / MANIFEST)


def test_seconds_are_in_the_observed_block_only(run: tuple[Path, Manifest]) -> None:
    folder, manifest = run
    slower = replace(manifest, record=replace(manifest.record, observed={"solve_s": 999.0}))
    one, other = manifest.document(), slower.document()
    one.pop("observed")
    other.pop("observed")
    assert one == other
    write_manifest(slower, folder)
    assert read_manifest(folder).record.observed == {"solve_s": 999.0}
