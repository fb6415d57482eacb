"""Ways to change the files of a plan by hand; the manifest is sealed again, so that only the rules can see it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from tests.verify.world import seal

Turn = Callable[[Any], Any]


def document(folder: Path, file: str, turn: Callable[[Any], None]) -> None:
    """Change a JSON file in place."""
    path = folder / file
    found = json.loads(path.read_text())
    turn(found)
    path.write_text(json.dumps(found))
    seal(folder)


def feature(folder: Path, file: str, key: str, column: str, turn: Turn) -> None:
    """Change one property of one feature."""

    def change(found: Any) -> None:
        row = next(each for each in found["features"] if each["id"] == key)["properties"]
        row[column] = turn(row[column])

    document(folder, file, change)


def table(folder: Path, file: str, turn: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    """Change the rows of a CSV file."""
    path = folder / file
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = list(rows[0])
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(turn(rows))
    seal(folder)


def cell(folder: Path, file: str, row: int, column: str, turn: Turn) -> None:
    """Change one cell of a CSV file."""

    def change(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        rows[row][column] = str(turn(rows[row][column]))
        return rows

    table(folder, file, change)


def drop(folder: Path, file: str, row: int) -> None:
    """Remove one row of a CSV file."""
    table(folder, file, lambda rows: rows[:row] + rows[row + 1 :])


def twice(folder: Path, file: str, row: int) -> None:
    """Repeat one row of a CSV file."""
    table(folder, file, lambda rows: [*rows, rows[row]])


def dispatch(folder: Path, turn: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change the dispatch."""
    path = folder / "dispatch.parquet"
    turn(pd.read_parquet(path)).to_parquet(path)
    seal(folder)


def mw(folder: Path, entity: str, key: str, period: str, piece: str, turn: Turn) -> None:
    """Change one MW of the dispatch."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        at = (frame.entity == entity) & (frame.id == key) & (frame.period == period) & (frame.slice == piece)
        assert at.sum() == 1
        frame.loc[at, "mw"] = turn(float(frame.loc[at, "mw"].iloc[0]))
        return frame

    dispatch(folder, change)
