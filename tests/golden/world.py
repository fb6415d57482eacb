"""The world the golden files are written for: two sites, a plant of each kind, a substation, everything switched on."""

from __future__ import annotations

from tests.worlds import World, candidate, named, pod, small_world, source


def golden_world() -> World:
    """Two sites, two periods, a calm and a stressed slice, one exclusion, one forced site."""
    world = small_world(periods=2, blocks=2)
    world.model["off"] = []
    world.model["modules"] = {"pod": pod(5.0, load_factor=0.8)}
    world.model["locks"] = {
        "force": ["a"],
        "forbid": ["b"],
        "existing": [{"site": "a", "module": "pod", "count": 2, "grows": False}],
        "existing_lines": [{"link": "a--dam", "line_mw": 5.0}],
    }
    world.model["site_limits"] = {"most_sites": 1, "least_sites": 1, "least_mw": 5.0, "most_mw": 500.0, "spacing_km": 10.0}
    world.model["carbon"] = {"cap_t_per_year": 1e6, "price_usd_per_t": 50.0}
    world.model["water"] = {"most_m3_per_year": 1e6, "site_m3_per_year": 1e5}
    world.model["risk"] = {"weight": 0.5, "tail_share": 0.25}
    world.model["fibre"]["shared_reach_km"] = 50.0
    world.model["satellite"] = {
        "site_terminals": 2, "nearest": 2, "site_gbps": 15.0, "programme_share": 1e-5, "satellites": 10.0,
    }  # fmt: skip
    world.layers["gateways"].append({**world.layers["gateways"][0], "id": "gate-2", "at": (-119.5, 46.5)})
    world.model["diversification"] = {"free_mw": 12.0, "free_gbps": 10.0}
    world.row("sources", "dam")["basin"] = "river"
    world.model["target"] = {"it_mw": [0.0, 5.0]}
    world.model["storage"] = {"cycles_per_day": 1.5}
    world.model["hydro"] |= {"spilled_share": 0.2, "floor_share": 0.1, "firm_commitment_share": 0.1}
    world.model["solar"] = {"curtailed_share": 0.1}
    world.model["grid_strain"] = {"circuits": 4, "price_by_block": [1.0, 1.5]}
    world.model["tie_lines"] = {"second_segment_above_share": 0.0}
    world.model["adequacy"] = {"high_margin_share": 0.16}
    world.model["rollout"] = {
        "start_mw_per_month": 1.25,
        "growth_share_per_month": 0.01,
        "programme_mw_per_month": 1.3,
        "zone_mw_per_month": 1.25,
        "site_mw_per_month": 0.85,
        "trucks_per_month": 2.5,
    }
    world.profiles["load"] = [[0.75, 1.0]]
    world.profiles["sun"] = [[0.5, 1.5]]
    world.model["inference"] = {"voice_rtt_ms": 36.0, "places": 2, "gbps_per_mw": 0.2}
    world.model["training"] = {"block_mw": 10.0, "multi_site": "asynchronous"}
    world.model.setdefault("fibre", {})["internet_route_factor"] = 5.0
    world.layers["pops"] = [world.layers["pops"][0], named("pop-far", -116.7, 46.0)]
    world.layers["demand"].append({**named("coast", -125.6, 46.0), "population": 5e5})
    world.layers["substations"][0]["rating_mw"] = 1500.0
    world.layers["sources"].append(source("field", -120.4, 46.0, kind="solar", profile="sun", mean_output_mw=10.0))
    world.layers["candidates"] = [
        candidate("a", -120.5, 46.0, limit_mw=10.0, land_ha=3.0),
        candidate("b", -120.45, 46.0, limit_mw=5.0, land_ha=3.0),
    ]
    world.layers["exclusions"] = [{"id": "park", "name": "Park", "kind": "park", "box": (-120.46, 45.95, -120.44, 46.05)}]
    return world
