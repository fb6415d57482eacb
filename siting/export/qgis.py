"""Default QGIS styles of the GeoPackage's layers, as QML.

Sites by verdict and sized by MW, links by what they carry. Every style is XML built element by element, so no name of a
plan can break it, and holds the properties in both notations QGIS 3 has had.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from siting.export import palette

_QGIS_VERSION: Final = "3.22.16"


def _rgba(color: str) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol: geometry `kind` (marker, line, fill), its one symbol layer's class and properties, and a size expression."""

    kind: str
    layer: str
    properties: Mapping[str, str]
    size: str = ""
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Category:
    """One class of a categorised style: the value, the words of the legend, the symbol."""

    value: str
    label: str
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Style:
    """A layer's style: the attribute it is categorised by, "" for one symbol for all."""

    attribute: str
    categories: tuple[Category, ...]


def marker(color: str, shape: str, size_mm: float, size: str = "", edge: str = "#ffffff", edge_mm: float = 0.3) -> Symbol:
    """A point symbol; `size` is an expression for its diameter in mm."""
    facts = {
        "name": shape,
        "color": _rgba(color),
        "outline_color": _rgba(edge),
        "outline_width": f"{edge_mm}",
        "outline_width_unit": "MM",
        "size": f"{size_mm}",
        "size_unit": "MM",
    }
    return Symbol("marker", "SimpleMarker", facts, size)


def line(color: str, width_mm: float, dash: str = "solid", size: str = "") -> Symbol:
    """A line symbol; `size` is an expression for its width in mm."""
    facts = {"line_color": _rgba(color), "line_width": f"{width_mm}", "line_width_unit": "MM", "line_style": dash}
    return Symbol("line", "SimpleLine", facts, size)


def fill(color: str, edge: str, edge_mm: float, alpha: float = 1.0) -> Symbol:
    """An area symbol."""
    facts = {
        "color": _rgba(color),
        "style": "solid",
        "outline_color": _rgba(edge),
        "outline_width": f"{edge_mm}",
        "outline_width_unit": "MM",
        "outline_style": "solid",
    }
    return Symbol("fill", "SimpleFill", facts, alpha=alpha)


_BY_MW: Final = '3 + 0.6 * sqrt(coalesce("it_mw", 0))'
_SITE: Final = marker(palette.CHOSEN, "circle", 5.0, _BY_MW)
_PASSED: Final = marker("#ffffff", "circle", 1.6, edge=palette.PASSED_OVER)

STYLES: Final[Mapping[str, Style]] = {
    "sites": Style(
        "verdict", (Category("chosen", "chosen, size by MW of IT", _SITE), Category("passed_over", "passed over", _PASSED))
    ),
    "chosen_sites": Style("", (Category("", "chosen, size by MW of IT", _SITE),)),
    "power_links": Style(
        "kind",
        (
            Category("hydro", "tie-line to hydro", line(palette.HYDRO, 0.8)),
            Category("solar", "tie-line to solar", line(palette.SOLAR, 0.8)),
            Category("grid", "tie-line to the grid", line(palette.GRID, 0.8)),
            Category("", "other tie-line", line(palette.OTHER_SUPPLY, 0.8)),
        ),
    ),
    "data_links": Style(
        "kind",
        (
            Category("fibre", "fibre lateral", line(palette.FIBRE, 0.4)),
            Category("spur", "fibre spur to a neighbour", line(palette.SPUR, 0.4)),
            Category("satellite", "satellite link", line(palette.SATELLITE, 0.4, "dash")),
        ),
    ),
    "region": Style("", (Category("", "study area", fill(palette.LAND, palette.BORDER, 0.3)),)),
    "zones": Style("", (Category("", "grid zone", fill(palette.ZONE_FILL, palette.ZONE_EDGE, 0.3, 0.6)),)),
    "exclusions": Style(
        "kind",
        tuple(
            Category("" if kind == "other" else kind, kind, fill(color, color, 0.1, 0.8))
            for kind, color in palette.EXCLUSIONS.items()
        ),
    ),
    "lines": Style("", (Category("", "existing line", line(palette.LINE_CLASSES[1][1], 0.3, size='0.15 + "kv" / 1000')),)),
    "sources": Style(
        "kind",
        (
            Category("hydro", "hydro plant", marker(palette.HYDRO, "diamond", 2.6)),
            Category("solar", "solar plant", marker(palette.SOLAR, "square", 2.2)),
        ),
    ),
    "substations": Style("", (Category("", "point of interconnection", marker(palette.STATION, "square", 1.2)),)),
    "pops": Style("", (Category("", "point of presence", marker(palette.FIBRE, "triangle", 2.4)),)),
    "gateways": Style("", (Category("", "satellite gateway", marker(palette.SATELLITE, "pentagon", 2.6)),)),
    "demand": Style("", (Category("", "users", marker(palette.INK, "circle", 1.6)),)),
    "basemap": Style(
        "kind",
        (
            Category("river", "river", line(palette.RIVER, 0.4)),
            Category("border", "border", line(palette.BORDER, 0.3, "dash")),
            Category("coast", "coast", line(palette.BORDER, 0.4)),
        ),
    ),
}
"""Style by layer name."""


