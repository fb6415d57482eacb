"""Facility-location instances from text files, as `siting.locate` takes them: places in rows, sites in columns."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse.csgraph import floyd_warshall

Floats = NDArray[np.float64]
FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"
CAP: Final = tuple(f"cap{n}" for n in (41, 42, 43, 44, 61, 62, 63, 64, 71, 72, 73, 74, 101, 102, 103, 104, 131, 132, 133, 134))
CAPA: Final = {8000: 19240822.449, 10000: 18438046.543, 12000: 17765201.949, 14000: 17160439.012}
"""Published optima of capa by capacity."""
PMED: Final = tuple(f"pmed{n}" for n in range(1, 11))
HOLMBERG: Final = tuple(f"p{n}" for n in range(1, 21))
SAN_FRANCISCO: Final = {"lscp": 8.0, "mclp": 875247.0, "p_median": 2848268129.7145104, "p_center": 7403.063810849859}
"""Published optima of the San Francisco set: 5 km, and 4 sites."""
SF_RADIUS_M: Final = 5000.0
SF_SITES: Final = 4


@dataclass(frozen=True, slots=True)
class Warehouses:
    """Cost of serving all of a place from a site (R, I), price of opening (I), capacity (I), demand (R)."""

    cost: Floats
    opening: Floats
    capacity: Floats
    demand: Floats


def optima(name: str) -> dict[str, float]:
    """Published optima by instance."""
    words = [line.split() for line in (FOLDER / name).read_text(encoding="ascii").splitlines()]
    return {pair[0]: float(pair[1]) for pair in words if len(pair) == 2 and pair[1].replace(".", "").isdigit()}


def warehouses(name: str, capacity: float | None = None) -> Warehouses:
    """A capacitated instance of the OR-Library; `capacity` stands for the word in the file where there is one."""
    text = (FOLDER / "cap" / f"{name}.txt").read_text(encoding="ascii")
    words = np.array(text.replace("capacity", str(capacity)).split(), dtype=np.float64)
    sites, places = int(words[0]), int(words[1])
    each, rest = words[2 : 2 + 2 * sites].reshape(sites, 2), words[2 + 2 * sites :].reshape(places, sites + 1)
    return Warehouses(rest[:, 1:], each[:, 1], each[:, 0], rest[:, 0])


def single_source(name: str) -> tuple[Warehouses, float]:
    """A Holmberg, Ronnqvist and Yuan instance, and its published optimum."""
    words = np.array((FOLDER / "holmberg" / f"{name}.txt").read_text(encoding="ascii").split(), dtype=np.float64)
    sites, places = int(words[0]), int(words[1])
    each, rest = words[2 : 2 + 2 * sites].reshape(sites, 2), words[2 + 2 * sites :]
    cost = rest[places:].reshape(sites, places).T
    best = (FOLDER / "holmberg" / "os.txt").read_text(encoding="ascii").split()
    return Warehouses(np.ascontiguousarray(cost), each[:, 1], each[:, 0], rest[:places]), float(best[int(name[1:]) - 1])


def medians(name: str) -> tuple[Floats, int]:
    """Distances of a p-median instance on a network, and p; an edge given twice counts as it is given last."""
    words = (FOLDER / "pmed" / f"{name}.txt").read_text(encoding="ascii").split()
    nodes, edges, count = (int(word) for word in words[:3])
    way = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(way, 0.0)
    for one, other, length in np.array(words[3 : 3 + 3 * edges], dtype=int).reshape(edges, 3):
        way[one - 1, other - 1] = way[other - 1, one - 1] = float(length)
    return np.asarray(floyd_warshall(way), dtype=np.float64), count


def san_francisco() -> tuple[pd.DataFrame, pd.Series] | None:
    """Network distances in m from 205 census tracts to 16 stores and the people of the tracts, as they come with spopt; None
    where spopt is not installed."""
    package = find_spec("spopt")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "tests" / "test_locate" / "data"
    file = folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    if not file.is_file():
        return None
    rows = pd.read_csv(file)
    distance = rows.pivot_table(values="distance", index="DestinationName", columns="name")
    people = rows.drop_duplicates("DestinationName").set_index("DestinationName")["demand"].reindex(distance.index)
    return distance, people
