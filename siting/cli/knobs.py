"""`siting knobs`: every number a planner may turn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from siting.cli.options import Json
from siting.cli.tell import tell_json


def knobs(
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write the page there instead of printing it.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Every knob with unit, default, range, the direction that tightens, source and meaning."""
    from siting.knob_page import knob_page, knob_tables

    if as_json:
        tell_json({"exit_code": 0, "families": _document()})
    elif write is None:
        print(knob_page(knob_tables()), end="")
    else:
        write.write_text(knob_page(knob_tables()), encoding="utf-8")
    return 0


def _document() -> dict[str, Any]:
    from dataclasses import asdict

    from siting.knob_page import knob_tables

    return {each.name: [asdict(fact) for fact in each.facts] for each in knob_tables()}
