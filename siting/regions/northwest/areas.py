"""Census areas with degree days and people, each put back on its own place.

In the source, codes, degree days and people of a state stand in one order and the coordinates in another: Reno's cold winters
stand at Las Vegas, those of St. George at Salt Lake City. Where the order was found, areas are paired with their coordinates
anew: in Nevada neighbouring areas then differ by 1 instead of 17 degC squared. In Washington, Idaho and Wyoming the orders agree.
Of California and Arizona only the one area each that touches the region is taken; areas of other states are not checked.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.regions import raw
from siting.regions.log import Entry

ROTATED_BY: Final = MappingProxyType({"NV": 9, "UT": 9, "MT": 4})
"""The coordinates of the n-th area of the state stand this many rows further down, round the end."""
OREGON_ORDER: Final = (*range(4, 13), 3, *range(13, 31), 0, 1, 2)
"""Row of the coordinates of each of Oregon's areas: the last three and the tenth stand before the rest."""
ELSEWHERE: Final = MappingProxyType({"puma_0601500": "puma_0600106"})
"""Single areas whose coordinates stand in the row of another area: the far north of California."""
TRUSTED_STATES: Final = ("WA", "OR", "ID", "MT", "WY", "NV", "UT")
TRUSTED_AREAS: Final = ("puma_0601500", "puma_0400600")


def census_areas(sources: Path) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """All areas of the country: puma, state, pop, hdd65_normals, cdd65_normals, `trusted` (place checked) and point geometry."""
    table = raw.table(sources, raw.DEGREE_DAYS).sort_values("puma", kind="stable").reset_index(drop=True)
    row = np.arange(len(table))
    entries = []
    for state in (*ROTATED_BY, "OR"):
        own = np.flatnonzero((table["state"] == state).to_numpy())
        order = np.array(OREGON_ORDER) if state == "OR" else (np.arange(len(own)) + ROTATED_BY[state]) % len(own)
        row[own] = own[order]
        entries.append(
            Entry("climate", f"census-areas-{state.lower()}", "repaired", f"{len(own)} areas paired with their coordinates anew")
        )
    code_row = dict(zip(table["puma"], range(len(table)), strict=True))
    for code, other in ELSEWHERE.items():
        row[code_row[code]] = code_row[other]
        entries.append(
            Entry("climate", code.replace("puma_", "climate-"), "repaired", f"its coordinates stand in the row of {other}")
        )
    placed = table.assign(longitude=table["longitude"].to_numpy()[row], latitude=table["latitude"].to_numpy()[row])
    placed["trusted"] = placed["state"].isin(list(TRUSTED_STATES)) | placed["puma"].isin(list(TRUSTED_AREAS))
    return raw.points(pd.DataFrame(placed), "longitude", "latitude"), entries
