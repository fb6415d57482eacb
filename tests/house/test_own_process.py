"""Processes of our own are this siting, and run nothing of the folder one stands in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import siting
from siting.own_process import own_process

PACKAGE = Path(siting.__file__).parent
CALLS = re.compile(r'own_process\("([a-z_.]+)"\)')
PROGRAMS = sorted({name for path in PACKAGE.rglob("*.py") for name in CALLS.findall(path.read_text(encoding="utf-8"))})
STRANGERS = ("json", "pickle", "numpy", "siting", "subprocess")


def test_there_are_programs() -> None:
    assert "siting.solve.highs" in PROGRAMS
    assert len(PROGRAMS) > 3


@pytest.mark.parametrize("module", PROGRAMS)
def test_modules_of_the_working_folder_are_not_run(module: str, tmp_path: Path) -> None:
    for name in STRANGERS:
        (tmp_path / f"{name}.py").write_text("open('was-run', 'w').close()\n", encoding="utf-8")
    none = subprocess.DEVNULL
    done = subprocess.run(own_process(module), cwd=tmp_path, stdin=none, capture_output=True, timeout=60, check=False)
    assert not (tmp_path / "was-run").exists()
    assert b"ImportError" not in done.stderr
    assert b"ModuleNotFoundError" not in done.stderr


def test_main_of_the_module_is_run() -> None:
    with subprocess.Popen(own_process("siting.certify.prover"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        assert b"KeyError" in process.stdout.readline()
