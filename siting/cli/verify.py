"""`siting verify`: hold a published plan against its inputs and its manifest again, from the files alone."""

from __future__ import annotations

from siting.cli.options import Folder, Json
from siting.cli.tell import tell_json


def verify(folder: Folder, as_json: Json = False) -> int:
    """Check a published plan again from its files: digests, and every rule of the scenario."""
    from siting.pipeline import verify as verify_pipeline

    verified = verify_pipeline(folder)
    if as_json:
        tell_json({"exit_code": 0, "folder": str(folder), "checked": list(verified.checked), "files": verified.files})
        return 0
    for rule in verified.checked:
        print(f"holds: {rule}")
    print(f"{folder}: {verified.files} files as written, {len(verified.checked)} rules hold")
    return 0
