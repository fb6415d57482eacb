"""The manifest: what a run was asked, with which inputs and versions, how it ended, and the digest of every file.

It is the last file written, so a folder with a whole manifest is a whole run. `observed` (seconds, memory) is the only
part that may differ between two runs of the same question.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from siting.errors import Fault, InputError
from siting.plan.record import AimResult, RunRecord, ValueOrigin
from siting.runs.key import file_digest

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
LEFTOVERS: Final = ("*.gpkg-wal", "*.gpkg-shm", "*.gpkg-journal", "*.aux.xml", "*.qmd", ".DS_Store", "Thumbs.db")
"""Files that programs leave beside ours when they open them; no one's work."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest in memory. `result` holds what is told after a run (totals and the chosen sites), `scenario` every
    resolved value, `files` the SHA-256 of each file by its path inside the folder."""

    run: str
    name: str
    record: RunRecord
    result: Mapping[str, Any]
    scenario: Mapping[str, Any]
    files: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """The manifest as JSON values, numbers that are not finite as null."""
        record = asdict(self.record)
        observed = record.pop("observed")
        head = {"format": FORMAT, "run": self.run, "name": self.name}
        tail = {"result": self.result, "scenario": self.scenario, "files": dict(self.files), "observed": observed}
        plain: dict[str, Any] = _plain(head | record | tail)
        return plain


def digests_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below `folder` but its manifest, by POSIX path, sorted."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in paths}


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write `manifest.json` into `folder`. Raises ValueError for a value JSON cannot hold."""
    text = json.dumps(manifest.document(), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run folder or published copy. Raises InputError where there is none or it cannot be read."""
    path = folder / MANIFEST
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']}")
        return _from_document(document)
    except FileNotFoundError:
        found = "nothing" if folder.is_dir() else "no such folder"
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {error}"
    fault = Fault(
        "C008", str(path), "", "", found, "the manifest of a finished run", "Name a folder that siting run has written."
    )
    raise InputError(fault.sentence(), (fault,))


def manifest_faults(folder: Path, manifest: Manifest) -> tuple[Fault, ...]:
    """Files that are missing, changed or not of the run, each with the digest expected and found."""
    found = digests_of(folder)
    faults = []
    for name, expected in manifest.files.items():
        digest = found.get(name, "no such file")
        if digest != expected:
            faults.append(_fault(folder / name, digest, f"sha256 {expected}", "Run the question again, or restore the file."))
    for name in strangers(folder, (*manifest.files, MANIFEST)):
        faults.append(_fault(folder / name, "a file no run has written", "files of the manifest only", "Move it elsewhere."))
    return tuple(faults)


def strangers(folder: Path, known: Collection[str]) -> tuple[str, ...]:
    """Files below `folder` that are not `known` by their POSIX path, leftovers of other programs aside."""
    inside = (path for path in sorted(folder.rglob("*")) if not path.is_dir() or path.is_symlink())
    names = (path.relative_to(folder) for path in inside if not any(path.match(pattern) for pattern in LEFTOVERS))
    return tuple(name.as_posix() for name in names if name.as_posix() not in known)


def _fault(path: Path, found: str, expected: str, remedy: str) -> Fault:
    return Fault("V001", str(path), "", "sha256", found, expected, remedy)


def _from_document(document: dict[str, Any]) -> Manifest:
    record = RunRecord(
        model=document["model"],
        title=document["title"],
        what_ifs=tuple(document["what_ifs"]),
        status=document["status"],
        exit_code=document["exit_code"],
        aims=tuple(_aim(aim) for aim in document["aims"]),
        periods=tuple(document["periods"]),
        slices=tuple(document["slices"]),
        slice_hours=tuple(document["slice_hours"]),
        slice_season=tuple(document["slice_season"]),
        it_mw=tuple(document["it_mw"]),
        seed=document["seed"],
        versions=document["versions"],
        digests=document["digests"],
        values=tuple(ValueOrigin(**value) for value in document["values"]),
        notes=tuple(document["notes"]),
        sizes=document["sizes"],
        observed=document["observed"],
    )
    return Manifest(
        run=document["run"],
        name=document["name"],
        record=record,
        result=document["result"],
        scenario=document["scenario"],
        files=document["files"],
    )


def _aim(facts: dict[str, Any]) -> AimResult:
    known: dict[str, Any] = {key: math.nan if value is None else value for key, value in facts.items()}
    return AimResult(**known)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
