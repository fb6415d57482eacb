"""Values held against their declarations, and every refusal in our own sentences.

pydantic finds what is wrong; the place, the wording and the advice come from the knob's declaration.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Final, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from siting.cells import MOST_FAULTS, closest, shown
from siting.errors import Fault
from siting.family import Knobs
from siting.scenario.merge import Merged
from siting.scenario.remedies import number_and_unit, percent, plain_number
from siting.scenario.wanted import Wanted, keys_at, wanted_at, wanted_meaning
from siting.toml_lines import TomlPath, dotted
from siting.units import unit_of

K = TypeVar("K", bound=Knobs)

_RANGE: Final = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})
_WHOLE: Final = frozenset({"int_type", "int_from_float", "int_parsing"})


def checked(
    model: type[K], values: Any, path: TomlPath, merged: Merged, unknown: Mapping[str, str] | None = None
) -> tuple[K | None, list[Fault]]:
    """One table of the scenario as its frozen type, or None with all its faults. `unknown` maps keys that stand in the
    wrong table to the table they belong to."""
    if not isinstance(values, dict):
        remedy = f"Write [{dotted(path)}] and its keys below it"
        return None, [merged.fault("S009", path, shown(values), "a table", remedy)]
    kept, faults = _without_dates(values, path, merged)
    try:
        return model.model_validate_json(json.dumps(kept)), faults
    except ValidationError as error:
        told: dict[TomlPath, Fault] = {}
        for detail in error.errors(include_url=False)[:MOST_FAULTS]:
            place = path + _inside(kept, detail["loc"])
            told.setdefault(place, _fault(model, detail, path, place, merged, unknown or {}))
        dated = {fault.field for fault in faults}
        return None, faults + [fault for fault in told.values() if fault.code != "S008" or fault.field not in dated]


def _inside(values: Any, loc: tuple[int | str, ...]) -> TomlPath:
    """The part of pydantic's place that is a place in the values; names of union branches are left out."""
    path: TomlPath = ()
    for step, part in enumerate(loc):
        known = (isinstance(values, dict) and part in values) or (
            isinstance(values, list) and isinstance(part, int) and part < len(values)
        )
        if known:
            path, values = (*path, part), values[part]
        elif step == len(loc) - 1 and isinstance(values, dict) and part != "[key]":
            path = (*path, part)
    return path


def _fault(
    model: type[BaseModel], detail: ErrorDetails, path: TomlPath, place: TomlPath, merged: Merged, unknown: Mapping[str, str]
) -> Fault:
    kind, value, inner = detail["type"], detail["input"], place[len(path) :]
    if kind == "extra_forbidden":
        return unknown_key(place, keys_at(model, inner[:-1]), merged, unknown)
    wanted = wanted_at(model, inner)
    if kind == "missing":
        meaning = wanted_meaning(model, inner)
        return merged.fault("S008", place, "missing", wanted.sentence(), f"Add {dotted(place[-1:])}: {meaning}")
    if kind in {"value_error", "assertion_error"}:
        reason = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        return merged.fault("S014", place, written(value) if inner else "", reason, "")
    if kind == "string_pattern_mismatch":
        expected = "letters, digits, . _ and -, beginning with a letter or digit"
        return merged.fault("S022", place, written(value), expected, "Rename it")
    if kind == "finite_number" or (isinstance(value, float) and not math.isfinite(value)):
        code = "S021" if wanted.high is not None else "S020"
        return merged.fault(code, place, written(value), wanted.sentence(), "Give a finite value")
    if kind in _RANGE:
        return merged.fault("S021", place, written(value), wanted.sentence(), _share_advice(value, wanted))
    code, remedy = _type_advice(kind, value, wanted)
    return merged.fault(code, place, written(value), wanted.sentence(), remedy)


def written(value: Any) -> str:
    """A value for a message as TOML writes it."""
    return ("true" if value else "false") if isinstance(value, bool) else shown(value)


def unknown_key(place: TomlPath, options: Iterable[str], merged: Merged, elsewhere: Mapping[str, str]) -> Fault:
    """The fault for a key nobody knows, with the nearest key of its own level."""
    key, known = str(place[-1]), sorted(options)
    document, _ = merged.owner(place)
    with_unit = [
        option for option in known if (unit_of(option) and option.rsplit("_", 1)[0] == key) or option.startswith(f"{key}_")
    ]
    if with_unit:
        remedy = f'Did you mean "{with_unit[0]}"? Keys end in their unit'
        return merged.fault("W003" if document.role == "what-if" else "S017", place, "unknown key", "", remedy)
    near = closest(key, known)
    if key in elsewhere:
        remedy = f"It belongs into [{elsewhere[key]}]"
    elif near:
        remedy = f'Did you mean "{near}"?'
    else:
        remedy = "Known here: " + ", ".join(known[:20]) + (" and more" if len(known) > 20 else "")
    return merged.fault("W003" if document.role == "what-if" else "S007", place, "unknown key", "", remedy)


def _type_advice(kind: str, value: Any, wanted: Wanted) -> tuple[str, str]:
    number = wanted.annotation in (int, float)
    if isinstance(value, str) and number:
        return _number_advice(value, wanted)
    if kind in _WHOLE and isinstance(value, float):
        near = f"{int(value)}" if value.is_integer() and abs(value) < 1e15 else f"{math.floor(value)} or {math.ceil(value)}"
        return "S015", f"Write {near}"
    if wanted.annotation is str and isinstance(value, int | float) and not isinstance(value, bool):
        return "S009", f'Write "{value}" in quotes'
    if get_origin(wanted.annotation) in {tuple, list, frozenset} and isinstance(value, str):
        return "S009", f"Write [{written(value)}]"
    if wanted.annotation is bool:
        return "S009", "Write true or false without quotes"
    return ("S009", "Write a number without quotes") if number else ("S009", "")


def _number_advice(text: str, wanted: Wanted) -> tuple[str, str]:
    """Code and advice for a text where a number belongs."""
    if share := percent(text):
        return "S019", f"Write {share}"
    amount, unit = number_and_unit(text)
    if unit and unit.lower() == wanted.unit.lower():
        return "S017", f"Write {amount} without quotes and unit"
    if unit:
        return "S017", f"Give the number in {wanted.unit}, without the unit" if wanted.unit else "Give the bare number"
    if bare := plain_number(text):
        return "S009", f"Write {bare} without quotes"
    return "S009", "Write a bare number"


def _share_advice(value: Any, wanted: Wanted) -> str:
    if wanted.high is not None and wanted.high <= 1.0 and isinstance(value, int | float) and 1 < value <= 100:
        return f"As a share, {value:g} % is {value / 100:g}"
    return "Give a value in this range"


def _without_dates(values: Mapping[str, Any], path: TomlPath, merged: Merged) -> tuple[dict[str, Any], list[Fault]]:
    """The values without TOML dates, which no setting takes, and a fault for each of them."""
    faults: list[Fault] = []

    def kept(value: Any, place: TomlPath) -> Any:
        if isinstance(value, dict):
            return {key: kept(inner, (*place, key)) for key, inner in value.items() if not _told(inner, (*place, key))}
        if isinstance(value, list):
            return [kept(inner, (*place, number)) for number, inner in enumerate(value) if not _told(inner, (*place, number))]
        return value

    def _told(value: Any, place: TomlPath) -> bool:
        if isinstance(value, date | datetime | time):
            faults.append(merged.fault("S018", place, f"the date {value}", "text in quotes", f'Write "{value}" in quotes'))
            return True
        return False

    result: dict[str, Any] = kept(values, path)
    return result, faults
