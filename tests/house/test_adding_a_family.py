"""The worked example of docs/adding-a-family.md still fits the package: it applies, solves and is checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
DIFF: Final = ROOT / "docs" / "onsite-wind.diff"
SOLVE: Final = """
from pathlib import Path
import siting
from tests.families.test_onsite_wind import solved, windy
from tests.planned import broken_rules, planned
here = Path.cwd()
assert Path(siting.__file__).is_relative_to(here), siting.__file__
with_wind, without = (solved(windy(**knobs), here / name).count() for name, knobs in (("on", {}), ("off", {"profile": ""})))
print(with_wind, without, sorted(broken_rules(planned(windy(), here / "files"))))
"""
"""Eight modules where turbines stand in for the river, four where they do not, and no broken rule."""


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git to apply the diff")
def test_the_family_of_the_worked_example_applies_solves_and_is_checked(tmp_path: Path) -> None:
    leave_out = shutil.ignore_patterns("__pycache__")
    for folder in ("siting", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave_out)
    applied = subprocess.run(["git", "apply", str(DIFF)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert applied.returncode == 0, f"{applied.stderr}\nMake the diff anew as docs/adding-a-family.md says"
    assert (tmp_path / "siting/families/onsite_wind.py").is_file()
    found = subprocess.run(
        [sys.executable, "-c", SOLVE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == "8 4 []\n", found.stderr
