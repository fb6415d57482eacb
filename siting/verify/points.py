"""Supply points: what a plant or substation can send in each period and slice, and at what price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.verify.report import Flags, Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Points:
    """S points. `available_mw` (S, P, T) MW at the point; `price_usd_per_mwh` (S, T). A site may be tied to the `nearest`
    points of each `group` within `reach_km`; `offered` are points that may be tied to at all. `kv` is NaN for plants."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    zones: tuple[str, ...]
    lon: Floats
    lat: Floats
    kv: Floats
    available_mw: Floats
    price_usd_per_mwh: Floats
    group: tuple[str, ...]
    nearest: Ints
    reach_km: Floats
    offered: Flags

    def position(self) -> dict[str, int]:
        """Position of each point by its id."""
        return {name: n for n, name in enumerate(self.ids)}

    def of_kind(self, kind: str) -> Flags:
        """Which points are of a kind."""
        return np.array([each == kind for each in self.kinds], dtype=np.bool_)

    @property
    def most_mw(self) -> Floats:
        """What each point can ever offer (S)."""
        found: Floats = self.available_mw.max(axis=(1, 2)) if len(self.ids) else np.zeros(0)
        return found


def joined(parts: Sequence[Points], periods: int, slices: int) -> Points:
    """The points of all families after one another."""
    return Points(
        ids=tuple(each for part in parts for each in part.ids),
        names=tuple(each for part in parts for each in part.names),
        kinds=tuple(each for part in parts for each in part.kinds),
        zones=tuple(each for part in parts for each in part.zones),
        lon=np.concatenate([np.zeros(0), *(part.lon for part in parts)]),
        lat=np.concatenate([np.zeros(0), *(part.lat for part in parts)]),
        kv=np.concatenate([np.zeros(0), *(part.kv for part in parts)]),
        available_mw=np.concatenate([np.zeros((0, periods, slices)), *(part.available_mw for part in parts)]),
        price_usd_per_mwh=np.concatenate([np.zeros((0, slices)), *(part.price_usd_per_mwh for part in parts)]),
        group=tuple(each for part in parts for each in part.group),
        nearest=np.concatenate([np.zeros(0, dtype=np.int64), *(part.nearest for part in parts)]),
        reach_km=np.concatenate([np.zeros(0), *(part.reach_km for part in parts)]),
        offered=np.concatenate([np.zeros(0, dtype=np.bool_), *(part.offered for part in parts)]),
    )
