"""What to write instead: the usual slips in values, recognised and answered."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = {"True": "true", "TRUE": "true", "yes": "true", "on": "true", "False": "false", "FALSE": "false", "no": "false"}
_NOTHING: Final = {"None", "none", "null", "NULL", "nil"}
_PERCENT: Final = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*%")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}([,'’ ]\d{3})+(\.\d+)?")
_WITH_UNIT: Final = re.compile(r"([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([A-Za-z$€/%][A-Za-z0-9$€/ ]*)")
_SHORT_DECIMAL: Final = re.compile(r"[+-]?(\.\d+|\d+\.)")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d{1,2}")
_MONTH: Final = re.compile(r"\d{4}-\d{2}")


def percent(text: str) -> str:
    """The share a percentage stands for: "5%" -> "0.05"; "" for any other text."""
    found = _PERCENT.fullmatch(text.strip())
    return f"{float(found.group(1).replace(',', '.')) / 100:.10g}" if found else ""


def plain_number(text: str) -> str:
    """The number without thousands signs or decimal comma: "1,200" -> "1200"; "" where the text is no such number."""
    bare = text.strip()
    if _THOUSANDS.fullmatch(bare):
        return re.sub(r"[,'’ ]", "", bare)
    if _DECIMAL_COMMA.fullmatch(bare):
        return bare.replace(",", ".")
    if _SHORT_DECIMAL.fullmatch(bare):
        return f"{float(bare):g}" if not bare.endswith(".") else f"{bare}0"
    try:
        float(bare)
    except ValueError:
        return ""
    return bare


def number_and_unit(text: str) -> tuple[str, str]:
    """The parts of "20 mi"; two empty texts for anything else."""
    found = _WITH_UNIT.fullmatch(text.strip())
    return (found.group(1), found.group(2).strip()) if found else ("", "")


def value_remedy(raw: str, shell: bool = False) -> tuple[str, str]:
    """Code and advice for a value that is not TOML; `shell` where it came from `--set`."""
    text = raw.split("#", 1)[0].strip()
    if text in _WORDS:
        return "S032", f"Write {_WORDS[text]}, or put it in quotes if text is meant"
    if text in _NOTHING:
        return "S032", "TOML has no empty value: leave the key out"
    if share := percent(text):
        return "S019", f"Write {share}"
    if bare := plain_number(text):
        return "S001", f"Write {bare}"
    if _MONTH.fullmatch(text):
        return "S032", f'Write "{text}" in quotes'
    number, unit = number_and_unit(text)
    if number and unit:
        return "S017", f"Write {number} without the unit: the unit stands in the key"
    if text.startswith('"') and "\\" in text:
        return "S001", "A backslash in double quotes begins an escape: write paths with / or in single quotes"
    if text[:1] in {'"', "'"}:
        return "S001", "Close the quotes on the same line"
    if text[:1] == "[" and re.search(r"[\[,]\s*[A-Za-z]", text):
        return "S032", 'Texts in a list stand in quotes, as in ["a", "b"]' + (", and the whole in shell quotes" if shell else "")
    if text[:1] in {"[", "{"}:
        return "S001", "Close every bracket, and part the items by commas"
    if re.match(r"[^\W\d]", text):
        return "S032", f'Strings stand in quotes: write "{text}"' + (f" as in --set 'key=\"{text}\"'" if shell else "")
    return "S001", "Write a number, true, false, a text in quotes or a list"
