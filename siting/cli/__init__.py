"""The command line: one file a verb, which parses and prints. What a verb does is done by `siting.pipeline`."""

import gc
import sys


def main() -> None:
    """Entry point of the `siting` command."""
    from siting.cli.door import enter

    code = enter(sys.argv[1:])
    # Python would look through all objects once more as it ends, which takes it half a second.
    gc.freeze()
    sys.exit(code)
