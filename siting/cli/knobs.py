"""`siting knobs`: every number a planner may turn."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import Json
from siting.cli.tell import tell_json


def knobs(
    write: Annotated[Path | None, typer.Option("--write", metavar="FILE", help="Write it there instead of printing it.")] = None,
    as_json: Json = False,
) -> int:
    """Every knob with unit, default, range, the direction that tightens, source and meaning."""
    from siting.families import FAMILIES
    from siting.family import knob_facts
    from siting.knobs import knobs_markdown, write_knobs
    from siting.objectives import OBJECTIVES
    from siting.runs.folders import writing

    if write is not None:
        with writing(write):
            write_knobs(write, FAMILIES, OBJECTIVES)
    if as_json:
        tell_json(
            {"exit_code": 0, "families": {each.name: [asdict(fact) for fact in knob_facts(each.knobs)] for each in FAMILIES}}
        )
    elif write is None:
        print(knobs_markdown(FAMILIES, OBJECTIVES), end="")
    return 0
