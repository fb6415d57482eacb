"""The question of a run folder asked again: `scenario.json` back to a scenario, with the layer files it names as they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from siting.certify.faults import INPUTS, Refused, fault
from siting.errors import InputError
from siting.families import FAMILIES
from siting.layers.edits import RowEdit
from siting.layers.read import Layers
from siting.layers.source import LayerSource, is_database
from siting.scenario import Scenario
from siting.scenario.settings import SECTIONS, ModuleType
from siting.statement import layers_of

SCENARIO_FILE: Final = "scenario.json"


def read_question(folder: Path, root: Path | None = None) -> tuple[Scenario, Layers]:
    """The scenario of a run folder and its layers, which must be the files the run was made from. `root` is what their paths are
    relative to; without it the folder one stands in and the parents of `folder` are tried. Raises Refused."""
    path = folder / SCENARIO_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        scenario = _scenario(document, folder, [root] if root is not None else [Path.cwd(), *folder.resolve().parents])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        raise Refused(fault(INPUTS, str(path), "", "", told, "the resolved scenario of the run")) from error
    try:
        layers = layers_of(scenario)
    except InputError as error:
        raise Refused(*error.faults) from error
    entries = [*document["layers"].values(), *document["exclude"]]
    expected = {entry["path"] if entry in document["exclude"] else entry["name"]: entry.get("sha256") for entry in entries}
    changed = [
        fault(INPUTS, str(path), f"layer {name}", "sha256", layers.digests.get(name, ""), f"{digest}, as when the run was made")
        for name, digest in expected.items()
        if digest and layers.digests.get(name) != digest
    ]
    if changed:
        raise Refused(*changed)
    return scenario, layers


def _scenario(document: Mapping[str, Any], folder: Path, bases: list[Path]) -> Scenario:
    sections = {name: kind.model_validate_json(json.dumps(document[name])) for name, kind in SECTIONS.items()}
    modules = {name: ModuleType.model_validate_json(json.dumps(value)) for name, value in document["modules"].items()}
    knobs = {family.name: family.knobs.model_validate_json(json.dumps(document[family.name])) for family in FAMILIES}
    edits = tuple(RowEdit(e["layer"], e["id"], e["column"], e["value"], e["origin"]) for e in document["edits"])
    values: dict[str, Any] = {
        **{key: document[key] for key in ("name", "title", "currency", "price_year", "region", "start", "timezone", "repair")},
        **sections,
        "path": folder / SCENARIO_FILE,
        "cwd": Path.cwd(),
        "off": frozenset(document["off"]),
        "modules": modules,
        "knobs": knobs,
        "layer_sources": tuple(_source(entry, bases) for entry in document["layers"].values()),
        "exclude": tuple(_source(entry, bases) for entry in document["exclude"]),
        "edits": edits,
        "roots": tuple(bases),
        "allow_outside": True,
        "what_ifs": tuple(document["what_ifs"]),
        "why": document["why"],
        "values": (),
        "origins": {},
        "warnings": (),
        "files": (),
    }
    return Scenario(**values)


def _source(entry: Mapping[str, Any], bases: list[Path]) -> LayerSource:
    name, written = str(entry["name"]), str(entry["path"])
    told = LayerSource(name, written, Path(written), str(entry["sublayer"]), str(entry["crs"]))
    if is_database(told):
        return told
    for base in bases:
        path = base / str(entry["file"])
        if path.is_file():
            return LayerSource(name, written, path, told.sublayer, told.crs)
    looked = ", ".join(str(base) for base in bases[:4])
    raise Refused(fault(INPUTS, SCENARIO_FILE, "", f"layers.{name}", written, "a file", f"Looked in {looked}"))
