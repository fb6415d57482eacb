"""The published copies: a run folder copied whole to where people open it, never over anything that is not ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from siting.errors import InputError, OutputError
from siting.runs.folders import need_room, new_folder, size_of
from siting.runs.manifest import LEFTOVERS, MANIFEST, read_manifest, strangers

Objection = Callable[[Path], str]
"""Says why a folder that is not empty may not be replaced; "" where it may."""


def claim(place: Path, overwrite: bool, precious: Iterable[Path], objection: Objection) -> Path:
    """The resolved folder to write to, once it is known that it may be replaced.

    It may where it is absent or empty, or `objection` has none; `overwrite` allows anything else but a folder that holds
    one of the `precious` paths (inputs, the current folder) or the home folder. Raises OutputError.
    """
    target = place.resolve()
    if target.is_file():
        raise OutputError(f"{place} is a file. Name a folder with --out")
    for kept in (*precious, Path.home()):
        if kept.resolve().is_relative_to(target):
            raise OutputError(f"{place} holds {kept}, so it is never replaced. Name another folder with --out")
    if target.is_mount():
        raise OutputError(f"{place} is a mount point and cannot be swapped in whole. Name a folder inside it with --out")
    if target.is_dir() and not overwrite and _names(target) and (reason := objection(target)):
        raise OutputError(f"{place} {reason}. Name another folder with --out, or say --overwrite; nothing was touched")
    return target


def no_plan_of(model: str) -> Objection:
    """Objects to anything but a plan of `model` with no file that a run did not write."""

    def objection(target: Path) -> str:
        try:
            manifest = read_manifest(target)
        except InputError:
            return f"is not empty and holds no plan of {model} (found {', '.join(_names(target)[:5])})"
        if manifest.record.model != model:
            return f"holds a plan of {manifest.record.model}, not of {model}"
        others = strangers(target, (*manifest.files, MANIFEST))
        return f"holds files that no run has written ({', '.join(others[:5])})" if others else ""

    return objection


def no_comparison(file: str) -> Objection:
    """Objects to anything but a comparison, which names its files in `file`."""

    def objection(target: Path) -> str:
        try:
            known = [str(name) for name in json.loads((target / file).read_text(encoding="utf-8"))["files"]]
        except (OSError, ValueError, KeyError, TypeError):
            return f"is not empty and holds no comparison (found {', '.join(_names(target)[:5])})"
        others = strangers(target, (*known, file))
        return f"holds files that no comparison has written ({', '.join(others[:5])})" if others else ""

    return objection


def publish(run_folder: Path, target: Path) -> None:
    """Swap a whole copy of `run_folder` in at `target`; call it with the lock of `target` held. Raises OutputError."""
    need_room(target, size_of(run_folder))
    with new_folder(target) as work:
        shutil.copytree(run_folder, work, dirs_exist_ok=True)


def _names(target: Path) -> list[str]:
    return sorted(path.name for path in target.iterdir() if not any(path.match(pattern) for pattern in LEFTOVERS))
