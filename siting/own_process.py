"""How a process of our own is started: this interpreter, this `siting`, and nothing of the folder one stands in.

`python -m` looks for modules in the working folder first, which may be somebody else's: what lies there must not be run.
"""

from __future__ import annotations

import sys
from pathlib import Path


def own_process(module: str) -> list[str]:
    """The command that runs `main` of a module of ours, and ends with what it answers."""
    root = str(Path(__file__).resolve().parents[1])
    ours = f"import os, sys; sys.path.insert(0, {root!r}); import siting; sys.path.append(sys.path.pop(0))"
    # os._exit, as a thread that still reads standard input would turn the usual end into an abort.
    return [sys.executable, "-P", "-c", f"{ours}; from {module} import main; os._exit(main())"]
