"""Certificates of the bounds as files of a run: `certificate.json` says what is claimed of each aim and what each block adds,
`prices.parquet` holds the prices on the coupling rows by their Pyomo names.

All numbers are of the minimisation: `sign` times a bound is what the manifest tells of the aim. `siting verify --bound`
(`siting.certify`) computes the bound again from these files, the scenario and the layers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from siting.plan.record import AimResult

if TYPE_CHECKING:
    from siting.solve.certificate import Certificate

CERTIFICATE_FILE: Final = "certificate.json"
PRICES_FILE: Final = "prices.parquet"
FORMAT: Final = 1
NONE: Final = "none"
"""Kind of an aim of which no bound is claimed."""


def write_certificates(certificates: Sequence[Certificate], aims: Sequence[AimResult], folder: Path) -> None:
    """Write both files into `folder`, one entry an aim in the order of the aims."""
    known = {certificate.aim: certificate for certificate in certificates}
    document = {"format": FORMAT, "aims": [_entry(aim, known.get(aim.name)) for aim in aims]}
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / CERTIFICATE_FILE).write_text(text + "\n", encoding="utf-8")
    rows = [(aim.name, row, price) for aim in aims if aim.name in known for row, price in sorted(known[aim.name].prices.items())]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    kinds = (pa.string(), pa.string(), pa.float64())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    pq.write_table(pa.table(dict(zip(("aim", "row", "price"), arrays, strict=True))), folder / PRICES_FILE)


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
    }


def _side(value: float) -> float | None:
    return value if math.isfinite(value) else None
