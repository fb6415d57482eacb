"""Reading layers without silent harm: every file through the door, every cell and shape held to its table, all faults at once.

What comes out is WGS 84, has the declared columns in the declared types, the user's further columns behind them, and is sorted
by id, so that neither format, CRS nor order of features can change a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd

from siting.cells import did_you_mean
from siting.errors import Fault, input_error
from siting.layers import crosscheck
from siting.layers.edits import (
    ADDED_BY,
    AddPolygons,
    RowEdit,
    clashes,
    conflicts,
    stacked,
    unknown_layers,
)
from siting.layers.one import Door, Frame, Reading, read_one
from siting.layers.profiles import scale_faults
from siting.layers.schema import TABLES
from siting.layers.source import LayerSource

ALWAYS = ("region", "zones", "sources")
"""Layers no model can do without."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Checked layers by name, read-only. `digests` are SHA-256 of the files, `crs_found` the CRS each file was in."""

    frames: Mapping[str, Frame]
    sources: tuple[LayerSource, ...]
    digests: Mapping[str, str]
    warnings: tuple[Fault, ...]
    crs_found: Mapping[str, str]

    def __getitem__(self, name: str) -> Frame:
        """One layer. Raises KeyError with the names of the layers there are."""
        if name not in self.frames:
            raise KeyError(f"no layer {name}; there are {', '.join(self.frames)}")
        return self.frames[name]

    def get(self, name: str) -> Frame | None:
        """One layer, or None where the model has none of that name."""
        return self.frames.get(name)


def read_layers(
    sources: Sequence[LayerSource],
    *,
    roots: Sequence[Path],
    allow_outside: bool = False,
    strict: bool = False,
    edits: Sequence[RowEdit | AddPolygons] = (),
    repair: bool = False,
    needed: Mapping[str, frozenset[str]] | None = None,
) -> Layers:
    """Read, check and lay over each other all layers of a model.

    `roots` are the folders files may lie in unless `allow_outside`; `edits` are applied before any check; `repair` lets polygons
    that cross themselves be mended; `needed` names the layers, and columns beyond the schema's, that the model uses (without
    it, every layer that the schema does not call optional). Raises InputError with the faults of all layers; warnings are
    kept in the answer, or are faults too where `strict`.
    """
    cells = [edit for edit in edits if isinstance(edit, RowEdit)]
    added = [edit for edit in edits if isinstance(edit, AddPolygons)]
    faults = [*_name_faults(sources), *conflicts(cells), *unknown_layers(cells, [source.name for source in sources])]
    known = {source.name: source for source in sources if source.name in TABLES}
    door = Door(tuple(roots), allow_outside, repair)
    columns = needed or {}
    readings = {
        name: read_one(known[name], TABLES[name], door, cells, columns.get(name, frozenset())) for name in TABLES if name in known
    }
    faults += _missing_layers(readings, needed)
    own = readings["exclusions"].frame if "exclusions" in readings else None
    digests = {name: reading.digest for name, reading in readings.items()}
    crs_found = {name: reading.crs for name, reading in readings.items() if reading.crs}
    for addition in added:
        extra = _read_added(addition, door)
        readings[addition.layer] = _joined(readings.get(addition.layer), extra)
        digests[addition.source.file] = extra.digest
        crs_found[addition.source.file] = extra.crs
    faults += [fault for reading in readings.values() for fault in reading.faults]
    faults += _cross_faults(readings, own)
    errors = [fault for fault in faults if not fault.warning]
    warnings = [fault for fault in faults if fault.warning]
    if strict:
        # A repair that the scenario allows is a note, not a doubt.
        errors += [replace(fault, warning=False) for fault in warnings if fault.code != "L026"]
        warnings = [fault for fault in warnings if fault.code == "L026"]
    if errors:
        raise input_error([*errors, *warnings])
    frames = {name: reading.frame for name, reading in readings.items() if reading.frame is not None}
    return Layers(
        MappingProxyType(frames),
        (*sources, *(addition.source for addition in added)),
        MappingProxyType(digests),
        tuple(warnings),
        MappingProxyType(crs_found),
    )


def _name_faults(sources: Sequence[LayerSource]) -> list[Fault]:
    faults = []
    names = [source.name for source in sources]
    for place, source in enumerate(sources):
        if source.name not in TABLES:
            remedy = did_you_mean(source.name, TABLES)
            faults.append(Fault("L065", source.file, "", source.name, "no such layer", "one of " + ", ".join(TABLES), remedy))
        elif source.name in names[:place]:
            faults.append(Fault("L064", source.file, "", source.name, "the layer twice", "each layer once", "Keep one"))
    return faults


def _missing_layers(readings: Mapping[str, Reading], needed: Mapping[str, frozenset[str]] | None) -> list[Fault]:
    if needed is None:
        wanted = [table.name for table in TABLES.values() if not table.optional]
    else:
        wanted = [name for name in TABLES if name in needed or name in ALWAYS]
    return [
        Fault("L062", "", "", name, "no such layer", f"a layer of {TABLES[name].meaning}", "Name its file in the scenario")
        for name in wanted
        if name not in readings and (needed is None or not TABLES[name].optional)
    ]


def _read_added(addition: AddPolygons, door: Door) -> Reading:
    table = TABLES[addition.layer]
    reading = read_one(replace(addition.source, name=addition.layer), table, door, (), frozenset(), added=True)
    if reading.frame is None:
        return reading
    return replace(reading, frame=reading.frame.assign(**{ADDED_BY: addition.source.file}))


def _joined(own: Reading | None, extra: Reading) -> Reading:
    """A layer and the polygons added to it."""
    if own is None:
        return extra
    faults = (*own.faults, *extra.faults)
    if own.frame is None or extra.frame is None or extra.raw is None:
        return replace(own, frame=None, faults=faults)
    taken = clashes(own.frame["id"], extra.raw)
    frame = stacked(own.frame, extra.frame).sort_values("id", kind="stable").reset_index(drop=True)
    return replace(own, frame=frame, faults=(*faults, *taken))


def _cross_faults(readings: Mapping[str, Reading], own_exclusions: Frame | None) -> list[Fault]:
    """Faults between layers, as far as the layers can be laid over each other."""
    raws = {name: reading.raw for name, reading in readings.items() if reading.raw is not None}
    frames = {name: reading.frame for name, reading in readings.items() if reading.frame is not None}
    files = {name: raw.file for name, raw in raws.items()}
    faults = crosscheck.reference_faults(raws, TABLES)
    misplaced = crosscheck.position_faults(frames, files)
    faults += misplaced
    if not any(fault.file == files.get("candidates") for fault in misplaced):
        exclusions = own_exclusions if isinstance(own_exclusions, gpd.GeoDataFrame) else None
        faults += crosscheck.candidate_faults(frames, files, exclusions)
    profiles = frames.get("profiles")
    if profiles is not None:
        faults += scale_faults(
            profiles, _used(frames, "sources", "profile"), _used(frames, "zones", "load_profile"), files["profiles"]
        )
    return faults


def _used(frames: Mapping[str, Frame], layer: str, column: str) -> set[str]:
    values: Iterable[object] = frames[layer][column] if layer in frames else ()
    return {str(value) for value in values}
