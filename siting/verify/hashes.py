"""The manifest: each file of the folder is the one the run wrote, by its SHA-256."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from siting.verify.layers import digest
from siting.verify.report import Judge, Rule, rows

MANIFEST_FILE: Final = "manifest.json"
HASHES: Final = Rule("V001", "manifest.hash", "each file is the one the run wrote, by its SHA-256")
STRANGERS: Final = Rule("V007", "manifest.files", "the manifest names every file of the folder")
_LEFTOVERS: Final = ("*.gpkg-wal", "*.gpkg-shm", "*.gpkg-journal", "*.aux.xml", "*.qmd", ".DS_Store", "Thumbs.db")


def read_manifest(folder: Path, judge: Judge) -> Mapping[str, Any] | None:
    """The manifest; None, with a fault, where there is none that can be read."""
    try:
        found = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        if isinstance(found, dict) and isinstance(found.get("files"), dict):
            return found
        told = "no list of files"
    except FileNotFoundError:
        told = "no such file"
    except (OSError, ValueError) as error:
        told = f"{type(error).__name__}: {error}"
    judge.fault(HASHES, MANIFEST_FILE, "", "", told, "the manifest of a finished run")
    return None


def check(folder: Path, manifest: Mapping[str, Any], needed: tuple[str, ...], judge: Judge) -> None:
    """Compare every file with the digest the manifest has for it; files that only one side knows are faults too."""
    files: Mapping[str, Any] = manifest["files"]
    names = list(files)
    found = [digest(folder / name) if (folder / name).is_file() else "no such file" for name in names]
    for name, have in zip(names, found, strict=True):
        judge.same(HASHES, [have], [str(files[name])], name, "sha256", rows("file", [name]))
    inside = (path for path in folder.rglob("*") if path.is_file() and not any(path.match(each) for each in _LEFTOVERS))
    there = {path.relative_to(folder).as_posix() for path in inside} - {MANIFEST_FILE}
    judge.match(STRANGERS, there | {name for name in files if name not in there}, {*files, *needed}, MANIFEST_FILE, "files")
