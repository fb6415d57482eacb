"""Scenarios: model files, overlays and `--set` edits, read, checked and merged with the origin of every value."""

from __future__ import annotations

from siting.scenario.load import load_scenario
from siting.scenario.places import packaged_folder
from siting.scenario.registry import Registry, full_registry
from siting.scenario.scenario import Scenario
from siting.scenario.settings import CandidateRules, Effort, Finance, ModuleType, ObjectiveChoice, Period, TimeTable
from siting.scenario.values import ValueOrigin

__all__ = [
    "CandidateRules",
    "Effort",
    "Finance",
    "ModuleType",
    "ObjectiveChoice",
    "Period",
    "Registry",
    "Scenario",
    "TimeTable",
    "ValueOrigin",
    "full_registry",
    "load_scenario",
    "packaged_folder",
]
