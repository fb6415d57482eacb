"""What each family writes into the program, kept as text to be read in review: `pytest tests/golden --regold` writes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from siting.families import FAMILIES
from siting.family import Family, Ledger, Ledgers
from siting.program.assemble import Program, assemble
from tests.golden.world import golden_world
from tests.worlds import Opened, opened

FOLDER = Path(__file__).parent
LEDGERS = tuple(Ledgers.__dataclass_fields__)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return opened(golden_world(), tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_family_writes_the_rows_and_ledger_entries_it_is_known_for(
    family: Family, world: Opened, regold: bool, tmp_path: Path
) -> None:
    check(family.name, text_of(world.program(), family.name, tmp_path), regold)


def test_core_writes_the_rows_it_is_known_for(world: Opened, regold: bool, tmp_path: Path) -> None:
    check("core", text_of(world.program(()), "", tmp_path), regold)


def check(name: str, text: str, regold: bool) -> None:
    path = FOLDER / f"{name}.lp"
    if regold:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} writes other rows: pytest tests/golden --regold, then read the diff"


def text_of(program: Program, name: str, folder: Path) -> str:
    """Rows of one block as Pyomo writes them, and what the family adds to the ledgers, as comments."""
    model = program.model
    others = [block for block in model.component_objects(pyo.Block, descend_into=False) if block.name != name]
    for block in others:
        block.deactivate()
    if name:
        for row in model.component_objects(pyo.Constraint, descend_into=False):
            row.deactivate()
    model.nothing = pyo.Objective(expr=0.0)
    path = folder / "program.lp"
    model.write(str(path), io_options={"symbolic_solver_labels": True})
    rows = [line for line in _numbers(path.read_text(encoding="utf-8")).splitlines() if line and not line.startswith("\\")]
    return "\n".join([*entries(program, name), *rows]) + "\n"


def _numbers(text: str) -> str:
    """Numbers to nine digits, so that the last bits of a distance do not matter."""
    return re.sub(r"[-+]?\d+\.\d+(?:e[-+]?\d+)?", lambda found: f"{float(found[0]):+.9g}", text)


def entries(program: Program, name: str) -> Iterator[str]:
    """What stands in the ledgers with the family, less what stands there without it."""
    without = [family for family in program.families if family.name != name]
    rest = _contents(_restated(program, without))
    yield f"\\ {name or 'core'}: what it offers and adds to the ledgers"
    network = program.problem.network
    for point in network.points_of(name):
        for at, mw in enumerate(network.available_mw[point, -1]):
            price = network.price_usd_per_mwh[point, at]
            yield f"\\ offers {network.ids[point]},{program.core.slice.labels[at]}: {mw:.9g} MW at {price:.9g} USD/MWh"
    for (ledger, label, cell, column), value in sorted(_contents(program).items()):
        if not name or (ledger, label, cell, column) not in rest:
            yield f"\\ {ledger} [{label}] {cell}: {value:+.9g} {column}"


def _restated(program: Program, families: list[Family]) -> Program:
    return assemble(program.problem, families, program.knobs)


def _contents(program: Program) -> dict[tuple[str, str, str, str], float]:
    found: dict[tuple[str, str, str, str], float] = {}
    for name in LEDGERS:
        ledger = getattr(program.ledgers, name)
        labels = _cells(program, ledger)
        for entry in ledger.entries:
            for cell, column, value in zip(entry.at, entry.columns, entry.coefficients, strict=True):
                key = (name, entry.label, labels[int(cell)], program.space.name(int(column)))
                found[key] = found.get(key, 0.0) + float(value)
    return found


def _cells(program: Program, ledger: Ledger) -> list[str]:
    axes: list[Any] = {
        1: [program.core.period],
        2: [program.core.site, program.core.period],
        3: [program.core.site, program.core.period, program.core.slice],
    }[len(ledger.shape)]
    places = np.stack(np.unravel_index(np.arange(int(np.prod(ledger.shape))), ledger.shape), axis=1)
    return [",".join(axis.labels[at] for axis, at in zip(axes, place, strict=True)) for place in places.tolist()]


def test_every_family_has_its_golden_file_and_no_file_is_left_over() -> None:
    names = {path.stem for path in FOLDER.glob("*.lp")}
    assert names == {"core", *(family.name for family in FAMILIES)}
