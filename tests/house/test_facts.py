"""The list of facts: every source that a default names is in it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEY = re.compile(r"\b[A-Z][A-Z0-9]{1,4}-\d{2}\b")
SOURCE = 6
"""The column of a row of KNOBS.md that names sources, counted from the empty one before its first bar."""


def facts() -> list[dict[str, str]]:
    with (ROOT / "docs" / "facts.csv").open(newline="", encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def test_every_source_of_a_default_is_a_fact_of_the_list() -> None:
    rows = [line.split("|") for line in (ROOT / "models" / "KNOBS.md").read_text().splitlines() if line.startswith("| `")]
    named = {key for row in rows for key in KEY.findall(row[SOURCE])}
    assert len(named) > 50
    assert named <= {fact["id"] for fact in facts()}


def test_every_fact_has_one_key_a_range_a_unit_and_a_source() -> None:
    known = facts()
    assert len({fact["id"] for fact in known}) == len(known)
    for fact in known:
        assert KEY.fullmatch(fact["id"]), fact
        assert fact["unit"], fact
        assert fact["source"], fact
        assert float(fact["low"]) <= float(fact["central"]) <= float(fact["high"]), fact
