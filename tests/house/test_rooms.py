"""The plan of the house, held: imports only point down, and each outside thing has one door."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).resolve().parents[2] / "siting"

FLOORS: Final = (
    {"errors", "own_process", "units", "toml_places"},
    {"cells", "lean_pyomo", "toml_reader"},
    {"table", "terms", "toml_lines"},
    {"arrays", "geo", "sky"},
    {"ledger", "standing"},
    {"family"},
    {"families", "objectives", "layers"},
    {"scenario"},
    {"knobs", "merging", "problem", "program", "regions"},
    {"solve", "model_text", "statement"},
    {"plan", "new", "verify", "locate", "watch", "parts"},
    {"export", "runs"},
    {"stair", "doctor", "certify"},
    {"pipeline"},
    {"study"},
    {"cli", "__init__", "__main__"},
)
"""Rooms of the package, lowest first. A room imports from lower floors only, and from no other room of its own."""
VERIFY_MAY: Final = {"siting.errors", "siting.table", "siting.units", "siting.layers.schema", "siting.plan.schema"}
FORBIDDEN_NAMES: Final = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core", "misc", "tools"}
DOORS: Final = {
    "highspy": {"solve/highs.py", "solve/small.py", "certify/relaxation.py"},
    "pyomo": {"arrays.py", "lean_pyomo.py", "program/"},
    "pyproj": {"geo.py", "regions/", "verify/"},
    "typer": {"cli/"},
    "rich": {"cli/"},
    "distributed": {"solve/dask_crew.py"},
    "sqlite3": {"export/", "layers/", "new.py"},
}
"""Outside packages, and the only places that may import them."""
MODULES: Final = sorted(path for path in PACKAGE.rglob("*.py") if "_bundled" not in path.parts)


def _inside(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


@functools.cache
def _imports(path: Path) -> frozenset[str]:
    """Full names of everything a module imports, also inside functions and for type checking only."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_inside(path)} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _floor(room: str) -> int:
    found = [number for number, rooms in enumerate(FLOORS) if room in rooms]
    assert len(found) == 1, f"{room} has no floor of its own in this test"
    return found[0]


@pytest.mark.parametrize("path", MODULES, ids=_inside)
def test_imports_only_point_down(path: Path) -> None:
    room = _room(path)
    if room in {"verify", "__init__", "__main__"}:
        return
    others = {name.split(".")[1] for name in _imports(path) if name.startswith("siting.")} - {room}
    upwards = {other for other in others if _floor(other) >= _floor(room)}
    assert not upwards, f"{_inside(path)} imports from {sorted(upwards)}"


def test_the_checker_shares_nothing_but_schema_and_units() -> None:
    shared = {
        name.rpartition(".")[0]
        for path in MODULES
        if _room(path) == "verify"
        for name in _imports(path)
        if name.startswith("siting.") and not name.startswith("siting.verify")
    }
    assert shared <= VERIFY_MAY


def test_a_family_never_imports_another_family() -> None:
    from siting.families import FAMILIES

    names = {family.name for family in FAMILIES}
    for path in MODULES:
        if _room(path) == "families" and path.stem in names:
            met = {name.split(".")[2] for name in _imports(path) if name.startswith("siting.families.")}
            assert not met & names, f"{_inside(path)} imports {sorted(met & names)}"


@pytest.mark.parametrize("package", sorted(DOORS))
def test_each_outside_thing_has_one_door(package: str) -> None:
    users = {_inside(path) for path in MODULES if any(name.split(".")[0] == package for name in _imports(path))}
    assert users, f"nothing imports {package}"
    strangers = {user for user in users if not any(user == door or user.startswith(door) for door in DOORS[package])}
    assert not strangers


def test_no_module_is_named_for_nothing() -> None:
    named = {_inside(path) for path in PACKAGE.rglob("*") if path.stem in FORBIDDEN_NAMES and "_bundled" not in path.parts}
    assert not {name for name in named if "__pycache__" not in name}


def test_no_module_outgrows_450_lines() -> None:
    long = {_inside(path): lines for path in MODULES if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 450}
    assert not long


def test_contributing_lists_every_room_and_no_other() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    listed = [name for row in rows for name in re.findall(r"`([a-z_]+)/?`", row)]
    assert sorted(listed) == sorted({_room(path) for path in MODULES} - {"__init__", "__main__"})
