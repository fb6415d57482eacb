"""A scenario value and where it came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """One scenario value and where it came from ("default", "models/northwest/model.toml:12", "--set").

    `source` is the key of the fact the value rests on, "" where the user's value differs from the default.
    """

    path: str
    value: str
    origin: str
    unit: str
    source: str
