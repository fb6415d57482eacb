"""A still map for the report: study area, zones, what feeds the chosen sites, and the sites by number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import geopandas as gpd

from siting.export import palette
from siting.export.markup import Html, el, join
from siting.export.report.charts import legend
from siting.export.shown import best_passed
from siting.export.webmap.decided import radius
from siting.export.webmap.document import bounds
from siting.export.webmap.ground import backdrop
from siting.export.webmap.layer import Json, drawn
from siting.plan.record import Plan

_WIDTH: Final = 900.0
_MOST_TALL: Final = 620.0

Project = Callable[[Sequence[float]], tuple[float, float]]


def picture(plan: Plan) -> Html:
    """The map as an SVG figure. Sites bear their number in the table of chosen sites."""
    below = backdrop(plan.layers)
    west, south, east, north = bounds(below) if below else _around(plan.sites)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(_WIDTH / ((east - west) * squeeze), _MOST_TALL / (north - south))
    wide, tall = (east - west) * squeeze * scale, (north - south) * scale

    def project(point: Sequence[float]) -> tuple[float, float]:
        return (point[0] - west) * squeeze * scale, (north - point[1]) * scale

    parts = [_shapes(layer.features, project, layer.id) for layer in below]
    zones = plan.layers.get("zones")
    if isinstance(zones, gpd.GeoDataFrame):
        parts.append(_shapes(drawn(zones, [{}] * len(zones)), project, "zones"))
    parts.append(join(_circle(project(place), 1.6, "passed") for place in _places(best_passed(plan))))
    kinds = plan.power_links["kind"].astype(str).tolist()
    links = drawn(plan.power_links, [{"c": palette.SUPPLY.get(kind, palette.OTHER_SUPPLY)} for kind in kinds])
    parts.append(_shapes(links, project, "link"))
    parts.append(_sites(plan, project))
    title = "Chosen sites by number, area by MW of IT"
    drawing = el("svg", join(parts), viewBox=f"0 0 {wide:.0f} {tall:.0f}", role="img", aria_label=title, class_="picture")
    key = [
        ("chosen site", palette.CHOSEN),
        ("passed over", palette.PASSED_OVER),
        *((f"tie-line to {kind}", color) for kind, color in palette.SUPPLY.items()),
    ]
    return el("figure", el("figcaption", title), drawing, legend(key))


def _around(frame: gpd.GeoDataFrame) -> list[float]:
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    return [west - 0.5, south - 0.5, east + 0.5, north + 0.5]


def _places(frame: gpd.GeoDataFrame) -> list[tuple[float, float]]:
    return list(zip(frame.geometry.x.tolist(), frame.geometry.y.tolist(), strict=True))


def _sites(plan: Plan, project: Project) -> Html:
    chosen = plan.chosen
    parts = []
    for number, (place, it_mw) in enumerate(zip(_places(chosen), chosen["it_mw"].tolist(), strict=True), 1):
        x, y = project(place)
        parts.append(_circle((x, y), radius(float(it_mw)), "site"))
        parts.append(el("text", str(number), x=f"{x:.1f}", y=f"{y + 3.5:.1f}", class_="number"))
    return join(parts)


def _circle(at: tuple[float, float], r: float, class_: str) -> Html:
    return el("circle", cx=f"{at[0]:.1f}", cy=f"{at[1]:.1f}", r=f"{r:g}", class_=class_)


def _shapes(features: Sequence[Json], project: Project, class_: str) -> Html:
    parts = []
    for feature in features:
        shape = feature["geometry"]
        if shape is not None:
            color = feature["properties"].get("c")
            parts.append(el("path", d=_path(shape, project), class_=class_, stroke=color))
    return join(parts)


def _path(shape: Json, project: Project) -> str:
    rings = shape["coordinates"]
    if shape["type"] == "LineString":
        rings = [rings]
    elif shape["type"] == "MultiPolygon":
        rings = [ring for part in rings for ring in part]
    close = "Z" if "Polygon" in shape["type"] else ""
    return "".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in map(project, ring)) + close for ring in rings)
