"""What people open: GeoJSON, GeoPackage, tables, the offline map and the report, all written from a `Plan` alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from siting.errors import OutputError
from siting.export import decisions, geojson, geopackage, report, tables, webmap
from siting.export.diffmap import write_difference
from siting.export.notebook import MapView, explore
from siting.plan.record import Plan

__all__ = ["MapView", "explore", "write_all", "write_difference"]

Writer = Callable[[Plan, Path], tuple[str, ...]]

WRITERS: Final[tuple[Writer, ...]] = (
    geojson.write,
    tables.write,
    decisions.write,
    geopackage.write,
    report.write,
    webmap.write,
)
"""Every writer of a plan, in the order they run: each writes its files into a folder and returns their names."""


def write_all(plan: Plan, folder: Path) -> tuple[str, ...]:
    """Write every file of a plan into an existing folder and return their names.

    Files are read back where a format could lose something. Raises OutputError where one cannot be written whole.
    """
    names: list[str] = []
    for write in WRITERS:
        try:
            names.extend(write(plan, folder))
        except OSError as error:
            raise OutputError(f"{folder}: {error.strerror or error}; the files of the plan could not be written") from error
    return tuple(names)
