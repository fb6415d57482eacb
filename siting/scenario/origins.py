"""Every value of a scenario with the place it came from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from siting.family import KnobFact, Knobs, knob_facts
from siting.scenario.merge import Merged, leaves
from siting.scenario.values import ValueOrigin
from siting.toml_lines import TomlPath, dotted


@dataclass(frozen=True, slots=True)
class Origins:
    """Places of the values of a merged scenario."""

    merged: Merged

    def values(self, tables: Iterable[tuple[TomlPath, Knobs]]) -> Iterator[ValueOrigin]:
        """Every value of the tables, given with their paths, and of the tables of free keys."""
        for path, table in tables:
            yield from self._table(path, table)
        for free in ("layers", "crs", "edits"):
            for path, value in leaves(self.merged.data.get(free, {}), (free,)):
                yield ValueOrigin(dotted(path), _text(value), self.merged.origin(path), "", "")

    def places(self) -> Iterator[tuple[str, str]]:
        """The place of every value that some file gives, items of lists too."""
        for path, value in leaves(self.merged.data):
            yield dotted(path), self.merged.origin(path)
            for number in range(len(value) if isinstance(value, list) else 0):
                yield dotted((*path, number)), self.merged.origin((*path, number))

    def _table(self, above: TomlPath, table: Knobs) -> Iterator[ValueOrigin]:
        facts = {fact.name: fact for fact in knob_facts(type(table))}
        for name, value in table.model_dump(mode="json").items():
            path = (*above, name)
            yield ValueOrigin(dotted(path), _text(value), self._origin(path), facts[name].unit, _source(facts[name], table))

    def _origin(self, path: TomlPath) -> str:
        """Where a value came from; of lists and tables that several files add to, all of them."""
        below = [owned for owned in self.merged.owners if owned[: len(path)] == path]
        places = dict.fromkeys(self.merged.origin(owned) for owned in below)
        return ", ".join(places) if places else self.merged.origin(path)


def _source(fact: KnobFact, table: Knobs) -> str:
    return fact.source if getattr(table, fact.name) == fact.default and fact.source != "format" else ""


def _text(value: Any) -> str:
    """A value as people write it in a scenario, numbers in their shortest form."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list | dict) else f"{value!r}"
