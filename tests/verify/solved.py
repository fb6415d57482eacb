"""A toy world solved through the whole stair and written as files, for rules that need a plan of the program's own."""

from __future__ import annotations

import json
from pathlib import Path

from siting.export import write_all
from siting.pipeline import SCENARIO_FILE, scenario_document
from siting.stair import climb
from siting.verify import VerifyReport, verify_files
from siting.watch import Clock, Nobody
from tests.worlds import World, opened


def solved_folder(world: World, root: Path) -> Path:
    """Folder with the files of the world's plan, its layers and model below `root`."""
    found = opened(world, root)
    plan = climb(found.scenario, found.layers, Clock(Nobody()))
    folder = root / "plan"
    folder.mkdir()
    write_all(plan, folder)
    (folder / SCENARIO_FILE).write_text(json.dumps(scenario_document(found.scenario, found.layers)), encoding="utf-8")
    return folder


def verdict(folder: Path) -> VerifyReport:
    """What the checker says of a folder of `solved_folder`."""
    return verify_files(folder, folder.parent)


def broken(folder: Path) -> set[str]:
    """Names of the rules that the folder breaks."""
    return {rule for fault in verdict(folder).faults for rule in [fault.expected.rpartition("(")[2].partition(":")[0]]}
