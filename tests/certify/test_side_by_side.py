"""Cases proven by several processes: the same proof, the same faults, and an error where one is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from siting.certify import run, side_by_side, verify_bound
from siting.certify.parts import Reached
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


@pytest.mark.parametrize(("program", "code"), [("import sys; sys.stdin.readline(); sys.exit(3)", 3), ("pass", 0)])
def test_a_process_that_is_lost_is_an_error(program: str, code: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "PROVER", (sys.executable, "-c", program))
    with pytest.raises(SolverFailed, match=f"ended with code {code}"):
        verify_bound(folder, 60.0, folder.parent, workers=2)


def test_a_process_that_fails_says_so_without_a_traceback(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = "from siting.certify import prover; prover.reached = None; prover.main()"
    monkeypatch.setattr(side_by_side, "PROVER", (sys.executable, "-c", broken))
    with pytest.raises(SolverFailed, match="has failed: TypeError"):
        verify_bound(folder, 60.0, folder.parent, workers=2)
    assert "Traceback" not in capfd.readouterr().err


def test_a_folder_that_is_written_anew_meanwhile_is_not_proven(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "digest_of", lambda folder: f"another than that of {folder}")
    with pytest.raises(SolverFailed, match="written anew"):
        verify_bound(folder, 60.0, folder.parent, workers=2)


def test_the_first_that_fails_is_not_waited_for() -> None:
    slow, failed = Future[list[Reached]](), Future[list[Reached]]()
    failed.set_exception(SolverFailed("lost"))
    late = threading.Timer(20.0, slow.set_result, ([],))
    late.start()
    try:
        with pytest.raises(SolverFailed, match="lost"):
            side_by_side._first_failed_or_all([slow, failed])
        assert not slow.done()
    finally:
        late.cancel()


def test_a_process_ends_with_the_other_end() -> None:
    sleeping = "import time; from siting.certify import prover; prover._prove = lambda *asked: time.sleep(90); prover.main()"
    with subprocess.Popen([sys.executable, "-c", sleeping], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"{}\n")
        process.stdin.close()
        assert process.wait(timeout=45) == 0


def test_no_time_for_cases_is_told_as_unfinished(folder: Path) -> None:
    with pytest.raises(VerificationFailed) as error:
        verify_bound(folder, 0.0, folder.parent)
    assert {(fault.code, "nothing proven within 0 s" in fault.value) for fault in error.value.faults} == {("B010", True)}
