"""Bad GeoJSON: each case is refused with its code, and names file, feature, field, what was found and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from siting.errors import Fault
from tests.layers.small_region import (
    Document,
    Documents,
    candidate,
    candidates_document,
    collection,
    documents,
    faults_of,
    feature,
    point,
    read,
    rectangle,
    source,
    with_layer,
)


@dataclass(frozen=True)
class Case:
    """One spoilt region and what has to stand in the fault."""

    code: str
    spoil: Callable[[], Documents]
    file: str
    tells: tuple[str, ...]
    warning: bool = False


def sources_with(**changes: Any) -> Documents:
    """The second plant with changed properties."""
    made = documents()
    made["sources"]["features"][1]["properties"].update(changes)
    return made


def exclusion(geometry: Any) -> Documents:
    return with_layer("exclusions", collection(feature("x-1", geometry, kind="park")))


def sources_text(change: Callable[[str], str]) -> Documents:
    return with_layer("sources", change(json.dumps(documents()["sources"], ensure_ascii=False)).encode("utf-8"))


def sources_bytes(change: Callable[[bytes], bytes]) -> Documents:
    return with_layer("sources", change(json.dumps(documents()["sources"], ensure_ascii=False).encode("utf-8")))


def exclusion_named(column: str) -> Documents:
    return with_layer("exclusions", collection(feature("x-1", rectangle(-121, 46, -120, 47), **{column: "me"})))


def region_turned() -> Documents:
    """A region with latitude first, whose layers are right."""
    made = paris()
    made["region"] = collection(feature("paris", rectangle(48.0, 1.5, 49.5, 3.5)))
    return {name: content for name, content in made.items() if name != "candidates"}


def two_sources(first: Any, second: Any) -> Documents:
    return with_layer("sources", collection(source(first, -121, 46), source(second, -119, 46)))


def moved(dx: float, dy: float, swap: bool = False) -> Documents:
    """Candidates somewhere else."""
    made = candidates_document()
    for one in made["features"]:
        lon, lat = one["geometry"]["coordinates"]
        one["geometry"]["coordinates"] = [lat, lon] if swap else [lon + dx, lat + dy]
    return {**documents(), "candidates": made}


def paris() -> Documents:
    """A region around Paris whose candidates have latitude first."""
    made = documents()
    made["region"] = collection(feature("paris", rectangle(1.5, 48.0, 3.5, 49.5)))
    for zone in made["zones"]["features"]:
        zone["geometry"] = rectangle(1.5, 48.0, 3.5, 49.5)
    for name in ("sources", "substations", "climate"):
        for one in made[name]["features"]:
            one["geometry"] = point(2.3, 48.8)
    made["exclusions"] = collection(feature("x", rectangle(2.0, 48.2, 2.1, 48.3)))
    made["candidates"] = collection(candidate("a", 48.85, 2.35), candidate("b", 48.7, 2.2))
    return made


def with_member(**members: Any) -> Documents:
    made = documents()
    made["sources"].update(members)
    return made


def beyond_the_projection() -> Documents:
    """Metres so large that the inverse of the projection has no answer."""
    made = with_member(crs={"type": "name", "properties": {"name": "EPSG:32610"}})
    made["sources"]["features"][0]["geometry"] = point(1e30, 1e30)
    return made


def zones_with(**changes: Any) -> Documents:
    made = documents()
    made["zones"]["features"][0]["properties"].update(changes)
    return made


def nested(levels: int) -> bytes:
    deep = '{"a":' * levels + "1" + "}" * levels
    text = json.dumps(documents()["sources"]).replace('"name": "Plant S-01"', '"name": "Plant S-01", "deep": ' + deep)
    return text.encode("utf-8")


BOW_TIE: Document = {"type": "Polygon", "coordinates": [[[-121, 46], [-120, 47], [-120, 46], [-121, 47], [-121, 46]]]}
OPEN_RING: Document = {"type": "Polygon", "coordinates": [[[-121, 46], [-120, 46], [-120, 47], [-121, 47]]]}
DATE_LINE: Document = {"type": "Polygon", "coordinates": [[[179, 46], [-179, 46], [-179, 47], [179, 47], [179, 46]]]}
WIDE_LINE: Document = {"type": "LineString", "coordinates": [[179, 46], [-179, 47]]}
S2 = "feature 2 (id S-02)"

CASES = (
    Case("L001", lambda: sources_with(capacity_mw="1,200"), "sources.geojson", (S2, "capacity_mw", '"1,200"', "Write 1200")),
    Case("L001", lambda: sources_with(capacity_mw="200"), "sources.geojson", (S2, "capacity_mw", '"200"', "Write 200")),
    Case("L001", lambda: sources_with(capacity_mw="about 20"), "sources.geojson", (S2, "capacity_mw", "bare number")),
    Case("L001", lambda: sources_with(capacity_mw=True), "sources.geojson", (S2, "capacity_mw", "True")),
    Case("L001", lambda: sources_with(zone=False), "sources.geojson", (S2, "zone", "False", "text")),
    Case("L003", lambda: sources_with(capacity_mw=None), "sources.geojson", (S2, "capacity_mw", "no value", "Give a value")),
    Case("L003", lambda: sources_with(id=None), "sources.geojson", ("feature 2", '"id"', "no value")),
    Case("L003", lambda: zones_with(peak_load_mw=None), "zones.geojson", ("z1", "peak_load_mw", "default 0"), warning=True),
    Case(
        "L004",
        lambda: with_layer("substations", collection(feature("n1", point(-120, 46), zone="z1", kv=230, loading_share=0.1))),
        "substations.geojson",
        ("rating_mw", "no such column", "thermal rating"),
    ),
    Case("L005", lambda: two_sources("S-07", "S-07"), "sources.geojson", ("feature 1", "feature 2", "S-07", "Make ids unique")),
    Case("L006", lambda: two_sources("S 07", "S-08"), "sources.geojson", ('"S 07"', "letters, digits")),
    Case("L006", lambda: two_sources("../../x", "S-08"), "sources.geojson", ('"../../x"', "letters, digits")),
    Case("L007", lambda: two_sources(1, "1"), "sources.geojson", ("feature 1", "feature 2", '1 and "1"', "one type")),
    Case("L009", lambda: two_sources("e\u0301", "\u00e9"), "sources.geojson", ("feature 1", "feature 2", "NFC", "Rename")),
    Case(
        "L010",
        lambda: sources_text(lambda text: text.replace('"capacity_mw": 200.0', '"capacity_mw": 1, "capacity_mw": 2', 1)),
        "sources.geojson",
        ("feature 1 (id S-01)", "capacity_mw", "twice", "Keep one"),
    ),
    Case(
        "L010",
        lambda: sources_text(lambda text: text.replace('"geometry":', '"geometry": null, "geometry":', 1)),
        "sources.geojson",
        ("feature 1 (id S-01)", "geometry", "twice"),
    ),
    Case(
        "L010",
        lambda: sources_text(lambda text: text.replace('"basin": "Columbia"', '"basin": "C", "tags": {"a": 1, "a": 2}', 1)),
        "sources.geojson",
        ('"a"', "twice"),
    ),
    Case("L011", paris, "candidates.geojson", ("ids a, b", "km or more outside the region", "swapped", "[lon, lat]")),
    Case("L011", lambda: moved(0, 0, swap=True), "candidates.geojson", ("feature 1 (id a)", "swapped", "[lon, lat]")),
    Case("L012", lambda: moved(40.0, 0.0), "candidates.geojson", ("all 3 features", "outside the region", "Check the CRS")),
    Case(
        "L014",
        lambda: with_layer("sources", collection(source("S-01", 500000, 5400000))),
        "sources.geojson",
        ("feature 1 (id S-01)", "500000", "not degrees", "crs"),
    ),
    Case(
        "L015",
        lambda: with_member(crs={"type": "name", "properties": {"name": "EPSG:99999999"}}),
        "sources.geojson",
        ("crs member", "EPSG:99999999"),
    ),
    Case("L015", lambda: with_member(crs={"type": "link"}), "sources.geojson", ("crs member", "None")),
    Case(
        "L012",
        lambda: with_member(crs={"type": "name", "properties": {"name": "EPSG:3413"}}),
        "sources.geojson",
        ("outside the region", "Check the CRS"),
    ),
    Case("L019", beyond_the_projection, "sources.geojson", ("EPSG:32610", "no longitude and latitude")),
    Case(
        "L020",
        lambda: sources_text(lambda text: text.replace("[-120.3, 47.2]", "[NaN, 47.2]")),
        "sources.geojson",
        (S2, "geometry", "NaN", "Remove or correct"),
    ),
    Case(
        "L020",
        lambda: sources_text(lambda text: text.replace("[-120.3, 47.2]", "[1e999, 47.2]")),
        "sources.geojson",
        (S2, "geometry", "inf"),
    ),
    Case(
        "L021",
        lambda: sources_text(lambda text: text.replace("[-120.3, 47.2]", '["-120.3", 47.2]')),
        "sources.geojson",
        (S2, '"-120.3"', "bare numbers"),
    ),
    Case(
        "L022",
        lambda: sources_text(lambda text: text.replace("[-120.3, 47.2]", "[[-120.3, 47.2]]")),
        "sources.geojson",
        (S2, "geometry", "nesting"),
    ),
    Case("L023", lambda: exclusion(DATE_LINE), "exclusions.geojson", ("x-1", "180 degrees", "RFC 7946")),
    Case(
        "L023",
        lambda: {**documents(), "lines": collection(feature("l-1", WIDE_LINE, kv=230, length_km=3))},
        "lines.geojson",
        ("l-1", "180 degrees"),
    ),
    Case(
        "L024",
        lambda: exclusion({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}),
        "exclusions.geojson",
        ("x-1", "3 positions", "at least 4"),
    ),
    Case("L025", lambda: exclusion(BOW_TIE), "exclusions.geojson", ("x-1", "Self-intersection[-120.5 46.5]", "repair = true")),
    Case("L028", lambda: exclusion(OPEN_RING), "exclusions.geojson", ("x-1", "not closed", "Repeat the first point")),
    Case(
        "L030",
        lambda: {**documents(), "candidates": collection(candidate("a", -121, 46), feature("b", None))},
        "candidates.geojson",
        ("feature 2 (id b)", "no geometry"),
    ),
    Case("L030", lambda: exclusion({"type": "Polygon", "coordinates": []}), "exclusions.geojson", ("x-1", "empty Polygon")),
    Case(
        "L032", lambda: exclusion(point(-121, 46)), "exclusions.geojson", ("x-1", "Point", "Polygon/MultiPolygon", "candidates")
    ),
    Case(
        "L032",
        lambda: exclusion({"type": "GeometryCollection", "geometries": []}),
        "exclusions.geojson",
        ("x-1", "GeometryCollection"),
    ),
    Case("L032", lambda: exclusion({"type": "Circle", "coordinates": []}), "exclusions.geojson", ("x-1", '"Circle"')),
    Case(
        "L033",
        lambda: with_layer(
            "region", collection(feature("a", rectangle(-122, 45, -120, 48)), feature("b", rectangle(-120, 45, -118, 48)))
        ),
        "region.geojson",
        ("2 features", "Dissolve"),
    ),
    Case(
        "L034",
        lambda: {**documents(), "candidates": collection()},
        "candidates.geojson",
        ("0 features", "nothing to choose from"),
    ),
    Case("L034", lambda: with_layer("sources", collection()), "sources.geojson", ("0 features",)),
    Case("L034", lambda: with_layer("exclusions", collection()), "exclusions.geojson", ("0 features", "empty"), warning=True),
    Case(
        "L035",
        lambda: with_layer("sources", collection(source("a", -121, 46), {"type": "Point"})),
        "sources.geojson",
        ("feature 2",),
    ),
    Case("L036", lambda: with_layer("sources", point(-121, 46)), "sources.geojson", ("bare Point", "FeatureCollection")),
    Case("L036", lambda: with_layer("sources", {"type": "Topology"}), "sources.geojson", ('"Topology"',)),
    Case("L036", lambda: with_layer("sources", b"[1, 2]"), "sources.geojson", ("FeatureCollection",)),
    Case("L036", lambda: with_layer("sources", {"type": "FeatureCollection"}), "sources.geojson", ("features",)),
    Case("L037", lambda: sources_bytes(lambda data: data[: len(data) // 2]), "sources.geojson", ("byte", "line 1", "ends early")),
    Case("L037", lambda: sources_bytes(lambda data: data[:-2]), "sources.geojson", ("ends early", "again")),
    Case(
        "L038",
        lambda: sources_text(lambda text: text.replace('"properties": {', '"properties" {', 1)),
        "sources.geojson",
        ("line 1",),
    ),
    Case("L038", lambda: sources_text(lambda text: text + "\n" + text), "sources.geojson", ("more than one JSON text",)),
    Case("L038", lambda: sources_text(lambda text: text.replace("200.0", "9" * 5000, 1)), "sources.geojson", ("number",)),
    Case("L039", lambda: with_layer("sources", b""), "sources.geojson", ("empty file", "0 bytes")),
    Case(
        "L041",
        lambda: sources_bytes(lambda data: data.replace(b"Plant S-02", "Z\u00fcrich".encode("latin-1"))),
        "sources.geojson",
        ("byte 3", "0xfc", "UTF-8"),
    ),
    Case("L041", lambda: with_layer("sources", "{}".encode("utf-16")), "sources.geojson", ("UTF-16", "Save it as UTF-8")),
    Case("L044", lambda: sources_with(capacity_mw=-5), "sources.geojson", (S2, "capacity_mw", "-5", ">= 0 and <= 30000")),
    Case(
        "L044",
        lambda: {**documents(), "candidates": collection(candidate("a", -121, 46, land_musd_per_ha=-0.5))},
        "candidates.geojson",
        ("id a", "land_musd_per_ha", "-0.5", ">= 0", "subsidy", "budget.total_musd"),
    ),
    Case("L045", lambda: sources_with(kind="hydr"), "sources.geojson", (S2, "kind", '"hydr"', 'Did you mean "hydro"?')),
    Case(
        "L046",
        lambda: sources_text(lambda text: text.replace("Plant S-02", "Plant \\ud800")),
        "sources.geojson",
        (S2, "name", "lone surrogate"),
    ),
    Case(
        "L046",
        lambda: sources_text(lambda text: text.replace('"basin": "Columbia"', '"\\udfff": [1]', 1)),
        "sources.geojson",
        ("feature 1 (id S-01)", "lone surrogate"),
    ),
    Case(
        "L047",
        lambda: {
            **documents(),
            "candidates": collection(
                *(
                    candidate(n, -121 + i / 9, 46, land_ha=a)
                    for n, i, a in (("a", 0, 50), ("b", 1, 40), ("c", 2, 5e8), ("d", 3, 60))
                )
            ),
        },
        "candidates.geojson",
        ("feature 3 (id c)", "land_ha", "times the median", "unit"),
        warning=True,
    ),
    Case(
        "L048",
        lambda: sources_text(lambda text: text.replace('"capacity_mw": 200.0', '"capacity_mw": NaN', 1)),
        "sources.geojson",
        ("feature 1 (id S-01)", "capacity_mw", "NaN", "finite"),
    ),
    Case(
        "L048",
        lambda: sources_text(lambda text: text.replace('"capacity_mw": 200.0', '"capacity_mw": -Infinity', 1)),
        "sources.geojson",
        ("feature 1 (id S-01)", "capacity_mw", "-Infinity"),
    ),
    Case(
        "L048",
        lambda: sources_text(lambda text: text.replace('"capacity_mw": 200.0', '"capacity_mw": 1e400', 1)),
        "sources.geojson",
        ("feature 1 (id S-01)", "capacity_mw", "inf"),
    ),
    Case(
        "L048",
        lambda: sources_text(lambda text: text.replace('"basin": "Columbia"', '"mine": NaN', 1)),
        "sources.geojson",
        ("feature 1 (id S-01)", "mine", "NaN"),
    ),
    Case("L051", lambda: sources_with(capacity_mw={"value": 3}), "sources.geojson", (S2, "capacity_mw", "an object", "Flatten")),
    Case("L051", lambda: sources_with(name=["a"]), "sources.geojson", (S2, "name", "a list", "Flatten")),
    Case(
        "L059",
        lambda: {**documents(), "candidates": collection(candidate("in", -121, 46), candidate("out", -122.5, 46))},
        "candidates.geojson",
        ("ids out", "1 of 2", "never chosen"),
        warning=True,
    ),
    Case("L059", lambda: moved(-3.6, 0.0), "candidates.geojson", ("3 of 3", "outside the region")),
    Case(
        "L059",
        lambda: {**documents(), "candidates": collection(candidate("in", -121.5, 46), candidate("park", -120.9, 46.6))},
        "candidates.geojson",
        ("ids park", "inside exclusions"),
        warning=True,
    ),
    Case(
        "L061",
        lambda: {
            **documents(),
            "candidates": collection(candidate("a", -121, 46), candidate("b", -121, 46), candidate("c", -120, 46)),
        },
        "candidates.geojson",
        ("ids a, b", "the same place"),
        warning=True,
    ),
    Case("L063", lambda: sources_with(zone="z11"), "sources.geojson", (S2, "zone", '"z11"', 'nearest is "z1"')),
    Case("L063", lambda: sources_with(profile="rivr"), "sources.geojson", (S2, "profile", '"rivr"', 'nearest is "river"')),
    Case("L063", lambda: zones_with(load_profile="loads"), "zones.geojson", ("z1", "load_profile", 'nearest is "load"')),
    Case("L067", lambda: sources_with(geometry="x"), "sources.geojson", ("geometry", "Rename")),
    Case("L067", lambda: exclusion_named("added_by"), "exclusions.geojson", ("added_by", "Rename")),
    Case("L011", region_turned, "region.geojson", ("all other layers fit only", "[lon, lat]")),
    Case(
        "X003", lambda: with_layer("sources", b"<OGRVRTDataSource></OGRVRTDataSource>"), "sources.geojson", ("virtual dataset",)
    ),
    Case("L056", lambda: with_layer("sources", b"<html></html>"), "sources.geojson", ("XML or HTML",)),
    Case("L056", lambda: with_layer("sources", b"SQLite format 3\0"), "sources.geojson", ("GeoPackage", ".gpkg")),
    Case(
        "L057",
        lambda: with_layer("sources", b"version https://git-lfs.github.com/spec/v1\noid"),
        "sources.geojson",
        ("git lfs pull",),
    ),
    Case("X013", lambda: with_layer("sources", nested(100_000)), "sources.geojson", ("line 1", "nesting", "32 levels")),
    Case("X013", lambda: with_layer("sources", nested(200)), "sources.geojson", ("feature 1 (id S-01)", "deep", "32 levels")),
    Case("X018", lambda: with_layer("sources", b"\x80\x04\x95abc"), "sources.geojson", ("pickle", "never loaded")),
)


def told(faults: tuple[Fault, ...], case: Case) -> list[str]:
    return [
        fault.sentence()
        for fault in faults
        if fault.code == case.code and fault.file == case.file and all(part in fault.sentence() for part in case.tells)
    ]


def concerned(case: Case) -> Documents:
    """The spoilt region without the layers that the case has nothing to do with, which keeps the many cases quick."""
    layer = case.file.partition(".")[0]
    kept = {"region", "zones", "sources", "exclusions", layer} | ({"profiles"} if case.code == "L063" else set())
    return {name: content for name, content in case.spoil().items() if name in kept}


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{place}" for place, case in enumerate(CASES)])
def test_a_spoilt_layer_is_refused_by_name_and_one_mistake_is_not_told_as_many(case: Case, tmp_path: Path) -> None:
    if case.warning:
        warnings = read(tmp_path, concerned(case), needed={}).warnings
        assert told(warnings, case), [fault.sentence() for fault in warnings]
        strict = faults_of(lambda: read(tmp_path, concerned(case), needed={}, strict=True))
        assert any(fault.code == case.code and not fault.warning for fault in strict)
        return
    faults = faults_of(lambda: read(tmp_path, concerned(case), needed={}))
    assert told(faults, case), [fault.sentence() for fault in faults]
    errors = [fault for fault in faults if not fault.warning]
    assert len(errors) <= 3 * sum(fault.code == case.code for fault in errors), [fault.sentence() for fault in errors]


def test_the_region_that_the_cases_spoil_is_right(tmp_path: Path) -> None:
    layers = read(tmp_path, documents())
    assert layers.warnings == ()
    assert list(layers["sources"]["id"]) == ["S-01", "S-02", "S-03", "S-04"]
