"""The documentation of every knob, generated from the declarations: what `models/KNOBS.md` and `siting knobs` show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from annotated_types import Gt
from pydantic_core import PydanticUndefined

from siting.family import Family, KnobFact, Knobs, knob_facts
from siting.objectives import Aim
from siting.scenario.merge import UNITING
from siting.scenario.settings import SECTIONS, General, ModuleType, Period

_TITLES: Final = {
    "time": "Time",
    "finance": "Finance",
    "candidates": "Candidate sites",
    "objective": "Objective",
    "effort": "Solver effort",
}
_HEAD: Final = """\
# Knobs

Every value a scenario may set, generated from the program by `siting knobs --write models/KNOBS.md`. A key ends in its
unit. "Tighter" says which way a knob makes the problem harder: no plan gets better by turning it that way. "Source" is
the key of the fact a default rests on, in docs/facts.csv; "judgement" means that there is none.

A value is written in `models/<name>/model.toml` below the table named here, in an overlay in `models/<name>/whatif/`, or
as `--set table.key=value`. Tables merge key by key; lists replace, but those of {uniting} add up.
"""
_FREE: Final = """\
## Layers

* `[layers]`: layer name = path relative to the file that names it, `file.gpkg#layer` for one of several. It goes before
  the region's own layer of that name.
* `[crs]`: layer name = coordinate reference system of a file that does not say, such as "EPSG:5070".
* `[edits.<layer>.<id>]`: column = value, the cells of one row that differ.
"""


def knobs_markdown(families: Sequence[Family], objectives: Sequence[Aim]) -> str:
    """All knobs as Markdown: general settings, module types, aims, then the families in registry order."""
    uniting = ", ".join(f"`{'.'.join(map(str, path))}`" for path in sorted(UNITING))
    parts = [_HEAD.format(uniting=uniting), _section("General", "at the head of the file", General)]
    for name, model in SECTIONS.items():
        parts.append(_section(_TITLES[name], f"`[{name}]`", model))
        if name == "time":
            parts.append(_section("Each period", "`periods = [{ ... }]` in `[time]`", Period))
        if name == "objective":
            parts.append("".join(f"* `{aim.name}`: {aim.title}\n" for aim in objectives))
    parts.append(_section("Module types", "`[modules.<name>]`, one table a type", ModuleType))
    parts.append(_FREE)
    parts += [_section(family.title, f"`[{family.name}]`", family.knobs) for family in families]
    return "\n".join(parts)


def write_knobs(path: Path, families: Sequence[Family], objectives: Sequence[Aim]) -> None:
    """Write the Markdown file anew. Raises OSError where it cannot be written."""
    path.write_text(knobs_markdown(families, objectives), encoding="utf-8", newline="\n")


def default_text(fact: KnobFact) -> str:
    """A default as it would be written in TOML; "required" where there is none."""
    if fact.default is PydanticUndefined or fact.default is ...:
        return "required"
    return toml_value(fact.default)


def toml_value(value: Any) -> str:
    """A value as TOML. Raises TypeError for a type TOML has no form for."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # TOML's basic strings escape as JSON's do, except that DEL must be escaped too
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{toml_key(key)} = {toml_value(inner)}" for key, inner in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, Iterable):
        return "[" + ", ".join(toml_value(inner) for inner in value) + "]"
    raise TypeError(f"no TOML form for {type(value).__name__}")


def toml_key(key: str) -> str:
    """A key as TOML, quoted where it must be."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_value(key)


def range_text(knobs: type[Knobs], fact: KnobFact) -> str:
    """The range of a knob in words; "" where it is free."""
    low = "" if fact.at_least is None else f"{fact.at_least:.15g}"
    high = "" if fact.at_most is None else f"{fact.at_most:.15g}"
    if any(isinstance(rule, Gt) for rule in knobs.model_fields[fact.name].metadata):
        return f"above {low}" + (f", to {high}" if high else "")
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _section(title: str, place: str, knobs: type[Knobs]) -> str:
    return "\n".join([f"## {title}\n\n{place}\n", *_rows(knobs), ""])


def _rows(knobs: type[Knobs]) -> Iterator[str]:
    facts = knob_facts(knobs)
    if not facts:
        yield "No knobs."
        return
    yield "| key | unit | default | range | tighter | source | meaning |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for fact in facts:
        default = default_text(fact)
        cells = (
            f"`{fact.name}`",
            fact.unit,
            default if default == "required" else f"`{default}`",
            range_text(knobs, fact),
            fact.tighter,
            "" if fact.source == "format" else fact.source,
            fact.meaning,
        )
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
