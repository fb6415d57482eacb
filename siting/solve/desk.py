"""Where a worker of a crew sits, whoever started it: its chunks, the memory it may take, and answers that never break off."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from siting.solve.crew import Failed, Held, Message
from siting.solve.wire import unpacked

LIBRARIES_GB: Final = 0.6
"""Address space of the libraries, which does not count."""
BYTES_A_GB: Final = 1e9


class Desk:
    """Answers messages over the chunks it holds. The statement is unpacked when the first message comes."""

    def __init__(self, parcel: bytes, memory_gb: float | None = None) -> None:
        self._parcel: bytes | None = parcel
        self._held: Held | None = None
        self._memory_gb = memory_gb
        if memory_gb is not None:
            limit = int((memory_gb + LIBRARIES_GB) * BYTES_A_GB)
            _, most = resource.getrlimit(resource.RLIMIT_DATA)
            allowed = limit if most == resource.RLIM_INFINITY else min(limit, most)
            resource.setrlimit(resource.RLIMIT_DATA, (allowed, most))

    def answers(self, messages: Sequence[Message]) -> Iterator[tuple[int, Any]]:
        """(chunk, answer) of each message, a Failed in the place of an answer there is not."""
        for message in messages:
            yield message.chunk, self._answer(message)

    def _answer(self, message: Message) -> Any:
        try:
            if self._held is None:
                assert self._parcel is not None
                self._held = Held(unpacked(self._parcel))
                self._parcel = None
            return self._held.answer(message)
        except MemoryError:
            return Failed(self._out_of_memory(message.chunk))
        except Exception as error:
            if "memory" in str(error).lower() or "bad_alloc" in str(error):
                return Failed(f"{self._out_of_memory(message.chunk)} ({error})")
            return Failed(f"chunk {message.chunk}: {error or type(error).__name__}")

    def _out_of_memory(self, chunk: int) -> str:
        allowed = "there is" if self._memory_gb is None else f"the {self._memory_gb:g} GB of effort.memory_gb allow"
        return (
            f"out of memory in chunk {chunk}: a pricing worker has held {peak_gb():.2f} GB and needs more than {allowed}; "
            "raise effort.memory_gb, or take fewer candidates or slices"
        )


def peak_gb() -> float:
    """The most memory this process has held."""
    kilobytes = 1.0 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobytes / BYTES_A_GB
