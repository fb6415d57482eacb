"""The error tree: every way a run can end badly, with its exit code, and the one form in which a fault is told.

A `Fault` names the file, the place in it, the field, what was found, what was expected and what to do about it.
Input errors carry *all* faults of all inputs, so that a person mends them in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input.

    `code` is stable (letter + three digits: L layer, S scenario, W what-if, C command line, X security, B bound,
    F facility location); `file` is the path as the user wrote it; `where` the place inside it ("line 12", "feature 4
    (id S-07)"); `field` the key or column; `value` what was found, as text; `expected` and `remedy` are sentences. A
    `warning` does not stop a run, unless strict.
    """

    code: str
    file: str
    where: str
    field: str
    value: str
    expected: str
    remedy: str
    warning: bool = False

    def sentence(self) -> str:
        """The fault on one line, for people."""
        kind = "warning" if self.warning else "error"
        place = " ".join(part for part in (self.file, self.where) if part)
        field = f' "{self.field}"' if self.field else ""
        found = f": found {self.value}" if self.value else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{kind}[{self.code}] {place}{field}{found}{expected}{remedy}"

    def record(self) -> dict[str, str | bool]:
        """The fault as a flat mapping, for `--json`."""
        return asdict(self)


class SitingError(Exception):
    """Anything `siting` refuses to do or could not do. `exit_code` is what the command line returns."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.faults: tuple[Fault, ...] = tuple(faults)


class UsageError(SitingError):
    """The command line was used wrongly."""

    exit_code = 2


class InputError(SitingError):
    """A scenario, overlay or layer is wrong; `faults` lists everything found."""

    exit_code = 3


class Infeasible(SitingError):
    """No plan meets all limits; the message says which limits stand against each other."""

    exit_code = 4


class Unbounded(SitingError):
    """The objective has no limit; the message names the term."""

    exit_code = 5


class NoPlanInLimit(SitingError):
    """The time or node limit was reached before any plan was found."""

    exit_code = 7


class VerificationFailed(SitingError):
    """The independent checker found a rule broken, or files that are not what the run wrote."""

    exit_code = 8


class SolverFailed(SitingError):
    """The solver failed, disagreed with itself, or ran out of memory."""

    exit_code = 9


class OutputError(SitingError):
    """Results cannot be written where they were asked for."""

    exit_code = 10


class RunLocked(SitingError):
    """Another run holds the folder."""

    exit_code = 11


EXIT_OPTIMAL = 0
EXIT_NOT_PROVEN = 6
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


def input_error(faults: Iterable[Fault]) -> InputError:
    """An InputError whose message is the list of its faults, one a line."""
    found = tuple(faults)
    return InputError("\n".join(fault.sentence() for fault in found), found)
