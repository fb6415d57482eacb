from __future__ import annotations

from pathlib import Path

import pytest

from siting.errors import InputError, UsageError
from siting.regions import build
from tests.regions.places import BUILT, SOURCES, needs_sources


@needs_sources
def test_a_rebuild_from_the_sources_has_the_same_bytes(tmp_path: Path) -> None:
    found = build("northwest", SOURCES, tmp_path)
    assert dict(found.counts)["zones"] == 21
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in BUILT.iterdir())
    different = [path.name for path in tmp_path.iterdir() if path.read_bytes() != (BUILT / path.name).read_bytes()]
    assert different == []


def test_missing_source_files_are_all_named_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        build("northwest", tmp_path / "nowhere", tmp_path / "out")
    assert len(caught.value.faults) == 16
    assert all("nowhere" in fault.file for fault in caught.value.faults)
    assert not (tmp_path / "out").exists()


def test_a_region_that_is_not_built_in_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one of northwest"):
        build("northeast", tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
