"""Cases proven by several processes: the same proof, the same faults, and an error where one is lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from siting.certify import side_by_side, verify_bound
from siting.errors import SolverFailed, VerificationFailed
from tests.certify.certified import certified, with_claims
from tests.random_worlds import random_world

SEED = 23


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with a bound by cases that holds."""
    made = certified(random_world(SEED), tmp_path_factory.mktemp("side"), kind="cases")
    assert made is not None
    return made.folder


def test_two_processes_prove_what_one_proves(folder: Path) -> None:
    lines: list[str] = []
    alone = verify_bound(folder, 60.0, folder.parent, workers=1).aims
    shared = verify_bound(folder, 60.0, folder.parent, lines.append, workers=2).aims
    assert [replace(proof, seconds=0.0) for proof in shared] == [replace(proof, seconds=0.0) for proof in alone]
    assert sum(line.startswith("part 1") for line in lines) == 2


def test_a_fault_that_a_process_finds_is_told(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "world"
    shutil.copytree(folder.parent, copy)

    def stranger(entries: list[dict[str, object]]) -> None:
        for entry in entries:
            for case in entry["cases"]:  # type: ignore[attr-defined]
                case["blocks"]["nowhere"] = -1.0

    with_claims(copy / folder.name, stranger)
    with pytest.raises(VerificationFailed) as error:
        verify_bound(copy / folder.name, 60.0, copy, workers=2)
    assert any("nowhere" in fault.field for fault in error.value.faults)


def test_a_process_that_is_lost_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "PROVER", ("-c", "import sys; sys.stdin.readline(); sys.exit(3)"))
    with pytest.raises(SolverFailed, match="ended with code 3"):
        verify_bound(folder, 60.0, folder.parent, workers=2)


def test_no_time_for_cases_is_told_as_unfinished(folder: Path) -> None:
    with pytest.raises(VerificationFailed) as error:
        verify_bound(folder, 0.0, folder.parent)
    assert {(fault.code, "nothing proven within 0 s" in fault.value) for fault in error.value.faults} == {("B010", True)}
