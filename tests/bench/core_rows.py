"""The program that every modelling library states in the comparison: the core rows of `siting.program.assemble` on numbers from
a seed. Sites I with N tie-lines each to supply points S, modules K, periods P, slices T:

    module_open   modules[i, k, p]   <=  most[k] * open[i, p]
    site_limit    sum over k of it_mw[k] * modules[i, k, p]  <=  limit_mw[i] * open[i, p]
    line_open     line[i, n, p]      <=  open[i, p]
    line_size     line_mw[i, n, p]   <=  largest_mw[i, n] * line[i, n, p]
    flow_limit    flow_mw[i, n, p, t]  <=  line_mw[i, n, p]
    supply        sum over (i, n) from s of flow_mw[i, n, p, t]  <=  available_mw[s, t]
    balance       sum over n of arriving[i, n] * flow_mw[i, n, p, t]  >=  sum over k of draw[t] * it_mw[k] * modules[i, k, p]
    stays         modules[i, k, p - 1] <= modules[i, k, p];  line_mw[i, n, p - 1] <= line_mw[i, n, p]
    target        sum over i, k of it_mw[k] * modules[i, k, p]  >=  target_mw[p]

at the least cost of opening, modules, lines and energy, charged in every period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEAR, MODULES, PERIODS, SLICES = 5, 3, 3, 24
NONZEROS_A_SITE: Final = 1843
"""About so many at these sizes, for choosing the number of sites."""


@dataclass(frozen=True, slots=True)
class CoreRows:
    """The numbers: `point` (I, N) of each tie-line, `arriving` and `largest_mw` (I, N), `available_mw` (S, T), `it_mw`, `most`
    (K), `limit_mw` (I), `draw` (T), `target_mw` (P), and the costs of opening, modules (K), lines (I, N) and energy (I, N)."""

    point: Ints
    arriving: Floats
    largest_mw: Floats
    available_mw: Floats
    it_mw: Floats
    most: Floats
    limit_mw: Floats
    draw: Floats
    target_mw: Floats
    open_musd: Floats
    module_musd: Floats
    line_musd: Floats
    energy_musd: Floats

    @property
    def sites(self) -> int:
        """I."""
        return len(self.limit_mw)

    @property
    def points(self) -> int:
        """S."""
        return len(self.available_mw)

    @property
    def near(self) -> int:
        """N."""
        return int(self.point.shape[1])

    @property
    def periods(self) -> int:
        """P."""
        return len(self.target_mw)

    @property
    def slices(self) -> int:
        """T."""
        return len(self.draw)

    @property
    def nonzeros(self) -> int:
        """What any statement of it must come to."""
        i, n, k, p, t = self.sites, self.near, len(self.it_mw), self.periods, self.slices
        stocks = 2 * i * k * p + i * (k + 1) * p + 4 * i * n * p + 2 * i * (k + n) * (p - 1) + i * k * p
        return stocks + i * p * t * (2 * n + n + n + k)


def core_rows(sites: int, slices: int = SLICES, seed: int = 0) -> CoreRows:
    """Numbers for so many sites."""
    random = np.random.default_rng(seed)
    points = max(NEAR, sites // 4)
    first = random.integers(0, points, (sites, 1))
    point = (first + np.arange(NEAR)) % points
    it_mw = np.array([1.0, 5.0, 20.0])
    length_km = random.uniform(2.0, 80.0, (sites, NEAR))
    limit = random.uniform(20.0, 80.0, sites)
    hour = np.arange(slices) * 24.0 / slices
    available = random.uniform(30.0, 200.0, (points, 1)) * random.uniform(0.7, 1.0, (points, slices))
    largest = np.minimum(1.4 * limit[:, None], available.max(axis=1)[point])
    return CoreRows(
        point=point,
        arriving=1.0 - 6e-5 * length_km,
        largest_mw=largest,
        available_mw=available,
        it_mw=it_mw,
        most=np.array([10.0, 6.0, 4.0]),
        limit_mw=limit,
        draw=1.1 + 0.05 * np.cos((hour - 15.0) / 12.0 * np.pi),
        target_mw=sites * np.array([1.0, 2.0, 3.0]),
        open_musd=random.uniform(5.0, 20.0, sites),
        module_musd=8.0 * it_mw**0.95,
        line_musd=0.5 + 0.4 * length_km,
        energy_musd=random.uniform(1e-3, 4e-3, (sites, NEAR)),
    )
