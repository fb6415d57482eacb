"""Certificates that were damaged, are missing, or claim more than they prove: each is refused with a fault that says where."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.certify import verify_bound
from siting.errors import Fault, VerificationFailed
from tests.certify.certified import certified, with_claims, with_prices, with_told
from tests.random_worlds import random_world

SEED = 23
"""A world of three sites in which prices, held rows and several blocks all matter."""
Change = Callable[[list[dict[str, Any]]], None]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of a world whose certificate holds."""
    root = tmp_path_factory.mktemp("sound")
    made = certified(random_world(SEED), root)
    assert made is not None
    assert verify_bound(made.folder, 60.0, root).aims[0].prices > 0
    return root


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy of its folder that may be damaged."""
    root = tmp_path / "world"
    shutil.copytree(sound, root)
    return root / "certified"


def refused(folder: Path, seconds: float = 60.0) -> tuple[Fault, ...]:
    """The faults a folder is refused with."""
    with pytest.raises(VerificationFailed) as error:
        verify_bound(folder, seconds, folder.parent)
    assert error.value.exit_code == 8
    assert all(fault.code and fault.file and fault.value and fault.expected for fault in error.value.faults)
    return error.value.faults


def codes(faults: tuple[Fault, ...]) -> list[str]:
    return sorted({fault.code for fault in faults})


def set_first(**values: Any) -> Change:
    def change(entries: list[dict[str, Any]]) -> None:
        entries[0] |= values

    return change


@pytest.mark.parametrize("name", ["certificate.json", "prices.parquet"])
@pytest.mark.parametrize("content", [None, b"", b'{"format": 1, "aims": [', b"PAR1 and nothing else"])
def test_files_that_are_missing_or_damaged_are_refused(folder: Path, name: str, content: bytes | None) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    faults = refused(folder)
    assert codes(faults) == ["B001"]
    assert [Path(fault.file).name for fault in faults] == [name]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "belief"}, "kind"),
        ({"bound": None}, "bound"),
        ({"bound": "a lot"}, "bound"),
        ({"claimed": True}, "claimed"),
        ({"bound": 1e9}, "bound"),
        ({"sign": 2}, "sign"),
        ({"merged": 0}, "merged"),
        ({"blocks": ["s0"]}, "blocks"),
        ({"blocks": {"s0": None}}, "blocks.s0"),
        ({"held": [{"lower": 1.0}]}, "held"),
    ],
)
def test_fields_of_the_wrong_kind_are_named(folder: Path, values: dict[str, Any], field: str) -> None:
    with_claims(folder, set_first(**values))
    faults = refused(folder)
    assert "B002" in codes(faults)
    assert field in {fault.field for fault in faults}


def test_numbers_that_json_does_not_know_are_refused(folder: Path) -> None:
    path = folder / "certificate.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"relaxed"', '"more": NaN, "relaxed"', 1), encoding="utf-8")
    assert codes(refused(folder)) == ["B001"]


@pytest.mark.parametrize("price", [np.nan, np.inf, -np.inf])
def test_prices_that_are_no_numbers_are_refused(folder: Path, price: float) -> None:
    with_prices(folder, lambda table: table.assign(price=[price, *table["price"][1:]]))
    assert codes(refused(folder)) in (["B001"], ["B003"])


def test_prices_too_large_to_compute_with_are_refused(folder: Path) -> None:
    with_prices(folder, lambda table: table.assign(price=1e308 * np.sign(table["price"])))
    assert set(codes(refused(folder))) <= {"B003", "B007"}


def test_a_row_priced_twice_is_refused(folder: Path) -> None:
    with_prices(folder, lambda table: pd.concat([table, table.head(1)]))
    assert codes(refused(folder)) == ["B003"]


def test_prices_of_another_aim_are_refused(folder: Path) -> None:
    with_prices(folder, lambda table: table.assign(aim=[*table["aim"][:-1], "world_peace"]))
    assert "world_peace" in {fault.value for fault in refused(folder)}


def test_a_missing_price_is_noticed(folder: Path) -> None:
    with_prices(folder, lambda table: table.tail(len(table) - 1))
    assert codes(refused(folder)) == ["B003"]


def test_a_price_of_a_row_that_is_not_there_is_named(folder: Path) -> None:
    with_prices(folder, lambda table: table.assign(row=["supply[nowhere]", *table["row"][1:]]))
    faults = refused(folder)
    assert [(fault.code, fault.value) for fault in faults] == [("B006", "supply[nowhere]")]


def test_a_price_that_speaks_for_a_side_its_row_does_not_have_is_refused(folder: Path) -> None:
    with_prices(folder, lambda table: table.assign(price=[-value for value in table["price"]]))
    faults = refused(folder)
    assert codes(faults) == ["B006"]
    assert "row " in faults[0].where


@pytest.mark.parametrize("factor", [0.0, 0.5, 0.99, 1.05, 3.0])
def test_other_prices_do_not_prove_the_claim(folder: Path, factor: float) -> None:
    with_prices(folder, lambda table: table.assign(price=table["price"] * factor))
    faults = refused(folder)
    assert codes(faults) == ["B007"]
    assert faults[0].value.startswith("proven ")


def test_a_bound_better_than_what_is_proven_is_refused(folder: Path) -> None:
    better: dict[str, float] = {}

    def claim(entries: list[dict[str, Any]]) -> None:
        better["bound"] = 1.1 * entries[1]["bound"]
        entries[1] |= {"bound": better["bound"], "claimed": better["bound"] * (1.0 + 1e-6)}

    def tell(aims: list[dict[str, Any]]) -> None:
        aims[1]["bound"] = better["bound"]
        aims[1]["gross_gap"] = abs(aims[1]["value"] - aims[1]["bound"]) / aims[1]["value"]

    with_claims(folder, claim)
    with_told(folder, tell)
    assert codes(refused(folder)) == ["B007"]


def test_block_values_are_only_where_to_go_and_not_believed(folder: Path) -> None:
    def change(entries: list[dict[str, Any]]) -> None:
        entries[0]["blocks"] = {site: 0.5 * value for site, value in entries[0]["blocks"].items()}

    before = verify_bound(folder, 60.0, folder.parent).aims[0].proven
    with_claims(folder, change)
    assert verify_bound(folder, 60.0, folder.parent).aims[0].proven == pytest.approx(before, rel=1e-5)


def test_a_block_of_no_site_is_named(folder: Path) -> None:
    with_claims(folder, lambda entries: entries[0]["blocks"].update({"atlantis": -1.0}))
    assert [(fault.code, fault.field) for fault in refused(folder)] == [("B004", "blocks.atlantis")]


def test_a_manifest_that_tells_another_bound_is_refused(folder: Path) -> None:
    with_told(folder, lambda aims: aims[0].update(bound=aims[0]["bound"] * 0.999))
    assert "B004" in codes(refused(folder))


def test_a_bound_better_than_the_plan_itself_is_refused(folder: Path) -> None:
    with_told(folder, lambda aims: aims[0].update(value=aims[0]["bound"] * 1.01))
    assert {"B008", "B009"} <= set(codes(refused(folder)))


def test_a_gap_that_does_not_follow_from_value_and_bound_is_refused(folder: Path) -> None:
    with_told(folder, lambda aims: aims[1].update(gross_gap=0.001))
    assert codes(refused(folder)) == ["B009"]


def test_aims_that_were_not_asked_for_are_refused(folder: Path) -> None:
    with_claims(folder, lambda entries: entries.reverse())
    assert codes(refused(folder)) == ["B004"]


@pytest.mark.parametrize("factor", [0.5, 1.001, 2.0])
def test_a_held_value_that_is_not_what_the_plan_reached_is_refused(folder: Path, factor: float) -> None:
    def change(entries: list[dict[str, Any]]) -> None:
        entries[1]["held"][-1]["lower"] *= factor

    with_claims(folder, change)
    assert codes(refused(folder)) in (["B005"], ["B007"], ["B005", "B007"])


@pytest.mark.parametrize(
    "held",
    [
        [{"row": "held_fame[2027]", "lower": 1.0, "upper": None}],
        [{"row": "held_compute[2027]", "lower": 1.0, "upper": 2.0}],
        [{"row": "held_compute[2027]", "lower": None, "upper": None}],
    ],
)
def test_held_rows_that_are_not_those_of_the_aims_before_are_refused(folder: Path, held: list[dict[str, Any]]) -> None:
    with_claims(folder, lambda entries: entries[1].update(held=held))
    assert codes(refused(folder)) == ["B005"]


def test_a_layer_that_changed_since_is_named(folder: Path) -> None:
    path = folder.parent / "data" / "toyland" / "pops.geojson"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    faults = refused(folder)
    assert [(fault.code, fault.where) for fault in faults] == [("B011", "layer pops")]


def test_a_layer_that_is_gone_is_named(folder: Path) -> None:
    (folder.parent / "data" / "toyland" / "pops.geojson").unlink()
    assert [(fault.code, fault.field) for fault in refused(folder)] == [("B011", "layers.pops")]


def test_merged_slices_are_not_claimed_where_nothing_is_merged(folder: Path) -> None:
    with_claims(folder, set_first(merged=True))
    assert [(fault.code, fault.field) for fault in refused(folder)] == [("B004", "merged")]


def test_what_takes_too_long_is_told_with_what_was_proven(folder: Path) -> None:
    faults = refused(folder, seconds=1e-9)
    assert "B010" in codes(faults)
    assert "--time-limit" in faults[-1].remedy


def test_a_manifest_that_cannot_be_read_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({"aims": [{"name": "most_compute"}]}), encoding="utf-8")
    assert codes(refused(folder)) == ["B001"]
