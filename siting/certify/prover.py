"""The program of a process that proves its share of what a run folder claims (`siting.certify.side_by_side`)."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from siting.certify.faults import Refused
from siting.certify.parts import Question, Reached, reached
from siting.certify.question import read_question
from siting.certify.record import read_record
from siting.certify.side_by_side import digest_of
from siting.certify.tally import Tell
from siting.errors import Fault, SitingError, SolverFailed


def main() -> int:
    """Prove the share that comes in. What libraries print goes to standard error, so that only answers go out."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    line = sys.stdin.readline()
    if line:
        threading.Thread(target=_end_with_the_other_end, daemon=True).start()
        _prove(json.loads(line), out)
    return 0


def _end_with_the_other_end() -> None:
    sys.stdin.read()
    os._exit(0)


def _prove(asked: dict[str, Any], out: TextIO) -> None:
    try:
        found = _found(asked, lambda line: _say(out, tell=line))
    except Refused as refused:
        _say(out, **_told(refused, str(refused), refused.faults))
    except SitingError as error:
        _say(out, **_told(error, error.message, error.faults))
    except Exception as error:  # no traceback reaches a user: the other end says what happened
        failed = SolverFailed(f"a process that proves bounds has failed: {type(error).__name__}: {error}")
        _say(out, **_told(failed, failed.message, ()))
    else:
        _say(out, reached=[asdict(each) for each in found])


def _found(asked: dict[str, Any], tell: Tell) -> list[Reached]:
    deadline = time.monotonic() + asked["seconds"]
    folder, root = Path(asked["folder"]), None if asked["root"] is None else Path(asked["root"])
    claims = read_record(folder)
    question = Question(*read_question(folder, root), claims, asked["at_once"])
    if digest_of(folder) != asked["digest"]:
        raise SolverFailed(f"{folder} was written anew while its bound was proven; ask again")
    return reached(question, [(aim, case) for aim, case in asked["keys"]], deadline, tell)


def _told(error: Exception, message: str, faults: Sequence[Fault]) -> dict[str, object]:
    return {"error": type(error).__name__, "message": message, "faults": [asdict(each) for each in faults]}


def _say(out: TextIO, **said: object) -> None:
    try:
        print(json.dumps(said), file=out, flush=True)
    except OSError:
        os._exit(0)
