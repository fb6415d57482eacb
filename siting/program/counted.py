"""Rows that count what is decided whole, over all sites, in each period p:

    counted.open[p]        sum over i of open[i, p]
    counted.modules[k, p]  sum over i of modules[i, k, p]

They ask for nothing, so a program with them has the same plans. Whoever branches on them (`siting.solve.cases`) gives them sides,
and whoever checks the proof states them again. They are whole in every plan, because each is a sum of whole columns.
"""

from __future__ import annotations

from typing import Final

from siting.arrays import Term, cells
from siting.family import Core
from siting.program.assemble import Program

COUNTED: Final = "counted"
"""Name of the block that holds these rows."""


def count_choices(program: Program) -> Program:
    """The program with these rows, stated once."""
    core = program.core
    if program.model.component(COUNTED) is None:
        sheet = core.sheet.child(COUNTED)
        sheet.rows("open", [core.period], [Term(cells(core.period)[None], core.open.columns, 1.0)])
        at = cells(core.module, core.period)[None]
        sheet.rows("modules", [core.module, core.period], [Term(at, core.modules.columns, 1.0)])
    return program


def counted_mw(core: Core) -> dict[str, float]:
    """MW of IT that one more of what a row counts is at the least, by the row's name: the size of a module, for an open site that
    of the smallest."""
    sizes = dict(zip(core.module.labels, core.module_it_mw.tolist(), strict=True))
    periods = core.period.labels
    opened = {f"{COUNTED}.open[{period}]": min(sizes.values()) for period in periods}
    return opened | {f"{COUNTED}.modules[{name},{period}]": mw for name, mw in sizes.items() for period in periods}
