"""What a declaration asks for at one place of a scenario: type, bounds and unit, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from siting.toml_lines import TomlPath
from siting.units import unit_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a place should hold: its type, bounds and unit."""

    annotation: Any
    low: float | None = None
    above: float | None = None
    high: float | None = None
    unit: str = ""

    def sentence(self) -> str:
        """As in: a whole number from 1 to 24; a number above 0 and at most 500 km; a share from 0 to 1."""
        kind, span = _kind(self.annotation), self._span()
        if "number" not in kind or kind.startswith("a list"):
            return kind
        if self.unit.startswith("share"):
            return kind.replace("number", self.unit.replace("/", " per ")) + span
        return kind + span + (f" {'' if span else 'in '}{self.unit}" if self.unit else "")

    def _span(self) -> str:
        least = f"above {self.above:.15g}" if self.above is not None else f"from {self.low:.15g}" if self.low is not None else ""
        if self.high is None:
            return f" {least}".rstrip() if least.startswith("above") else f", at least {self.low:.15g}" if least else ""
        joint = f" {least}" + (f" and at most {self.high:.15g}" if self.above is not None else f" to {self.high:.15g}")
        return joint if least else f", at most {self.high:.15g}"


def wanted_at(model: type[BaseModel], inner: TomlPath) -> Wanted:
    """What the declaration asks for at a path below a table."""
    annotation: Any = model
    bounds: Iterable[Any] = ()
    unit = ""
    for part in inner:
        annotation, bounds, unit = _step(annotation, part, bounds, unit)
    return _wanted(annotation, bounds, unit)


def wanted_meaning(model: type[BaseModel], inner: TomlPath) -> str:
    """The meaning declared for a key, "" where there is none."""
    annotation: Any = model
    meaning = ""
    for part in inner:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and part in annotation.model_fields:
            meaning = annotation.model_fields[str(part)].description or ""
        annotation, _, _ = _step(annotation, part, (), "")
    return meaning


def _step(annotation: Any, part: int | str, bounds: Iterable[Any], unit: str) -> tuple[Any, Iterable[Any], str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field: FieldInfo | None = annotation.model_fields.get(str(part))
        return (field.annotation, field.metadata, unit_of(str(part))) if field else (Any, (), "")
    plain = _plain(annotation)
    arguments = [argument for argument in get_args(plain) if argument is not Ellipsis]
    if get_origin(plain) in {Literal, None} or not arguments:
        return annotation, bounds, unit
    inner = arguments[-1]
    return _bare(inner), getattr(inner, "__metadata__", ()), unit or unit_of(str(part))


def _wanted(annotation: Any, bounds: Iterable[Any], unit: str) -> Wanted:
    rules: dict[str, float] = {}
    for rule in [*bounds, *(inner for outer in bounds for inner in getattr(outer, "metadata", ()))]:
        for name in ("ge", "gt", "le", "lt"):
            if (limit := getattr(rule, name, None)) is not None:
                rules[name] = float(limit)
    return Wanted(_plain(annotation), rules.get("ge"), rules.get("gt"), rules.get("le", rules.get("lt")), unit)


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _plain(annotation: Any) -> Any:
    """The annotation without Annotated and without `| None`."""
    annotation = _bare(annotation)
    if get_origin(annotation) in {Union, UnionType}:
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        return _bare(kinds[0]) if len(kinds) == 1 else annotation
    return annotation


def _kind(annotation: Any) -> str:
    names = {float: "a number", int: "a whole number", bool: "true or false", str: "text in quotes"}
    if annotation in names:
        return names[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "one of " + ", ".join(f'"{option}"' for option in arguments)
    if origin in {tuple, list, frozenset, set}:
        inner = _kind(_plain(arguments[0]))
        return "a list of " + {"text in quotes": "texts in quotes", "a table": "tables", "a whole number": "whole numbers"}.get(
            inner, "numbers"
        )
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | Mapping):
        return "a table"
    return "a table" if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping) else "another value"


def keys_at(model: type[BaseModel], inner: TomlPath) -> tuple[str, ...]:
    """The keys a table below a table may have; none where it is no table of fixed keys."""
    annotation: Any = model
    for part in inner:
        annotation, _, _ = _step(annotation, part, (), "")
    return tuple(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else ()
