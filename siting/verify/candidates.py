"""Candidates: where a site may stand, and what the place itself can take.

A user's own layer says it all. Candidates made from other layers are one for each coarse H3 cell whose centre is within
`reach_km` of a plant: the centre of one of its cells two resolutions finer, in the region, off the region's own exclusions and
within reach of a plant; limit, land and its price are the scenario's. Exclusions that an overlay adds do not move candidates.
"""

from __future__ import annotations

from typing import Final

import h3
import numpy as np
import shapely

from siting.verify.built import Built
from siting.verify.ground import EDGE_DEGREES, LENGTH_SLACK_KM, geodesic_km, inside, off_by_degrees
from siting.verify.layers import Layer, Layers
from siting.verify.report import Flags, Floats, Judge, Rule, Where, rows

PLACE = Rule("V121", "candidates.place", "a candidate stands where the user's layer has it", "km")
OWN = Rule("V122", "candidates.layer", "the candidates are those of the user's layer, each with a row")
REGION = Rule("V123", "candidates.region", "a candidate lies in the region")
REACH = Rule("V124", "candidates.reach", "a candidate lies within reach of a plant", "km")
CELL = Rule("V125", "candidates.cell", "one candidate in each cell of the grid")
FREE = Rule("V127", "candidates.free", "a candidate lies off the exclusions of the region")
CENTRE = Rule("V128", "candidates.centre", "a candidate is the centre of a fine cell of the grid", "km")
EVERY = Rule("V129", "candidates.every", "each coarse cell with a fit place has its candidate")
ZONE = Rule("V126", "candidates.zone", "a candidate has the zone it lies in, or the nearest")
FILE: Final = "sites.geojson"
FINER: Final = 2
"""Resolutions between a coarse cell and the cells a candidate is the centre of."""
SURE_KM: Final = 0.05
SURE_DEGREES: Final = 1e-4
MOST_CELLS: Final = 5000
"""Cells looked at for a missing candidate; a finer grid has more and is looked at in part."""
SMALLEST_STEP: Final = 1.2
"""A step on the grid of cells is at least this many mean edges long."""


def own_numbers(built: Built, column: str) -> Floats:
    """`limit_mw`, `land_ha` or `land_musd_per_ha` of each candidate (I), from the user's layer or the scenario."""
    general = built.question.asked.number("candidates", column)
    layer = built.question.layers.get("candidates")
    own = dict(zip(layer.ids, layer.numbers(column), strict=True))
    found = np.array([own.get(name, np.nan) for name in built.site_ids], dtype=np.float64)
    return np.where(np.isnan(found), general, found)


def check(built: Built, judge: Judge) -> None:
    """Hold all candidates to their places."""
    if built.question.layers.has("candidates"):
        _check_layer(built, judge)
    else:
        _check_made(built, judge)
    _check_zones(built, judge)


def _check_layer(built: Built, judge: Judge) -> None:
    layer = built.question.layers.get("candidates")
    known = layer.ids
    judge.holds(OWN, [name in known for name in built.site_ids], FILE, "id", rows("site", built.site_ids))
    judge.holds(OWN, [name in built.site_ids for name in known], FILE, "id", rows("candidate", known))
    east, north = layer.lon, layer.lat
    at = [(n, known.index(name)) for n, name in enumerate(built.site_ids) if name in known]
    sites, own = np.array([n for n, _ in at], dtype=np.int64), np.array([m for _, m in at], dtype=np.int64)
    off = geodesic_km(built.lon[sites], built.lat[sites], east[own], north[own])
    judge.at_most(
        PLACE, off, np.full(len(off), LENGTH_SLACK_KM), FILE, "geometry", rows("site", [built.site_ids[n] for n in sites])
    )


