"""The program of a pricing process: blocks once, then a pass for every message, until the pipe closes."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from siting.solve.blocks import Block
from siting.solve.highs import BlockSolver
from siting.solve.pricing import Ask, Priced
from siting.solve.wire import read_message, write_message


def main() -> int:
    """The worker process: blocks once, then a pass for every message."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    blocks: tuple[Block, ...]
    blocks, gap, seconds = read_message(sys.stdin.buffer)
    known = {block.site: (block, BlockSolver(block.model, gap, seconds)) for block in blocks}
    while True:
        try:
            ask: Ask = read_message(sys.stdin.buffer)
        except EOFError:
            return 0
        write_message(out, _pass(known, ask))


def _pass(known: dict[int, Any], ask: Ask) -> Any:
    found = []
    for site in ask.sites:
        block, solver = known[site]
        reduced = block.model.cost - block.touch @ ask.prices
        try:
            bound, solution = solver.price(np.asarray(reduced), ask.relax)
        except RuntimeError as error:
            return f"site {site}: {error}"
        found.append(Priced(site, bound, solution))
    return found
