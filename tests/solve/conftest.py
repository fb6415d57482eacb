"""A small continent for all crews, and what one worker in this process answers to the passes over it."""

from __future__ import annotations

import pytest

from siting.parts import PartStatement
from siting.solve.chunks import Priced
from tests.solve.pricing_passes import alone, chunks_of, continent, half_pay, passes


@pytest.fixture(scope="session")
def statement(tmp_path_factory: pytest.TempPathFactory) -> PartStatement:
    return continent(tmp_path_factory.mktemp("continent"))


@pytest.fixture(scope="session")
def half(statement: PartStatement) -> float:
    return half_pay(alone(statement, chunks_of(statement)))


@pytest.fixture(scope="session")
def expected(statement: PartStatement, half: float) -> list[list[Priced]]:
    return passes(alone(statement, chunks_of(statement)), half)
