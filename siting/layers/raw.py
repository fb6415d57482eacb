"""A layer as it stands in its file, before it is held to its table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import Fault
from siting.geo import CRS, CRSError


@dataclass(frozen=True, slots=True)
class RawLayer:
    """n rows of cells of any type; `shapes` (n) geometries in the file's CRS, None where there is none.

    `places[n]` says where row n stands. `told` are rows whose geometry has been reported already. `crs` is None where the
    file says nothing; `crs_default` is what its format then means.
    """

    name: str
    file: str
    rows: pd.DataFrame
    shapes: NDArray[np.object_] | None
    places: tuple[str, ...]
    told: frozenset[int] = frozenset()
    crs: CRS | None = None
    crs_default: CRS | None = None


class RefusedError(Exception):
    """A file that cannot be read as a layer at all, with its faults."""

    def __init__(self, *faults: Fault) -> None:
        """Carry the faults."""
        super().__init__("; ".join(fault.sentence() for fault in faults))
        self.faults = faults


def parse_crs(text: Any, file: str, where: str) -> CRS | None:
    """A CRS from its name or WKT; None for one that is tied to no place on earth. Raises RefusedError where PROJ knows it not."""
    try:
        return on_earth(_known_crs(text) if isinstance(text, str) else CRS.from_user_input(text))
    except (CRSError, TypeError, ValueError):
        shown = str(text)[:80]
        raise RefusedError(Fault("L015", file, where, "crs", shown, 'a CRS such as "EPSG:4326"', "Correct the CRS")) from None


@lru_cache(maxsize=64)
def _known_crs(text: str) -> CRS:
    """A CRS from its name or WKT; the layers of a model mostly have the same."""
    return CRS.from_user_input(text)


def on_earth(crs: CRS | None) -> CRS | None:
    """The CRS, or None where it is a local or undefined one, as files without a CRS carry it."""
    return crs if crs is not None and (crs.is_geographic or crs.is_projected) else None


def object_array(values: list[Any]) -> NDArray[np.object_]:
    """A one-dimensional array that holds the values as they are."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
