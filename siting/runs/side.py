"""A published plan read back from its files, as one side of a comparison."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from siting.errors import Fault, InputError
from siting.layers.schema import TABLES
from siting.plan.compare import ComparedSite, Side
from siting.runs.manifest import Manifest, read_manifest

SITES_FILE = "sites.geojson"
LAYERS_FILE = "plan.gpkg"
EQUIPMENT_FILE = "equipment.csv"


def read_side(folder: Path) -> Side:
    """The plan in `folder`. Raises InputError where the folder holds no finished plan."""
    manifest = read_manifest(folder)
    path = folder / SITES_FILE
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        items = _items(folder / EQUIPMENT_FILE, manifest.record.periods[-1])
        chosen = [_site(each, items) for each in features if each["properties"]["verdict"] == "chosen"]
        candidates = frozenset(str(each["properties"]["id"]) for each in features) | _further(folder, manifest, len(features))
    except (OSError, ValueError, KeyError, TypeError, DataSourceError, DataLayerError) as error:
        found = f"{type(error).__name__}: {error}"
        fault = Fault("C009", str(path), "", "", found, "the candidate sites of a plan", "Run the question again.")
        raise InputError(fault.sentence(), (fault,)) from error
    totals = {name: float(value) for name, value in manifest.result["totals"].items()}
    return Side(folder.resolve().name, manifest.record, {site.id: site for site in chosen}, candidates, totals)


def _further(folder: Path, manifest: Manifest, shown: int) -> frozenset[str]:
    """Ids of all candidates where `sites.geojson` shows only the best of them."""
    if int(manifest.result.get("candidates", 0)) <= shown:
        return frozenset()
    return frozenset(pyogrio.read_dataframe(folder / LAYERS_FILE, layer="sites", columns=["id"], read_geometry=False)["id"])


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


def _items(path: Path, period: str) -> dict[str, dict[str, float]]:
    """Site -> item -> amount in a period; nothing where the plan is of a version without equipment."""
    found: dict[str, dict[str, float]] = {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["period"] == period:
                    found.setdefault(row["site_id"], {})[row["item"]] = float(row["amount"])
    return found


def _site(feature: dict[str, Any], items: dict[str, dict[str, float]]) -> ComparedSite:
    facts = feature["properties"]
    month = facts.get("earliest_month")
    lon, lat = feature["geometry"]["coordinates"]
    return ComparedSite(
        id=str(facts["id"]),
        name=str(facts["name"]),
        zone=str(facts["zone"]),
        it_mw=float(facts["it_mw"]),
        capital_musd=float(facts["capital_musd"]),
        lon=float(lon),
        lat=float(lat),
        items=items.get(str(facts["id"]), {}),
        first_month=None if month is None else float(month),
    )
