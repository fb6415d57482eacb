"""The map library's text, taken from the installed `maplibre` package without importing it.

The package brings MapLibre GL JS as one script that defines `maplibregl` and makes its worker from a blob, which is what a
page opened from a file needs. Importing the package would pull in what it is made for, and warn.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from siting.errors import OutputError

_DEFINES_GLOBAL: Final = "global.maplibregl = factory()"
_SOURCE_MAP: Final = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")


@cache
def script() -> str:
    """MapLibre GL JS. Raises OutputError where the installed package holds no script a page can inline."""
    body = _SOURCE_MAP.sub("\n", _text("maplibre-gl.js"))
    if _DEFINES_GLOBAL not in body[:2000]:
        raise OutputError("the installed maplibre package holds no script that defines maplibregl; install maplibre 0.3")
    return body


@cache
def style() -> str:
    """The library's style sheet; its images are inside it."""
    return _text("maplibre-gl.css")


def version() -> str:
    """Version of MapLibre GL JS as its licence line names it, "" where it names none."""
    found = re.search(r"maplibre-gl-js/blob/v([0-9.]+)/", script()[:1000])
    return found.group(1) if found else ""


def _text(name: str) -> str:
    spec = find_spec("maplibre")
    places = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(places[0], "srcjs", name) if places else None
    if path is None or not path.is_file():
        raise OutputError("the map needs the package maplibre, which is not installed as a whole; run make setup")
    return path.read_text(encoding="utf-8")
