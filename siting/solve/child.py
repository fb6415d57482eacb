"""The watched solver process: start a job, hear from it, stop it, and never wait for ever.

`Child` is one running job; `wait` hears from several at once. A child that dies, overruns its deadline or takes too much
memory becomes an Answer with status solver_failed, never a hang and never a stale value.
"""

from __future__ import annotations

import math
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from siting.own_process import own_process
from siting.solve.job import Answer, Found, Job, Progress, Status
from siting.solve.wire import read_message, write_message

GRACE_SECONDS: Final = 20.0
Message = Progress | Found | Answer


class Child:
    """One job in a process of its own."""

    def __init__(self, job: Job, inbox: queue.Queue[Message]) -> None:
        self.job = job
        self.answer: Answer | None = None
        self._inbox = inbox
        self._began = time.monotonic()
        self._stopped_at: float | None = None
        self._errors: list[bytes] = []
        self._process = subprocess.Popen(
            own_process("siting.solve.highs"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        threading.Thread(target=self._write, daemon=True).start()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()

    def _write(self) -> None:
        try:
            write_message(self._pipe("stdin"), self.job)
        except (BrokenPipeError, OSError):
            return

    def _read(self) -> None:
        try:
            while True:
                message = read_message(self._pipe("stdout"))
                self._inbox.put(message)
                if isinstance(message, Answer):
                    break
        except (EOFError, OSError, ValueError):
            self._inbox.put(self._lost())
        self._close()

    def _read_errors(self) -> None:
        errors = self._pipe("stderr")
        self._errors.append(errors.read()[-2000:])
        errors.close()

    def _pipe(self, name: str) -> Any:
        return {"stdin": self._process.stdin, "stdout": self._process.stdout, "stderr": self._process.stderr}[name]

    def _lost(self) -> Answer:
        code = self._process.wait()
        words = b"".join(self._errors).decode(errors="replace").strip().splitlines()
        memory = "bad_alloc" in " ".join(words) or "MemoryError" in " ".join(words) or code in (-9, 137)
        why = (
            f"out of memory: it needed more than {self.job.options.memory_gb:g} GB"
            if memory
            else (words[-1] if words else "no word")
        )
        return failed(self.job, f"the solver process ended with code {code}: {why}", time.monotonic() - self._began)

    def _close(self) -> None:
        if self._process.poll() is None:
            try:
                self._process.wait(timeout=2.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for name in ("stdin", "stdout"):
            try:
                self._pipe(name).close()
            except OSError:
                continue

    def stop(self) -> None:
        """Ask the solver to end now with the best it has."""
        if self.answer is None and self._stopped_at is None:
            self._stopped_at = time.monotonic()
            try:
                self._pipe("stdin").write(b"x")
                self._pipe("stdin").flush()
            except (BrokenPipeError, OSError, ValueError):
                return

    def kill(self) -> None:
        """End the process at once."""
        if self._process.poll() is None:
            self._process.kill()

    def resident_gb(self) -> float:
        """Memory the process holds, 0 where it cannot be read."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError, ValueError):
            return 0.0
        return pages * 4096 / 1e9

    def overdue(self) -> str:
        """Why the process must end now; "" where it need not."""
        now = time.monotonic()
        if self.resident_gb() > self.job.options.memory_gb + 0.3:
            return f"out of memory: it holds {self.resident_gb():.1f} GB, {self.job.options.memory_gb:g} GB are allowed"
        if self._stopped_at is not None and now - self._stopped_at > GRACE_SECONDS:
            return "it did not stop when asked"
        if now - self._began > self.job.options.seconds + GRACE_SECONDS:
            return f"it overran its limit of {self.job.options.seconds:.0f} s"
        return ""


def failed(job: Job, message: str, seconds: float) -> Answer:
    """An answer that says the solver failed."""
    return Answer(job.name, Status.SOLVER_FAILED, math.nan, math.nan, None, None, 0, 0, seconds, message)


class Bench:
    """Jobs running side by side, and the one place that hears from them."""

    def __init__(self, hear: Callable[[Progress | Found], None]) -> None:
        self._inbox: queue.Queue[Message] = queue.Queue()
        self._hear = hear
        self._running: list[Child] = []

    def start(self, job: Job) -> Child:
        """Start a job."""
        child = Child(job, self._inbox)
        self._running.append(child)
        return child

    def abandon(self, child: Child) -> None:
        """End a job whose answer nobody needs any more."""
        child.kill()
        child.answer = failed(child.job, "it was not needed any more", 0.0)
        if child in self._running:
            self._running.remove(child)

    def wait(self, children: Sequence[Child], seconds: float = math.inf, until: Callable[[], bool] = lambda: False) -> None:
        """Hear from all running jobs until every named child has answered, `until` holds, or the time is over."""
        end = time.monotonic() + seconds
        while any(child.answer is None for child in children) and time.monotonic() < end and not until():
            try:
                self._take(self._inbox.get(timeout=0.1))
            except queue.Empty:
                self._police()

    def _take(self, message: Message) -> None:
        if not isinstance(message, Answer):
            self._hear(message)
            return
        for child in self._running:
            if child.job.name == message.job and child.answer is None:
                child.answer = message
                self._running.remove(child)
                return

    def _police(self) -> None:
        for child in list(self._running):
            why = child.overdue()
            if why:
                child.kill()
                child.answer = failed(child.job, why, child.job.options.seconds)
                self._running.remove(child)

    def close(self) -> None:
        """End everything that still runs."""
        for child in self._running:
            child.kill()
        self._running.clear()
