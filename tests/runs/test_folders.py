from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from siting.errors import OutputError
from siting.runs import folders
from siting.runs.folders import need_room, new_folder


def _old_folder(place: Path) -> Path:
    place.mkdir(parents=True)
    (place / "old.txt").write_text("old")
    return place


def _no_exchange(one: Path, other: Path) -> bool:  # noqa: ARG001
    return False


def _fail_in(place: Path, error: Exception, content: bytes = b"new") -> None:
    with new_folder(place) as work:
        (work / "new.bin").write_bytes(content)
        raise error


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_new_folder_appears_when_the_block_ends(tmp_path: Path) -> None:
    place = tmp_path / "runs" / "abc"
    with new_folder(place) as work:
        (work / "a.txt").write_text("a")
        assert not place.exists()
    assert _names(place) == {"a.txt"}
    assert _names(tmp_path / "runs") == {"abc"}


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool) -> None:
    if not can_exchange:
        monkeypatch.setattr(folders, "_exchange", _no_exchange)
    place = _old_folder(tmp_path / "base")
    with new_folder(place) as work:
        (work / "new.txt").write_text("new")
        assert _names(place) == {"old.txt"}
    assert _names(place) == {"new.txt"}
    assert _names(tmp_path) == {"base"}


def test_a_block_that_fails_leaves_the_old_folder(tmp_path: Path) -> None:
    place = _old_folder(tmp_path / "base")
    with pytest.raises(ZeroDivisionError):
        _fail_in(place, ZeroDivisionError())
    assert _names(place) == {"old.txt"}
    assert _names(tmp_path) == {"base"}


def test_a_run_that_died_in_the_middle_of_a_swap_is_mended(tmp_path: Path) -> None:
    _old_folder(tmp_path / ".base.old")
    _old_folder(tmp_path / ".base.new")
    place = tmp_path / "base"
    with pytest.raises(ZeroDivisionError), new_folder(place):
        raise ZeroDivisionError
    assert _names(place) == {"old.txt"}
    assert _names(tmp_path) == {"base"}


def test_a_full_disk_is_told_with_path_needed_and_free(tmp_path: Path) -> None:
    place = _old_folder(tmp_path / "base")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OutputError, match=r"base: more than 0\.2 MB needed, [0-9.]+ MB free") as caught:
        _fail_in(place, full, bytes(200_000))
    assert caught.value.exit_code == 10
    assert _names(place) == {"old.txt"}


def test_anything_else_the_file_system_refuses_is_told_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="base: Permission denied"):
        _fail_in(tmp_path / "base", PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def test_room_is_asked_for_before_it_is_used(tmp_path: Path) -> None:
    need_room(tmp_path / "deep" / "base", 1000)
    with pytest.raises(OutputError, match=r"1000000000\.3 MB needed, [0-9.]+ MB free"):
        need_room(tmp_path / "deep" / "base", 10**15)
