"""What Pyomo would have scipy import is not imported by runs and pricing processes, and is still there for whoever needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest


def _said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("module", ["siting.parts", "siting.pipeline", "siting.certify.run"])
def test_statistics_are_not_imported(module: str) -> None:
    assert _said(f"import sys, {module}; print('scipy.sparse' in sys.modules, 'scipy.stats' in sys.modules)") == "True False"


def test_pyomo_still_finds_scipy() -> None:
    ask = "from pyomo.common.dependencies import scipy, scipy_available"
    assert _said(f"import siting.parts; {ask}; print(bool(scipy_available), scipy.stats.norm.cdf(0.0))") == "True 0.5"
