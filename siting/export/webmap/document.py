"""A map page from layers, labels and figures: what the plan's map and the difference map share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np

from siting.export.markup import el, join
from siting.export.page import page
from siting.export.webmap import library
from siting.export.webmap.layer import Json, MapLayer

_SCRIPTS: Final = ("dom.js", "shapes.js", "card.js", "labels.js", "flat.js", "panel.js", "main.js")
_NEEDS_A_SCRIPT: Final = "This map draws itself with a script, which is switched off here. The report beside it needs none."
_MARGIN_DEGREES: Final = 0.15
_WORLD: Final = (-180.0, -80.0, 180.0, 80.0)


@dataclass(frozen=True, slots=True)
class Label:
    """A name on the map: kind site or city; higher `rank` wins where names would overlap; `since` is a
    period's number; `clear` the radius in pixels of what it names."""

    text: str
    lon: float
    lat: float
    kind: str
    rank: float
    since: int = 0
    clear: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the side list: feature `index` of `layer`, and shares drawn as a bar."""

    layer: str
    index: int
    name: str
    note: str
    lon: float
    lat: float
    since: int = 0
    shares: tuple[tuple[str, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MapDocument:
    """All of a map page. `backdrop` is drawn below and not toggled; `layers` lowest first; `figures` (label, value) head
    the page; `periods` (name, note) fill the period control, which is left out where there is one or none; `sizes`
    (MW, radius in pixels) the legend of circles; `counted` is the layer whose features the page counts as chosen;
    `list_note` stands below the side list."""

    title: str
    subtitle: str
    badge: tuple[str, bool]
    figures: tuple[tuple[str, str], ...]
    periods: tuple[tuple[str, str], ...]
    backdrop: tuple[MapLayer, ...]
    layers: tuple[MapLayer, ...]
    groups: tuple[str, ...]
    labels: tuple[Label, ...]
    entries: tuple[Entry, ...]
    list_title: str
    sizes: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    attribution: str
    counted: tuple[str, ...]
    list_note: str = ""


def document_page(document: MapDocument) -> str:
    """The page as text: self-contained HTML."""
    folder = files("siting.export.webmap")
    ours = "\n".join((folder / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    style = (folder / "map.css").read_text(encoding="utf-8")
    body = join(
        (
            el(
                "noscript",
                el("p", "This map draws itself with a script, which is switched off here. The report beside it needs none."),
            ),
            el("aside", id="side"),
            el("main", id="stage"),
        )
    )
    scripts = (library.script(), f'(function () {{\n"use strict";\n{ours}\n}})();\n')
    return page(document.title, body, (library.style(), style), scripts, _data(document))


def _data(document: MapDocument) -> Json:
    everything = (*document.backdrop, *document.layers)
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "badge": {"text": document.badge[0], "good": document.badge[1]},
        "figures": [{"label": label, "value": value} for label, value in document.figures],
        "periods": [{"name": name, "note": note} for name, note in document.periods],
        "bounds": bounds(everything),
        "backdrop": [layer.json() for layer in document.backdrop],
        "layers": [layer.json() for layer in document.layers],
        "groups": list(document.groups),
        "labels": [
            {
                "text": one.text,
                "lon": one.lon,
                "lat": one.lat,
                "kind": one.kind,
                "rank": one.rank,
                "from": one.since,
                "r": one.clear,
            }
            for one in document.labels
        ],
        "list_title": document.list_title,
        "list_note": document.list_note,
        "entries": [_entry(entry) for entry in document.entries],
        "sizes": [{"label": label, "r": size} for label, size in document.sizes],
        "notes": list(document.notes),
        "attribution": document.attribution,
        "counted": list(document.counted),
    }


def _label(label: Label) -> Json:
    place = {"lon": label.lon, "lat": label.lat}
    return {"text": label.text, **place, "kind": label.kind, "rank": label.rank, "from": label.since, "r": label.clear}


def _entry(entry: Entry) -> Json:
    place = {"lon": entry.lon, "lat": entry.lat}
    words = {"name": entry.name, "note": entry.note, "shares": entry.shares}
    return {"layer": entry.layer, "i": entry.index, **words, **place, "from": entry.since}


def bounds(layers: Sequence[MapLayer]) -> list[float]:
    """West, south, east, north of the study area, or of all that is drawn where there is none, with a margin."""
    shown = [layer for layer in layers if layer.id == "region"] or list(layers)
    points = [xy for layer in shown for feature in layer.features for xy in _points(feature["geometry"])]
    if not points:
        return list(_WORLD)
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    margin = _MARGIN_DEGREES
    edges = (low[0] - margin, low[1] - margin, high[0] + margin, high[1] + margin)
    return [round(float(edge), 3) for edge in edges]


def _points(geometry: Json | None) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    stack = [] if geometry is None else [geometry["coordinates"]]
    while stack:
        part = stack.pop()
        if part and isinstance(part[0], (int, float)):
            found.append((float(part[0]), float(part[1])))
        else:
            stack.extend(part)
    return found
