"""A merged scenario held against everything it must fit: settings, knobs, layers, and each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from siting.cells import MOST_FAULTS, shown
from siting.errors import Fault
from siting.family import Knobs
from siting.scenario.checks import (
    budget_warnings,
    general_faults,
    idle_knobs,
    lock_faults,
    module_name_faults,
    objective_faults,
    time_faults,
    work_faults,
)
from siting.scenario.clashes import site_clashes
from siting.scenario.earlier import with_earlier_plan
from siting.scenario.goals import goal_faults, target_faults
from siting.scenario.layers import LayerRequest, exclusions, layer_sources, row_edits
from siting.scenario.merge import Merged
from siting.scenario.origins import Origins
from siting.scenario.places import ModelPlace
from siting.scenario.power import power_faults
from siting.scenario.power_clashes import power_clashes
from siting.scenario.registry import Registry
from siting.scenario.scenario import Scenario
from siting.scenario.settings import SECTIONS, CandidateRules, Effort, Finance, General, ModuleType, ObjectiveChoice, TimeTable
from siting.scenario.validate import checked, unknown_key
from siting.toml_lines import TomlPath

FREE_TABLES: Final = ("modules", "layers", "crs", "edits")
K = TypeVar("K", bound=Knobs)


@dataclass(frozen=True, slots=True)
class Question:
    """All inputs together, and where they stand."""

    place: ModelPlace
    cwd: Path
    merged: Merged
    registry: Registry
    allow_outside: bool
    what_ifs: tuple[str, ...]
    why: Mapping[str, str]

    def layer_request(self, off: frozenset[str]) -> LayerRequest:
        """What is asked of the layers: their files may lie in the project and beside the file that names them."""
        bases = tuple(document.base for document in self.merged.documents)
        roots = tuple(dict.fromkeys((*self.place.roots(self.cwd), *bases)))
        return LayerRequest(self.merged, self.registry, roots, self.place.projects(self.cwd), self.cwd, self.allow_outside, off)

    def files(self) -> Iterator[Path]:
        """The model file and the overlay files."""
        yield self.place.path
        for document in self.merged.documents[1:]:
            if document.role == "what-if":
                yield document.path


@dataclass(frozen=True, slots=True)
class _Tables:
    """Every table as its frozen type; None, or left out, where it has faults."""

    general: General | None
    time: TimeTable | None
    finance: Finance | None
    candidates: CandidateRules | None
    objective: ObjectiveChoice | None
    effort: Effort | None
    modules: Mapping[str, ModuleType]
    knobs: Mapping[str, Knobs]

    def by_path(self) -> Iterator[tuple[TomlPath, Knobs]]:
        """The tables that are right, with the paths they stand at."""
        sections = (self.time, self.finance, self.candidates, self.objective, self.effort)
        if self.general is not None:
            yield (), self.general
        for name, section in zip(SECTIONS, sections, strict=True):
            if section is not None:
                yield (name,), section
        for name, module in self.modules.items():
            yield ("modules", name), module
        for name, family in self.knobs.items():
            yield (name,), family


def build_scenario(question: Question) -> tuple[Scenario | None, list[Fault]]:
    """The scenario, None where something is wrong, and all faults and warnings."""
    merged, registry = question.merged, question.registry
    faults: list[Fault] = []
    tables = _Tables(
        general=_general(question, faults),
        time=_section(question, TimeTable, "time", faults),
        finance=_section(question, Finance, "finance", faults),
        candidates=_section(question, CandidateRules, "candidates", faults),
        objective=_section(question, ObjectiveChoice, "objective", faults),
        effort=_section(question, Effort, "effort", faults),
        modules=_modules(merged, faults),
        knobs=_families(question, faults),
    )
    general = tables.general
    off = frozenset(general.off) if general is not None else _texts_of(merged, "off")
    faults += _joint_faults(tables, off, merged, registry)
    request = question.layer_request(off)
    region = general.region if general is not None else next(iter(_texts_of(merged, "region")), "")
    sources, layer_faults = layer_sources(request, region)
    exclude, exclude_faults = exclusions(request, general.exclude if general is not None else ())
    edits, edit_faults = row_edits(request)
    knobs, plan_faults = with_earlier_plan(tables.knobs, off, request)
    faults += [*layer_faults, *exclude_faults, *edit_faults, *plan_faults]
    if any(not fault.warning for fault in faults):
        return None, faults
    if general is None or tables.time is None or tables.finance is None or tables.candidates is None:
        return None, faults
    if tables.objective is None or tables.effort is None:
        return None, faults
    origins = Origins(merged)
    scenario = Scenario(
        name=question.place.name,
        path=question.place.path,
        cwd=question.cwd,
        title=general.title or question.place.name,
        currency=general.currency,
        price_year=general.price_year,
        region=general.region,
        start=general.start,
        timezone=general.timezone,
        repair=general.repair,
        off=off,
        time=tables.time,
        finance=tables.finance,
        candidates=tables.candidates,
        modules=tables.modules,
        knobs=knobs,
        objective=tables.objective,
        effort=tables.effort,
        layer_sources=sources,
        exclude=exclude,
        edits=edits,
        roots=request.roots,
        allow_outside=question.allow_outside,
        what_ifs=question.what_ifs,
        why=question.why,
        values=tuple(origins.values(tables.by_path())),
        origins=dict(origins.places()),
        warnings=tuple(faults),
        files=tuple(question.files()),
    )
    return scenario, faults


def _general(question: Question, faults: list[Fault]) -> General | None:
    merged, registry = question.merged, question.registry
    tables = {*SECTIONS, *FREE_TABLES, *registry.knobs}
    values = {key: value for key, value in merged.data.items() if key not in tables}
    strangers = [key for key in values if key not in General.model_fields]
    elsewhere = {field: name for name, model in {**SECTIONS, **registry.knobs}.items() for field in model.model_fields}
    options = [*General.model_fields, *sorted(tables), "why"]
    faults += [unknown_key((key,), options, merged, elsewhere) for key in strangers[:MOST_FAULTS]]
    known = {key: value for key, value in values.items() if key in General.model_fields}
    general, found = checked(General, known, (), merged)
    faults += found
    if general is not None:
        faults += general_faults(general, merged, registry)
    return general


def _section(question: Question, model: type[K], name: str, faults: list[Fault]) -> K | None:
    families = question.registry.knobs
    elsewhere = {field: other for other, kind in families.items() if other != name for field in kind.model_fields}
    value, found = checked(model, question.merged.data.get(name, {}), (name,), question.merged, elsewhere)
    faults += found
    return value


def _families(question: Question, faults: list[Fault]) -> dict[str, Knobs]:
    knobs = {name: _section(question, model, name, faults) for name, model in question.registry.knobs.items()}
    return {name: value for name, value in knobs.items() if value is not None}


def _modules(merged: Merged, faults: list[Fault]) -> dict[str, ModuleType]:
    table = merged.data.get("modules", {})
    if not isinstance(table, dict):
        remedy = "Write [modules.hall] and its keys below it"
        faults.append(merged.fault("S009", ("modules",), shown(table), "a table", remedy))
        return {}
    faults += module_name_faults(table, merged)
    modules = {}
    for name, values in table.items():
        module, found = checked(ModuleType, values, ("modules", name), merged)
        faults += found
        if module is not None:
            modules[name] = module
    return modules


def _joint_faults(tables: _Tables, off: frozenset[str], merged: Merged, registry: Registry) -> Iterator[Fault]:
    """What several values together get wrong, as far as they can be read."""
    if tables.time is not None:
        yield from time_faults(tables.time, merged)
        yield from budget_warnings(tables.knobs, tables.time, merged)
        yield from power_faults(tables.knobs, tables.time, off, merged)
        yield from target_faults(tables.time, tables.knobs, tables.modules, off, merged)
    if tables.objective is not None:
        yield from objective_faults(tables.objective, merged, registry)
        yield from goal_faults(tables.objective, tables.knobs, off, merged, registry)
    yield from work_faults(tables.knobs, off, merged)
    if "locks" in tables.knobs:
        locks = tables.knobs["locks"].model_dump()
        yield from lock_faults(locks.get("force", ()), locks.get("forbid", ()), merged)
    yield from site_clashes(tables.knobs, off, merged)
    yield from power_clashes(tables.knobs, off, merged)
    yield from idle_knobs(off, tables.knobs, merged)


def _texts_of(merged: Merged, key: str) -> frozenset[str]:
    """The texts of a setting whose table has faults, so that its other faults can still be told."""
    value = merged.data.get(key, ())
    return frozenset(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))