def _check_made(built: Built, judge: Judge) -> None:
    asked, where = built.question.asked, rows("site", built.site_ids)
    layers = built.question.layers
    region = layers.get("region").shapes
    held: Flags = np.asarray(inside(built.lon, built.lat, region).any(axis=1))
    for n in np.flatnonzero(~held):
        held[n] = off_by_degrees(built.lon[[n]], built.lat[[n]], region).min() <= EDGE_DEGREES
    judge.holds(REGION, held, FILE, "geometry", where)
    free = ~inside(built.lon, built.lat, layers.get("own_exclusions").shapes).any(axis=1)
    judge.holds(FREE, free, FILE, "geometry", where)
    reach = asked.number("candidates", "reach_km")
    finer = int(asked.number("candidates", "cell_resolution")) + FINER
    children = [h3.latlng_to_cell(lat, lon, finer) for lat, lon in zip(built.lat, built.lon, strict=True)]
    cells = [h3.cell_to_parent(child, finer - FINER) for child in children]
    first = {cell: n for n, cell in reversed(list(enumerate(cells)))}
    once = [first[cell] == n for n, cell in enumerate(cells)]
    judge.holds(CELL, once, FILE, "geometry", where, lambda at: f"in {cells[at[0]]} with {built.site_ids[first[cells[at[0]]]]}")
    off = np.array([_km_to_centre(child, lon, lat) for child, lon, lat in zip(children, built.lon, built.lat, strict=True)])
    judge.at_most(CENTRE, off, np.full(len(off), LENGTH_SLACK_KM), FILE, "geometry", where)
    plants = layers.get("sources")
    _check_reach(built.lon, built.lat, plants, reach, where, judge)
    lat, lon = (np.array(each, dtype=np.float64) for each in zip(*[h3.cell_to_latlng(cell) for cell in cells], strict=True))
    _check_reach(lon, lat, plants, reach, rows("cell of site", built.site_ids), judge)
    lacking = sorted(_fit_cells(layers, reach, finer - FINER) - set(cells))
    judge.holds(EVERY, [True] * len(set(cells)) + [False] * len(lacking), FILE, "id", rows("cell", [*set(cells), *lacking]))


def _fit_cells(layers: Layers, reach_km: float, resolution: int) -> set[str]:
    """Coarse cells that surely deserve a candidate: with a fine cell well inside the region, off exclusions, within reach."""
    plants = layers.get("sources")
    near = [h3.latlng_to_cell(lat, lon, resolution) for lat, lon in zip(plants.lat, plants.lon, strict=True)]
    across_km = h3.average_hexagon_edge_length(resolution, unit="km") * SMALLEST_STEP
    found = {cell for each in set(near) for cell in h3.grid_disk(each, int(reach_km / across_km) + 1)}
    centres = {cell: h3.cell_to_latlng(cell) for cell in sorted(found)[:MOST_CELLS]}
    cells = [cell for cell, (north, east) in centres.items() if _within(north, east, plants, reach_km - SURE_KM)]
    children = [(cell, *h3.cell_to_latlng(child)) for cell in cells for child in h3.cell_to_children(cell, resolution + FINER)]
    lat, lon = (np.array([child[n] for child in children], dtype=np.float64) for n in (1, 2))
    fit = inside(lon, lat, shapely.buffer(layers.get("region").shapes, -SURE_DEGREES)).any(axis=1)
    fit &= ~inside(lon, lat, shapely.buffer(layers.get("own_exclusions").shapes, SURE_DEGREES)).any(axis=1)
    deserving: set[str] = set()
    for n in np.flatnonzero(fit):
        cell = children[n][0]
        if cell not in deserving and _within(lat[n], lon[n], plants, reach_km - SURE_KM):
            deserving.add(cell)
    return deserving


def _within(lat: float, lon: float, plants: Layer, reach_km: float) -> bool:
    return bool(geodesic_km(lon, lat, plants.lon, plants.lat).min(initial=np.inf) <= reach_km)


def _km_to_centre(cell: str, lon: float, lat: float) -> float:
    north, east = h3.cell_to_latlng(cell)
    return float(geodesic_km(lon, lat, east, north))


def _check_reach(lon: Floats, lat: Floats, plants: Layer, reach: float, where: Where, judge: Judge) -> None:
    nearest = np.array([geodesic_km(x, y, plants.lon, plants.lat).min(initial=np.inf) for x, y in zip(lon, lat, strict=True)])
    judge.at_most(REACH, nearest, np.full(len(nearest), reach), FILE, "geometry", where, slack=LENGTH_SLACK_KM)


def _check_zones(built: Built, judge: Judge) -> None:
    """The written zone is the user's, or holds the point, or is as near as any zone (points off all zones)."""
    zones, layer = built.question.layers.get("zones"), built.question.layers.get("candidates")
    given = {name: zone for name, zone in zip(layer.ids, layer.texts("zone"), strict=True) if zone}
    names = zones.ids
    written = list(built.folder.tables["sites"]["zone"])
    held = inside(built.lon, built.lat, zones.shapes)
    good = []
    for n, (site, zone) in enumerate(zip(built.site_ids, written, strict=True)):
        if site in given:
            good.append(zone == given[site])
        elif zone not in names:
            good.append(False)
        elif held[n, names.index(zone)]:
            good.append(True)
        else:
            off = off_by_degrees(built.lon[[n]], built.lat[[n]], zones.shapes)[0]
            good.append(bool(off[names.index(zone)] <= max(EDGE_DEGREES, off.min() * 1.01)))
    judge.holds(ZONE, good, FILE, "zone", rows("site", built.site_ids), lambda at: written[at[0]] or "nothing")
