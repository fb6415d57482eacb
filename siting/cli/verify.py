"""`siting verify`: hold a published plan against its inputs and its manifest again, from the files alone; with `--bound` compute
what it claims as bound again too."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.options import Folder, Json
from siting.cli.tell import table, tell_json, thousands

if TYPE_CHECKING:
    from siting.certify import AimProof

SECONDS = 600.0


def verify(
    folder: Folder,
    bound: Annotated[bool, typer.Option("--bound", help="Compute the bounds again from layers, scenario and prices.")] = False,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", help="Seconds the bounds may take.", min=1.0, max=86400.0)
    ] = SECONDS,
    workers: Annotated[
        int,
        typer.Option("--workers", metavar="N", help="Processes that prove bounds; 0: by processors.", min=0, max=1024),
    ] = 0,
    as_json: Json = False,
) -> int:
    """Check a published plan again from its files: digests, every rule of the scenario, and with --bound its bounds."""
    from siting.pipeline import verify as verify_pipeline
    from siting.pipeline import verify_claims

    verified = verify_pipeline(folder)
    proofs = verify_claims(folder, time_limit, _tell, workers).aims if bound else ()
    if as_json:
        rules = [asdict(rule) for rule in verified.rules]
        proven = {"bounds": [asdict(proof) for proof in proofs]} if bound else {}
        tell_json({"exit_code": 0, "folder": str(folder), "files": verified.files, "rules": rules} | proven)
        return 0
    print(table(("rule", "held"), [(rule.name, str(rule.checked)) for rule in verified.rules], numbers=(1,)))
    print(f"{folder}: {verified.files} files as written, {len(verified.rules)} rules hold")
    if bound:
        print(_proofs(proofs))
    return 0


def _tell(line: str) -> None:
    with suppress(OSError):  # a proof goes on where nobody listens
        print(line, file=sys.stderr, flush=True)


def _proofs(proofs: tuple[AimProof, ...]) -> str:
    """What was proven of each aim."""
    rows = [
        (
            proof.name,
            f"{thousands(proof.claimed, 3)} {proof.unit}",
            f"{thousands(proof.proven, 3)}",
            str(proof.prices) if proof.kind == "prices" else proof.kind,
            str(proof.blocks),
            str(proof.boxes),
            f"{proof.seconds:.1f}",
        )
        for proof in proofs
    ]
    return table(("bound of", "claimed", "proven", "prices", "blocks", "boxes", "seconds"), rows, numbers=(1, 2, 3, 4, 5, 6))
