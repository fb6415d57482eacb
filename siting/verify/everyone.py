"""All candidates, and which of them anything stands at or is told of. Rules of what stands look at those alone; what concerns a
place whatever stands there looks at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from siting.verify.asked import Asked
from siting.verify.folder import Folder
from siting.verify.points import Ints
from siting.verify.report import Flags, Floats

NAMING: Final[Mapping[str, tuple[str, ...]]] = {
    "modules": ("site_id",),
    "power_links": ("site_id",),
    "data_links": ("site_id", "target_id"),
    "latency": ("site_id",),
    "equipment": ("site_id",),
    "given": ("site_id", "place_id"),
    "dispatch": ("site_id", "id"),
}
"""Columns of other tables that may name a candidate."""


@dataclass(frozen=True, slots=True)
class Everyone:
    """N candidates as the table of sites has them; `used` are the rows of those in use, in the table's order."""

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    table: pd.DataFrame
    used: Ints

    def spread(self, values: Floats, elsewhere: float = 0.0) -> Floats:
        """Values of those in use (I) over all (N); the others get `elsewhere`."""
        found = np.full(len(self.ids), elsewhere)
        found[self.used] = values
        return found

    @property
    def idle(self) -> Flags:
        """Candidates that no other table names and the plan passes over (N)."""
        found = np.ones(len(self.ids), dtype=np.bool_)
        found[self.used] = False
        return found


def parted(folder: Folder, asked: Asked) -> tuple[Folder, Everyone]:
    """The folder with those in use alone in its table of sites, and all candidates."""
    sites = folder.tables["sites"]
    ids = sites["id"]
    locks = asked.values.get("locks", {}) if asked.on("locks") else {}
    named = {*map(str, locks.get("force", ())), *(str(row["site"]) for row in locks.get("existing", ()))}
    for table, columns in NAMING.items():
        for column in columns:
            named.update(folder.tables[table][column].unique().tolist())
    used = (sites["verdict"] == "chosen").to_numpy(dtype=np.bool_) | ids.isin(list(named)).to_numpy(dtype=np.bool_)
    everyone = Everyone(
        ids=tuple(ids),
        lon=sites["lon"].to_numpy(dtype=np.float64),
        lat=sites["lat"].to_numpy(dtype=np.float64),
        table=sites,
        used=np.flatnonzero(used),
    )
    mine = sites[used].reset_index(drop=True)
    return replace(folder, tables={**folder.tables, "sites": mine}), everyone
