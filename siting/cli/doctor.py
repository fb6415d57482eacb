"""`siting doctor`: is this installation fit to solve?"""

from __future__ import annotations

from siting.cli.options import Json
from siting.cli.tell import table, tell_json
from siting.errors import SolverFailed


def doctor(as_json: Json = False) -> int:
    """Print versions, and solve small programs of known answer with the installed solver."""
    from siting.doctor import examine

    diagnosis = examine()
    code = 0 if diagnosis.healthy else SolverFailed.exit_code
    if as_json:
        checks = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in diagnosis.checks]
        tell_json({"exit_code": code, "versions": dict(diagnosis.versions), "checks": checks})
        return code
    print(table(("package", "version"), list(diagnosis.versions.items())))
    print()
    print(
        table(("check", "", "detail"), [(check.name, "ok" if check.ok else "FAILED", check.detail) for check in diagnosis.checks])
    )
    return code
