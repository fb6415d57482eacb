"""The part of a scenario that speaks of layers: where they are, what is edited in them, what is excluded besides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from siting.cells import MOST_FAULTS, did_you_mean, number, shown
from siting.errors import Fault
from siting.layers.edits import RowEdit
from siting.layers.schema import TABLES
from siting.layers.source import LayerSource
from siting.scenario.merge import Merged
from siting.scenario.places import find_region, known_regions, label_of, layers_in, path_faults, source_from
from siting.scenario.registry import Registry
from siting.scenario.validate import unknown_key
from siting.table import Field
from siting.toml_lines import TomlPath

ALWAYS_NEEDED: Final = ("region", "zones", "sources", "profiles")
"""Layers without which no study can be made; others are needed by the families that read them."""
MADE_OTHERWISE: Final = "candidates"
"""The layer that is made from the others where the user brings none."""


@dataclass(frozen=True, slots=True)
class LayerRequest:
    """What is asked of the layers: the merged scenario, where paths may lead, and which families are on."""

    merged: Merged
    registry: Registry
    roots: tuple[Path, ...]
    projects: tuple[Path, ...]
    cwd: Path
    allow_outside: bool
    off: frozenset[str]

    def base(self, path: TomlPath) -> Path:
        """The folder a path in the scenario is relative to: that of the file that names it."""
        return self.merged.owner(path)[0].base


def layer_sources(request: LayerRequest, region: str) -> tuple[tuple[LayerSource, ...], list[Fault]]:
    """Every layer of the scenario: the region's, and those `[layers]` names instead. Layers come in schema order."""
    merged, faults = request.merged, list[Fault]()
    written = _texts(merged, "layers", faults)
    systems = _texts(merged, "crs", faults)
    found, folder_faults = _region_layers(request, region, bool(written), systems, frozenset(written))
    faults += folder_faults
    for name, path in written.items():
        found[name] = source_from(name, path, request.base(("layers", name)), systems.get(name, ""))
        faults += _refused(found[name], ("layers", name), request)
    for name in systems:
        if name not in found and name in TABLES:
            remedy = f"Name the layer in [layers], or take crs.{name} out"
            faults.append(merged.fault("S011", ("crs", name), shown(systems[name]), "a layer that is there", remedy))
    if not folder_faults:
        faults += _missing_layers(request, found, region)
    return tuple(found[name] for name in TABLES if name in found), faults


def _refused(source: LayerSource, place: TomlPath, request: LayerRequest) -> Iterator[Fault]:
    for code, found, expected, remedy in path_faults(source, request.roots, request.allow_outside):
        yield request.merged.fault(code, place, found, expected, remedy)


def _texts(merged: Merged, section: str, faults: list[Fault]) -> dict[str, str]:
    """One of the tables `layers` and `crs`: layer name -> text."""
    table = merged.data.get(section, {})
    if not isinstance(table, dict):
        faults.append(merged.fault("S009", (section,), shown(table), "a table", f"Write [{section}] and its keys below it"))
        return {}
    texts = {}
    for name, value in table.items():
        if name not in TABLES:
            faults.append(unknown_key((section, name), TABLES, merged, {}))
        elif not isinstance(value, str) or not value.strip():
            faults.append(merged.fault("S009", (section, name), shown(value), "text in quotes", ""))
        else:
            texts[name] = value
    return texts


def _region_layers(
    request: LayerRequest, region: str, others: bool, systems: Mapping[str, str], named: frozenset[str]
) -> tuple[dict[str, LayerSource], list[Fault]]:
    merged, place = request.merged, ("region",)
    if not region:
        if others:
            return {}, []
        remedy = "Add region, a folder with layers, or a [layers] table"
        return {}, [merged.fault("S008", place, "missing", "a folder with layers", remedy)]
    probe = source_from("region", region, request.base(place))
    folder, looked = find_region(region, request.base(place), request.projects)
    refused = [fault for fault in _refused(probe, place, request) if fault.code in {"X005", "X007"}]
    if refused and (folder is None or not _inside(folder, request)):
        return {}, refused
    if folder is None:
        places = ", ".join(label_of(option, request.cwd) for option in looked)
        known = known_regions(request.cwd)
        remedy = did_you_mean(region, known) or "Regions here: " + (", ".join(known) or "none")
        return {}, [merged.fault("S026", place, f"{shown(region)}, no folder {places}", "a folder with layers", remedy)]
    found, faults = {}, []
    for name, files in layers_in(folder).items():
        if len(files) > 1 and name not in named:
            several = ", ".join(file.name for file in files)
            remedy = f"Keep one, or name it: layers.{name}"
            faults.append(
                merged.fault("S027", place, f"{several} in {label_of(folder, request.cwd)}", "one file a layer", remedy)
            )
        shown_path = label_of(files[0], request.cwd)
        found[name] = LayerSource(name, shown_path, files[0], crs=systems.get(name, ""))
    return found, faults


