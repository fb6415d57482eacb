"""Tables declared once: name, type, unit, bounds and meaning of every column, and the check that holds a frame to them.

`Table.check` answers with *all* faults of a frame in our own sentences (file, feature, field, found, expected, remedy).
The declaration is turned into a pandera schema, which finds the failing cells; the wording is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "whole", "flag"]
Shape = Literal["Point", "Line", "Polygon", "None"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `optional` columns may be missing as a whole (then `default` fills them); `estimated` names the method
    where a built-in region estimates the number instead of reading it from a source."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    optional: bool = False
    default: str | float | int | bool | None = None
    refers_to: str = ""
    estimated: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A layer or table of our schema: its geometry type and its columns. Column `id` is unique where it exists."""

    name: str
    shape: Shape
    meaning: str
    fields: tuple[Field, ...]
    optional: bool = False

    def field(self, name: str) -> Field:
        """The declaration of one column. Raises KeyError for a column the table does not have."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no column {name}")

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in their stated order."""
        return tuple(field.name for field in self.fields)
