"""`siting new`: a commented model for a user's own layers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the model; it is made in models/NAME.")],
    layers: Annotated[Path, typer.Option("--layers", metavar="DIR", help="Folder with your own layers, or one GeoPackage.")],
) -> int:
    """Write a commented model for your own layers, and say what is missing, optional or estimated."""
    from siting.new import new_model

    print(new_model(name, layers, Path.cwd()))
    return 0
