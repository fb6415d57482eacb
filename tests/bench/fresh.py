"""Work in a fresh process, watched from outside: a wall-clock limit, and the memory of the process with all its children.

    fresh("tests.bench.scale:solve_case", {"candidates": 1000}, limit_s=60.0)

imports the module in a new interpreter, calls the function with the keywords and returns what it returned (as JSON). Whatever
goes wrong in there becomes words in the answer, never an error here.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tests.bench.machine import ROOT

SAMPLE_S: Final = 0.2
PAGE_MB: Final = os.sysconf("SC_PAGE_SIZE") / 1e6
TICK_S: Final = 1.0 / os.sysconf("SC_CLK_TCK")
MARK: Final = "SITING_BENCH_MARK"
"""Environment variable with the file that tells, from within, when the piece of work began that is in hand."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How it ended: what was returned, None where it failed; why it failed; wall seconds of the whole process, and the largest
    memory it held together with all processes below it, in MB (of 1e6 bytes), sampled. Where it was killed at its limit within
    a piece of work that was `marked`: the seconds since that piece began; otherwise 0."""

    value: Any
    why: str
    seconds: float
    peak_mb: float
    in_hand_cpu_s: float = 0.0
    in_hand_wall_s: float = 0.0


def fresh(function: str, keywords: Mapping[str, Any], limit_s: float) -> Ran:
    """Call `module:function` in a new process. A process still at work after the limit is killed with all below it."""
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as folder:
        answer, said, mark = (Path(folder) / name for name in ("answer.json", "said.txt", "mark.txt"))
        command = [sys.executable, "-m", "tests.bench.fresh", function, json.dumps(dict(keywords)), str(answer)]
        began = time.monotonic()
        with said.open("wb") as out:
            child = subprocess.Popen(
                command, cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
                env={**os.environ, MARK: str(mark)},
            )  # fmt: skip
            peak, in_hand = _watched(child, began + limit_s, mark)
        seconds = time.monotonic() - began
        if in_hand is not None:
            return Ran(None, f"not finished within {limit_s:g} s", seconds, peak, *in_hand)
        if not answer.exists():
            lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return Ran(None, f"failed: {lines[-1] if lines else f'exit code {child.returncode}'}", seconds, peak)
        return Ran(json.loads(answer.read_text(encoding="utf-8")), "", seconds, peak)


def _watched(child: subprocess.Popen[bytes], until: float, mark: Path) -> tuple[float, tuple[float, float] | None]:
    """Largest memory seen, and where it had to be killed, CPU and wall seconds of what it had in hand."""
    peak = 0.0
    while child.poll() is None:
        peak = max(peak, _tree_mb(child.pid))
        if time.monotonic() > until:
            in_hand = _in_hand(child.pid, mark)
            _end(child)
            return peak, in_hand
        time.sleep(SAMPLE_S)
    return peak, None


def _in_hand(pid: int, mark: Path) -> tuple[float, float]:
    """CPU and wall seconds of a process since what it has in hand began, 0 where it has not said so. The clocks are read before
    the mark: what is still in hand afterwards was so before, and a piece that begins between the two has had none. The
    monotonic clock is one for all processes of a machine."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        cpu, wall = (int(words[11]) + int(words[12])) * TICK_S, time.monotonic()
        cpu_then, wall_then = (float(word) for word in mark.read_text(encoding="ascii").split())
    except (OSError, ValueError, IndexError):
        return 0.0, 0.0
    return max(0.0, cpu - cpu_then), max(0.0, wall - wall_then)


@contextmanager
def marked() -> Iterator[None]:
    """While it lasts, the process that watches this one knows when the work in hand began; outside of `fresh`, nothing is
    told."""
    told = os.environ.get(MARK)
    if told:
        Path(told).write_text(f"{time.process_time()!r} {time.monotonic()!r}", encoding="ascii")
    try:
        yield
    finally:
        if told:
            Path(told).unlink(missing_ok=True)


def _end(child: subprocess.Popen[bytes]) -> None:
    """The process is the leader of a session of its own: what it started goes with it."""
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _tree_mb(root: int) -> float:
    """Resident memory of a process and all below it."""
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += [int(word) for word in (task / "children").read_text().split()]
        except OSError:
            continue
    return total


def forget_peak() -> None:
    """Begin the largest memory of this process anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb() -> float:
    """Largest memory of this process since it began, or since `forget_peak`."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def now_mb() -> float:
    """Memory of this process now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_MB


def main(function: str, keywords: str, answer: str) -> None:
    """In the new process."""
    module, _, name = function.partition(":")
    found = getattr(import_module(module), name)(**json.loads(keywords))
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
