"""Options and fixtures of all tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regold` writes the golden files again; read the difference before committing it."""
    parser.addoption("--regold", action="store_true", default=False, help="write tests/golden again")


@pytest.fixture
def regold(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written again."""
    return bool(request.config.getoption("--regold"))
