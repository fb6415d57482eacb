"""Where the public source files lie, and reading them as they are. One function a file; nothing is judged here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import Fault, input_error

WGS84: Final = "EPSG:4326"
ALBERS: Final = "EPSG:5070"

PLANTS: Final = "wri_global_power_plants/gppd_v1.3.0_database_{country}.csv.gz"
ZONES: Final = "reeds_zones_us/reeds_zones.gpkg"
INTERFACES_AC: Final = "reeds_zones_us/transmission_capacity_init_AC_ba_NARIS2024.csv"
INTERFACES_DC: Final = "reeds_zones_us/transmission_capacity_init_nonAC_ba.csv"
RESERVES: Final = "reeds_zones_us/prm_annual.csv"
LINES: Final = "hifld_transmission_lines_us/hifld_lines_west_ge100kV.gpkg"
LOAD: Final = "eia_ba_hourly_demand_2016_west/BA_2016_hourly_demand_MW.csv.gz"
HYDRO_HOURLY: Final = "us_hydro_profiles/usace_northwest_hydro_hourly_MW.csv"
HYDRO_MONTHLY: Final = "us_hydro_profiles/eia_us_conventional_hydro_monthly_cf_2015_2017.csv"
RADIATION: Final = "us_state_solar_radiation_narr/narr_monthly_shortwave_by_state_1979_2023.csv.gz"
DEGREE_DAYS: Final = "us_climate_degree_days_puma/puma_degree_days_population.csv"
TEMPERATURE: Final = "ncep_temperature_climatology/air_sig995_monthly_climatology.csv.gz"
STARLINK: Final = "starlink_ground_stations/ground_stations_except_BRA_ESP_PRT.csv"
NETWORK_NODES: Final = "topohub_networks/real_network_nodes.csv.gz"
NATURAL_EARTH: Final = "natural_earth/natural_earth.gpkg"
PLACES: Final = "natural_earth/populated_places_10m.csv"


def require(sources: Path, files: tuple[str, ...]) -> None:
    """Raise InputError naming every file that is not under `sources`."""
    missing = [name for name in files if not (sources / name).is_file()]
    if missing:
        raise input_error(
            Fault("L074", str(sources / name), "", "", "no such file", "a public source file", "Give its folder with --sources.")
            for name in missing
        )


def table(sources: Path, name: str, **options: object) -> pd.DataFrame:
    """A CSV file as a frame."""
    frame: pd.DataFrame = pd.read_csv(sources / name, low_memory=False, **options)  # type: ignore[call-overload]
    return frame


def layer(sources: Path, name: str, layer_name: str | None = None) -> gpd.GeoDataFrame:
    """A GeoPackage layer in WGS 84."""
    frame: gpd.GeoDataFrame = gpd.read_file(sources / name, layer=layer_name)
    return frame.to_crs(WGS84)


def points(frame: pd.DataFrame, lon: str, lat: str) -> gpd.GeoDataFrame:
    """A frame with point geometry from two columns, in WGS 84; rows without coordinates must be gone before."""
    plain = frame.reset_index(drop=True)
    return gpd.GeoDataFrame(plain, geometry=gpd.points_from_xy(plain[lon], plain[lat]), crs=WGS84)


def metric_xy(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Point coordinates, shape (rows, 2), in metres of the Albers projection."""
    moved = frame.geometry.to_crs(ALBERS)
    return np.column_stack([moved.x.to_numpy(), moved.y.to_numpy()])


def us_places(sources: Path) -> gpd.GeoDataFrame:
    """Natural Earth's populated places of the United States."""
    places = table(sources, PLACES)
    return points(places[places["ADM0_A3"] == "USA"], "LONGITUDE", "LATITUDE")


def window(points: gpd.GeoDataFrame, region: gpd.GeoDataFrame, margin_degrees: float) -> gpd.GeoDataFrame:
    """The points in the box of the region widened by a margin: the projection is only good there."""
    west, south, east, north = region.total_bounds
    x, y = points.geometry.x, points.geometry.y
    inside = x.between(west - margin_degrees, east + margin_degrees) & y.between(south - margin_degrees, north + margin_degrees)
    return points[inside].reset_index(drop=True)
