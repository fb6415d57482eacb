"""The whole story of each verb: what is asked, what is found, where it is put. The command line and the API only call this."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from siting.errors import EXIT_INTERRUPTED, EXIT_TERMINATED, Fault, InputError, UsageError, VerificationFailed
from siting.export import write_all, write_difference
from siting.layers.read import Layers
from siting.plan.compare import Comparison, change_sentences, compare, sites_frame
from siting.plan.record import Plan
from siting.runs.certificates import write_certificates
from siting.runs.folders import need_room, new_folder
from siting.runs.key import run_key, versions, what_if_name
from siting.runs.lock import held
from siting.runs.manifest import Manifest, digests_of, manifest_faults, read_manifest, write_manifest
from siting.runs.publish import claim, no_comparison, no_plan_of, publish
from siting.runs.result import result_of
from siting.runs.side import ground_of, read_side
from siting.scenario import Scenario, load_scenario
from siting.scenario.places import RESERVED_NAMES
from siting.scenario.settings import NAME_PATTERN
from siting.solve.crews import need_crew
from siting.solve.waiting import Waiting
from siting.stair import climb, expect_pricing, is_apart
from siting.statement import candidates_of, layers_of
from siting.verify import RuleResult, verify_files, verify_folder
from siting.watch import Clock, Nobody, Watch

if TYPE_CHECKING:
    from siting.certify import BoundReport

ROOM_BYTES: Final = 12_000_000
"""Room a run is expected to need beyond twice its layers: page code, GeoPackage, tables."""
SCENARIO_FILE: Final = "scenario.json"
COMPARISON_FILE: Final = "compare.json"
INTERRUPTED: Final = "interrupted"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: a model, overlays, `KEY=VALUE` edits that name the run, and settings of effort that do not."""

    model: str
    what_ifs: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    effort: tuple[str, ...] = ()
    allow_outside: bool = False
    strict: bool = False

    def scenario(self, cwd: Path) -> Scenario:
        """The scenario asked for. Raises InputError with all faults."""
        sets = (*self.sets, *self.effort)
        return load_scenario(self.model, self.what_ifs, sets, cwd, allow_outside=self.allow_outside)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run goes: `runs/` and `out/` below `cwd`, or the folder `out`; `name` instead of the overlays' names."""

    cwd: Path
    out: Path | None = None
    overwrite: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished run: its manifest, its folder, the published copy, and what people should know."""

    manifest: Manifest
    folder: Path
    published: Path
    shown: Path
    reused: bool
    warnings: tuple[Fault, ...]
    exit_code: int

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds of each step, by its name."""
        observed = self.manifest.record.observed
        return {name.removesuffix("_s"): value for name, value in observed.items() if name.endswith("_s")}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the inputs found: rows of each layer, and warnings."""

    model: str
    rows: Mapping[str, int]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """A published plan that holds: how many files are as written, and each rule with what was looked at."""

    files: int
    rules: tuple[RuleResult, ...]


def run(asked: Asked, place: Place, watch: Watch | None = None, waiting: Waiting | None = None) -> Answer:
    """Answer a question and publish the answer; the same question is found again without solving.

    Processes that wait to price are ended here. Raises the whole error tree of `siting.errors`; whatever is raised, earlier
    outputs are as they were.
    """
    with waiting or Waiting() as pricing:
        return _run(asked, place, Clock(watch or Nobody()), pricing)


def _run(asked: Asked, place: Place, clock: Clock, waiting: Waiting) -> Answer:
    scenario = asked.scenario(place.cwd)
    need_crew(scenario.effort.dask)
    name = run_name(asked, place)
    shown = place.out or Path("out") / scenario.name / name
    needed = room_bytes(scenario)
    need_room(place.cwd / shown, needed)
    target = claim(place.cwd / shown, place.overwrite, (place.cwd, *scenario.files), no_plan_of(scenario.name))
    expect_pricing(scenario, waiting)
    with clock.step("layers"):
        layers = layers_of(scenario, strict=asked.strict)
    folder = place.cwd / "runs" / run_key(question(scenario, layers, name))
    need_room(folder, needed)
    with held(target), held(folder):
        earlier = _answered_before(folder)
        manifest = earlier or _answer(scenario, layers, folder, name, clock, waiting)
        publish(folder, target)
    warnings = (*scenario.warnings, *layers.warnings, *_idle_dask(scenario, manifest.result["candidates"]))
    return Answer(manifest, folder, target, shown, earlier is not None, warnings, manifest.record.exit_code)


def check(asked: Asked, cwd: Path) -> Checked:
    """Read scenario and layers and make the candidates. Raises InputError with all faults; solves and writes nothing."""
    scenario = asked.scenario(cwd)
    layers = layers_of(scenario, strict=asked.strict)
    rows = {name: len(frame) for name, frame in layers.frames.items()}
    rows["candidates"] = len(candidates_of(scenario, layers))
    return Checked(scenario.name, rows, (*scenario.warnings, *layers.warnings))


def verify(folder: Path) -> Verified:
    """Check a published plan again: digests of its files, then every rule. Raises InputError where there is no folder,
    VerificationFailed with all faults where anything is wrong."""
    if not folder.is_dir():
        remedy = "Name a folder that siting run has written."
        fault = Fault("C008", str(folder), "", "", "no such folder", "the folder of a published plan", remedy)
        raise InputError(fault.sentence(), (fault,))
    report = verify_folder(folder)
    if not report.passed:
        raise VerificationFailed(f"{folder} does not hold, {len(report.faults)} faults", report.faults)
    return Verified(len(read_manifest(folder).files), report.rules)


def verify_claims(folder: Path, seconds: float, tell: Callable[[str], None] | None = None, workers: int = 0) -> BoundReport:
    """Compute the bounds of a published plan that holds again, from scenario, layers and prices, by so many processes (0: one a
    processor, eight at most, where there is much to prove). Raises VerificationFailed where a claim is not reached."""
    # A proof of its own, with a solver of its own: no other verb waits for it to be imported.
    from siting.certify import verify_bound

    return verify_bound(folder, seconds, tell=tell, workers=workers)


def compare_folders(old: Path, new: Path, out: Path | None = None, overwrite: bool = False) -> tuple[Comparison, Path]:
    """The difference from one published plan to another, written beside them as layer, map and JSON."""
    comparison = compare(read_side(old), read_side(new))
    labels = (comparison.old, comparison.new)
    shown = out or new.parent / "compare" / f"{comparison.old}--{comparison.new}"
    target = claim(shown, overwrite, (Path.cwd(), old, new), no_comparison(COMPARISON_FILE))
    with held(target), new_folder(target) as work:
        write_difference(sites_frame(comparison), labels, ground_of(new), work, change_sentences(comparison))
        document = {"format": 1, **asdict(comparison), "counted": comparison.counted(), "files": digests_of(work)}
        _write_json(document, work / COMPARISON_FILE)
    return comparison, shown


def _idle_dask(scenario: Scenario, candidates: int) -> tuple[Fault, ...]:
    """The warning that nobody on Dask was asked, where one program over all candidates was solved here."""
    if not scenario.effort.dask or is_apart(scenario, candidates):
        return ()
    found, expected = f"one program over {candidates} candidates", "candidates stated in parts, which alone are priced on Dask"
    remedy = "It was solved here; --set 'effort.engine=\"decompose\"' states them in parts, where no family looks across them."
    return (Fault("C023", "command line", "", "--dask", found, expected, remedy, warning=True),)


def run_name(asked: Asked, place: Place) -> str:
    """The name a run is published under. Raises UsageError for a name that is reserved or no safe folder name."""
    name = place.name
    if name and (name in RESERVED_NAMES or not re.fullmatch(NAME_PATTERN, name)):
        expected = "letters, digits, . _ and -, beginning with a letter or digit; not base or compare"
        fault = Fault("C010", "command line", "", "--name", name, expected, "Choose another name.")
        raise UsageError(fault.sentence(), (fault,))
    return name or what_if_name(asked.what_ifs, asked.sets)


def room_bytes(scenario: Scenario) -> int:
    """Room that a run is expected to need on disk."""
    files = (source.resolved for source in scenario.layer_sources)
    return ROOM_BYTES + 2 * sum(path.stat().st_size for path in files if path.is_file())


def scenario_document(scenario: Scenario, layers: Layers) -> dict[str, Any]:
    """The resolved scenario with the SHA-256 and the CRS found of every layer file."""
    document = scenario.resolved()
    for entry in (*document["layers"].values(), *document["exclude"]):
        for known in (entry["name"], entry["path"]):
            if known in layers.digests:
                entry["sha256"] = layers.digests[known]
                entry["crs_found"] = layers.crs_found.get(known, "")
    return document


def question(scenario: Scenario, layers: Layers, name: str) -> dict[str, Any]:
    """What makes a run the run it is: everything asked, the inputs' digests, where values come from, and versions."""
    return {
        "model": scenario.name,
        "name": name,
        "scenario": scenario.digest(),
        "origins": [[value.path, value.origin] for value in scenario.values],
        "layers": dict(layers.digests),
        "versions": versions(),
    }


