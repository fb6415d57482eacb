"""The published copies: a run folder copied whole to where people open it, never over anything that is not ours."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from siting.errors import InputError, OutputError
from siting.runs.folders import need_room, new_folder, size_of
from siting.runs.manifest import LEFTOVERS, read_manifest, strangers


def claim(place: Path, model: str, overwrite: bool, inputs: Iterable[Path]) -> Path:
    """The resolved folder to publish to, once it is known that it may be replaced.

    It may be where it is absent, empty, or a plan of the same model with no file the run did not write; `overwrite`
    allows anything else but folders that hold inputs, the current folder or the home folder. Raises OutputError.
    """
    target = place.resolve()
    if target.is_file():
        raise OutputError(f"{place} is a file. Name a folder with --out")
    for precious in (Path.cwd(), Path.home(), *inputs):
        if precious.resolve().is_relative_to(target):
            raise OutputError(f"{place} holds {precious}, so it is never replaced. Name another folder with --out")
    if target.is_mount():
        raise OutputError(f"{place} is a mount point and cannot be swapped in whole. Name a folder inside it with --out")
    if target.is_dir() and not overwrite:
        _refuse_others_work(target, place, model)
    return target


def publish(run_folder: Path, target: Path) -> None:
    """Swap a whole copy of `run_folder` in at `target`; call it with the lock of `target` held. Raises OutputError."""
    need_room(target, size_of(run_folder))
    with new_folder(target) as work:
        shutil.copytree(run_folder, work, dirs_exist_ok=True)


def _refuse_others_work(target: Path, place: Path, model: str) -> None:
    names = sorted(path.name for path in target.iterdir() if not any(path.match(pattern) for pattern in LEFTOVERS))
    if not names:
        return
    advice = "Name another folder with --out, or say --overwrite; nothing was touched"
    try:
        manifest = read_manifest(target)
    except InputError:
        raise OutputError(f"{place} is not empty and holds no plan of {model} (found {', '.join(names[:5])}). {advice}") from None
    if manifest.record.model != model:
        raise OutputError(f"{place} holds a plan of {manifest.record.model}, not of {model}. {advice}")
    if others := strangers(target, manifest):
        raise OutputError(f"{place} holds files that no run has written ({', '.join(others[:5])}). {advice}")
