"""Folders that appear whole or not at all: made beside their place, put on disk, then put in place by one rename.

Where the system can exchange two folders in one step it is asked to; else the old one steps aside first, and is put
back by the next run should this one die in between.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from siting.errors import OutputError, SitingError

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
SPARE_BYTES: Final = 256 * 1024
"""Room asked for beyond the files themselves, for folders and journals."""


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """An empty folder beside `place`, which replaces `place` when the block ends well and is removed when it does not.

    Call it with the lock of `place` held. Raises OutputError for anything the file system refuses.
    """
    work = place.parent / f".{place.name}.new"
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        mend(place)
        work.mkdir()
    try:
        with writing(place):
            yield work
            _sync(work)
            _put(work, place)
            _sync_folder(place.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def mend(place: Path) -> None:
    """Clear what a run that died has left beside `place`; bring an old folder back if it died in the middle of a swap."""
    old = _aside(place)
    if old.exists() and not place.exists():
        old.rename(place)
    for leftover in (old, place.parent / f".{place.name}.new"):
        shutil.rmtree(leftover, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Bytes of all files below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def need_room(place: Path, bytes_needed: int) -> None:
    """Raise OutputError (path, needed, free) where the disk below `place` has less room than `bytes_needed`."""
    below = place
    while not below.exists():
        below = below.parent
    free = shutil.disk_usage(below).free
    if free < bytes_needed + SPARE_BYTES:
        raise OutputError(
            f"no room to write {place}: {_megabytes(bytes_needed + SPARE_BYTES)} needed, {_megabytes(free)} free. "
            "Free some space, or name another folder with --out; earlier outputs are untouched"
        )


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn what the file system refuses inside the block into an OutputError that names `place`."""
    try:
        yield
    except Exception as error:
        if isinstance(error, SitingError) and not isinstance(error, OutputError):
            raise
        cause = error.__cause__ if isinstance(error, OutputError) else error
        if _is_full(cause, place):
            raise _full(place) from error
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise OutputError(f"cannot write {place}: {reason}. Name another folder with --out") from error
        raise


def _is_full(cause: BaseException | None, place: Path) -> bool:
    """Whether the disk is full. Libraries below us tell that in words of their own, so the disk is asked as well."""
    if isinstance(cause, OSError) and cause.errno is not None:
        return cause.errno in {errno.ENOSPC, errno.EDQUOT}
    return place.parent.exists() and shutil.disk_usage(place.parent).free < SPARE_BYTES


def _full(place: Path) -> OutputError:
    work = place.parent / f".{place.name}.new"
    written = size_of(work) if work.exists() else 0
    free = shutil.disk_usage(place.parent).free
    return OutputError(
        f"no space left while writing {place}: more than {_megabytes(written)} needed, {_megabytes(free)} free. "
        "Free some space, or name another folder with --out; earlier outputs are untouched"
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _aside(place: Path) -> Path:
    return place.parent / f".{place.name}.old"


def _put(work: Path, place: Path) -> None:
    if not place.exists():
        work.rename(place)
    elif not _exchange(work, place):
        old = _aside(place)
        place.rename(old)
        work.rename(place)
        shutil.rmtree(old)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system has no such call."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    done: int = call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return done == 0


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        elif path.is_dir():
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
