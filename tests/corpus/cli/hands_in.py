"""`python -m tests.corpus.cli.hands_in ARGUMENTS`: the command line in a process of its own, with hands for a solver."""

import sys

import pytest

from siting import pipeline
from siting.cli.door import enter
from tests.cli.conftest import Hands

with pytest.MonkeyPatch.context() as patch:
    hands = Hands()
    patch.setattr(pipeline, "layers_of", hands.layers)
    patch.setattr(pipeline, "climb", hands.climb)
    patch.setattr(pipeline, "verify_files", hands.verify)
    patch.setattr(pipeline, "write_all", hands.write)
    sys.exit(enter(sys.argv[1:]))
