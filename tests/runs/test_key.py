from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.runs.key import code_digest, file_digest, run_key, versions, what_if_name

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_key_does_not_depend_on_the_order_of_its_parts(parts: dict[str, object]) -> None:
    backwards = dict(reversed(list(parts.items())))
    assert run_key(parts) == run_key(backwards) == run_key(json.loads(json.dumps(parts)))


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_another_number_is_another_key(one: float, other: float) -> None:
    assert (run_key({"budget": one}) == run_key({"budget": other})) == (json.dumps(one) == json.dumps(other))


def test_a_key_refuses_what_is_not_a_number() -> None:
    with pytest.raises(ValueError, match="JSON"):
        run_key({"budget": float("nan")})


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "ä b.csv"
    path.write_bytes(b"abc")
    assert file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_versions_name_the_solver_and_the_code_itself() -> None:
    found = versions()
    assert found["highspy"] == "1.15.1"
    assert found["siting_code"] == code_digest()
    assert re.fullmatch("[0-9a-f]{16}", found["siting_code"])


def test_names_of_runs_tell_overlays_and_edits_apart() -> None:
    assert what_if_name([], []) == "base"
    assert what_if_name(["models/x/whatif/tight-grid.toml", "dry-year"], []) == "tight-grid+dry-year"
    name = what_if_name([], ["budget.total_musd=30000"])
    assert re.fullmatch(r"set-budget-total-musd-30000-[0-9a-f]{6}", name)
    assert name != what_if_name([], ["budget.total_musd=30000.0"])


@given(st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_a_name_of_edits_is_always_a_safe_folder_name(edits: list[str]) -> None:
    assert re.fullmatch(r"set-[a-z0-9-]*-?[0-9a-f]{6}", what_if_name([], edits))
    assert len(what_if_name([], edits)) <= 80
