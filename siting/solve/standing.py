"""Where the columns and rows of mixes stood when they were last in one, so that the next begins there.

Mixes differ by a few designs and by prices: from the basis of the last one the next takes a few steps, from none it takes all.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from siting.solve.designs import Design
from siting.solve.job import Ints
from siting.solve.mixture import Field
from siting.solve.small import ASIDE, INSIDE, Basis

ROWS: Final = "rows"
LACK: Final = "lack"
EXCESS: Final = "excess"
"""What a mix has of each shared row."""


class Standing:
    """Where the columns and rows of mixes stood when they were last in one, so that the next begins there."""

    def __init__(self, count: int) -> None:
        self._shared = {ROWS: np.full(count, INSIDE), LACK: np.full(count, ASIDE), EXCESS: np.full(count, ASIDE)}
        self._sites: dict[int, object] = {}
        self._designs: dict[int, Basis] = {}

    def copy(self) -> Standing:
        """The same, for somebody who goes on from here."""
        other = Standing(0)
        other._shared = {kind: known.copy() for kind, known in self._shared.items()}
        other._sites, other._designs = dict(self._sites), dict(self._designs)
        return other

    def of(self, live: Ints, designs: list[Design], field: Field) -> Basis | None:
        """The basis to begin a mix with; None where nothing is known."""
        if not self._designs:
            return None
        rows = field.rows
        known = [self._designs.get(at) or _aside(design) for at, design in zip(live.tolist(), designs, strict=True)]
        counted = np.array([self._sites.get(site, INSIDE) for site in field.sites.tolist()], dtype=object)
        return Basis(
            np.concatenate([*(part.columns for part in known), self._shared[LACK][rows], self._shared[EXCESS][rows]]),
            np.concatenate([self._shared[ROWS][rows], counted, *(part.rows for part in known)]),
        )

    def learn(self, basis: Basis, live: Ints, designs: list[Design], field: Field) -> None:
        """Remember where a mix ended."""
        rows, sites = field.rows, field.sites
        column = np.cumsum([0, *(len(design.cost) for design in designs)])
        row = len(rows) + len(sites) + np.cumsum([0, *(len(design.row_lower) for design in designs)])
        for number, at in enumerate(live.tolist()):
            mine = slice(column[number], column[number + 1]), slice(row[number], row[number + 1])
            self._designs[at] = Basis(basis.columns[mine[0]], basis.rows[mine[1]])
        self._sites.update(zip(sites.tolist(), basis.rows[len(rows) : len(rows) + len(sites)].tolist(), strict=True))
        last = int(column[-1])
        self._shared[ROWS][rows] = basis.rows[: len(rows)]
        self._shared[LACK][rows] = basis.columns[last : last + len(rows)]
        self._shared[EXCESS][rows] = basis.columns[last + len(rows) :]


def _aside(design: Design) -> Basis:
    return Basis(np.full(len(design.cost), ASIDE), np.full(len(design.row_lower), INSIDE))
