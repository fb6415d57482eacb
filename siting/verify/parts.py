"""The registry of the rules of families: one line for each family of the program. Those without rules of their own are held
by the sums they belong to."""

from __future__ import annotations

from typing import Final

from siting.verify import connectivity, fibre, grid_strain, hardware, hydro, land, locks, satellite, solar, tie_lines
from siting.verify.part import Part

PARTS: Final[tuple[Part, ...]] = (
    Part("hardware", money=hardware.items),
    Part("hydro", hydro.check, offers=hydro.points),
    Part("solar", solar.check, offers=solar.points),
    Part("grid_strain", grid_strain.check, offers=grid_strain.points),
    Part("tie_lines", money=tie_lines.items),
    Part("connectivity", connectivity.check),
    Part("fibre", fibre.check, money=fibre.items),
    Part("satellite", satellite.check, money=satellite.items),
    Part("cooling"),
    Part("workload"),
    Part("land", land.check, money=land.items),
    Part("budget"),
    Part("locks", locks.check),
)
"""Every family, in registry order."""
