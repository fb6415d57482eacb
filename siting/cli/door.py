"""The door of the command line: arguments in, exit code out, and every failure told in a sentence, never a traceback."""

from __future__ import annotations

import difflib
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer
from typer.exceptions import TyperException

from siting.cli.app import APP
from siting.cli.tell import tell_failure
from siting.errors import EXIT_INTERRUPTED, Fault, SitingError, SolverFailed, UsageError

_UNEXPECTED = 1


def enter(arguments: Sequence[str]) -> int:
    """Run the command line with `arguments` and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    as_json = "--json" in arguments
    try:
        return _verb(arguments)
    except SitingError as error:
        return tell_failure(error, error.exit_code, as_json)
    except TyperException as error:
        return tell_failure(_usage(error), UsageError.exit_code, as_json)
    except (KeyboardInterrupt, typer.Abort):
        return tell_failure(SitingError("interrupted; nothing was written"), EXIT_INTERRUPTED, as_json)
    except BrokenPipeError:
        _leave_pipe()
        return 0
    except MemoryError:
        return tell_failure(SolverFailed("out of memory; nothing was written"), SolverFailed.exit_code, as_json)
    except Exception as error:
        return tell_failure(_unexpected(error), _UNEXPECTED, as_json)


def _leave_pipe() -> None:
    """Nobody reads our output any more: nothing shall be said of it when Python closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _verb(arguments: Sequence[str]) -> int:
    code = typer.main.get_command(APP).main(args=list(arguments), prog_name="siting", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _usage(error: TyperException) -> UsageError:
    """A mistake in the arguments, with the nearest option or verb. The parser's own exceptions are not public."""
    message = error.format_message().partition(" (Possible options")[0].rstrip(".")
    context, wrong = getattr(error, "ctx", None), getattr(error, "option_name", "")
    command = context.command_path if context is not None else "siting"
    remedy = f"{command} --help lists what it takes"
    if wrong and context is not None:
        known = [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
        near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
        remedy = f"Did you mean {near[0]}?" if near else remedy
    before, question, _ = message.partition(". Did you mean ")
    if question:
        message, remedy = before, message[len(before) + 2 :]
    fault = Fault("C001", command, message[:1].lower() + message[1:], "", "", "", remedy)
    return UsageError(fault.sentence(), (fault,))


def _unexpected(error: Exception) -> SitingError:
    handle, name = tempfile.mkstemp(prefix="siting-fault-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write("".join(traceback.format_exception(error)))
    first = (str(error).splitlines() or [""])[0]
    return SitingError(
        f"a fault of siting itself: {type(error).__name__}: {first}. Nothing was published; details in {Path(name)}"
    )
