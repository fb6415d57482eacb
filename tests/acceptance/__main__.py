"""`python -m tests.acceptance`: the anchors as a table, ours beside what is published, and as `acceptance.json`."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.acceptance.anchors import CHECKOUT, Anchor, quick
from tests.acceptance.off_grid import off_grid, solar_yield

RECORD = CHECKOUT / "acceptance.json"


def anchors() -> Iterator[Anchor]:
    """Every anchor, in the order of FACTS section 9."""
    found: list[Anchor] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, figures in enumerate((off_grid, *quick(), solar_yield)):
            found += figures(Path(folder) / str(number))
    yield from sorted(found, key=lambda anchor: int(anchor.id.split(".")[0][1:]))


def table(found: Iterable[Anchor]) -> str:
    """The anchors as lines of text."""
    lines = [f"{'id':<13}{'what':<64}{'ours':>9}{'published':>11}{'band':>17}  {'unit':<14}"]
    for anchor in found:
        band = f"{anchor.low:.4g} to {anchor.high:.4g}"
        told = "met" if anchor.met else "MISSED: " + (anchor.reason or "no reason known")
        figures = f"{anchor.ours:>9.4g}{anchor.published:>11.4g}{band:>17}"
        lines.append(f"{anchor.id:<13}{anchor.what:<64}{figures}  {anchor.unit:<14}{told}")
    return "\n".join(lines)


def main() -> None:
    """Print the table, write the record."""
    began = time.monotonic()
    found: Sequence[Anchor] = tuple(anchors())
    RECORD.write_text(json.dumps([anchor.record() for anchor in found], indent=2) + "\n", encoding="utf-8")
    met = sum(anchor.met for anchor in found)
    print(table(found))
    print(f"{met} of {len(found)} met; {RECORD.name} written; {time.monotonic() - began:.0f} s")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
