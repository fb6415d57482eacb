"""From bare lines to a network: snap, node through lines, find the connected parts. Metres in the Albers projection.

Line ends within 200 m are one node. A line that another line of its voltage class ends on (within 200 m of its interior) is
split there; a line of another class that is met that way only joins the two networks, it gets no point of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

SNAP_M: Final = 200.0


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes and the pieces of line between them.

    `xy` (nodes, 2) in metres; `start`, `end` (pieces) node numbers; `kind` (pieces) class number of the line a piece belongs
    to; `part` (nodes) number of the connected part; `main` the part with most nodes; `splits` through lines that were split;
    `joins` contacts between classes; `loops` pieces whose two ends are one node (left out).
    """

    xy: np.ndarray
    start: np.ndarray
    end: np.ndarray
    kind: np.ndarray
    part: np.ndarray
    main: int
    splits: int
    joins: int
    loops: int


def touching(ends: np.ndarray, owner: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (end number, line number): ends within 200 m of a line's interior, the line's own two ends further away."""
    points = np.asarray(shapely.points(ends))
    end, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=SNAP_M)
    other = owner[end] != line
    end, line = end[other], line[other]
    spots = points[end]
    from_first = np.asarray(shapely.distance(spots, shapely.get_point(lines[line], 0)))
    from_last = np.asarray(shapely.distance(spots, shapely.get_point(lines[line], -1)))
    away = (from_first > SNAP_M) & (from_last > SNAP_M)
    return end[away], line[away]


def build_network(lines: np.ndarray, kind: np.ndarray) -> Network:
    """The network of `lines` (projected LineStrings) with class number `kind`; direct current must not be among them."""
    count = len(lines)
    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    last = shapely.get_coordinates(shapely.get_point(lines, -1))
    ends = np.vstack([first, last])
    owner = np.concatenate([np.arange(count), np.arange(count)])
    end, line = touching(ends, owner, lines)
    same = kind[owner[end]] == kind[line]
    along = shapely.line_locate_point(lines[line[same]], shapely.points(ends[end[same]]))
    cut_xy = shapely.get_coordinates(shapely.line_interpolate_point(lines[line[same]], along))
    node = snap(np.vstack([ends, cut_xy]))
    stops = np.concatenate([owner, line[same]])
    where = np.concatenate([np.zeros(count), shapely.length(lines), along])
    order = np.lexsort((where, stops))
    consecutive = stops[order][1:] == stops[order][:-1]
    start, finish = node[order][:-1][consecutive], node[order][1:][consecutive]
    piece_kind = kind[stops[order][:-1][consecutive]]
    loop = start == finish
    nodes = int(node.max()) + 1
    joined_from, joined_to = node[end[~same]], node[line[~same]]
    part = parts(nodes, np.concatenate([start, joined_from]), np.concatenate([finish, joined_to]))
    xy = np.column_stack([np.bincount(node, np.vstack([ends, cut_xy])[:, axis]) for axis in (0, 1)]) / np.bincount(node)[:, None]
    return Network(
        xy=xy,
        start=start[~loop],
        end=finish[~loop],
        kind=piece_kind[~loop],
        part=part,
        main=int(np.bincount(part).argmax()),
        splits=int(np.unique(line[same]).size),
        joins=int((~same).sum()),
        loops=int(loop.sum()),
    )


def snap(points: np.ndarray) -> np.ndarray:
    """Node number of each point: points within 200 m, also through others, are one node."""
    pairs = cKDTree(points).query_pairs(SNAP_M, output_type="ndarray")
    return parts(len(points), pairs[:, 0], pairs[:, 1])


def parts(count: int, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Number of the connected part of each of `count` nodes."""
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(count, count))
    labels: np.ndarray = connected_components(graph, directed=False)[1]
    return labels


def merge_near(xy: np.ndarray, weight: np.ndarray, distance_m: float) -> np.ndarray:
    """Centre (a row number) each point is merged into: the heaviest point first takes all free points within the distance.

    Ties go to the western, then the southern point. Afterwards no two centres are within the distance of each other.
    """
    tree = cKDTree(xy)
    centre = np.full(len(xy), -1)
    for one in np.lexsort((xy[:, 1], xy[:, 0], -weight)):
        if centre[one] >= 0:
            continue
        near = np.array(tree.query_ball_point(xy[one], distance_m), dtype=int)
        centre[near[centre[near] < 0]] = one
    return centre
