"""What the verbs print: for people on the terminal, or one JSON document on standard output."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from siting.errors import Fault, SitingError


def tell_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document; numbers that are not finite become null."""
    print(json.dumps(_finite(document), ensure_ascii=False, indent=1, allow_nan=False))


def tell_failure(error: SitingError, exit_code: int, as_json: bool) -> int:
    """Tell why nothing came of it, all faults at once, and return the exit code."""
    if as_json:
        faults = [fault.record() for fault in error.faults]
        tell_json({"exit_code": exit_code, "error": error.message, "faults": faults})
        return exit_code
    sentences = [fault.sentence() for fault in error.faults]
    if error.message != "\n".join(sentences):
        print(f"siting: {error.message}", file=sys.stderr)
        sentences = [sentence for sentence in sentences if sentence not in error.message]
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return exit_code


def tell_faults(faults: Iterable[Fault]) -> None:
    """Print faults and warnings, one a line, on standard error."""
    for fault in faults:
        print(fault.sentence(), file=sys.stderr)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """Plain columns, those of `numbers` to the right; nothing is cut off."""
    right = set(numbers)
    widths = [max(len(row[column]) for row in (titles, *rows)) for column in range(len(titles))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if column in right else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (titles, *rows)
    )


def thousands(value: float, decimals: int = 0) -> str:
    """A number with thin groups of three: 1 234.5."""
    return f"{value:,.{decimals}f}".replace(",", " ")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
