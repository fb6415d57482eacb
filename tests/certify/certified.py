"""Tiny worlds with their proven optima and certificates of bounds, made in this process, as a folder, and ways to tamper."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.merging import groups
from siting.objectives import OBJECTIVES
from siting.objectives.aim import Aim, Scales
from siting.pipeline import SCENARIO_FILE, scenario_document
from siting.plan.record import AimResult
from siting.program.assemble import Program
from siting.program.matrix import Matrix, compile_matrix
from siting.runs.certificates import CERTIFICATE_FILE, PRICES_FILE, write_certificates
from siting.runs.manifest import MANIFEST
from siting.solve.blocks import split
from siting.solve.certificate import Certificate, Proof, held_rows, priced_proof
from siting.solve.finer import Finer
from siting.solve.highs import BlockSolver
from siting.statement import is_merged, merged_program_of
from tests.worlds import Floats, Opened, World, aim_cost, answered, opened

AIMS = OBJECTIVES[:2]


@dataclass(frozen=True)
class Certified:
    """A folder with what a certificate speaks of, and the proven optima of the two aims."""

    folder: Path
    truths: tuple[float, ...]
    certificates: tuple[Certificate, ...]


def certified(world: World, root: Path, *, kind: str = "prices", relaxed: bool = False) -> Certified | None:
    """A world solved to its optima, with certificates of one kind; None where it has no plan."""
    found = opened(world, root)
    fine = found.program()
    coarse = merged_program_of(found.scenario, fine.problem) if is_merged(found.scenario) else None
    finer = None if coarse is None else Finer(fine, coarse, groups(fine.problem.time, found.scenario.time.blocks))
    certificates: list[Certificate] = []
    truths: list[float] = []
    values: Floats = np.zeros(fine.space.size)
    for place, aim in enumerate(AIMS):
        if place:
            _hold(AIMS[place - 1], fine, finer, values)
        matrix = compile_matrix(fine.model, fine.space)
        cost = aim_cost(fine, aim, matrix)
        best = answered(matrix, cost)
        if best.solution is None:
            return None
        values = np.where(matrix.integer, np.rint(best.solution), best.solution)
        truths.append(float(cost @ values))
        searched = fine if finer is None else finer.merged
        certificates.append(_certificate(searched, aim, kind, relaxed=relaxed, merged=finer is not None))
    folder = root / "certified"
    folder.mkdir()
    _write(folder, found, fine, values, certificates)
    told = tuple((-1.0 if aim.maximise else 1.0) * truth for aim, truth in zip(AIMS, truths, strict=True))
    return Certified(folder, told, tuple(certificates))


def _hold(aim: Aim, fine: Program, finer: Finer | None, values: Floats) -> None:
    aim.hold(_scales(fine), values)
    if finer is not None:
        aim.hold(_scales(finer.merged), finer.averaged(values))
        finer.same_held("held_compute")


def _scales(program: Program) -> Scales:
    return Scales(program.problem, program.core, program.ledgers, program.space.size)


def _certificate(program: Program, aim: Aim, kind: str, *, relaxed: bool, merged: bool) -> Certificate:
    matrix = compile_matrix(program.model, program.space)
    cost = aim_cost(program, aim, matrix)
    proof = _priced(matrix, cost, len(program.problem.site_ids), relaxed=relaxed) if kind == "prices" else _whole(matrix, cost)
    named = proof.certificate(aim.name, matrix, program.problem.site_ids)
    return replace(named, held=held_rows(matrix), merged=merged, maximise=aim.maximise)


def _whole(matrix: Matrix, cost: Floats) -> Proof:
    bound = answered(matrix, cost).bound
    return Proof(bound, bound)


def _priced(matrix: Matrix, cost: Floats, sites: int, *, relaxed: bool) -> Proof:
    """Prices of the relaxed program on the coupling rows, and the minima of the blocks at them."""
    duals = answered(matrix, cost, relax=True).row_dual
    assert duals is not None
    parts = split(matrix, cost, sites)
    prices = parts.clean(duals[parts.coupling])
    values = []
    for block in parts.blocks:
        reduced = np.asarray(block.model.cost - block.touch @ prices)
        values.append((block.site, min(BlockSolver(block.model, 1e-9, 30.0).price(reduced, relaxed)[0], 0.0)))
    claimed = parts.rows_value(prices) + math.fsum(value for _, value in values)
    return priced_proof(parts, prices, claimed, values, relaxed=relaxed)


def _write(folder: Path, found: Opened, program: Program, values: Floats, certificates: Sequence[Certificate]) -> None:
    """The files of a run that a certificate is held against."""
    told = []
    for aim, certificate in zip(AIMS, certificates, strict=True):
        value, bound = float(aim.coefficients(_scales(program)) @ values), (-1.0 if aim.maximise else 1.0) * certificate.bound
        gross = abs(value - bound) / abs(value) if value else math.nan
        told.append(AimResult(aim.name, aim.title, aim.unit, value, bound, gross, gross, 0.1))
    write_certificates(certificates, told, folder)
    document = scenario_document(found.scenario, found.layers)
    (folder / SCENARIO_FILE).write_text(json.dumps(document), encoding="utf-8")
    aims = [{"name": aim.name, "value": aim.value, "bound": aim.bound, "gross_gap": _plain(aim.gross_gap)} for aim in told]
    (folder / MANIFEST).write_text(json.dumps({"aims": aims}), encoding="utf-8")
    _write_tables(folder, program, values)


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _write_tables(folder: Path, program: Program, values: Floats) -> None:
    problem, solved = program.problem, program.solved(values)
    sites, kinds, periods = problem.site_ids, problem.modules.names, problem.time.periods
    standing = [
        (sites[i], kinds[k], periods[p], solved["modules"][i, k, p] * problem.modules.it_mw[k])
        for i, k, p in np.ndindex(solved["modules"].shape)
    ]
    pd.DataFrame(standing, columns=["site_id", "module", "period", "it_mw"]).to_csv(folder / "modules.csv", index=False)
    waiting = [
        (row.site_id, row.place_id, row.item, row.period, row.amount)
        for family in program.families
        for item, given in family.standing(problem, program.knobs[family.name], solved).given.items()
        for row in _given_rows(item, given, sites, periods)
    ]
    columns = ["site_id", "place_id", "item", "period", "amount"]
    pd.DataFrame(waiting, columns=columns).to_csv(folder / "given.csv", index=False)


def _given_rows(item: str, given: Any, sites: Sequence[str], periods: Sequence[str]) -> list[Any]:
    frame = [
        {"site_id": sites[i], "place_id": given.places[j], "item": item, "period": periods[p], "amount": given.amount[i, j, p]}
        for i, j, p in np.ndindex(given.amount.shape)
    ]
    return list(pd.DataFrame(frame, columns=["site_id", "place_id", "item", "period", "amount"]).itertuples(index=False))


def with_claims(folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the entries of the certificate."""
    _change(folder / CERTIFICATE_FILE, change)


def with_told(folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the aims of the manifest."""
    _change(folder / MANIFEST, change)


def _change(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document["aims"])
    path.write_text(json.dumps(document), encoding="utf-8")


def with_prices(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change the table of prices."""
    path = folder / PRICES_FILE
    change(pd.read_parquet(path)).to_parquet(path, index=False)
