"""From files and `--set` texts to a `Scenario`, or to all their faults at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from siting.cells import shown
from siting.errors import Fault, input_error
from siting.family import KnobFact, Knobs, knob_facts
from siting.scenario.checks import (
    budget_warnings,
    general_faults,
    idle_knobs,
    lock_faults,
    module_name_faults,
    objective_faults,
    time_faults,
)
from siting.scenario.documents import Document, read_document, read_set
from siting.scenario.layers import LayerRequest, exclusions, layer_sources, row_edits
from siting.scenario.merge import Merged, leaves, merge
from siting.scenario.places import ModelPlace, find_model, find_overlay, label_of
from siting.scenario.registry import Registry, full_registry
from siting.scenario.scenario import Scenario
from siting.scenario.settings import SCHEMA_VERSION, SECTIONS, General, ModuleType
from siting.scenario.validate import checked, unknown_key
from siting.scenario.values import ValueOrigin
from siting.toml_lines import dotted

FREE_TABLES: Final = ("modules", "layers", "crs", "edits")
K = TypeVar("K", bound=Knobs)


def load_scenario(
    model: str | Path,
    what_ifs: Sequence[str | Path] = (),
    sets: Sequence[str] = (),
    cwd: Path | None = None,
    *,
    allow_outside: bool = False,
    registry: Registry | None = None,
) -> Scenario:
    """Read a model, lay overlays and `KEY=VALUE` edits over it, and check everything but the layers' content.

    `model` and `what_ifs` are names or paths; `cwd` is the folder one stands in. Raises InputError with the faults of
    all files together.
    """
    stand = (cwd or Path.cwd()).absolute()
    place, faults = find_model(model, stand)
    if place is None:
        raise input_error(faults)
    documents, names, faults = _documents(place, what_ifs, sets, stand)
    newer = [fault for document in documents for fault in _version_faults(document)]
    if newer:
        raise input_error([*faults, *newer])
    why, why_faults = _reasons(documents, names)
    merged, merge_faults = merge([_without_why(document) for document in documents])
    loader = _Loader(place, stand, merged, registry or full_registry(), allow_outside, tuple(names), why)
    scenario, found = loader.load()
    errors = [fault for fault in (*faults, *why_faults, *merge_faults, *found) if not fault.warning]
    if errors or scenario is None:
        raise input_error(_in_order([*faults, *why_faults, *merge_faults, *found], documents))
    return scenario


def _documents(
    place: ModelPlace, what_ifs: Sequence[str | Path], sets: Sequence[str], cwd: Path
) -> tuple[list[Document], list[str], list[Fault]]:
    model, faults = read_document("model", place.path, place.label)
    overlays: dict[str, Document] = {}
    for what_if in what_ifs:
        path, name, missing = find_overlay(what_if, place, cwd)
        faults += missing
        if path is None:
            continue
        if name in overlays:
            remedy = "Name each once; rename one where two files have the same name"
            faults.append(Fault("W006", label_of(path, cwd), "", "", f'the what-if "{name}" twice', "each what-if once", remedy))
            continue
        overlays[name], broken = read_document("what-if", path, label_of(path, cwd))
        faults += broken
    edits = []
    for text in sets:
        document, broken = read_set(text, cwd)
        faults += broken
        edits.append(document)
    # overlays cannot disagree, so their order must not matter: they are laid in the order of their names
    return [model, *(overlays[name] for name in sorted(overlays)), *edits], list(overlays), faults


def _version_faults(document: Document) -> Iterator[Fault]:
    version = document.data.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        remedy = "Update siting, or write the file in this version"
        where = document.where(("schema_version",))
        yield Fault(
            "S006", document.label, where, "schema_version", str(version), f"{SCHEMA_VERSION}, the newest known here", remedy
        )


def _reasons(documents: Sequence[Document], names: Sequence[str]) -> tuple[dict[str, str], list[Fault]]:
    """The reason each what-if gives in `why`."""
    reasons, faults = {}, []
    overlays = [document for document in documents if document.role == "what-if"]
    for name, document in zip(sorted(names), overlays, strict=True):
        why = document.data.get("why", "")
        if isinstance(why, str):
            reasons[name] = why.strip()
        else:
            faults.append(Fault("S009", document.label, document.where(("why",)), "why", shown(why), "text in quotes", ""))
    return reasons, faults


def _without_why(document: Document) -> Document:
    if document.role != "what-if":
        return document
    data = {key: value for key, value in document.data.items() if key != "why"}
    return Document(document.role, document.label, document.base, data, document.places, document.complete)


def _in_order(faults: Sequence[Fault], documents: Sequence[Document]) -> list[Fault]:
    """Faults by file in reading order, then by line, each once; what may only be missing since its statement is broken
    is left out."""
    order = {document.label: number for number, document in enumerate(documents)}
    broken = {document.label for document in documents if not document.complete}
    kept = [fault for fault in dict.fromkeys(faults) if not (fault.code == "S008" and broken)]

    def rank(fault: Fault) -> tuple[int, int]:
        digits = "".join(sign if sign.isdigit() else " " for sign in fault.where).split()
        return order.get(fault.file, len(order)), int(digits[0]) if digits else 0

    return sorted(kept or faults, key=rank)


@dataclass(slots=True)
class _Loader:
    place: ModelPlace
    cwd: Path
    merged: Merged
    registry: Registry
    allow_outside: bool
    what_ifs: tuple[str, ...]
    why: Mapping[str, str]

    def load(self) -> tuple[Scenario | None, list[Fault]]:
        """All tables checked; the scenario where nothing is wrong but warnings."""
        faults: list[Fault] = []
        general = self._general(faults)
        sections = {name: self._section(model, name, faults) for name, model in SECTIONS.items()}
        modules = self._modules(faults)
        knobs = {name: self._section(model, name, faults) for name, model in self.registry.knobs.items()}
        known = {name: value for name, value in knobs.items() if value is not None}
        if sections["time"] is not None:
            faults += time_faults(sections["time"], self.merged)  # type: ignore[arg-type]
            faults += budget_warnings(known, sections["time"], self.merged)  # type: ignore[arg-type]
        if sections["objective"] is not None:
            faults += objective_faults(sections["objective"], self.merged, self.registry)  # type: ignore[arg-type]
        if "locks" in known:
            locks = known["locks"].model_dump()
            faults += lock_faults(locks.get("force", ()), locks.get("forbid", ()), self.merged)
        off = frozenset(general.off) if general is not None else self._raw_off()
        faults += idle_knobs(off, known, self.merged)
        bases = tuple(document.base for document in self.merged.documents)
        roots = tuple(dict.fromkeys((*self.place.roots(self.cwd), *bases)))
        projects = self.place.projects(self.cwd)
        request = LayerRequest(self.merged, self.registry, roots, projects, self.cwd, self.allow_outside, off)
        sources, more = layer_sources(request, general.region if general is not None else self._raw_region())
        exclude, still_more = exclusions(request, general.exclude if general is not None else ())
        edits, rest = row_edits(request)
        faults += [*more, *still_more, *rest]
        warnings = tuple(fault for fault in faults if fault.warning)
        if general is None or len(warnings) < len(faults) or len(known) < len(knobs) or None in sections.values():
            return None, faults
        scenario = Scenario(
            name=self.place.name,
            path=self.place.path,
            cwd=self.cwd,
            title=general.title or self.place.name,
            currency=general.currency,
            price_year=general.price_year,
            region=general.region,
            start=general.start,
            timezone=general.timezone,
            repair=general.repair,
            off=off,
            modules=modules,
            knobs=known,
            layer_sources=sources,
            exclude=exclude,
            edits=edits,
            roots=roots,
            allow_outside=self.allow_outside,
            what_ifs=self.what_ifs,
            why=self.why,
            values=tuple(self._values(general, sections, modules, known)),
            origins=dict(self._origins()),
            warnings=warnings,
            files=tuple(self._files()),
            **sections,  # type: ignore[arg-type]
        )
        return scenario, faults

    def _general(self, faults: list[Fault]) -> General | None:
        tables = {*SECTIONS, *FREE_TABLES, *self.registry.knobs}
        values = {key: value for key, value in self.merged.data.items() if key not in tables}
        strangers = [key for key in values if key not in General.model_fields]
        elsewhere = {field: name for name, model in {**SECTIONS, **self.registry.knobs}.items() for field in model.model_fields}
        options = [*General.model_fields, *sorted(tables), "why"]
        faults += [unknown_key((key,), options, self.merged, elsewhere) for key in strangers]
        general, found = checked(General, {key: value for key, value in values.items() if key not in strangers}, (), self.merged)
        faults += found
        if general is not None:
            faults += general_faults(general, self.merged, self.registry)
        return general

    def _section(self, model: type[K], name: str, faults: list[Fault]) -> K | None:
        elsewhere = {field: other for other, kind in self.registry.knobs.items() if other != name for field in kind.model_fields}
        value, found = checked(model, self.merged.data.get(name, {}), (name,), self.merged, elsewhere)
        faults += found
        return value

    def _modules(self, faults: list[Fault]) -> dict[str, ModuleType]:
        table = self.merged.data.get("modules", {})
        if not isinstance(table, dict):
            faults.append(
                self.merged.fault("S009", ("modules",), shown(table), "a table", "Write [modules.hall] and its keys below it")
            )
            return {}
        faults += module_name_faults(table, self.merged)
        modules = {}
        for name, values in table.items():
            module, found = checked(ModuleType, values, ("modules", name), self.merged)
            faults += found
            if module is not None:
                modules[name] = module
        return modules

    def _raw_off(self) -> frozenset[str]:
        off = self.merged.data.get("off", ())
        return frozenset(name for name in off if isinstance(name, str)) if isinstance(off, list) else frozenset()

    def _raw_region(self) -> str:
        region = self.merged.data.get("region", "")
        return region if isinstance(region, str) else ""

    def _origins(self) -> Iterator[tuple[str, str]]:
        for path, value in leaves(self.merged.data):
            yield dotted(path), self.merged.origin(path)
            for number in range(len(value) if isinstance(value, list) else 0):
                yield dotted((*path, number)), self.merged.origin((*path, number))

    def _files(self) -> Iterator[Path]:
        yield self.place.path
        for document in self.merged.documents[1:]:
            if document.role == "what-if":
                yield self.cwd / document.label

    def _values(
        self,
        general: General,
        sections: Mapping[str, Knobs | None],
        modules: Mapping[str, ModuleType],
        knobs: Mapping[str, Knobs],
    ) -> Iterator[ValueOrigin]:
        yield from self._table("", general)
        for name, section in sections.items():
            if section is not None:
                yield from self._table(f"{name}.", section)
        for name, module in modules.items():
            yield from self._table(f"modules.{name}.", module)
        for name, family in knobs.items():
            yield from self._table(f"{name}.", family)
        for free in ("layers", "crs", "edits"):
            for path, value in leaves(self.merged.data.get(free, {}), (free,)):
                yield ValueOrigin(dotted(path), _text(value), self.merged.origin(path), "", "")

    def _table(self, prefix: str, table: Knobs) -> Iterator[ValueOrigin]:
        facts = {fact.name: fact for fact in knob_facts(type(table))}
        for name, value in table.model_dump(mode="json").items():
            path = (*(part for part in prefix.split(".") if part), name)
            yield ValueOrigin(".".join(path), _text(value), self._origin(path), facts[name].unit, _source(facts[name], table))

    def _origin(self, path: tuple[str, ...]) -> str:
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
