"""The registry of constraint families, read from top to bottom. Adding a family is a new file and one line here."""

from __future__ import annotations

from typing import Final

from siting.families.adequacy import ADEQUACY
from siting.families.budget import BUDGET
from siting.families.carbon import CARBON
from siting.families.connectivity import CONNECTIVITY
from siting.families.cooling import COOLING
from siting.families.diversification import DIVERSIFICATION
from siting.families.fibre import FIBRE
from siting.families.generation import GENERATION
from siting.families.grid_strain import GRID_STRAIN
from siting.families.hardware import HARDWARE
from siting.families.hydro import HYDRO
from siting.families.inference import INFERENCE
from siting.families.islanding import ISLANDING
from siting.families.land import LAND
from siting.families.locks import LOCKS
from siting.families.onsite_solar import ONSITE_SOLAR
from siting.families.resilience import RESILIENCE
from siting.families.risk import RISK
from siting.families.rollout import ROLLOUT
from siting.families.satellite import SATELLITE
from siting.families.site_limits import SITE_LIMITS
from siting.families.solar import SOLAR
from siting.families.storage import STORAGE
from siting.families.target import TARGET
from siting.families.tie_lines import TIE_LINES
from siting.families.time_to_power import TIME_TO_POWER
from siting.families.training import TRAINING
from siting.families.water import WATER
from siting.families.workload import WORKLOAD
from siting.family import Family

FAMILIES: Final[tuple[Family, ...]] = (
    HARDWARE,
    HYDRO,
    SOLAR,
    GRID_STRAIN,
    TIE_LINES,
    CONNECTIVITY,
    FIBRE,
    SATELLITE,
    COOLING,
    INFERENCE,
    TRAINING,
    WORKLOAD,
    STORAGE,
    ONSITE_SOLAR,
    GENERATION,
    ISLANDING,
    TIME_TO_POWER,
    ROLLOUT,
    ADEQUACY,
    LAND,
    DIVERSIFICATION,
    RESILIENCE,
    TARGET,
    CARBON,
    WATER,
    RISK,
    LOCKS,
    BUDGET,
    SITE_LIMITS,
)
