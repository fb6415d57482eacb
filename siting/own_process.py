"""How a process of our own is started: this interpreter, this `siting`, and nothing of the folder one stands in.

`python -m` looks for modules in the working folder first, which may be somebody else's: what lies there must not be run.
"""

from __future__ import annotations

import sys
from pathlib import Path


def own_process(module: str) -> list[str]:
    """The command that runs `main` of a module of ours."""
    root = str(Path(__file__).resolve().parents[1])
    start = f"import sys; sys.path.append({root!r}); from {module} import main; sys.exit(main())"
    return [sys.executable, "-P", "-c", start]
