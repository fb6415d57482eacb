"""The hand-made plan, written once, copied for each test that damages it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.verify.world import World, made_world, write_world


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of a world with a plan that keeps every rule."""
    root = tmp_path_factory.mktemp("sound")
    write_world(World(), root)
    return root


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of the same world with candidates made from its other layers."""
    root = tmp_path_factory.mktemp("made")
    write_world(made_world(), root)
    return root


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    """A copy of it that may be damaged; the plan lies in out/toy/base."""
    root = tmp_path / "world"
    shutil.copytree(sound, root)
    return root


@pytest.fixture
def folder(copy: Path) -> Path:
    """The folder of the plan in the copy."""
    return copy / "out" / "toy" / "base"
