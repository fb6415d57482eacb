"""What overlays change in layers: single cells by id, and exclusion polygons added from a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from siting.cells import closest, did_you_mean, id_text, is_missing, shown
from siting.errors import Fault
from siting.layers.raw import RawLayer, object_array
from siting.layers.source import LayerSource
from siting.table import Table

ADDED_BY: Final = "added_by"
"""Column of a layer that polygons were added to: the file they came from, "" for the layer's own."""


@dataclass(frozen=True, slots=True)
class RowEdit:
    """One cell set by an overlay; `origin` says where, as "whatif/dry.toml:12"."""

    layer: str
    id: str
    column: str
    value: str | float | int | bool | None
    origin: str


@dataclass(frozen=True, slots=True)
class AddPolygons:
    """Polygons of a file, in any CRS, appended to a layer."""

    source: LayerSource
    layer: str = "exclusions"


def _fault(code: str, edit: RowEdit, field: str, found: str, expected: str, remedy: str) -> Fault:
    place = re.fullmatch(r"(.*):(\d+)", edit.origin)
    file, where = (place[1], f"line {place[2]}") if place else (edit.origin, "")
    return Fault(code, file, where, field, found, expected, remedy)


def conflicts(edits: Sequence[RowEdit]) -> list[Fault]:
    """Cells that two edits set to different values."""
    first: dict[tuple[str, str, str], RowEdit] = {}
    faults = []
    for edit in edits:
        before = first.setdefault((edit.layer, edit.id, edit.column), edit)
        if before.value != edit.value or type(before.value) is not type(edit.value):
            found = f"{shown(edit.value)} here, {shown(before.value)} in {before.origin}"
            field = f"{edit.layer}.{edit.id}.{edit.column}"
            faults.append(_fault("W005", edit, field, found, "one value", "Keep one"))
    return faults


def unknown_layers(edits: Sequence[RowEdit], names: Sequence[str]) -> list[Fault]:
    """Edits of layers that are not read."""
    return [
        _fault("W001", edit, edit.layer, "no such layer", "a layer of the model", did_you_mean(edit.layer, names))
        for edit in edits
        if edit.layer not in names
    ]


def apply_edits(raw: RawLayer, edits: Sequence[RowEdit], table: Table) -> tuple[RawLayer, list[Fault]]:
    """The layer with the edited cells, before any check; edited rows say so in their place."""
    mine = [edit for edit in edits if edit.layer == raw.name]
    if not mine:
        return raw, []
    if "id" not in raw.rows:
        expected = "a layer with ids"
        return raw, [_fault("W003", edit, edit.layer, "rows without id", expected, "Bring another file") for edit in mine]
    rows, places = raw.rows.copy(), list(raw.places)
    ids = ["" if empty else id_text(value) for value, empty in zip(rows["id"], is_missing(rows["id"]), strict=True)]
    faults = []
    for edit in mine:
        known = (set(table.names) | {str(name) for name in rows.columns}) - {"id"}
        if edit.column not in known:
            expected = "a column of the layer other than id"
            faults.append(_fault("W003", edit, edit.column, "no such column", expected, did_you_mean(edit.column, known)))
        found = [row for row, identifier in enumerate(ids) if identifier == edit.id]
        if not found:
            near = closest(edit.id, ids)
            remedy = f'Did you mean "{near}"?' if near else ""
            faults.append(_fault("W001", edit, edit.id, "no such id", f"an id of layer {edit.layer}", remedy))
        if not found or edit.column not in known:
            continue
        rows[edit.column] = _column(rows, edit.column, table)
        for row in found:
            rows.at[row, edit.column] = edit.value
            places[row] = f"{raw.places[row]}, edited in {edit.origin}"
    return replace(raw, rows=rows, places=tuple(places)), faults


def _column(rows: pd.DataFrame, column: str, table: Table) -> pd.Series:
    """The column with cells of any type; a missing one filled with its default."""
    if column in rows:
        return rows[column].astype(object)
    return pd.Series([table.field(column).default] * len(rows), index=rows.index, dtype=object)


def with_identifiers(raw: RawLayer, stem: str) -> RawLayer:
    """A layer of added polygons with ids of its own where the file has none: the file's name and a number."""
    if "id" in raw.rows and not is_missing(raw.rows["id"]).all():
        return raw
    bare = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "added"
    rows = raw.rows.copy()
    rows["id"] = object_array([f"{bare}-{number}" for number in range(1, len(rows) + 1)])
    return replace(raw, rows=rows)


def clashes(own: pd.Series, added: RawLayer) -> list[Fault]:
    """Added rows whose id the layer has already."""
    taken = {id_text(value) for value in own}
    rows = [row for row, value in enumerate(added.rows["id"]) if id_text(value) in taken]
    return [
        Fault(
            "L005", added.file, added.places[row], "id", shown(added.rows["id"].iloc[row]), "an id the layer has not", "Rename it"
        )
        for row in rows
    ]


def stacked(own: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """The rows of both, with a column that tells whose they are."""
    first = own if ADDED_BY in own else own.assign(**{ADDED_BY: np.full(len(own), "", dtype=object)})
    return added if not len(own) else pd.concat([first, added], ignore_index=True)
