"""Model, overlays and `--set` laid over each other, each value keeping the place it came from.

Tables merge key by key, values and lists replace (RFC 7396), but the lists of UNITING add up: an overlay forbids one more
site without repeating the others. Two overlays must not disagree: which is meant would hang on their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from siting.cells import printable, shown
from siting.errors import Fault
from siting.scenario.documents import Document
from siting.toml_lines import TomlPath, dotted

UNITING: Final[frozenset[TomlPath]] = frozenset({("off",), ("exclude",), ("locks", "force"), ("locks", "forbid")})


@dataclass(frozen=True, slots=True)
class Merged:
    """The values of all documents together, and whose each value is: path -> (document, path in the document)."""

    data: dict[str, Any]
    owners: Mapping[TomlPath, tuple[Document, TomlPath]]
    documents: tuple[Document, ...]

    def owner(self, path: TomlPath) -> tuple[Document, TomlPath]:
        """The document that gave a value, or holds the nearest table above it, and the path there."""
        for size in range(len(path), 0, -1):
            if (found := self.owners.get(path[:size])) is not None:
                return found[0], found[1] + path[size:]
            for document in reversed(self.documents):
                if path[:size] in document.places.lines and document.role != "set":
                    return document, path
        return self.documents[0], path

    def origin(self, path: TomlPath) -> str:
        """Where a value came from; "default" where no document gives it."""
        exact = any(path[:size] in self.owners for size in range(len(path), 0, -1))
        document, place = self.owner(path)
        return document.origin(place) if exact else "default"

    def fault(self, code: str, path: TomlPath, value: str, expected: str, remedy: str, warning: bool = False) -> Fault:
        """A fault at the place of a path."""
        document, place = self.owner(path)
        return Fault(code, document.label, document.where(place), printable(dotted(path)), value, expected, remedy, warning)


def leaves(data: Mapping[str, Any], above: TomlPath = ()) -> Iterator[tuple[TomlPath, Any]]:
    """Every value that is no table, with its path; empty tables too."""
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


def merge(documents: Sequence[Document]) -> tuple[Merged, list[Fault]]:
    """Lay documents over each other in their order. Faults: overlays that disagree (W005), additions of nothing."""
    faults = [*_disagreements(documents, "what-if"), *_disagreements(documents, "set"), *_empty_additions(documents)]
    data: dict[str, Any] = {}
    owners: dict[TomlPath, tuple[Document, TomlPath]] = {}
    for document in documents:
        for path, value in leaves(document.data):
            if value == {} and isinstance(value, dict) and isinstance(_get(data, path), dict):
                continue
            known = _get(data, path)
            if path in UNITING and isinstance(known, list) and isinstance(value, list):
                _unite(known, path, value, owners, document)
                continue
            below = [old for old in owners if old[: len(path)] == path] if isinstance(known, dict | list) else []
            for old in [*below, *(path[:size] for size in range(1, len(path)) if path[:size] in owners)]:
                del owners[old]
            _set(data, path, list(value) if isinstance(value, list) else value)
            owners[path] = (document, path)
    return Merged(data, owners, tuple(documents)), faults


def _unite(
    known: list[Any], path: TomlPath, more: list[Any], owners: dict[TomlPath, tuple[Document, TomlPath]], document: Document
) -> None:
    for number, item in enumerate(more):
        if item not in known:
            known.append(item)
            owners[(*path, len(known) - 1)] = (document, (*path, number))


def _get(data: Mapping[str, Any], path: TomlPath) -> Any:
    value: Any = data
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _set(data: dict[str, Any], path: TomlPath, value: Any) -> None:
    table: Any = data
    for part in path[:-1]:
        if not isinstance(table.get(part), dict):
            table[part] = {}
        table = table[part]
    table[path[-1]] = value


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _disagreements(documents: Sequence[Document], role: str) -> list[Fault]:
    first: dict[TomlPath, tuple[Document, Any]] = {}
    faults = []
    for document in (document for document in documents if document.role == role):
        for path, value in leaves(document.data):
            if path in UNITING or path == ("why",):
                continue
            earlier, known = first.setdefault(path, (document, value))
            if earlier is document or _same(known, value):
                continue
            both = f"{earlier.origin(path)} says {shown(known)}, {document.origin(path)} says {shown(value)}"
            remedy = "Use one of the two, or make them agree"
            faults.append(Fault("W005", document.label, document.where(path), printable(dotted(path)), both, "one value", remedy))
    return faults


def _empty_additions(documents: Sequence[Document]) -> list[Fault]:
    faults = []
    for document in (document for document in documents if document.role != "model"):
        for path, value in leaves(document.data):
            if path in UNITING and value == []:
                remedy = "To take something out of this list, edit the model file"
                expected = "something to add: this list adds to the model's"
                faults.append(
                    Fault("W004", document.label, document.where(path), dotted(path), "an empty list", expected, remedy)
                )
    return faults
