"""What the published plan reaches of what is claimed and held: values of the aims from the manifest, compute by period from the
tables."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from siting.certify.faults import BEYOND, CERTIFICATE_FILE, CLAIM, GAP, HELD, UNREADABLE, Refused, fault
from siting.certify.record import Claim, HeldRow
from siting.errors import Fault
from siting.objectives.aim import HELD as BETWEEN
from siting.objectives.aim import Aim
from siting.scenario import Scenario

MANIFEST_FILE: Final = "manifest.json"
COMPUTE_ROW: Final = "held_compute"
WAITING: Final = "waiting_it_mw"
"""Item of given.csv: MW of IT that stand and do not work yet."""
HELD_ROWS: Final = {
    "most_compute": COMPUTE_ROW,
    "least_cost": "held_cost",
    "cheapest_for_target": "held_target_cost",
    "earliest": "held_earliness",
    "least_strain": "held_strain",
    "least_carbon": "held_carbon",
    "most_value": "held_value",
}
"""The rows by which each aim holds what it has reached."""
ROUNDING: Final = 1e-6
"""Relative slack of everything that files tell with some digits."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the manifest tells of one aim; NaN where it tells nothing."""

    name: str
    value: float
    bound: float
    gross_gap: float


def read_told(folder: Path) -> tuple[Told, ...]:
    """The aims of the manifest. Raises Refused where it cannot be read."""
    path = folder / MANIFEST_FILE
    try:
        aims = json.loads(path.read_text(encoding="utf-8"))["aims"]
        return tuple(Told(str(aim["name"]), *(_number(aim[key]) for key in ("value", "bound", "gross_gap"))) for aim in aims)
    except (OSError, ValueError, KeyError, TypeError) as error:
        told = f"{type(error).__name__}: {error}"
        raise Refused(fault(UNREADABLE, str(path), "", "aims", told, "the manifest of a finished run")) from error


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def told_faults(claims: Sequence[Claim], told: Sequence[Told], aims: Sequence[Aim], folder: Path) -> list[Fault]:
    """Where certificate, manifest and scenario do not speak of the same aims and bounds (a run that was stopped tells of the
    first aims only), where a bound is better than the plan's own value, and where the gap is not the way from value to bound."""
    path, faults = str(folder / MANIFEST_FILE), list[Fault]()
    names = [aim.name for aim in aims][: max(len(told), 1)]
    for what, found in (("the certificate", [claim.aim for claim in claims]), ("the manifest", [each.name for each in told])):
        if found != names:
            faults.append(fault(CLAIM, path, what, "aims", ", ".join(found) or "none", ", ".join(names)))
    if faults:
        return faults
    for claim, each, aim in zip(claims, told, aims, strict=False):
        faults += _aim_faults(claim, each, aim, path)
    return faults


def _aim_faults(claim: Claim, told: Told, aim: Aim, path: str) -> list[Fault]:
    where, sign = f"aim {aim.name}", -1.0 if aim.maximise else 1.0
    if claim.kind == "none":
        bare = math.isnan(told.bound)
        return [] if bare else [fault(CLAIM, path, where, "bound", told.bound, "none, since the certificate claims none")]
    faults = []
    if claim.sign != sign:
        faults.append(fault(CLAIM, path, where, "sign", claim.sign, f"{sign:g}"))
    size = max(1.0, abs(claim.bound))
    if not abs(told.bound - sign * claim.bound) <= 1e-12 * size:
        faults.append(fault(CLAIM, path, where, "bound", told.bound, f"{sign * claim.bound:.9g}, as in the certificate"))
    if not sign * told.value >= claim.bound - ROUNDING * size:
        expected = f"no better than the plan's own value, {told.value:.9g}"
        faults.append(fault(BEYOND, path, where, "bound", told.bound, expected))
    gap = abs(told.value - told.bound) / abs(told.value) if told.value else math.nan
    if math.isfinite(gap) and not abs(gap - told.gross_gap) <= ROUNDING * max(1.0, gap):
        expected = f"{gap:.9g}, the way from value to bound"
        faults.append(fault(GAP, path, where, "gross_gap", told.gross_gap, expected))
    return faults


def held_faults(claim: Claim, earlier: Mapping[str, Told], scenario: Scenario, folder: Path) -> list[Fault]:
    """Held rows of a claim that the plan itself does not meet. A row that holds less than it might only makes the bound harder
    to reach; rows of no known aim are told where the program is stated."""
    faults, compute = [], None
    for held in claim.held:
        name, _, label = held.row.partition("[")
        aim = next((told for told in earlier.values() if name in (f"{BETWEEN}{told.name}", HELD_ROWS.get(told.name))), None)
        if aim is None:
            continue
        value = aim.value
        if name == COMPUTE_ROW:
            compute = compute_mw(folder, scenario) if compute is None else compute
            value = compute.get(label.rstrip("]"), math.nan)
        slack = ROUNDING * max(1.0, abs(value))
        faults += _too_narrow(claim, held, aim, folder)
        if not (held.lower - slack <= value <= held.upper + slack):
            expected = f"what the plan itself reaches, {value:.9g}"
            sides = f"{held.lower:.9g} to {held.upper:.9g}"
            faults.append(fault(HELD, str(folder / CERTIFICATE_FILE), f"aim {claim.aim}", held.row, sides, expected))
    return faults


def _too_narrow(claim: Claim, held: HeldRow, earlier: Told, folder: Path) -> list[Fault]:
    """The fault of a row between two sides that leaves out plans better at the earlier aim than the plan, short of its bound."""
    slack = ROUNDING * max(1.0, abs(earlier.value))
    upward = not earlier.bound < earlier.value
    short = held.upper < earlier.bound - slack if upward else held.lower > earlier.bound + slack
    if not held.row.startswith(f"{BETWEEN}{earlier.name}[") or not short:
        return []
    sides = f"{held.lower:.9g} to {held.upper:.9g}"
    expected = f"nothing between value and bound of {earlier.name}, {earlier.value:.9g} and {earlier.bound:.9g}"
    return [fault(HELD, str(folder / CERTIFICATE_FILE), f"aim {claim.aim}", held.row, sides, expected)]


def compute_mw(folder: Path, scenario: Scenario) -> dict[str, float]:
    """MW of IT of performance 1 at work on the mean of each period: what stands less what waits for power."""
    found = {period.name: 0.0 for period in scenario.time.periods}
    tables = (("modules.csv", "module", "it_mw", 1.0, ""), ("given.csv", "place_id", "amount", -1.0, WAITING))
    for file, kind, amount, sign, item in tables:
        try:
            with (folder / file).open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    if not item or row["item"] == item:
                        found[row["period"]] += sign * scenario.modules[row[kind]].performance * float(row[amount])
        except (OSError, ValueError, KeyError, TypeError) as error:
            told = f"{type(error).__name__}: {error}"
            raise Refused(fault(UNREADABLE, str(folder / file), "", "", told, "a table of the plan")) from error
    return found
