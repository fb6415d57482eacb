"""The program of a pricing process of a crew: a statement once, then lists of messages, until the pipe closes."""

from __future__ import annotations

import os
import sys
from typing import Any

from siting.solve.crew import Held
from siting.solve.wire import read_message, write_message


def main() -> int:
    """Answer each message of a list as (chunk, answer), then None; a failure is answered by a sentence."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    held = Held(read_message(sys.stdin.buffer))
    while True:
        try:
            messages: list[Any] = read_message(sys.stdin.buffer)
        except EOFError:
            return 0
        for chunk, message in messages:
            try:
                answer = held.answer(message)
            except Exception as error:
                answer = f"chunk {chunk}: {error or type(error).__name__}"
            write_message(out, (chunk, answer))
        write_message(out, None)


if __name__ == "__main__":
    sys.exit(main())
