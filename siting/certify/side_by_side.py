"""Claims proven by processes side by side (`siting.certify.prover`), each with its share of the cases.

Every process reads the run folder and states the question for itself: nothing that is proven in one rests on what another says.
A share goes out as a line of JSON, lines of JSON come in: what is told on the way, then what is reached or why it is refused.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from siting.certify.faults import Refused
from siting.certify.parts import Key, Reached, Tell
from siting.errors import Fault, SolverFailed

PROVER: Final = ("-m", "siting.certify.prover")


@dataclass(frozen=True, slots=True)
class Share:
    """What one process proves of the claims of a run folder, as `siting.certify.run.verify_bound` was asked."""

    folder: Path
    root: Path | None
    keys: Sequence[Key]
    at_once: int


def prove_shares(shares: Sequence[Share], deadline: float, tell: Tell) -> list[Reached]:
    """What all shares reach. Raises Refused as soon as one is, SolverFailed where a process ends without an answer."""
    processes = [_process() for _ in shares]
    try:
        with ThreadPoolExecutor(len(shares)) as threads:
            try:
                waiting = [
                    threads.submit(_answer, process, share, deadline, tell)
                    for process, share in zip(processes, shares, strict=True)
                ]
                return [each for answer in waiting for each in answer.result()]
            finally:
                for process in processes:
                    process.kill()
    finally:
        for process in processes:
            process.communicate()


def _process() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *PROVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def _answer(process: subprocess.Popen[str], share: Share, deadline: float, tell: Tell) -> list[Reached]:
    assert process.stdin is not None
    assert process.stdout is not None
    asked = {
        "folder": str(share.folder),
        "root": None if share.root is None else str(share.root),
        "keys": list(share.keys),
        "at_once": share.at_once,
        "seconds": deadline - time.monotonic(),
    }
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    for line in process.stdout:
        said: dict[str, Any] = json.loads(line)
        if "tell" in said:
            tell(said["tell"])
        elif "refused" in said:
            raise Refused(*(Fault(**each) for each in said["refused"]))
        else:
            return [Reached(**each) for each in said["reached"]]
    raise SolverFailed(f"a process that proves bounds ended with code {process.wait()} before it was done")
