"""The command line: one file a verb, which parses and prints. What a verb does is done by `siting.pipeline`."""

import sys


def main() -> None:
    """Entry point of the `siting` command."""
    from siting.cli.door import enter

    sys.exit(enter(sys.argv[1:]))
