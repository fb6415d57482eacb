"""`Scenario`: one frozen, wholly checked question, with the origin of every value in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from siting.errors import Fault
from siting.family import Knobs
from siting.layers.edits import RowEdit
from siting.layers.source import LayerSource
from siting.scenario.places import label_of
from siting.scenario.settings import SCHEMA_VERSION, CandidateRules, Effort, Finance, ModuleType, ObjectiveChoice, TimeTable
from siting.scenario.values import ValueOrigin

SCENARIO: Final = "scenario"
"""The file of a fault whose finder does not know files."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A model with its overlays and `--set` edits, checked.

    `name` is the model folder's, `path` the model file, `cwd` the folder relative paths are told against, `roots` the
    folders layers may lie in. `knobs` holds every family, those in `off` too. `values` lists every value with unit and
    origin; `origins` the place of each that some file gives, items of lists too ("locks.force[0]"); `why` the reason each
    what-if gives; `warnings` what does not stop a run.
    """

    name: str
    path: Path
    cwd: Path
    title: str
    currency: str
    price_year: int
    region: str
    start: str
    timezone: str
    repair: bool
    off: frozenset[str]
    time: TimeTable
    finance: Finance
    candidates: CandidateRules
    modules: Mapping[str, ModuleType]
    knobs: Mapping[str, Knobs]
    objective: ObjectiveChoice
    effort: Effort
    layer_sources: tuple[LayerSource, ...]
    exclude: tuple[LayerSource, ...]
    edits: tuple[RowEdit, ...]
    roots: tuple[Path, ...]
    allow_outside: bool
    what_ifs: tuple[str, ...]
    why: Mapping[str, str]
    values: tuple[ValueOrigin, ...]
    origins: Mapping[str, str]
    warnings: tuple[Fault, ...]
    files: tuple[Path, ...]

    def resolved(self) -> dict[str, Any]:
        """Everything asked, as plain JSON values in the shape of a model file: families are tables of their own. Layers,
        exclusions and edits are told with the path as written and the file it leads to."""
        head: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
            "model": label_of(self.path, self.cwd),
            "what_ifs": list(self.what_ifs),
            "why": dict(sorted(self.why.items())),
            "title": self.title,
            "currency": self.currency,
            "price_year": self.price_year,
            "region": self.region,
            "start": self.start,
            "timezone": self.timezone,
            "repair": self.repair,
            "off": sorted(self.off),
        }
        sections: dict[str, Knobs] = {
            "time": self.time,
            "finance": self.finance,
            "candidates": self.candidates,
            "objective": self.objective,
            "effort": self.effort,
        }
        return {
            **head,
            **{name: section.model_dump(mode="json") for name, section in sections.items()},
            "modules": {name: module.model_dump(mode="json") for name, module in self.modules.items()},
            **{name: knobs.model_dump(mode="json") for name, knobs in self.knobs.items()},
            "layers": {source.name: self._layer(source) for source in self.layer_sources},
            "exclude": [self._layer(source) for source in self.exclude],
            "edits": [
                {"layer": e.layer, "id": e.id, "column": e.column, "value": e.value, "origin": e.origin} for e in self.edits
            ],
        }

    def digest(self) -> str:
        """SHA-256 over what is asked: all of `resolved` but the places of files and lines, which may move."""
        asked = self.resolved()
        asked.pop("model")
        asked["what_ifs"] = sorted(self.what_ifs)
        asked["layers"] = {name: {"sublayer": layer["sublayer"], "crs": layer["crs"]} for name, layer in asked["layers"].items()}
        asked["exclude"] = [{"sublayer": layer["sublayer"], "crs": layer["crs"]} for layer in asked["exclude"]]
        asked["edits"] = [{key: value for key, value in edit.items() if key != "origin"} for edit in asked["edits"]]
        text = json.dumps(asked, sort_keys=True, ensure_ascii=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def placed(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Faults found later, by parts that know a setting's name but not its place (their file is "scenario"), with the
        file and line it came from."""
        return tuple(self._placed(fault) if fault.file == SCENARIO else fault for fault in faults)

    def _placed(self, fault: Fault) -> Fault:
        items = [key for key in self.origins if key.startswith(f"{fault.field}[")]
        listed = dict(zip(items, self._list(fault.field), strict=False))
        key = next((item for item, value in listed.items() if str(value) == fault.value), fault.field)
        file, _, line = self.origins.get(key, label_of(self.path, self.cwd)).rpartition(":")
        if not line.isdigit():
            return replace(fault, file=f"{file}:{line}" if file else line, where="")
        return replace(fault, file=file, where=f"line {line}")

    def _list(self, path: str) -> list[Any]:
        value: Any = self.resolved()
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value if isinstance(value, list) else []

    def _layer(self, source: LayerSource) -> dict[str, str]:
        return {
            "name": source.name,
            "path": source.file,
            "file": label_of(source.resolved, self.cwd),
            "sublayer": source.sublayer,
            "crs": source.crs,
        }
