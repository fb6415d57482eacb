"""Lines of keys agree with what the standard TOML reader reads, whatever the layout."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.toml_lines import TomlPath, key_lines, key_path


def paths_of(value: Any, above: TomlPath = ()) -> Iterator[TomlPath]:
    """Every path of a parsed document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*above, key)
        yield from paths_of(inner, (*above, key))


def test_every_kind_of_key_has_its_line() -> None:
    text = """\
a = 1
b.c = [1,
  2, { d = 3 },
]
[t]
"quoted key" = '''
[not a table]
x = 1
'''
[t.u]
v = { w = 1, x.y = 2 }
[[items]]
k = 1
[[items]]
k = 2
[items.sub]
k = 3
"""
    found = key_lines(text)
    wanted: dict[TomlPath, int] = {
        ("a",): 1,
        ("b", "c"): 2,
        ("b", "c", 1): 3,
        ("b", "c", 2, "d"): 3,
        ("t",): 5,
        ("t", "quoted key"): 6,
        ("t", "u"): 10,
        ("t", "u", "v", "x", "y"): 11,
        ("items", 0, "k"): 13,
        ("items", 1, "k"): 15,
        ("items", 1, "sub", "k"): 17,
    }
    assert {path: found.lines[path] for path in wanted} == wanted
    assert set(paths_of(tomllib.loads(text))) <= set(found.lines)
    assert not found.duplicates


def test_a_path_that_is_not_written_takes_the_line_of_the_table_it_would_stand_in() -> None:
    found = key_lines("x = 1\n[budget]\ntotal = 2\n")
    assert found.line(("budget", "period", "deeper")) == 2
    assert found.line(("nowhere",)) == 0


def test_values_are_told_as_written_with_their_column() -> None:
    statement = key_lines('"a=b" =  "c # d" # e\n').statements[0]
    assert (statement.path, statement.value, statement.column) == (("a=b",), '"c # d"', 10)


@pytest.mark.parametrize(
    ("text", "path", "lines", "table"),
    [
        ("a = 1\nb = 2\na = 3\n", ("a",), (1, 3), False),
        ("[t]\na = 1\n[u]\n[t]\nb = 1\n", ("t",), (1, 4), True),
        ("x = { a = 1,\n b = 2 }\nx.a = 3\n", ("x", "a"), (1, 3), False),
        ("[t]\na.b = 1\na.b = 2\n", ("t", "a", "b"), (2, 3), False),
        ("t = 1\n[t]\n", ("t",), (1, 2), True),
        ("[[p]]\nq = 1\n[[p]]\nq = 1\nq = 2\n", ("p", 1, "q"), (4, 5), False),
    ],
)
def test_what_stands_twice_is_told_with_both_lines(text: str, path: TomlPath, lines: tuple[int, int], table: bool) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    (twice,) = key_lines(text).duplicates
    assert (twice.path, (twice.first_line, twice.second_line), twice.table) == (path, lines, table)


@pytest.mark.parametrize(
    "broken", ['a = "open', "a = [1,", "a", "= 1", "[t", "[[t]", "a = ", "a = {b = 1", "a = 1 2\nb [", '"""']
)
def test_a_broken_statement_does_not_hide_the_ones_after_it(broken: str) -> None:
    found = key_lines(f"before = 1\n{broken}\nafter = 2\n[table]\nkey = 3\n")
    assert found.lines[("before",)] == 1
    shift = broken.count("\n")
    assert found.lines[("table", "key")] == 5 + shift
    if not broken.startswith("["):
        assert found.lines[("after",)] == 3 + shift


def test_nesting_without_end_is_a_broken_statement_not_a_crash() -> None:
    found = key_lines("a = " + "[" * 100_000 + "\nb = 1\n")
    assert found.statements[0].kind == "broken"
    assert found.lines[("b",)] == 2


@pytest.mark.parametrize(
    ("key", "parts"), [("a", ("a",)), ("a.b-c", ("a", "b-c")), ('a . "b.c"', ("a", "b.c")), ("'x y'.z", ("x y", "z"))]
)
def test_dotted_keys_are_parted(key: str, parts: tuple[str, ...]) -> None:
    assert key_path(key) == parts


@pytest.mark.parametrize("key", ["", "a b", "a..b", ".a", "a=", "ä", '"""a"""', "[a]"])
def test_other_texts_are_no_keys(key: str) -> None:
    with pytest.raises(ValueError, match="not a TOML key"):
        key_path(key)


names = st.one_of(
    st.sampled_from(["a", "b", "c-1", "9", "total_musd"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=4),
)
scalars = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=8),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=5
)
documents = st.dictionaries(names, st.one_of(values, st.dictionaries(names, values, max_size=3)), max_size=5)


def key_text(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def value_text(value: Any, spread: bool) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(key)} = {value_text(inner, False)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        gap = '\n  # a comment, with ] and "\n' if spread else " "
        return "[" + gap + ("," + gap).join(value_text(inner, False) for inner in value) + gap + "]"
    if isinstance(value, str) and spread and '"""' not in json.dumps(value, ensure_ascii=False):
        return '"""\n' + json.dumps(value, ensure_ascii=False)[1:-1] + '"""'
    return json.dumps(value, ensure_ascii=False)


@settings(max_examples=200, deadline=None)
@given(documents, st.booleans(), st.randoms(use_true_random=False))
def test_lines_are_those_the_keys_were_written_on(document: dict[str, Any], spread: bool, random: Any) -> None:
    rows: list[str] = []
    written: dict[TomlPath, int] = {}

    def put(text: str) -> int:
        rows.extend(text.split("\n"))
        return len(rows) - text.count("\n")

    tables = {key: value for key, value in document.items() if isinstance(value, dict) and random.random() < 0.6}
    for key, value in document.items():
        if key not in tables:
            put("# x = [")
            written[(key,)] = put(f"{key_text(key)} = {value_text(value, spread)} # end")
    for key, table in tables.items():
        written[(key,)] = put(f"[ {key_text(key)} ]")
        for inner, value in table.items():
            written[(key, inner)] = put(f"\t{key_text(inner)}\t= {value_text(value, spread)}")
    text = "\n".join(rows)
    parsed = tomllib.loads(text)
    found = key_lines(text)
    assert {path: found.lines[path] for path in written} == written
    assert set(paths_of(parsed)) <= set(found.lines)
    assert not found.duplicates
    assert all(statement.kind != "broken" for statement in found.statements)


pieces = st.lists(
    st.sampled_from(
        [
            "a",
            "b",
            "1",
            " ",
            "\n",
            "=",
            " = ",
            ".",
            ",",
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            '"',
            "'",
            '"""',
            "'''",
            "#",
            "\\",
            "\t",
            "\r\n",
            "true",
        ]
    ),
    max_size=25,
)


@settings(max_examples=400, deadline=None)
@given(pieces)
def test_any_text_is_read_without_a_crash_and_as_the_standard_reader_reads_it(parts: list[str]) -> None:
    text = "".join(parts)
    found = key_lines(text)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert all(statement.kind != "broken" for statement in found.statements)
    assert not found.duplicates
    assert set(paths_of(parsed)) <= set(found.lines)
