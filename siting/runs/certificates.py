"""Certificates of the bounds as files of a run: `certificate.json` says what is claimed of each aim and what each block adds,
`prices.parquet` holds the prices on the coupling rows by their Pyomo names, those of a bound by cases by the number of the case.

All numbers are of the minimisation: `sign` times a bound is what the manifest tells of the aim. `siting verify --bound`
(`siting.certify`) computes the bound again from these files, the scenario and the layers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from siting.plan.record import AimResult

if TYPE_CHECKING:
    from siting.solve.certificate import Certificate, ProvenCase

CERTIFICATE_FILE: Final = "certificate.json"
PRICES_FILE: Final = "prices.parquet"
FORMAT: Final = 2
NONE: Final = "none"
"""Kind of an aim of which no bound is claimed."""


def write_certificates(certificates: Sequence[Certificate], aims: Sequence[AimResult], folder: Path) -> None:
    """Write both files into `folder`, one entry an aim in the order of the aims."""
    known = {certificate.aim: certificate for certificate in certificates}
    document = {"format": FORMAT, "aims": [_entry(aim, known.get(aim.name)) for aim in aims]}
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / CERTIFICATE_FILE).write_text(text + "\n", encoding="utf-8")
    rows = [
        (aim.name, case, row, price)
        for aim in aims
        if aim.name in known
        for case, prices in enumerate(_prices(known[aim.name]))
        for row, price in sorted(prices.items())
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    kinds = (pa.string(), pa.int32(), pa.string(), pa.float64())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    pq.write_table(pa.table(dict(zip(("aim", "case", "row", "price"), arrays, strict=True))), folder / PRICES_FILE)


def _prices(certificate: Certificate) -> list[Mapping[str, float]]:
    """The prices of each case, or those of all plans as of one case."""
    return [case.prices for case in certificate.cases] or [certificate.prices]


def _entry(aim: AimResult, certificate: Certificate | None) -> dict[str, Any]:
    head = {"name": aim.name, "unit": aim.unit}
    if certificate is None:
        return {**head, "kind": NONE}
    return {
        **head,
        "kind": certificate.kind,
        "sign": -1 if certificate.maximise else 1,
        "claimed": certificate.claimed,
        "bound": certificate.bound,
        "relaxed": certificate.relaxed,
        "merged": certificate.merged,
        "prices": len(certificate.prices),
        "held": [{"row": held.row, "lower": _side(held.lower), "upper": _side(held.upper)} for held in certificate.held],
        "blocks": dict(sorted(certificate.values.items())),
        "cases": [_case(case) for case in certificate.cases],
    }


def _case(case: ProvenCase) -> dict[str, Any]:
    return {
        "sides": {row: [_side(low), _side(high)] for row, (low, high) in sorted(case.sides.items())},
        "claimed": case.claimed,
        "relaxed": case.relaxed,
        "prices": len(case.prices),
        "blocks": dict(sorted(case.values.items())),
    }


def _side(value: float) -> float | None:
    return value if math.isfinite(value) else None
