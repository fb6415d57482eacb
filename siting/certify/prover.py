"""The program of a process that proves its share of what a run folder claims (`siting.certify.side_by_side`)."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from siting.certify.faults import Refused
from siting.certify.parts import Question, reached
from siting.certify.question import read_question
from siting.certify.record import read_record


def main() -> int:
    """Prove the share that comes in."""
    asked = json.loads(sys.stdin.readline())
    folder, root = Path(asked["folder"]), None if asked["root"] is None else Path(asked["root"])
    deadline = time.monotonic() + asked["seconds"]
    try:
        question = Question(*read_question(folder, root), read_record(folder), asked["at_once"])
        keys = {(aim, case) for aim, case in asked["keys"]}
        found = reached(question, keys, deadline, lambda line: _say(tell=line))
    except Refused as refused:
        _say(refused=[asdict(each) for each in refused.faults])
        return 0
    _say(reached=[asdict(each) for each in found])
    return 0


def _say(**said: object) -> None:
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    sys.exit(main())
