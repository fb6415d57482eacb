"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model by name (models/NAME), or the path of its folder or file.")]
WhatIfs = Annotated[
    list[str] | None,
    typer.Option("--what-if", metavar="FILE", help="An overlay by name (whatif/NAME.toml) or path; may be repeated."),
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One value, as in budget.total_musd=30000; may be repeated."),
]
AllowOutside = Annotated[bool, typer.Option("--allow-outside", help="Let layers lie outside the model's folder and project.")]
Strict = Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a published plan, as out/northwest/base.")]
