"""What makes two runs the same question: inputs, options and versions, in one hash."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = (
    "geopandas",
    "h3",
    "highspy",
    "maplibre",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "pyogrio",
    "pyomo",
    "pyproj",
    "scipy",
    "shapely",
)
"""Packages whose version may change an answer or a written file."""

KEY_LENGTH: Final = 16
_CODE_SUFFIXES: Final = frozenset({".py", ".html", ".css", ".js", ".json", ".qml", ".toml"})


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def code_digest() -> str:
    """Digest of the package's own files, so that a run of changed code is another run though the version stayed."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if path.suffix in _CODE_SUFFIXES and "_bundled" not in inside.parts and path.is_file():
            digest.update(inside.as_posix().encode())
            digest.update(bytes.fromhex(file_digest(path)))
    return digest.hexdigest()[:KEY_LENGTH]


def versions() -> dict[str, str]:
    """Versions of Python, of `siting` (with the digest of its code) and of every package that may change an answer."""
    found = {"python": platform.python_version(), "siting": metadata.version("siting"), "siting_code": code_digest()}
    return found | {name: metadata.version(name) for name in PACKAGES}


def run_key(parts: Mapping[str, Any]) -> str:
    """The name of the run folder: a hash of `parts`, which must be plain JSON values (no NaN), whatever their order."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def what_if_name(what_ifs: Sequence[str], sets: Sequence[str]) -> str:
    """The published name of a run: "base", the overlays' names, and for `--set` edits their text with a short hash.

    >>> what_if_name([], [])
    'base'
    >>> what_if_name(["tight-grid"], [])
    'tight-grid'
    >>> what_if_name([], ["budget.total_musd=30000"])
    'set-budget-total-musd-30000-2a5f7d'
    """
    parts = [Path(name).stem for name in what_ifs]
    if sets:
        words = "-".join(_slug(edit) for edit in sets)[:60].strip("-")
        digest = hashlib.sha256("\n".join(sets).encode()).hexdigest()
        parts.append(f"set-{words}-{digest[:6]}")
    return "+".join(parts) or "base"


def _slug(text: str) -> str:
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower())
    return "-".join(part for part in letters.split("-") if part)
