from __future__ import annotations

from collections.abc import Iterator

import pytest

from siting.plan.record import Plan
from tests.browser.chromium import Browser, browser, find
from tests.export.small_plan import small_plan


@pytest.fixture(scope="session")
def plan() -> Plan:
    return small_plan()


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    """One browser for a module's tests; skipped only where no Chromium is found."""
    if find() is None:
        pytest.skip("no Chromium found on this machine")
    with browser() as found:
        yield found


@pytest.fixture
def chromium(running: Browser) -> Browser:
    """The running browser with nothing remembered of the pages before."""
    running.forget()
    return running
