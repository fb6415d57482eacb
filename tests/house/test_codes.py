"""Codes of rules and faults: one meaning each."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from siting.certify import faults as of_certificates

PACKAGE: Final = Path(__file__).resolve().parents[2] / "siting"
SHARED: Final = {"V001": "the manifest is read by the checker and by those who open a run"}
"""Codes of the checker that another room may tell too, and why."""


def calls(folder: Path, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """File and leading texts of each call of a name below a folder."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                yield path.relative_to(PACKAGE).as_posix(), tuple(text for text in texts if isinstance(text, str))


@pytest.mark.parametrize(("place", "what"), [(0, "code"), (1, "name")])
def test_no_two_rules_of_the_checker_have_one_code_or_one_name(place: int, what: str) -> None:
    files = defaultdict(list)
    for file, texts in calls(PACKAGE / "verify", "Rule"):
        files[texts[place]].append(f"{texts[1]} in {file}")
    assert len(files) > 100
    assert {key: where for key, where in files.items() if len(where) > 1} == {}, f"give each rule a {what} of its own"


def test_rules_have_codes_of_their_own_that_no_other_fault_has() -> None:
    rules = {texts[0] for _, texts in calls(PACKAGE / "verify", "Rule")}
    faults = {texts[0] for _, texts in calls(PACKAGE, "Fault") if texts}
    assert rules & faults <= set(SHARED)
    assert all(len(code) == 4 and code[0] == "V" and code[1:].isdigit() for code in rules)


def test_every_fault_of_a_certificate_has_its_meaning_told() -> None:
    codes = [value for value in vars(of_certificates).values() if isinstance(value, str) and re.fullmatch(r"B\d{3}", value)]
    assert re.findall(r"^ *(B\d{3})  \S", of_certificates.__doc__ or "", re.MULTILINE) == sorted(set(codes))
