"""`models/KNOBS.md`: every number a planner may turn, in one page made from the declarations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from siting.families import FAMILIES
from siting.family import KnobFact, knob_facts
from siting.scenario.settings import SECTIONS, General, ModuleType

_TIGHTER: Final[Mapping[str, str]] = {"up": "higher", "down": "lower", "": ""}
_HEAD: Final = """# Knobs

Every number a planner may turn, made by `make knobs` from the declarations in the code. A knob is set in a model or an
overlay as `[table]` and `knob = value`, or with `--set table.knob=value`. The column *tighter* says which way makes the
problem harder to meet. *Source* is where the default comes from.
"""


@dataclass(frozen=True, slots=True)
class KnobTable:
    """One table of a model file: its name, what it is, and its knobs."""

    name: str
    title: str
    facts: tuple[KnobFact, ...]


def knob_tables() -> tuple[KnobTable, ...]:
    """The tables of a model file: general values, settings, module types, then families in registry order."""
    general = KnobTable("", "At the top of the file", knob_facts(General))
    settings = [KnobTable(name, _first_line(knobs), knob_facts(knobs)) for name, knobs in SECTIONS.items()]
    modules = KnobTable("modules.<name>", _first_line(ModuleType), knob_facts(ModuleType))
    families = [KnobTable(family.name, family.title, knob_facts(family.knobs)) for family in FAMILIES]
    return (general, *settings, modules, *(table for table in families if table.facts))


def knob_page(tables: tuple[KnobTable, ...]) -> str:
    """The page in Markdown."""
    return "\n".join([_HEAD, *(_section(table) for table in tables)])


def _section(table: KnobTable) -> str:
    head = f"## {table.title}" if not table.name else f"## `[{table.name}]` {table.title}"
    rows = ["| knob | unit | default | range | tighter | source | meaning |", "| --- | --- | --- | --- | --- | --- | --- |"]
    rows += ["| " + " | ".join(_cell(text) for text in _texts(fact)) + " |" for fact in table.facts]
    return "\n".join([head, "", *rows, ""])


def _texts(fact: KnobFact) -> tuple[str, ...]:
    return (f"`{fact.name}`", fact.unit, _value(fact.default), _range(fact), _TIGHTER[fact.tighter], fact.source, fact.meaning)


def _range(fact: KnobFact) -> str:
    low = "" if fact.at_least is None else f"{fact.at_least:.12g}"
    high = "" if fact.at_most is None else f"{fact.at_most:.12g}"
    return f"{low} to {high}".strip() if low and high else f"from {low}" if low else f"up to {high}" if high else ""


def _value(value: Any) -> str:
    if value is None or str(value) == "PydanticUndefined":
        return "to be given"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, (tuple, frozenset, list)):
        return ", ".join(_value(each) for each in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(each)}" for key, each in value.items())
    return str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _first_line(knobs: type) -> str:
    return (knobs.__doc__ or "").strip().splitlines()[0].rstrip(".")
