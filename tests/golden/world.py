"""The world the golden files are written for: two sites, a plant of each kind, a substation, everything switched on."""

from __future__ import annotations

from tests.worlds import World, candidate, pod, small_world, source


def golden_world() -> World:
    """Two sites, two periods, a calm and a stressed slice, one exclusion, one forced site."""
    world = small_world(periods=2, blocks=2)
    world.model["off"] = []
    world.model["modules"] = {"pod": pod(5.0, load_factor=0.8)}
    world.model["locks"] = {"force": ["a"], "forbid": ["b"]}
    world.model["satellite"] = {"site_terminals": 2}
    world.profiles["load"] = [[0.75, 1.0]]
    world.profiles["sun"] = [[0.5, 1.5]]
    world.layers["pops"] = world.layers["pops"][:1]
    world.layers["substations"][0]["rating_mw"] = 1500.0
    world.layers["sources"].append(source("field", -120.4, 46.0, kind="solar", profile="sun", mean_output_mw=10.0))
    world.layers["candidates"] = [
        candidate("a", -120.5, 46.0, limit_mw=10.0, land_ha=3.0),
        candidate("b", -120.45, 46.0, limit_mw=5.0, land_ha=3.0),
    ]
    world.layers["exclusions"] = [{"id": "park", "name": "Park", "kind": "park", "box": (-120.46, 45.95, -120.44, 46.05)}]
    return world
