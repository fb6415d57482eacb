"""One run at a time in a folder: an advisory lock that tells who holds it.

The kernel lets go of the lock when its process ends, however it ends, so a lock file left behind is taken over.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from siting.errors import OutputError, RunLocked


def lock_path(folder: Path) -> Path:
    """The lock file of a folder: beside it, so that the folder can be swapped while it is held."""
    return folder.parent / f".{folder.name}.lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder` while in the block. Raises RunLocked (who, where, since when) and OutputError."""
    path = lock_path(folder)
    made = [parent for parent in path.parents if not parent.exists()]
    descriptor = _take(path, folder)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, _card().encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)
        _remove_empty(made)


def _remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that were made for the lock alone, innermost first, as far as they are empty."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _take(path: Path, folder: Path) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputError(f"cannot write in {path.parent}: {error.strerror}. Name another folder with --out") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 4096, 0).decode(errors="replace")
            os.close(descriptor)
            raise RunLocked(f"another run holds {folder}: {_sentence(holder)}. Wait for it, or name another folder") from error
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the file we locked is the one at `path`; the last holder may have removed it in between."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _card() -> str:
    return json.dumps(
        {"pid": os.getpid(), "host": socket.gethostname(), "start": datetime.now(UTC).isoformat(timespec="seconds")}
    )


def _sentence(card: str) -> str:
    try:
        facts = json.loads(card)
        return f"process {facts['pid']} on {facts['host']}, started {facts['start']}"
    except (ValueError, KeyError, TypeError):
        return "a process that has just started"
