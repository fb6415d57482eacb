"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = (
    "highspy", "pyomo", "numpy", "scipy", "pandas", "geopandas", "shapely", "linopy", "xarray", "pulp", "spopt", "distributed",
)  # fmt: skip
WRITTEN: Final = ("tests/bench/RESULTS.md", "tests/bench/results.json", "tests/bench/*.svg")
"""What the bench itself writes."""


def commit() -> str:
    """The commit of the code, with a `+` where tracked files differ from it; empty outside a repository. What a group of figures
    has written does not count for the next."""
    found = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "siting", "tests", *(f":!{file}" for file in WRITTEN))
    return found + "+" if found and changed else found


def load() -> str:
    """Processes that wanted to run in the last minute, over those that could."""
    return f"{os.getloadavg()[0]:.1f} of {os.cpu_count()}"


def machine() -> dict[str, str]:
    """Processor, memory, system and versions in words."""
    facts = {
        "processor": f"{processor()}, {os.cpu_count()} threads",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    return facts | {name: _version(name) for name in PACKAGES}


def processor() -> str:
    """Name of the processor."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
