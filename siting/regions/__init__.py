"""Built-in regions: public source files in, layers of our schema out.

This is a data room: it may project and measure on its own, and nothing on the planning side reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd

from siting.errors import Fault, UsageError
from siting.regions import northwest
from siting.regions.log import BuildLog, Entry
from siting.regions.writer import write_region

Assemble = Callable[[Path], tuple[dict[str, gpd.GeoDataFrame], pd.DataFrame, BuildLog]]

REGIONS: Final = MappingProxyType[str, Assemble]({"northwest": northwest.assemble})
"""Name -> how it is assembled."""

__all__ = ["REGIONS", "BuildLog", "Entry", "build"]


def build(name: str, sources: Path, out: Path) -> BuildLog:
    """Make the region `name` from the public files under `sources` and write its layers into the folder `out`.

    The same sources give the same bytes. Nothing is written unless every layer could be made. Raises UsageError for a name
    that is not a built-in region and InputError naming every source file that is missing.
    """
    if name not in REGIONS:
        known = ", ".join(REGIONS)
        fault = Fault("C001", "", "", "region", name, f"one of {known}", "Name a built-in region.")
        raise UsageError(fault.sentence(), (fault,))
    layers, profiles, log = REGIONS[name](sources)
    write_region(out, layers, profiles, log)
    return log
