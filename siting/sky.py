"""Satellites over a place: how many are in view, how far they are, how long their laser links take.

A satellite at altitude h is seen above elevation e from the ground within psi of its nadir:

    psi  =  acos(R cos e / (R + h)) - e                                     (941 km of ground at 550 km and 25 degrees)

A shell of N satellites at inclination i spends equal times in equal steps of u, where sin(latitude) = sin(i) sin(u), and is
at all longitudes alike. So from latitude p there are in view

    N / pi^2 * integral over u of acos( (cos psi - sin p sin q(u)) / (cos p cos q(u)) ) du,    sin q(u) = sin(i) sin(u)

This is the density of FACTS F5 summed over the footprint instead of taken at its centre, where F5 has a pole at |p| = i; it
is 0 beyond i + psi.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from siting.units import EARTH_RADIUS_KM, LIGHT_KM_PER_MS

Floats = NDArray[np.float64]
HOP_MS: Final = 0.3
HOP_KM: Final = 4500.0
STEPS: Final = 512
"""Of the sum that stands for the integral over a footprint."""


def footprint_angle(altitude_km: float, elevation_degrees: float) -> float:
    """Radius psi of the ground that sees a satellite above an elevation [radians]."""
    elevation = np.radians(elevation_degrees)
    seen = EARTH_RADIUS_KM * np.cos(elevation) / (EARTH_RADIUS_KM + altitude_km)
    return float(np.arccos(seen) - elevation)


def satellites_in_view(latitude: Floats, satellites: float, inclination_degrees: float, psi: float) -> Floats:
    """Mean number of satellites of a shell whose nadir lies within psi radians of points at latitudes (n) in degrees."""
    place = np.radians(np.clip(latitude, -89.999, 89.999))[:, None]
    tilt = np.radians(min(inclination_degrees, 180.0 - inclination_degrees))
    if tilt <= 0.0:
        return np.zeros(len(place))
    low, high = (np.arcsin(np.sin(np.clip(edge, -tilt, tilt)) / np.sin(tilt)) for edge in (place - psi, place + psi))
    turn = ((np.arange(STEPS) + 0.5) / STEPS * np.pi - np.pi / 2.0)[None, :]
    along = (low + high) / 2.0 + (high - low) / 2.0 * np.sin(turn)
    nadir = np.arcsin(np.sin(tilt) * np.sin(along))
    width = np.arccos(np.clip((np.cos(psi) - np.sin(place) * np.sin(nadir)) / (np.cos(place) * np.cos(nadir)), -1.0, 1.0))
    integral = (width * (high - low) / 2.0 * np.cos(turn)).mean(axis=1) * np.pi
    return np.asarray(satellites * integral / np.pi**2)


def slant_km(altitude_km: float, elevation_degrees: float) -> float:
    """Way from the ground to a satellite seen at an elevation (F4)."""
    up = EARTH_RADIUS_KM * np.sin(np.radians(elevation_degrees))
    return float(np.sqrt(up**2 + 2.0 * EARTH_RADIUS_KM * altitude_km + altitude_km**2) - up)


def laser_ms(km: Floats, altitude_km: float, route_factor: float) -> Floats:
    """Time over laser links one way, for distances on the ground: the way over the grid of satellites and 0.3 ms for each hop
    of up to 4 500 km (F4)."""
    way = route_factor * km * (1.0 + altitude_km / EARTH_RADIUS_KM)
    return np.asarray(way / LIGHT_KM_PER_MS + HOP_MS * np.ceil(km / HOP_KM))
