"""A world solved and written as files, and ways to damage what is written, for tests of rules end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from siting.export import write_all
from siting.pipeline import SCENARIO_FILE, scenario_document
from siting.stair import climb
from siting.verify import VerifyReport, verify_files
from siting.watch import Clock, Nobody
from tests.worlds import World, opened


def planned(world: World, root: Path) -> Path:
    """The folder with the plan of a world, below `root`."""
    found = opened(world, root)
    plan = climb(found.scenario, found.layers, Clock(Nobody()))
    folder = root / "plan"
    folder.mkdir()
    write_all(plan, folder)
    document = scenario_document(found.scenario, found.layers)
    (folder / SCENARIO_FILE).write_text(json.dumps(document), encoding="utf-8")
    return folder


def verdict(folder: Path) -> VerifyReport:
    """What the checker says of the folder of a plan."""
    return verify_files(folder, folder.parent)


def broken_rules(folder: Path) -> set[str]:
    """Names of the rules a folder breaks."""
    return {
        fault.expected.rpartition("(")[2].partition(":")[0].rstrip(")") for fault in verdict(folder).faults if not fault.warning
    }


def amount(folder: Path, item: str, turn: Callable[[float], float], period: str = "") -> None:
    """Change the amounts of an item of the equipment, in one period or in all."""
    path = folder / "equipment.csv"
    table = pd.read_csv(path)
    rows = (table["item"] == item) & ((table["period"].astype(str) == period) | (period == ""))
    assert rows.any()
    table.loc[rows, "amount"] = [turn(value) for value in table.loc[rows, "amount"]]
    table.to_csv(path, index=False)


def operation(folder: Path, item: str, turn: Callable[[float], float], slices: str = "") -> None:
    """Change what an item does in the dispatch, in slices whose name holds `slices`."""
    path = folder / "dispatch.parquet"
    table = pd.read_parquet(path)
    rows = (table["entity"] == item) & table["slice"].astype(str).str.contains(slices, regex=False)
    assert rows.any()
    table.loc[rows, "mw"] = [turn(value) for value in table.loc[rows, "mw"]]
    table.to_parquet(path, index=False)