def _inside(folder: Path, request: LayerRequest) -> bool:
    return any(folder.resolve().is_relative_to(root.resolve()) for root in request.roots)


def _missing_layers(request: LayerRequest, found: Mapping[str, LayerSource], region: str) -> Iterator[Fault]:
    place: TomlPath = ("region",) if region else ("layers",)
    for name, table in TABLES.items():
        readers = request.registry.readers(name, request.off)
        if name in found or name == MADE_OTHERWISE:
            continue
        if readers and table.optional:
            remedy = f"Add it, or put {' and '.join(readers)} into off"
            expected = f"{table.meaning}, for {', '.join(readers)}"
            yield request.merged.fault("S029", place, f"no layer {name}", expected, remedy, warning=True)
        if not (name in ALWAYS_NEEDED or (readers and not table.optional)):
            continue
        families = "" if name in ALWAYS_NEEDED else f"Families that read it: {', '.join(readers)}; put them into off, or add"
        remedy = f"{families or 'Add'} {name}.geojson or layers.{name}: {table.meaning}"
        if table.shape == "None":
            remedy = remedy.replace(f"{name}.geojson", f"{name}.csv")
        yield request.merged.fault("S026", place, f"no layer {name}", "the layer, or its families switched off", remedy)


def exclusions(request: LayerRequest, files: Sequence[str]) -> tuple[tuple[LayerSource, ...], list[Fault]]:
    """Files with further exclusion polygons, each relative to the file that names it."""
    sources: list[LayerSource] = []
    faults: list[Fault] = []
    for position, written in enumerate(files):
        place: TomlPath = ("exclude", position)
        source = source_from("exclusions", written, request.base(place))
        sources.append(source)
        faults += _refused(source, place, request)
    return tuple(sources), faults


def row_edits(request: LayerRequest) -> tuple[tuple[RowEdit, ...], list[Fault]]:
    """Every cell that `[edits.<layer>.<id>]` changes, in order of layer, id and column."""
    merged, table = request.merged, request.merged.data.get("edits", {})
    edits: list[RowEdit] = []
    faults: list[Fault] = []
    if not isinstance(table, dict):
        return (), [merged.fault("S009", ("edits",), shown(table), "a table", "Write [edits.sources.some-id]")]
    editable = [name for name, layer in TABLES.items() if "id" in layer.names]
    for layer, rows in table.items():
        if layer in TABLES and layer not in editable:
            remedy = f"Name another file for it: layers.{layer}"
            faults.append(merged.fault("W003", ("edits", layer), "rows without an id", "a layer with ids", remedy))
            continue
        if layer not in editable:
            faults.append(unknown_key(("edits", layer), editable, merged, {}))
            continue
        for identifier, cells in (rows if isinstance(rows, dict) else {"": rows}).items():
            if not isinstance(cells, dict) or not isinstance(rows, dict):
                place: TomlPath = ("edits", layer, identifier) if identifier else ("edits", layer)
                remedy = f"Write [edits.{layer}.some-id] with columns below it"
                faults.append(merged.fault("S009", place, shown(cells), "a table of columns", remedy))
                continue
            for column, value in cells.items():
                place = ("edits", layer, identifier, column)
                problems = list(_cell_faults(request, layer, place, value)) if len(faults) < MOST_FAULTS else []
                faults += problems
                if not problems:
                    edits.append(RowEdit(layer, identifier, column, value, merged.origin(place)))
    return tuple(sorted(edits, key=lambda edit: (edit.layer, edit.id, edit.column))), faults[:MOST_FAULTS]


def _cell_faults(request: LayerRequest, layer: str, place: TomlPath, value: Any) -> Iterator[Fault]:
    columns = request.registry.columns(layer)
    column = str(place[-1])
    if column == "id":
        yield request.merged.fault("W003", place, shown(value), "a column that is not the id", "Ids name rows and stay")
    elif column not in columns:
        yield unknown_key(place, [name for name in columns if name != "id"], request.merged, {})
    elif problem := cell_problem(columns[column], value):
        yield request.merged.fault("S009", place, shown(value), problem, "Correct the value")


def cell_problem(column: Field, value: Any) -> str:
    """What a cell of a column should hold instead of a value; "" where the value is fine."""
    if column.kind == "text":
        if not isinstance(value, str):
            return "text in quotes"
        return "" if not column.one_of or value in column.one_of else "one of " + ", ".join(column.one_of)
    if column.kind == "flag":
        return "" if isinstance(value, bool) else "true or false"
    name = "a whole number" if column.kind == "whole" else "a number"
    low = "" if column.at_least is None else f", at least {column.at_least:g}"
    high = "" if column.at_most is None else f", at most {column.at_most:g}"
    return "" if _fits(column, value) else name + (f" in {column.unit}" if column.unit else "") + low + high


def _fits(column: Field, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if column.kind == "whole" else int | float):
        return False
    low, high = column.at_least, column.at_most
    return math.isfinite(number(value)) and (low is None or value >= low) and (high is None or value <= high)
