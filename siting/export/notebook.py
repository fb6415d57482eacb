"""The plan's map in a notebook: the same page as `map.html`, inside a frame of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from siting.export.markup import el
from siting.export.webmap import map_page
from siting.plan.record import Plan


@dataclass(frozen=True, slots=True)
class MapView:
    """A map page that shows itself in notebooks; `save` writes it as a file."""

    page: str
    height_px: int = 640

    def _repr_html_(self) -> str:
        """The page in a frame that may run its own scripts and reach nothing of the notebook."""
        frame = el("iframe", srcdoc=self.page, sandbox="allow-scripts", title="the plan", width="100%", height=self.height_px)
        return frame.markup

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path."""
        target = Path(path)
        target.write_bytes(self.page.encode())
        return target


def explore(plan: Plan, height_px: int = 640) -> MapView:
    """The map of a plan, to look at in a notebook or to save."""
    return MapView(map_page(plan), height_px)
