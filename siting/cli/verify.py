"""`siting verify`: hold a published plan against its inputs and its manifest again, from the files alone."""

from __future__ import annotations

from dataclasses import asdict

from siting.cli.options import Folder, Json
from siting.cli.tell import table, tell_json


def verify(folder: Folder, as_json: Json = False) -> int:
    """Check a published plan again from its files: digests, and every rule of the scenario."""
    from siting.pipeline import verify as verify_pipeline

    verified = verify_pipeline(folder)
    if as_json:
        rules = [asdict(rule) for rule in verified.rules]
        tell_json({"exit_code": 0, "folder": str(folder), "files": verified.files, "rules": rules})
        return 0
    print(table(("rule", "held"), [(rule.name, str(rule.checked)) for rule in verified.rules], numbers=(1,)))
    print(f"{folder}: {verified.files} files as written, {len(verified.rules)} rules hold")
    return 0
