"""The example of docs/locate.md runs and says what it should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "locate.md"


def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    known: dict[str, object] = {}
    exec(compile(example, str(PAGE), "exec"), known)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "('west', 'middle', 'east') optimal"
    assert told[1].startswith("('west', 'east') ")
    assert told[1].endswith(" 0.0")
    assert told[-1].endswith("True")
