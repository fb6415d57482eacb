"""The check of a whole folder: its files, its inputs, and every rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from siting.errors import Fault
from siting.verify import (
    aims,
    candidates,
    cash_months,
    decisions,
    equipment,
    hashes,
    latency,
    limits,
    money,
    reach,
    stocks,
    summary,
    tie_lines,
    workload,
)
from siting.verify.asked import SCENARIO_FILE, Asked
from siting.verify.built import Built, make_built, slice_names
from siting.verify.everyone import parted
from siting.verify.folder import FILES, PLAN_FILE, Folder, read_folder
from siting.verify.layers import read_layers
from siting.verify.parts import PARTS
from siting.verify.points import joined
from siting.verify.question import Question, make_question
from siting.verify.report import CannotCheck, Judge, Rule, VerifyReport, rows

Check = Callable[[Built, Judge], None]
SLICES = Rule("V104", "files.slices", "the slices are those of the scenario, with their hours")
FAMILIES = Rule("V105", "files.families", "every family of the scenario has a rule here")
ALWAYS: Final[tuple[Check, ...]] = (
    stocks.check,
    equipment.check,
    reach.check,
    candidates.check,
    workload.check,
    tie_lines.check,
    money.check,
    cash_months.check,
    summary.check,
    aims.check,
    decisions.check,
    latency.check,
    limits.check,
)


def verify_folder(folder: Path, layers_root: Path | None = None) -> VerifyReport:
    """Check a published folder from its files and the layers alone: hashes against the manifest, then every rule.

    `layers_root` is what the paths of layers are relative to; without it the folder one stands in and the parents of
    `folder` are tried. Never raises for what the files hold: everything found is in the report.
    """
    judge = Judge(str(folder))
    manifest = hashes.read_manifest(folder, judge)
    if manifest is not None:
        hashes.check(folder, manifest, (*FILES.values(), PLAN_FILE, SCENARIO_FILE), judge)
    return _verify(folder, layers_root, manifest or {}, judge)


def verify_files(folder: Path, layers_root: Path | None = None) -> VerifyReport:
    """Check the files of a folder that has no manifest yet. As `verify_folder` without hashes."""
    return _verify(folder, layers_root, {}, Judge(str(folder)))


def _verify(place: Path, root: Path | None, manifest: Mapping[str, Any], judge: Judge) -> VerifyReport:
    folder = read_folder(place)
    judge.faults.extend(folder.faults)
    if folder.faults:
        return judge.report()
    try:
        _check(folder, root, manifest, judge)
    except CannotCheck as stop:
        judge.faults.append(stop.fault)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        found = f"{type(error).__name__}: {error}"
        judge.faults.append(Fault("V006", str(place), "", "", found, "files of the agreed form (files.form)", ""))
    return judge.report()


def _check(folder: Folder, root: Path | None, manifest: Mapping[str, Any], judge: Judge) -> None:
    asked = Asked(folder.scenario, str(folder.place / SCENARIO_FILE))
    judge.match(FAMILIES, asked.unknown_families([part.family for part in PARTS]), (), SCENARIO_FILE, "")
    layers = read_layers(asked, manifest.get("digests", {}), folder.place, root)
    judge.faults.extend(layers.faults)
    question = make_question(asked, layers)
    slices = _slices(question, folder, manifest, judge)
    parts = tuple(part for part in PARTS if asked.on(part.family))
    offers = [part.offers(question) for part in parts if part.offers is not None]
    used, everyone = parted(folder, asked)
    built = make_built(question, joined(offers, *question.shape), used, everyone, slices, parts, judge)
    for check in ALWAYS:
        check(built, judge)
    for part in parts:
        part.check(built, judge)


def _slices(question: Question, folder: Folder, manifest: Mapping[str, Any], judge: Judge) -> tuple[str, ...]:
    """Names of the slices, seasons outside, blocks inside: the manifest's, else in the order of the dispatch."""
    hours = question.clock.hours
    told = tuple(str(name) for name in manifest.get("slices", ())) or slice_names(folder.tables["dispatch"])
    if len(told) != len(hours) and folder.tables["dispatch"].empty:
        told = tuple(str(n) for n in range(len(hours)))
    if len(told) != len(hours):
        found = ", ".join(told)
        raise CannotCheck(
            Fault(SLICES.code, str(folder.place), "", "slice", found, f"{len(hours)} slices ({SLICES.name}: {SLICES.says})", "")
        )
    if manifest.get("slices"):
        judge.equal(
            SLICES,
            np.array(manifest["slice_hours"], dtype=np.float64),
            hours,
            "manifest.json",
            "slice_hours",
            rows("slice", told),
        )
        judge.same(
            SLICES,
            [str(name) for name in manifest["slice_season"]],
            question.clock.seasons,
            "manifest.json",
            "slice_season",
            rows("slice", told),
        )
    return told
