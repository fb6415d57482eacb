"""The program of a pricing process of a crew: something to price, then lists of messages about it, until the pipe closes.

Two threads hold the pipe, so that work never waits for it, nobody waits to send, and the process ends at once when the other end
is gone, even in the midst of a pass. What takes long to import is imported before there is anything to price, so that it is done
when there is.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from siting.solve.waiting import Opening
from siting.solve.wire import packed, read_packed, unpacked, write_packed

if TYPE_CHECKING:
    from siting.solve.desk import Desk

STATED_BY: Final = "siting.parts"
"""Where the statements of a run come from. It stands on a higher floor, so it is only known by name here; any other statement
brings its own modules when it is unpacked."""


def main() -> int:
    """Answer each message of a list as (chunk, answer)."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    answered: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, asked), daemon=True).start()
    threading.Thread(target=_write, args=(out, answered), daemon=True).start()
    import_module(STATED_BY)
    desk: Desk | None = None
    while True:
        desk = _desk_after(unpacked(asked.get()), desk, answered)


def _desk_after(message: Any, desk: Desk | None, answered: queue.SimpleQueue[bytes]) -> Desk:
    """Where it sits after a message: at a new desk where it is an opening, else where it sat, the answers given."""
    from siting.solve.desk import Desk

    if isinstance(message, Opening):
        return Desk(message.parcel, message.memory_gb)
    assert desk is not None
    for answer in desk.answers(message):
        answered.put(packed(answer))
    return desk


def _read(pipe: BinaryIO, asked: queue.SimpleQueue[bytes]) -> None:
    try:
        while True:
            asked.put(read_packed(pipe))
    except EOFError:
        os._exit(0)


def _write(pipe: BinaryIO, answered: queue.SimpleQueue[bytes]) -> None:
    try:
        while True:
            write_packed(pipe, answered.get())
    except OSError:
        os._exit(0)
