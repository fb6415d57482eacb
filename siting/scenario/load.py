"""From files and `--set` texts to a `Scenario`, or to all their faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from siting.cells import shown
from siting.errors import Fault, input_error
from siting.scenario.build import Question, build_scenario
from siting.scenario.documents import Document, read_document, read_set
from siting.scenario.merge import merge
from siting.scenario.places import ModelPlace, find_model, find_overlay, label_of
from siting.scenario.registry import Registry, full_registry
from siting.scenario.scenario import Scenario
from siting.scenario.settings import SCHEMA_VERSION


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
    question = Question(place, stand, merged, registry or full_registry(), allow_outside, tuple(names), why)
    scenario, found = build_scenario(question)
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
    return replace(document, data=data)


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