def qml(style: Style) -> str:
    """The style as a QML document."""
    root = ET.Element("qgis", {"version": _QGIS_VERSION, "styleCategories": "Symbology"})
    kind = "categorizedSymbol" if style.attribute else "singleSymbol"
    renderer = ET.SubElement(root, "renderer-v2", {"type": kind, "symbollevels": "0", "enableorderby": "0", "forceraster": "0"})
    if style.attribute:
        renderer.set("attr", style.attribute)
        categories = ET.SubElement(renderer, "categories")
        for number, category in enumerate(style.categories):
            facts = {"render": "true", "symbol": str(number), "value": category.value, "label": category.label, "type": "string"}
            ET.SubElement(categories, "category", facts)
    _symbols(renderer, [category.symbol for category in style.categories])
    ET.SubElement(root, "layerGeometryType").text = {"marker": "0", "line": "1", "fill": "2"}[style.categories[0].symbol.kind]
    body = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}\n"


def _symbols(renderer: ET.Element, symbols: Sequence[Symbol]) -> None:
    holder = ET.SubElement(renderer, "symbols")
    for number, symbol in enumerate(symbols):
        facts = {"type": symbol.kind, "name": str(number), "alpha": f"{symbol.alpha}", "clip_to_extent": "1", "force_rhr": "0"}
        element = ET.SubElement(holder, "symbol", facts)
        layer = ET.SubElement(element, "layer", {"class": symbol.layer, "enabled": "1", "locked": "0", "pass": "0"})
        options = ET.SubElement(layer, "Option", {"type": "Map"})
        for name, value in symbol.properties.items():
            ET.SubElement(options, "Option", {"name": name, "type": "QString", "value": value})
        for name, value in symbol.properties.items():
            ET.SubElement(layer, "prop", {"k": name, "v": value})
        if symbol.size:
            _sized(layer, "size" if symbol.kind == "marker" else "outlineWidth", symbol.size)


def _sized(layer: ET.Element, name: str, expression: str) -> None:
    outer = ET.SubElement(ET.SubElement(layer, "data_defined_properties"), "Option", {"type": "Map"})
    ET.SubElement(outer, "Option", {"name": "name", "type": "QString", "value": ""})
    properties = ET.SubElement(outer, "Option", {"name": "properties", "type": "Map"})
    entry = ET.SubElement(properties, "Option", {"name": name, "type": "Map"})
    ET.SubElement(entry, "Option", {"name": "active", "type": "bool", "value": "true"})
    ET.SubElement(entry, "Option", {"name": "expression", "type": "QString", "value": expression})
    ET.SubElement(entry, "Option", {"name": "type", "type": "int", "value": "3"})
    ET.SubElement(outer, "Option", {"name": "type", "type": "QString", "value": "collection"})
