"""Candidates: where a site may stand, and what the place itself can take.

A user's own layer says it all. Candidates made from other layers are one for each coarse H3 cell whose centre is within
`reach_km` of a plant: the centre of one of its cells two resolutions finer, in the region, off the region's own exclusions and
within reach of a plant; limit, land and its price are the scenario's. Exclusions that an overlay adds do not move candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import h3
import numpy as np
import shapely

from siting.verify.built import Built
from siting.verify.ground import EDGE_DEGREES, LENGTH_SLACK_KM, Around, covered, geodesic_km, inside, off_by_degrees
from siting.verify.layers import Layers
from siting.verify.report import Floats, Judge, Rule, Where, rows

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
    return own_of(built, built.site_ids, column, general)


def own_of(built: Built, names: Sequence[str], column: str, general: float) -> Floats:
    """As `own_numbers`, of any candidates by their ids."""
    layer = built.question.layers.get("candidates")
    own = dict(zip(layer.ids, layer.numbers(column), strict=True))
    found = np.array([own.get(name, np.nan) for name in names], dtype=np.float64)
    return np.where(np.isnan(found), general, found)


def check(built: Built, judge: Judge) -> None:
    """Hold all candidates to their places, whether anything stands there or not."""
    if built.question.layers.has("candidates"):
        _check_layer(built, judge)
    else:
        _check_made(built, judge)
    _check_zones(built, judge)


def _check_layer(built: Built, judge: Judge) -> None:
    layer, every = built.question.layers.get("candidates"), built.everyone
    known, there = {name: n for n, name in enumerate(layer.ids)}, set(every.ids)
    own = np.array([known.get(name, -1) for name in every.ids], dtype=np.int64)
    judge.holds(OWN, own >= 0, FILE, "id", rows("site", every.ids))
    judge.holds(OWN, [name in there for name in known], FILE, "id", rows("candidate", list(known)))
    sites = np.flatnonzero(own >= 0)
    off = geodesic_km(every.lon[sites], every.lat[sites], layer.lon[own[sites]], layer.lat[own[sites]])
    judge.at_most(PLACE, off, np.full(len(off), LENGTH_SLACK_KM), FILE, "geometry", rows("site", [every.ids[n] for n in sites]))


def _check_made(built: Built, judge: Judge) -> None:
    every, asked = built.everyone, built.question.asked
    where = rows("site", every.ids)
    layers = built.question.layers
    held = covered(every.lon, every.lat, layers.get("region").shapes)
    judge.holds(REGION, held, FILE, "geometry", where)
    free = ~covered(every.lon, every.lat, layers.get("own_exclusions").shapes)
    judge.holds(FREE, free, FILE, "geometry", where)
    reach = asked.number("candidates", "reach_km")
    finer = int(asked.number("candidates", "cell_resolution")) + FINER
    children = [h3.latlng_to_cell(lat, lon, finer) for lat, lon in zip(every.lat.tolist(), every.lon.tolist(), strict=True)]
    cells = [h3.cell_to_parent(child, finer - FINER) for child in children]
    first = {cell: n for n, cell in reversed(list(enumerate(cells)))}
    once = [first[cell] == n for n, cell in enumerate(cells)]
    judge.holds(CELL, once, FILE, "geometry", where, lambda at: f"in {cells[at[0]]} with {every.ids[first[cells[at[0]]]]}")
    off = geodesic_km(every.lon, every.lat, *_centres(children))
    judge.at_most(CENTRE, off, np.full(len(off), LENGTH_SLACK_KM), FILE, "geometry", where)
    plants = layers.get("sources")
    near = Around(plants.lon, plants.lat)
    _check_reach(every.lon, every.lat, near, reach, where, judge)
    _check_reach(*_centres(cells), near, reach, rows("cell of site", every.ids), judge)
    lacking = sorted(_fit_cells(layers, near, reach, finer - FINER) - set(cells))
    judge.holds(EVERY, [True] * len(set(cells)) + [False] * len(lacking), FILE, "id", rows("cell", [*set(cells), *lacking]))


def _fit_cells(layers: Layers, plants: Around, reach_km: float, resolution: int) -> set[str]:
    """Coarse cells that surely deserve a candidate: with a fine cell well inside the region, off exclusions, within reach."""
    near = [h3.latlng_to_cell(lat, lon, resolution) for lat, lon in zip(plants.lat.tolist(), plants.lon.tolist(), strict=True)]
    across_km = h3.average_hexagon_edge_length(resolution, unit="km") * SMALLEST_STEP
    found = {cell for each in set(near) for cell in h3.grid_disk(each, int(reach_km / across_km) + 1)}
    looked = sorted(found)[:MOST_CELLS]
    reached = plants.least_km(*_centres(looked), reach_km - SURE_KM) <= reach_km - SURE_KM
    cells = [cell for cell, good in zip(looked, reached, strict=True) if good]
    children = [(cell, child) for cell in cells for child in h3.cell_to_children(cell, resolution + FINER)]
    lon, lat = _centres([child for _, child in children])
    fit = covered(lon, lat, shapely.buffer(layers.get("region").shapes, -SURE_DEGREES))
    fit &= ~covered(lon, lat, shapely.buffer(layers.get("own_exclusions").shapes, SURE_DEGREES))
    at = np.flatnonzero(fit)
    good = at[plants.least_km(lon[at], lat[at], reach_km - SURE_KM) <= reach_km - SURE_KM]
    return {children[n][0] for n in good}


def _centres(cells: Sequence[str]) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of the centres of cells."""
    at = np.array([h3.cell_to_latlng(cell) for cell in cells], dtype=np.float64).reshape(-1, 2)
    return at[:, 1], at[:, 0]


def _check_reach(lon: Floats, lat: Floats, plants: Around, reach: float, where: Where, judge: Judge) -> None:
    nearest = plants.least_km(lon, lat, reach)
    judge.at_most(REACH, nearest, np.full(len(nearest), reach), FILE, "geometry", where, slack=LENGTH_SLACK_KM)


def _check_zones(built: Built, judge: Judge) -> None:
    """The written zone is the user's, or holds the point, or is as near as any zone (points off all zones)."""
    zones, layer, every = built.question.layers.get("zones"), built.question.layers.get("candidates"), built.everyone
    given = {name: zone for name, zone in zip(layer.ids, layer.texts("zone"), strict=True) if zone}
    number = {name: n for n, name in enumerate(zones.ids)}
    written = list(every.table["zone"])
    own = np.array([number.get(zone, -1) for zone in written], dtype=np.int64)
    told = [given.get(site) for site in every.ids]
    good = np.array([zone == mine for zone, mine in zip(written, told, strict=True)], dtype=np.bool_)
    free = np.array([mine is None for mine in told], dtype=np.bool_) & (own >= 0)
    good[free] = inside(every.lon[free], every.lat[free], zones.shapes)[np.arange(free.sum()), own[free]]
    for n in np.flatnonzero(free & ~good):
        off = off_by_degrees(every.lon[[n]], every.lat[[n]], zones.shapes)[0]
        good[n] = bool(off[own[n]] <= max(EDGE_DEGREES, off.min() * 1.01))
    judge.holds(ZONE, good, FILE, "zone", rows("site", every.ids), lambda at: written[at[0]] or "nothing")
