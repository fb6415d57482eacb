from __future__ import annotations

import pytest

from siting.plan.record import Plan
from tests.export.small_plan import small_plan


@pytest.fixture(scope="session")
def plan() -> Plan:
    return small_plan()
