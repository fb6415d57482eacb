"""Processes of our own run nothing of the folder one stands in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from siting.own_process import own_process

PROGRAMS = (
    "siting.solve.highs",
    "siting.solve.batch",
    "siting.solve.worker",
    "siting.solve.crew_worker",
    "siting.certify.prover",
)
STRANGERS = ("json", "pickle", "numpy", "siting", "subprocess")


@pytest.mark.parametrize("module", PROGRAMS)
def test_modules_of_the_working_folder_are_not_run(module: str, tmp_path: Path) -> None:
    for name in STRANGERS:
        (tmp_path / f"{name}.py").write_text("open('was-run', 'w').close()\n", encoding="utf-8")
    subprocess.run(own_process(module), cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert not (tmp_path / "was-run").exists()


def test_main_of_the_module_is_run() -> None:
    done = subprocess.run(
        own_process("siting.certify.prover"), stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
