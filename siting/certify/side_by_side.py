"""Claims proven by processes side by side (`siting.certify.prover`), each with its share of the cases.

Every process reads the run folder and states the question for itself: nothing that is proven in one rests on what another says.
A share goes out as a line of JSON, lines of JSON come in: what is told on the way, then what is reached or why it is not. The
pipe to a process stays open as long as it is wanted; it ends when the other end is gone.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from siting.certify.faults import CERTIFICATE_FILE, PRICES_FILE, Refused
from siting.certify.parts import Key, Reached
from siting.certify.question import SCENARIO_FILE
from siting.certify.tally import Tell
from siting.errors import Fault, Infeasible, InputError, SolverFailed
from siting.own_process import own_process
from siting.runs.key import file_digest

PROVER: Final = tuple(own_process("siting.certify.prover"))
KINDS: Final = {kind.__name__: kind for kind in (InputError, Infeasible, SolverFailed)}
"""Errors that are told as they are."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one process proves of the claims of a run folder, as `siting.certify.run.verify_bound` was asked. `digest` is that of
    the files claims are read from, so that all prove the same."""

    folder: Path
    root: Path | None
    keys: Sequence[Key]
    at_once: int
    digest: str


def digest_of(folder: Path) -> str:
    """The digests of the files of a run folder that claims are read from, those that are there."""
    read = (folder / name for name in (SCENARIO_FILE, CERTIFICATE_FILE, PRICES_FILE))
    return " ".join(file_digest(path) for path in read if path.is_file())


def prove_shares(shares: Sequence[Share], deadline: float, tell: Tell) -> list[Reached]:
    """What all shares reach. Raises Refused or another error of ours as soon as a process does, SolverFailed where one ends
    without an answer."""
    processes: list[subprocess.Popen[str]] = []
    speaking = threading.Lock()

    def told(line: str) -> None:
        with speaking:
            tell(line)

    try:
        for _ in shares:
            processes.append(_process())
        with ThreadPoolExecutor(len(shares)) as threads:
            try:
                return _first_failed_or_all(
                    [
                        threads.submit(_answer, process, share, deadline, told)
                        for process, share in zip(processes, shares, strict=True)
                    ]
                )
            finally:
                for process in processes:
                    process.kill()
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _first_failed_or_all(answers: list[Future[list[Reached]]]) -> list[Reached]:
    wait(answers, return_when=FIRST_EXCEPTION)
    for answer in answers:
        if answer.done() and (error := answer.exception()) is not None:
            raise error
    return [each for answer in answers for each in answer.result()]


def _process() -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            PROVER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
    except OSError as error:
        raise SolverFailed(f"no process to prove bounds could be started: {error}") from error


def _answer(process: subprocess.Popen[str], share: Share, deadline: float, tell: Tell) -> list[Reached]:
    assert process.stdin is not None
    assert process.stdout is not None
    asked = {
        "folder": str(share.folder),
        "root": None if share.root is None else str(share.root),
        "keys": list(share.keys),
        "at_once": share.at_once,
        "digest": share.digest,
        "seconds": deadline - time.monotonic(),
    }
    with suppress(OSError):  # one that is gone already is known by its silence
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
    for line in process.stdout:
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:
            break
        if "tell" in said:
            tell(said["tell"])
        elif "reached" in said:
            return [Reached(**each) for each in said["reached"]]
        else:
            raise _error(said)
    raise SolverFailed(f"a process that proves bounds ended with code {process.wait()} before it was done")


def _error(said: dict[str, Any]) -> Exception:
    """What a process has met, as it would have been here."""
    faults = [Fault(**each) for each in said["faults"]]
    if said["error"] == Refused.__name__:
        return Refused(*faults)
    return KINDS.get(said["error"], SolverFailed)(said["message"], faults)
