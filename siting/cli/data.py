"""`siting data build`: make a built-in region from public sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def build(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The region to build, as northwest.")],
    sources: Annotated[Path, typer.Option("--sources", metavar="DIR", help="Folder with the downloaded public sources.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write here instead of data/NAME.")] = None,
) -> int:
    """Build the layers of a region from the public sources, with a log of what was dropped, merged or repaired."""
    from siting import regions

    folder = out or Path("data") / name
    print(regions.build(name, sources, folder).summary())
    print(f"wrote {folder}")
    return 0
