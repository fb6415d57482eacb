"""Load of grid zones and substations by slice. Not a family: those that ask how strained the grid is meet here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siting.family import Floats, Geography


def zone_load(geography: Geography, zones: Sequence[str]) -> Floats:
    """Load as a share of the yearly peak (zones, T), by each zone's profile; the highest hour within the slice."""
    layer = geography.layers["zones"]
    profile = dict(zip(layer["id"].to_list(), layer["load_profile"].to_list(), strict=True))
    return np.array([geography.peak_profile[profile[zone]] for zone in zones]).reshape(len(zones), len(geography.time.slices))


def substation_load(geography: Geography, ids: Sequence[str]) -> tuple[Floats, Floats]:
    """Rating (S) and today's load (S, T) of substations [MW]."""
    nodes = geography.layers["substations"].set_index("id").loc[list(ids)]
    rating = nodes["rating_mw"].to_numpy(float)
    share = nodes["loading_share"].to_numpy(float)[:, None]
    return rating, share * rating[:, None] * zone_load(geography, nodes["zone"].to_list())
