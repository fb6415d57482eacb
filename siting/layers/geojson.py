"""GeoJSON read strictly: what the common readers mend, drop or let pass in silence is told here.

Duplicate keys, literals without a value, bytes that are not UTF-8, files cut short, nesting without end, bare geometries:
each is a fault with its place. Features become rows straight from the parsed text.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pandas as pd

from siting.cells import MOST_FAULTS, NotFinite, printable, row_place, shown
from siting.errors import Fault
from siting.geo import CRS, WGS84
from siting.layers.positions import GeometryError, shape_of
from siting.layers.raw import RawLayer, RefusedError, object_array, parse_crs

DEEPEST: Final = 32
"""Levels of nesting allowed inside a property."""
_GEOMETRIES: Final = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
_HALF_SIGN: Final = re.compile(r"\\u[dD][89a-fA-F]")
_AGAIN: Final = "Download or export it again"


class _Twice(dict[str, Any]):
    """An object in which keys stand more than once."""

    keys_twice: tuple[str, ...] = ()


def decode_text(data: bytes, file: str) -> str:
    """The bytes as text. Raises RefusedError with the byte that is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RefusedError(Fault("L041", file, "byte 0", "", "UTF-16 text", "UTF-8", "Save it as UTF-8"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise RefusedError(
            Fault("L041", file, f"byte {error.start} (line {line})", "", found, "UTF-8 text", "Save it as UTF-8")
        ) from None


def parse_json(text: str, file: str) -> tuple[Any, list[_Twice]]:
    """The parsed document and the objects with repeated keys. Raises RefusedError for text that is not JSON."""
    twice: list[_Twice] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        names = [name for name, _ in pairs]
        marked = _Twice(made)
        marked.keys_twice = tuple(sorted({name for name in names if names.count(name) > 1}))
        twice.append(marked)
        return marked

    try:
        return json.loads(text, object_pairs_hook=collect, parse_constant=NotFinite), twice
    except json.JSONDecodeError as error:
        raise RefusedError(_syntax_fault(text, error, file)) from None
    except RecursionError:
        remedy = "Flatten the properties"
        raise RefusedError(
            Fault("X013", file, _depth_place(text), "", "nesting without end", f"at most {DEEPEST} levels", remedy)
        ) from None
    except ValueError as error:
        raise RefusedError(
            Fault("L038", file, "", "", f"a number that cannot be read ({error})", "JSON", "Correct the number")
        ) from None


def _syntax_fault(text: str, error: json.JSONDecodeError, file: str) -> Fault:
    end = len(text.rstrip())
    if error.pos >= end - 12 or error.msg.startswith("Unterminated string"):
        offset = len(text.encode("utf-8"))
        where = f"byte {offset} (line {text.count(chr(10)) + 1})"
        return Fault("L037", file, where, "", "the file ends early", "complete GeoJSON", _AGAIN)
    if error.msg == "Extra data":
        remedy = "Wrap the features in one FeatureCollection"
        return Fault(
            "L038",
            file,
            f"line {error.lineno} column {error.colno}",
            "",
            "more than one JSON text",
            "one FeatureCollection",
            remedy,
        )
    return Fault("L038", file, f"line {error.lineno} column {error.colno}", "", f"not JSON ({error.msg})", "GeoJSON", _AGAIN)


def _depth_place(text: str) -> str:
    """Where nesting first goes deeper than any GeoJSON geometry needs."""
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text):
        sign = token.group()
        depth += sign in ("[", "{")
        depth -= sign in ("]", "}")
        if depth > DEEPEST + 8:
            return f"line {text.count(chr(10), 0, token.start()) + 1}, character {token.start()}"
    return ""


def read_geojson(data: bytes, name: str, file: str) -> tuple[RawLayer, list[Fault]]:
    """The features of a GeoJSON file as a raw layer, with the faults of single features. Raises RefusedError."""
    text = decode_text(data, file)
    document, twice = parse_json(text, file)
    halved = bool(_HALF_SIGN.search(text))
    features = _features(document, file)
    crs = _crs_member(document, file)
    faults: list[Fault] = []
    seen: set[int] = set()
    records: list[dict[str, Any]] = []
    shapes: list[Any] = []
    places: list[str] = []
    told: set[int] = set()
    for position, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            found = shown(feature.get("type")) if isinstance(feature, dict) else shown(feature)
            faults.append(Fault("L035", file, f"feature {position}", "type", found, "a Feature", "Export the layer again"))
            continue
        record, identifier = _properties(feature)
        place = row_place("feature", position, identifier)
        faults += [*_key_faults(feature, file, place, seen), *_property_faults(feature, record, file, place)]
        faults += _half_sign_faults(record, file, place) if halved else []
        try:
            shapes.append(shape_of(feature.get("geometry")))
        except GeometryError as bad:
            faults.append(Fault(bad.code, file, place, "geometry", bad.found, bad.expected, bad.remedy))
            shapes.append(None)
            told.add(len(records))
        records.append(record)
        places.append(place)
    if any(id(marked) not in seen for marked in twice):
        keys = sorted({key for marked in twice if id(marked) not in seen for key in marked.keys_twice})
        faults.append(Fault("L010", file, "", ", ".join(keys)[:80], "a key twice in one object", "each key once", "Keep one"))
    if len(faults) > 4 * MOST_FAULTS:
        more = Fault(
            "L035",
            file,
            "",
            "",
            f"{len(faults) - 4 * MOST_FAULTS} more faults",
            "none",
            "Correct the first ones, then check again",
        )
        faults = [*faults[: 4 * MOST_FAULTS], more]
    rows = pd.DataFrame(_columns(records), dtype=object, index=range(len(records)))
    return RawLayer(name, file, rows, object_array(shapes), tuple(places), frozenset(told), crs, WGS84), faults


def _features(document: Any, file: str) -> list[Any]:
    """The list of features of a document. Raises RefusedError for anything but a FeatureCollection or a Feature."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "Feature":
        return [document]
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return list(document["features"])
    if isinstance(kind, str) and kind in _GEOMETRIES:
        remedy = "Wrap it in a FeatureCollection"
        raise RefusedError(Fault("L036", file, "", "type", f"a bare {kind}", "a FeatureCollection", remedy))
    if kind == "FeatureCollection":
        found = f"features {shown(document.get('features'))}"
        raise RefusedError(Fault("L036", file, "", "features", found, "a list of features", "Export the layer again"))
    found = "JSON of another kind" if kind is None else f"type {shown(kind)}"
    raise RefusedError(Fault("L036", file, "", "type", found, "a FeatureCollection", "Export the layer as GeoJSON"))


def _crs_member(document: dict[str, Any], file: str) -> CRS | None:
    """The CRS of the old `crs` member; None where there is none."""
    member = document.get("crs")
    if member is None:
        return None
    inner = member.get("properties") if isinstance(member, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    return parse_crs(name, file, "crs member")


def _properties(feature: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The properties of a feature and its identifier, which the member `id` gives where no property does."""
    inner = feature.get("properties")
    record = dict(inner) if isinstance(inner, dict) else {}
    if "id" not in record and feature.get("id") is not None:
        record["id"] = feature["id"]
    return record, record.get("id")


def _key_faults(feature: dict[str, Any], file: str, place: str, seen: set[int]) -> list[Fault]:
    faults = []
    for part in (feature, feature.get("properties"), feature.get("geometry")):
        if isinstance(part, _Twice):
            seen.add(id(part))
            faults += [Fault("L010", file, place, key, "the key twice", "each key once", "Keep one") for key in part.keys_twice]
    return faults


def _property_faults(feature: dict[str, Any], record: dict[str, Any], file: str, place: str) -> list[Fault]:
    """Properties that are no object, or that no column can hold."""
    faults = []
    inner = feature.get("properties")
    if inner is not None and not isinstance(inner, dict):
        faults.append(Fault("L035", file, place, "properties", shown(inner), "an object", "Export the layer again"))
    for key, value in record.items():
        if isinstance(value, dict | list) and _is_deep(value):
            faults.append(Fault("X013", file, place, key[:80], "nesting without end", f"at most {DEEPEST} levels", "Flatten it"))
            record[key] = "..."
    return faults


def _half_sign_faults(record: dict[str, Any], file: str, place: str) -> list[Fault]:
    """Escaped halves of a sign without their other half, which no file could be written with again; they are replaced."""
    faults = []
    for key, value in list(record.items()):
        texts = [key, json.dumps(value, ensure_ascii=False, default=str)]
        if any(0xD800 <= ord(sign) <= 0xDFFF for text in texts for sign in text):
            field, found = printable(key)[:80], "half of a sign (a lone surrogate)"
            faults.append(Fault("L046", file, place, field, found, "whole Unicode signs", "Correct the text"))
            del record[key]
            record[field] = None if isinstance(value, dict | list) else printable(value) if isinstance(value, str) else value
    return faults


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            item
            for part in level
            for item in (part.values() if isinstance(part, dict) else part)
            if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return True


def _columns(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = sorted({name for record in records for name in record})
    return {name: [record.get(name) for record in records] for name in names}
