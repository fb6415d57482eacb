"""Readable ids that stay the same when their neighbours change: from names and places, never from row numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

PLANT_WORDS = re.compile(
    r"\b(llc|inc|lp|hydroelectric|hydro|solar|pv|electric|power|plant|project|energy|center|park)\b\.?", re.IGNORECASE
)


def slug(name: str) -> str:
    """Lower-case letters, digits and single hyphens; "x" where nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "x"


def plant_slug(name: str) -> str:
    """The slug of a plant's name without words that every plant bears: "Playa Solar 1  LLC" -> "playa-1"."""
    short = slug(PLANT_WORDS.sub(" ", name))
    return slug(name) if short == "x" else short


def place_code(latitude: float, longitude: float) -> str:
    """A place to 0.001 degree as text: (45.1234, -120.9876) -> "n45123w120988"."""
    north = "n" if latitude >= 0 else "s"
    east = "e" if longitude >= 0 else "w"
    return f"{north}{round(abs(latitude) * 1000):05d}{east}{round(abs(longitude) * 1000):06d}"


def unique(ids: Sequence[str]) -> list[str]:
    """The ids in their order, the second and later of equal ones with "-2", "-3"... Order must be stable for stable ids."""
    seen: dict[str, int] = {}
    result = []
    for one in ids:
        seen[one] = seen.get(one, 0) + 1
        result.append(one if seen[one] == 1 else f"{one}-{seen[one]}")
    return result
