"""One line of the cash flow, as a family of rules recomputes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from siting.verify.points import Ints
from siting.verify.report import Floats


@dataclass(frozen=True, slots=True)
class Item:
    """Money of one line by what it is spent on: `site` (n), -1 where it is no site's, and `musd` (n, P). Capital is the cost of
    the stock standing in the period, running the cost of a year of it."""

    line: str
    kind: Literal["capital", "running"]
    site: Ints
    musd: Floats
