"""`siting check`: read scenario and layers, and say everything that is wrong with them."""

from __future__ import annotations

from pathlib import Path

from siting.cli.options import AllowOutside, Json, Model, Sets, Strict, WhatIfs
from siting.cli.tell import table, tell_faults, tell_json


def check(
    model: Model,
    what_if: WhatIfs = None,
    sets: Sets = None,
    allow_outside: AllowOutside = False,
    strict: Strict = False,
    as_json: Json = False,
) -> int:
    """Check a model and its layers; solve nothing, write nothing."""
    from siting.pipeline import Asked
    from siting.pipeline import check as check_pipeline

    checked = check_pipeline(Asked(model, tuple(what_if or ()), tuple(sets or ()), (), allow_outside, strict), Path.cwd())
    if as_json:
        warnings = [fault.record() for fault in checked.warnings]
        tell_json({"exit_code": 0, "model": checked.model, "layers": dict(checked.rows), "warnings": warnings})
        return 0
    tell_faults(checked.warnings)
    print(table(("layer", "rows"), [(name, str(rows)) for name, rows in checked.rows.items()], numbers=(1,)))
    print(f"{checked.model}: no errors, {len(checked.warnings)} warnings")
    return 0
