"""A small project on disk: one model, one region, a registry of a few made-up families."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from siting.errors import Fault, InputError
from siting.family import Knobs, knob
from siting.scenario import Registry, Scenario, load_scenario
from siting.table import Field

MODEL: Final = """\
schema_version = 1
title = "Toy"
region = "toyland"
start = "2027-01"

[time]
periods = [{ name = "2027", months = 12 }, { name = "2028", months = 6 }]

[modules.pod]
it_mw = 5
facility_musd = 55.0
it_musd = 135.0
yard_ha = 0.7

[budget]
total_musd = 900.0
"""


class BudgetKnobs(Knobs):
    """Money."""

    total_musd: float = knob(1000.0, "capital in all", source="FIN-14", tighter="down", at_least=0.0)
    period_musd_per_year: float = knob(600.0, "capital a year", source="FIN-14", tighter="down", at_least=0.0)


class SpacingKnobs(Knobs):
    """Distance between sites."""

    min_spacing_km: float = knob(
        10.0, "least distance between sites", source="judgement", tighter="up", at_least=0.0, at_most=500.0
    )
    max_sites: int = knob(20, "most sites", source="judgement", tighter="down", at_least=1, at_most=1000)
    loss_share: float = knob(0.1, "share lost", source="judgement", tighter="up", at_least=0.0, at_most=1.0)
    careful: bool = knob(False, "whether to be careful", source="judgement")


class SkyKnobs(Knobs):
    """Satellite."""

    terminal_gbps: float = knob(10.0, "capacity of a terminal", source="SAT-06", tighter="down", above=0.0, at_most=100.0)


class LocksKnobs(Knobs):
    """Locks."""

    force: tuple[str, ...] = knob((), "sites that must open", source="the planner")
    forbid: tuple[str, ...] = knob((), "sites that must not open", source="the planner")


REGISTRY: Final = Registry(
    {"budget": BudgetKnobs, "spacing": SpacingKnobs, "sky": SkyKnobs, "locks": LocksKnobs},
    ("most_compute", "least_cost"),
    {
        "budget": {},
        "spacing": {"substations": (Field("rating_mw", "number", "rating"),)},
        "sky": {"gateways": (Field("id", "text", "identifier"), Field("dish_m", "number", "dish", "m", at_least=0.0))},
        "locks": {},
    },
)
LAYERS: Final = ("region", "zones", "sources", "substations", "gateways")


def project(folder: Path, model: str = MODEL, **overlays: str) -> Path:
    """A project folder with models/toy and data/toyland; layers are empty files, since nothing reads them here."""
    whatif = folder / "models" / "toy" / "whatif"
    whatif.mkdir(parents=True)
    (folder / "models" / "toy" / "model.toml").write_text(model, encoding="utf-8")
    for name, text in overlays.items():
        (whatif / f"{name.replace('_', '-')}.toml").write_text(text, encoding="utf-8")
    region = folder / "data" / "toyland"
    region.mkdir(parents=True)
    for layer in LAYERS:
        (region / f"{layer}.geojson").touch()
    (region / "profiles.csv").touch()
    return folder


def load(folder: Path, what_ifs: Sequence[str | Path] = (), sets: Sequence[str] = (), allow_outside: bool = False) -> Scenario:
    """The toy model of a project."""
    return load_scenario("toy", what_ifs, sets, folder, allow_outside=allow_outside, registry=REGISTRY)


def faults(folder: Path, what_ifs: Sequence[str | Path] = (), sets: Sequence[str] = ()) -> tuple[Fault, ...]:
    """The faults the toy model of a project is refused with."""
    with pytest.raises(InputError) as caught:
        load(folder, what_ifs, sets)
    return caught.value.faults


def sole(found: Sequence[Fault]) -> Fault:
    """The only fault. Fails with all of them where there are more."""
    assert len(found) == 1, [fault.sentence() for fault in found]
    return found[0]
