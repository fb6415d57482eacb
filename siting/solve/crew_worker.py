"""The program of a pricing process of a crew: memory and statement once, then lists of messages, until the pipe closes.

Two threads hold the pipe, so that work never waits for it, and the process ends at once when the other end is gone, even in
the midst of a pass. What takes long to import is imported once the statement is read, so that nobody waits to send it.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from typing import BinaryIO

from siting.solve.wire import packed, read_message, read_packed, unpacked, write_packed


def main() -> int:
    """Answer each message of a list as (chunk, answer)."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    answered: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    try:
        memory_gb, statement = read_message(sys.stdin.buffer), read_packed(sys.stdin.buffer)
    except EOFError:
        return 0
    threading.Thread(target=_read, args=(sys.stdin.buffer, asked), daemon=True).start()
    threading.Thread(target=_write, args=(out, answered), daemon=True).start()
    from siting.solve.desk import Desk

    desk = Desk(statement, memory_gb)
    del statement
    while True:
        for answer in desk.answers(unpacked(asked.get())):
            answered.put(packed(answer))


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


if __name__ == "__main__":
    sys.exit(main())
