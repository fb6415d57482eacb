"""Where a layer comes from, and the door it has to pass: a local regular file inside the model or the project.

Nothing is opened by what it claims to be: the first bytes are looked at, and a file that is something else is refused.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siting.errors import Fault

DATABASE: Final = re.compile(r"postgres(ql)?(\+\w+)?://", re.IGNORECASE)
FORMATS: Final[dict[str, str]] = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "geopackage",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
    ".csv": "csv",
    ".fgb": "flatgeobuf",
    ".shp": "shapefile",
}
"""File name ending -> format."""
MOST_BYTES: Final = 200_000_000
"""Largest text file read; larger layers belong into GeoPackage or GeoParquet."""
_PICKLES: Final = (".pkl", ".pickle", ".npy", ".npz", ".joblib", ".dill")
_MAGIC: Final[dict[str, tuple[bytes, ...]]] = {
    "geopackage": (b"SQLite format 3\x00",),
    "parquet": (b"PAR1",),
    "flatgeobuf": (b"fgb",),
    "shapefile": (b"\x00\x00\x27\x0a",),
}
_OTHERS: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"SQLite format 3\x00", "a GeoPackage or other SQLite file", "Name it .gpkg"),
    (b"PAR1", "a Parquet file", "Name it .parquet"),
    (b"fgb\x03", "a FlatGeobuf file", "Name it .fgb"),
    (b"PK\x03\x04", "a ZIP archive", "Unpack it first"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first"),
)
_SIDE_FILES: Final = (".dbf", ".shx", ".prj", ".cpg")


@dataclass(frozen=True, slots=True)
class LayerSource:
    """One layer as the scenario names it: `path` as written, `resolved` as found; `sublayer` after a `#` in the path;
    `crs` where the scenario declares one, such as "EPSG:5070"."""

    name: str
    path: str
    resolved: Path
    sublayer: str = ""
    crs: str = ""

    @property
    def file(self) -> str:
        """The path as written, with its sublayer, free of credentials."""
        shown = self.path
        if is_database(self):
            shown = re.sub(r"\?[^#]*", "?***", re.sub(r"//.*@", "//***@", shown))
        return shown if not self.sublayer or "#" in shown else f"{shown}#{self.sublayer}"


def is_database(source: LayerSource) -> bool:
    """Whether the path is the explicit form of a PostGIS table."""
    return bool(DATABASE.match(source.path))


def door_faults(source: LayerSource, roots: Sequence[Path], allow_outside: bool) -> list[Fault]:
    """Why a path may not be opened at all; empty where it may."""
    path = source.path.strip()
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", path) or path.lower().startswith(("/vsi", "\\vsi")):
        remedy = "Download it and name the local file; databases have the form postgresql://host/database#table"
        return [Fault("X005", source.file, "", source.name, "a network or virtual path", "a local file", remedy)]
    try:
        real = source.resolved.resolve()
        inside = any(real.is_relative_to(root.resolve()) for root in roots)
    except (OSError, ValueError, RuntimeError):
        return [Fault("X007", source.file, "", source.name, "a path that cannot be followed", "a local file", "Correct the path")]
    if not inside and not allow_outside:
        remedy = "Copy the layer into the project, or run with --allow-outside (its hash is then recorded)"
        expected = "a file inside the folder of the model or the project"
        return [Fault("X007", source.file, "", source.name, f"a path that leads to {real}", expected, remedy)]
    return _file_faults(source, real)


def _file_faults(source: LayerSource, real: Path) -> list[Fault]:
    try:
        mode = real.stat().st_mode
    except (OSError, ValueError):
        return [Fault("S026", source.file, "", source.name, f"no file at {real}", "an existing file", "Correct the path")]
    if stat.S_ISDIR(mode):
        return [Fault("X006", source.file, "", source.name, "a folder", "a file", "Name the file inside it")]
    if not stat.S_ISREG(mode):
        return [Fault("X006", source.file, "", source.name, "a device, pipe or socket", "a regular file", "Name a regular file")]
    return []


def format_faults(source: LayerSource, head: bytes, size: int) -> tuple[str, list[Fault]]:
    """The format by name ending, and what the first bytes say against it."""
    file, ending = source.file, source.resolved.suffix.lower()
    if ending in _PICKLES or re.match(rb"\x80[\x02-\x05]", head) or head.startswith(b"\x93NUMPY"):
        remedy = "Pickled and NumPy files are never loaded, since they can run code: export it as CSV or GeoParquet"
        return "", [Fault("X018", file, "", "", "a pickle or NumPy file", "a layer", remedy)]
    if size == 0:
        return "", [Fault("L039", file, "", "", "an empty file (0 bytes)", "a layer", "Export or download it again")]
    if head.startswith(b"version https://git-lfs"):
        return "", [Fault("L057", file, "", "", "this is a Git LFS pointer", "the file itself", "Run git lfs pull")]
    if re.match(rb"(\xef\xbb\xbf)?\s*<(\?xml[^>]*>\s*<)?OGR", head) or ending == ".vrt":
        return "", [Fault("X003", file, "", "", "an OGR virtual dataset", "a layer", "Name the file it points to")]
    kind = FORMATS.get(ending, "")
    if not kind:
        known = "one of " + ", ".join(sorted(FORMATS))
        return "", [Fault("L058", file, "", "", f'files ending in "{ending}"', known, "Export it as GeoPackage or GeoJSON")]
    if kind in _MAGIC and not head.startswith(_MAGIC[kind]):
        return "", [Fault("L056", file, "byte 0", "", f"no {kind} content", f"a {kind} file", "Export it again")]
    if kind not in _MAGIC:
        for magic, found, remedy in _OTHERS:
            if head.startswith(magic):
                return "", [Fault("L056", file, "byte 0", "", found, f"{kind} text", remedy)]
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return "", [Fault("L056", file, "byte 0", "", "XML or HTML", f"{kind} text", "Export or download it again")]
        if size > MOST_BYTES:
            found, most = f"{size / 1e6:.0f} MB", f"at most {MOST_BYTES / 1e6:.0f} MB of text"
            return "", [Fault("L040", file, "", "", found, most, "Convert it to GeoPackage or GeoParquet")]
    return kind, []


def file_digest(path: Path, kind: str) -> str:
    """SHA-256 of a file; of a shapefile, of the files it consists of, in a fixed order."""
    digest = hashlib.sha256()
    parts = [path]
    if kind == "shapefile":
        parts += [side for ending in _SIDE_FILES for side in (path.with_suffix(ending),) if side.is_file()]
    for part in parts:
        with part.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