def _answered_before(folder: Path) -> Manifest | None:
    """The manifest of an earlier run of the same question, if it came to its end and its files are as written."""
    if not folder.exists():
        return None
    try:
        manifest = read_manifest(folder)
    except InputError:
        return None
    return manifest if manifest.record.proven and not manifest_faults(folder, manifest) else None


def _answer(scenario: Scenario, layers: Layers, folder: Path, name: str, clock: Clock, waiting: Waiting) -> Manifest:
    """Solve, write, verify; the run folder appears only if all of it went well."""
    plan = _with_exit_code(climb(scenario, layers, clock, waiting), clock.watch.stop.number)
    with new_folder(folder) as work:
        asked = scenario_document(scenario, layers)
        with clock.step("write", has_plan=True):
            write_all(plan, work)
            _write_json(asked, work / SCENARIO_FILE)
            write_certificates(plan.certificates, plan.record.aims, work)
        with clock.step("verify", has_plan=True):
            _hold(work, scenario.cwd)
        record = replace(plan.record, observed={**plan.record.observed, **clock.observed()})
        manifest = Manifest(folder.name, name, record, result_of(plan), asked, digests_of(work))
        write_manifest(manifest, work)
    return manifest


def _with_exit_code(plan: Plan, stop: int) -> Plan:
    """An interrupted plan is kept, and the exit code says by which signal."""
    if plan.record.status != INTERRUPTED:
        return plan
    code = EXIT_TERMINATED if stop == signal.SIGTERM else EXIT_INTERRUPTED
    return replace(plan, record=replace(plan.record, exit_code=code))


def _hold(folder: Path, cwd: Path) -> None:
    report = verify_files(folder, cwd)
    if not report.passed:
        raise VerificationFailed("the plan breaks its own rules and was not written", report.faults)


def _write_json(document: Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def solve_verified(scenario: Scenario, *, strict: bool = False, watch: Watch | None = None) -> Plan:
    """The verified plan of a scenario, without leaving anything on disk."""
    clock = Clock(watch or Nobody())
    with Waiting() as waiting:
        expect_pricing(scenario, waiting)
        with clock.step("layers"):
            layers = layers_of(scenario, strict=strict)
        plan = _with_exit_code(climb(scenario, layers, clock, waiting), clock.watch.stop.number)
    with TemporaryDirectory(prefix="siting-") as work:
        with clock.step("write", has_plan=True):
            write_all(plan, Path(work))
            _write_json(scenario_document(scenario, layers), Path(work) / SCENARIO_FILE)
        with clock.step("verify", has_plan=True):
            _hold(Path(work), scenario.cwd)
    return replace(plan, record=replace(plan.record, observed={**plan.record.observed, **clock.observed()}))
