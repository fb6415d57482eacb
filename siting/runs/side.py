"""A published plan read back from its files, as one side of a comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd

from siting.errors import Fault, InputError
from siting.layers.schema import TABLES
from siting.plan.compare import ComparedSite, Side
from siting.runs.manifest import read_manifest

SITES_FILE = "sites.geojson"
LAYERS_FILE = "plan.gpkg"


def read_side(folder: Path) -> Side:
    """The plan in `folder`. Raises InputError where the folder holds no finished plan."""
    manifest = read_manifest(folder)
    path = folder / SITES_FILE
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        chosen = [_site(each) for each in features if each["properties"]["verdict"] == "chosen"]
        candidates = frozenset(str(each["properties"]["id"]) for each in features)
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {error}"
        fault = Fault("C009", str(path), "", "", found, "the candidate sites of a plan", "Run the question again.")
        raise InputError(fault.sentence(), (fault,)) from error
    totals = {name: float(value) for name, value in manifest.result["totals"].items()}
    return Side(folder.resolve().name, manifest.record, {site.id: site for site in chosen}, candidates, totals)


def ground_of(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    """The region's layers with geometry, as the plan in `folder` carries them, for a map's ground. Raises InputError."""
    path = folder / LAYERS_FILE
    try:
        there = set(gpd.list_layers(path)["name"])
        return {name: gpd.read_file(path, layer=name, engine="pyogrio") for name in TABLES if name in there}
    except Exception as error:  # pyogrio has no common ancestor for what it may raise on a damaged file
        found = f"{type(error).__name__}: {error}"
        fault = Fault("C009", str(path), "", "", found, "the GeoPackage of a plan", "Run the question again.")
        raise InputError(fault.sentence(), (fault,)) from error


def _site(feature: dict[str, Any]) -> ComparedSite:
    facts = feature["properties"]
    lon, lat = feature["geometry"]["coordinates"]
    return ComparedSite(
        id=str(facts["id"]),
        name=str(facts["name"]),
        zone=str(facts["zone"]),
        it_mw=float(facts["it_mw"]),
        capital_musd=float(facts["capital_musd"]),
        lon=float(lon),
        lat=float(lat),
    )
