"""A headless Chromium with no network, spoken to over its debugging pipe: opens a page, listens, asks, takes pictures."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe",
)  # fmt: skip
_WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_NO_WEBGL = ("--disable-3d-apis",)

_ON_THREE_AND_FOUR = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
# The browser listens on descriptor 3 and answers on 4.


def find() -> str | None:
    """The path of a Chromium, None where there is none."""
    return next((path for path in map(shutil.which, _NAMES) if path), None)


class Browser:
    """One page of one browser. `requests` are the addresses it asked for outside itself, `complaints` what it logged."""

    def __init__(self, process: subprocess.Popen[bytes], send: int, receive: int) -> None:
        self._process, self._send, self._receive = process, send, receive
        self._number, self._buffer, self._session = 0, b"", ""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self._frames: set[str] = set()
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._call(f"{domain}.enable", {})
        self._call("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True})

    def open(self, path: Path, width: int = 1000, height: int = 640) -> None:
        """Open a file at a window size and wait until it has loaded."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", size)
        self._call("Page.navigate", {"url": path.resolve().as_uri()})
        self.wait("document.readyState === 'complete'")

    def ask(self, script: str) -> Any:
        """The value of an expression on the page (awaited where it is a promise)."""
        found = self._call("Runtime.evaluate", {"expression": script, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in found:
            raise AssertionError(f"{script}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def wait(self, script: str, seconds: float = 90.0) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.ask(script):
            if time.monotonic() > end:
                raise AssertionError(f"after {seconds} s still not: {script}; {self.complaints}")
            time.sleep(0.05)

    def wait_in_frame(self, script: str, seconds: float = 90.0) -> None:
        """Wait until an expression is true inside a frame of the page that has a process of its own."""
        end = time.monotonic() + seconds
        page = self._session
        while True:
            for frame in sorted(self._frames):
                self._session = frame
                try:
                    if self.ask(script):
                        return
                finally:
                    self._session = page
            if time.monotonic() > end:
                raise AssertionError(f"after {seconds} s still not in a frame: {script}; {self.complaints}")
            time.sleep(0.1)
            self.ask("0")

    def forget(self) -> None:
        """Forget what earlier pages asked for and complained of."""
        self.open_blank()
        self.requests.clear()
        self.complaints.clear()
        self.dialogs.clear()

    def open_blank(self) -> None:
        """Leave the page for an empty one."""
        self._call("Page.navigate", {"url": "about:blank"})
        self.wait("location.href === 'about:blank'")

    def picture(self, path: Path) -> None:
        """Save what the page shows as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", {"format": "png"})["data"]))

    def click(self, x: float, y: float) -> None:
        """Press and release the left button at a point of the page."""
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})

    def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._heard(answer)

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + 120.0
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._receive], [], [], max(end - time.monotonic(), 0.0))
            part = os.read(self._receive, 1 << 20) if ready else b""
            if not part:
                raise AssertionError(f"the browser does not answer; it ended with {self._process.poll()}")
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        found: dict[str, Any] = json.loads(message)
        return found

    def _heard(self, event: dict[str, Any]) -> None:
        facts = event.get("params", {})
        method = event.get("method")
        if method == "Network.requestWillBeSent":
            url = str(facts["request"]["url"])
            if not url.startswith(("file:", "data:", "blob:", "about:")):
                self.requests.append(url)
        elif method == "Target.attachedToTarget" and facts["targetInfo"]["type"] == "iframe":
            self._frames.add(str(facts["sessionId"]))
        elif method == "Target.detachedFromTarget":
            self._frames.discard(str(facts["sessionId"]))
        elif method == "Runtime.consoleAPICalled" and facts["type"] in ("error", "assert"):
            self.complaints.append(f"{facts['type']}: {[part.get('value', part.get('description')) for part in facts['args']]}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(f"exception: {facts['exceptionDetails'].get('exception', {}).get('description', facts)}")
        elif method == "Log.entryAdded" and facts["entry"]["level"] == "error":
            self.complaints.append(f"log: {facts['entry']['text']}")
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(str(facts["message"]))
            raise AssertionError(f"the page opened a dialog: {facts['message']}")


@contextlib.contextmanager
def browser(*, webgl: bool = True) -> Iterator[Browser]:
    """A running browser, closed and its folder removed at the end."""
    path = find()
    if path is None:
        raise AssertionError("no Chromium found")
    to_child, send = os.pipe()
    receive, from_child = os.pipe()
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
        command = [path, *_FLAGS, *(_WEBGL if webgl else _NO_WEBGL), f"--user-data-dir={folder}", "about:blank"]
        wrapped = [sys.executable, "-S", "-c", _ON_THREE_AND_FOUR, str(to_child), str(from_child), *command]
        process = subprocess.Popen(
            wrapped,
            pass_fds=(to_child, from_child),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_child)
        os.close(from_child)
        try:
            yield Browser(process, send, receive)
        finally:
            os.close(send)
            os.close(receive)
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def photograph(page: Path, target: Path, width: int = 1400, height: int = 900) -> None:
    """Save what a page of a plan shows, once its map is drawn, as PNG."""
    with browser() as found:
        found.open(page, width, height)
        found.wait("!document.getElementById('data') || document.body.dataset.ready !== undefined")
        found.picture(target)


if __name__ == "__main__":
    photograph(Path(sys.argv[1]), Path(sys.argv[2]))
