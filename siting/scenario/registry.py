"""What a scenario may speak of: the families with their knobs and layers, and the aims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from siting.family import Knobs
from siting.layers.schema import TABLES
from siting.table import Field


@dataclass(frozen=True, slots=True)
class Registry:
    """Knobs by family name, the layers each family reads, and the names of the aims, all in registry order. `aim_needs`:
    families without which an aim counts nothing; `asking`: aims that make a plan bigger."""

    knobs: Mapping[str, type[Knobs]]
    aims: tuple[str, ...]
    reads: Mapping[str, Mapping[str, tuple[Field, ...]]] = field(default_factory=dict)
    aim_needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asking: frozenset[str] = frozenset()

    def readers(self, layer: str, off: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Families that are on and read a layer."""
        return tuple(name for name, layers in self.reads.items() if layer in layers and name not in off)

    def columns(self, layer: str) -> dict[str, Field]:
        """Every column that may be edited in a layer: the schema's, and what families read besides."""
        own = {column.name: column for layers in self.reads.values() for column in layers.get(layer, ())}
        return own | {column.name: column for column in TABLES[layer].fields}


def full_registry() -> Registry:
    """The families and aims of the program."""
    from siting.families import FAMILIES
    from siting.objectives import OBJECTIVES

    return Registry(
        {family.name: family.knobs for family in FAMILIES},
        tuple(objective.name for objective in OBJECTIVES),
        {family.name: family.reads for family in FAMILIES},
        {aim.name: aim.needs for aim in OBJECTIVES},
        frozenset(aim.name for aim in OBJECTIVES if aim.asks),
    )
