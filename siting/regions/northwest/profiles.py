"""Month-hour profiles: hydro of the Columbia and of the country, solar by state, load by balancing authority.

Output profiles are 1 on average over a year of 365 days. Hours are local standard time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.regions import raw
from siting.regions.log import Entry
from siting.regions.northwest.load import cleaned_load, load_shape
from siting.regions.northwest.zones import FACTS_BY_ZONE

DAYS: Final = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)
MID_MONTH_DAY: Final = np.cumsum(DAYS) - DAYS / 2
RADIATION_YEARS: Final = (2010, 2023)
COLUMBIA_UTC_OFFSET_H: Final = -8
TRACKER_LIMIT_RAD: Final = np.radians(60.0)
STEPS_AN_HOUR: Final = 12


def mean_one(values: np.ndarray) -> np.ndarray:
    """Values of shape (12, 24) divided by their mean over the year, months weighted by their days."""
    return np.asarray(values / (values.mean(axis=1) @ DAYS / DAYS.sum()))


def hydro_columbia(sources: Path) -> np.ndarray:
    """Shape (12, 24) of the twenty largest federal dams of the Northwest, hours of 2016."""
    table = raw.table(sources, raw.HYDRO_HOURLY)
    local = pd.DatetimeIndex(pd.to_datetime(table["UTC Time"], format="%m/%d/%Y %H:%M")) + pd.Timedelta(
        hours=COLUMBIA_UTC_OFFSET_H
    )
    grouped = table["generation"].astype(float).groupby([local.month, local.hour]).mean()
    return mean_one(grouped.to_numpy(dtype=float).reshape(12, 24))


def hydro_country(sources: Path) -> np.ndarray:
    """Shape (12, 24) of conventional hydro in the United States: monthly factors of 2015-2017, flat over the day."""
    table = raw.table(sources, raw.HYDRO_MONTHLY, header=None, names=["date", "factor"])
    month = pd.DatetimeIndex(pd.to_datetime(table["date"], format="%m/%d/%Y")).month
    monthly = table["factor"].astype(float).groupby(month).mean().to_numpy(dtype=float)
    return mean_one(np.repeat(monthly[:, None], 24, axis=1))


def clear_sky(latitude: float, longitude: float, utc_offset_h: float) -> np.ndarray:
    """Clear-sky direct light on a north-south single-axis tracker, shape (12, 24), any unit, at the middle of each month.

    Equation of time and diffuse light are left out; the air mass follows Kasten and Young, transmittance 0.7 ** (mass ** 0.678).
    """
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + MID_MONTH_DAY) / 365)
    clock = (np.arange(24 * STEPS_AN_HOUR) + 0.5) / STEPS_AN_HOUR
    hour_angle = np.radians(15.0) * (clock + longitude / 15.0 - utc_offset_h - 12.0)
    phi = np.radians(latitude)
    up = np.sin(phi) * np.sin(declination)[:, None] + np.cos(phi) * np.cos(declination)[:, None] * np.cos(hour_angle)
    west = np.cos(declination)[:, None] * np.sin(hour_angle)
    turn = np.clip(np.arctan2(west, up), -TRACKER_LIMIT_RAD, TRACKER_LIMIT_RAD)
    incidence = np.clip(west * np.sin(turn) + up * np.cos(turn), 0.0, None)
    elevation = np.degrees(np.arcsin(np.clip(up, 0.0, 1.0)))
    mass = 1.0 / (np.clip(up, 0.0, None) + 0.50572 * (elevation + 6.07995) ** -1.6364)
    light = np.where(up > 0, incidence * 0.7 ** (mass**0.678), 0.0)
    return np.asarray(light.reshape(12, 24, STEPS_AN_HOUR).mean(axis=2))


def solar_state(radiation: pd.DataFrame, state: str, latitude: float, longitude: float, utc_offset_h: float) -> np.ndarray:
    """Shape (12, 24): months by the state's measured radiation, hours within a month by the sun's path at the plants."""
    chosen = radiation[(radiation["state"] == state) & radiation["year"].between(*RADIATION_YEARS)]
    monthly = chosen.groupby("month")["w_m2"].mean().to_numpy(dtype=float)
    hourly = clear_sky(latitude, longitude, utc_offset_h)
    return mean_one(monthly[:, None] * hourly / hourly.mean(axis=1, keepdims=True))


def build_profiles(sources: Path, plants: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> tuple[pd.DataFrame, list[Entry]]:
    """The `profiles` table: every profile that a source or zone names, 288 rows each."""
    radiation = raw.table(sources, raw.RADIATION)
    load, _ = cleaned_load(sources)
    shapes = {"hydro-columbia": hydro_columbia(sources), "hydro-us": hydro_country(sources)}
    solar = plants[plants["kind"] == "solar"]
    offsets = dict(zip(zones["id"], zones["utc_offset_h"], strict=True))
    for profile, group in solar.groupby("profile"):
        weight = group["capacity_mw"].to_numpy(dtype=float)
        latitude = float(np.average(group.geometry.y, weights=weight))
        longitude = float(np.average(group.geometry.x, weights=weight))
        clock = float(np.average([offsets[zone] for zone in group["zone"]], weights=weight).round())
        state = str(profile).removeprefix("solar-").upper()
        shapes[str(profile)] = solar_state(radiation, state, latitude, longitude, clock)
    for zone, profile in zip(zones["id"], zones["load_profile"], strict=True):
        facts = FACTS_BY_ZONE[zone]
        shapes[profile] = load_shape(load[facts.authority], facts.utc_offset_h)
    entries = [Entry("profiles", "load-wauw", "assumed", "zone p19 has no authority of its own with data: load shape of WAUW")]
    return pd.concat([profile_rows(name, shape) for name, shape in sorted(shapes.items())], ignore_index=True), entries


def profile_rows(name: str, shape: np.ndarray) -> pd.DataFrame:
    """A (12, 24) array as 288 rows: profile, month, hour, value."""
    month, hour = np.meshgrid(np.arange(1, 13), np.arange(24), indexing="ij")
    return pd.DataFrame({"profile": name, "month": month.ravel(), "hour": hour.ravel(), "value": shape.ravel()})
