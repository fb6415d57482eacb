"""Where the built region and the public source files lie, and the region's layers read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

PROJECT = Path(__file__).parents[2]
BUILT = PROJECT / "data" / "northwest"
SOURCES = PROJECT.parent / "shared" / "data"

needs_sources = pytest.mark.skipif(not SOURCES.is_dir(), reason=f"the public source files are not at {SOURCES}")


@cache
def layer(name: str) -> gpd.GeoDataFrame:
    """A layer of the committed region."""
    return gpd.read_file(BUILT / f"{name}.geojson")


@cache
def profiles() -> pd.DataFrame:
    """The committed profile table."""
    return pd.read_csv(BUILT / "profiles.csv")


@cache
def log() -> pd.DataFrame:
    """The committed build log."""
    return pd.read_csv(BUILT / "build-log.csv")
