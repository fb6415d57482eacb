"""Tiny worlds with their proven optima and certificates of bounds, made in this process, as a folder, and ways to tamper."""

from __future__ import annotations

import json
import math
import threading
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
from siting.program.counted import COUNTED, count_choices
from siting.program.matrix import Matrix, compile_matrix
from siting.runs.certificates import CERTIFICATE_FILE, PRICES_FILE, write_certificates
from siting.runs.manifest import MANIFEST
from siting.solve.blocks import SAFETY, elastic, split, whole
from siting.solve.certificate import Certificate, Proof, ProvenCase, held_rows, priced_proof
from siting.solve.finer import Finer
from siting.solve.highs import BlockSolver
from siting.solve.highs import solve as solve_here
from siting.solve.job import Job, Options
from siting.statement import is_merged, merged_program_of
from tests.worlds import Floats, Opened, World, aim_cost, answered, opened

AIMS = OBJECTIVES[:2]
DEAR = 1e4
"""What is paid for what a program without a plan lacks."""


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
    sites = program.problem.site_ids
    if kind == "cases":
        named = _by_cases(program, aim)
    else:
        proof = _priced(matrix, cost, len(sites), relaxed=relaxed) if kind == "prices" else _whole(matrix, cost)
        named = proof.certificate(aim.name, matrix, sites)
    return replace(named, held=held_rows(matrix), merged=merged, maximise=aim.maximise)


def _by_cases(program: Program, aim: Aim) -> Certificate:
    """Cases of how many sites are open at the end and how many of the first modules stand then: none, one, or more."""
    counted = count_choices(program)
    matrix, sites = compile_matrix(counted.model, counted.space), program.problem.site_ids
    last, module = program.problem.time.periods[-1], program.problem.modules.names[0]
    opened, stock = f"{COUNTED}.open[{last}]", f"{COUNTED}.modules[{module},{last}]"
    none, some = (-math.inf, 0.0), (1.0, math.inf)
    boxes = (
        {opened: none},
        {opened: some, stock: none},
        {opened: some, stock: (1.0, 1.0)},
        {opened: some, stock: (2.0, math.inf)},
    )
    cases = [_case(matrix, aim_cost(program, aim, matrix), sites, box) for box in boxes]
    program.model.del_component(COUNTED)
    bound = min(case.claimed - SAFETY * abs(case.claimed) for case in cases)
    return Certificate(aim.name, "cases", min(case.claimed for case in cases), bound, cases=tuple(cases))


def _case(matrix: Matrix, cost: Floats, sites: tuple[str, ...], box: dict[str, tuple[float, float]]) -> ProvenCase:
    lower, upper = matrix.row_lower.copy(), matrix.row_upper.copy()
    for row in range(matrix.rows):
        lower[row], upper[row] = box.get(matrix.row_name(row), (lower[row], upper[row]))
    held = replace(matrix, row_lower=lower, row_upper=upper)
    named = _priced(held, cost, len(sites), relaxed=False).certificate("", held, sites)
    return ProvenCase(box, named.claimed, named.prices, named.values, relaxed=False)


def _whole(matrix: Matrix, cost: Floats) -> Proof:
    bound = answered(matrix, cost).bound
    return Proof(bound, bound)


def _priced(matrix: Matrix, cost: Floats, sites: int, *, relaxed: bool) -> Proof:
    """Prices of the relaxed program on the coupling rows, of what it lacks where it has no plan, and the minima of the blocks
    at them."""
    found = answered(matrix, cost, relax=True).row_dual
    duals = DEAR * lacking(matrix, cost) if found is None else found
    parts = split(matrix, cost, sites)
    prices = parts.clean(duals[parts.coupling])
    values = []
    for block in parts.blocks:
        reduced = np.asarray(block.model.cost - block.touch @ prices)
        values.append((block.site, min(BlockSolver(block.model, 1e-9, 30.0).price(reduced, relaxed)[0], 0.0)))
    claimed = parts.rows_value(prices) + math.fsum(value for _, value in values)
    return priced_proof(parts, prices, claimed, values, relaxed=relaxed)


def lacking(matrix: Matrix, cost: Floats) -> Floats:
    """What the least lack of all rows says of each (rows)."""
    job = Job("lack", elastic(whole(matrix, cost)), Options(relax=True, relative_gap=1e-9, absolute_gap=1e-7))
    duals = solve_here(job, lambda _: None, threading.Event()).row_dual
    assert duals is not None
    return duals


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
