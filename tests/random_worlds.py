"""Worlds at random: tiny, with limits that mostly bind, and families switched on at random."""

from __future__ import annotations

import numpy as np

from tests.worlds import EVERYTHING_BUT_SUPPLY, LATER, Row, World, candidate, named, pod, small_world, source, substation


def random_world(seed: int) -> World:
    """A tiny world: 2 to 4 sites that share up to three plants and a substation, one or two periods, up to four slices, one or
    two module types, families switched on at random, limits that mostly bind. The same seed gives the same world."""
    rng = np.random.default_rng(seed)
    periods, seasons, blocks = _sizes(rng)
    world = small_world(periods=periods, seasons=seasons, blocks=blocks)
    types = 2 if periods == 1 and rng.random() < 0.5 else 1
    sizes = [[5.0], [2.0, 5.0]][types - 1]
    world.model["modules"] = {f"type-{n}": _random_type(rng, mw) for n, mw in enumerate(sizes)}
    counts = 2 if periods == 2 else 3
    sites = int(rng.integers(2, 4 if periods == 2 else 5))
    world.layers["candidates"] = [_random_site(rng, n, counts * 5.0 / types) for n in range(sites)]
    kinds = ["hydro", "solar"] if rng.random() < 0.4 else ["hydro"]
    world.layers["sources"] = [_random_source(rng, n, kind) for n, kind in enumerate(kinds)]
    grid = rng.random() < 0.5
    world.layers["substations"] = [_random_substation(rng)]
    world.layers["pops"] = [named(f"pop-{n}", *_near(rng, 0.6)) for n in range(int(rng.integers(1, 3)))]
    world.profiles = {
        name: [[_digits(rng.uniform(low, high)) for _ in range(blocks)] for _ in range(seasons)]
        for name, low, high in (("river", 0.6, 1.4), ("sun", 0.2, 2.0), ("load", 0.6, 1.0))
    }
    _random_knobs(rng, world)
    switched = [name for name in EVERYTHING_BUT_SUPPLY if rng.random() < 0.25]
    off = {*LATER, "solar" if "solar" not in kinds else "", "" if grid else "grid_strain", *switched} - {""}
    off -= _random_power(np.random.default_rng(10_000 + seed), world)
    off -= _random_later(np.random.default_rng(20_000 + seed), world)
    world.model["off"] = sorted(off)
    return world


def _sizes(rng: np.random.Generator) -> tuple[int, int, int]:
    shapes = ((1, 1, 1), (1, 2, 1), (1, 1, 2), (1, 2, 2), (2, 1, 1), (2, 2, 1), (2, 1, 2), (2, 1, 2))
    return shapes[int(rng.integers(len(shapes)))]


def _digits(value: float) -> float:
    return round(float(value), 3)


def _near(rng: np.random.Generator, spread: float) -> tuple[float, float]:
    return _digits(-120.5 + rng.uniform(-spread, spread)), _digits(46.0 + rng.uniform(-spread, spread))


def _random_type(rng: np.random.Generator, it_mw: float) -> Row:
    factor = rng.uniform(0.8, 1.2)
    return pod(it_mw, facility_musd=_digits(10.0 * it_mw * factor), load_factor=_digits(rng.uniform(0.7, 1.0)))


def _random_site(rng: np.random.Generator, number: int, most_mw: float) -> Row:
    limit = _digits(rng.uniform(0.6, 1.1) * most_mw)
    lon, lat = _near(rng, 0.3)
    return candidate(f"s{number}", lon, lat, limit_mw=limit, land_ha=_digits(rng.uniform(1.0, 4.0)))


def _random_source(rng: np.random.Generator, number: int, kind: str) -> Row:
    mean = _digits(rng.uniform(6.0, 30.0))
    lon, lat = _near(rng, 0.3)
    profile = "sun" if kind == "solar" else "river"
    unused = _digits(rng.uniform(0.0, 8.0))
    return source(f"p{number}", lon, lat, kind=kind, mean_output_mw=mean, unused_mw=unused, profile=profile)


def _random_substation(rng: np.random.Generator) -> Row:
    lon, lat = _near(rng, 0.3)
    rating, loading = _digits(rng.uniform(20.0, 60.0)), _digits(rng.uniform(0.3, 0.7))
    return substation("g0", lon, lat, kv=float(rng.choice([115.0, 230.0, 345.0])), rating_mw=rating, loading_share=loading)


def _random_power(rng: np.random.Generator, world: World) -> set[str]:
    """Lines whose losses grow with the load, rivers with a floor, substations of few circuits, zones short of margin; the
    families that are on."""
    world.model["tie_lines"] = {
        "resistance_factor": float(rng.choice([0.0, 3.0])),
        "second_segment_above_share": float(rng.choice([0.0, 0.03])),
    }
    world.model["hydro"] |= {
        "floor_share": float(rng.choice([0.0, 0.0, 0.2])),
        "firm_commitment_share": float(rng.choice([0.0, 0.1])),
    }
    world.model["grid_strain"] |= {"circuits": int(rng.choice([0, 3, 5]))}
    world.model["adequacy"] = {"high_margin_share": float(rng.choice([-1.0, 0.16]))}
    return {"adequacy"} if rng.random() < 0.5 else set()


def _random_knobs(rng: np.random.Generator, world: World) -> None:
    model = world.model
    model["hydro"] = {"contract_share": _digits(rng.uniform(0.3, 1.0)), "unused_share": _digits(rng.uniform(0.0, 1.0))}
    model["connectivity"] |= {"paths": int(rng.integers(0, 3)), "gbps_per_mw": _digits(rng.uniform(0.1, 1.0))}
    model["fibre"] |= {"lateral_gbps": float(rng.choice([4.0, 100.0])), "nearest": int(rng.integers(1, 3))}
    model["satellite"] = {
        "site_terminals": int(rng.integers(0, 3)),
        "terminal_gbps": _digits(rng.uniform(2.0, 6.0)),
        "gateway_gbps": _digits(rng.uniform(1.0, 12.0)),
        "cell_gbps": _digits(rng.uniform(1.0, 12.0)),
    }
    model["grid_strain"] = {"import_floor_mw": _digits(rng.uniform(1.0, 15.0)), "import_share": 0.0}
    model["cooling"] = {"warming_c": _digits(rng.uniform(-5.0, 20.0))}
    model["workload"] = {"served_share": _digits(rng.uniform(0.85, 1.0)), "firm_share": _digits(rng.uniform(0.3, 1.0))}
    musd = 40.0 * sum(row["limit_mw"] for row in world.layers["candidates"]) * rng.uniform(0.3, 0.9)
    model["budget"] = {
        "total_musd": _digits(musd),
        "period_musd_per_year": _digits(musd * rng.uniform(0.5, 1.0)),
        "carry_over": bool(rng.random() < 0.5),
        "count_running": bool(rng.random() < 0.3),
    }
    if rng.random() < 0.3:
        model["locks"] = {"forbid": ["s0"]}
    model["fibre"]["lead_months"] = float(rng.choice([0.0, 0.0, 10.0]))
    model["connectivity"]["paths_from_months"] = float(rng.choice([0.0, 12.0]))


ORACLE_KNOWS = (
    "storage", "generation", "onsite_solar", "islanding", "time_to_power", "rollout", "site_limits", "carbon", "target",
    "training", "inference", "diversification",
)  # fmt: skip
"""Families of the whole deal that a world at random may have on, besides adequacy; every knob the oracle asks for is said."""


def _random_later(rng: np.random.Generator, world: World) -> set[str]:
    """Knobs of the families of the whole deal, and hydrology years; the families that are on."""
    model, periods = world.model, len(world.model["time"]["periods"])
    if rng.random() < 0.3:
        model["time"]["hydrology"] = [
            {"name": "dry", "probability_share": 0.3, "water_factor": _digits(rng.uniform(0.6, 0.9))},
            {"name": "wet", "probability_share": 0.7, "water_factor": _digits(rng.uniform(0.9, 1.2))},
        ]
    for name in ("total_musd", "period_musd_per_year"):
        model["budget"][name] = _digits(1.4 * model["budget"][name])
    for kind in model["modules"].values():
        kind |= {"lead_months": float(rng.choice([0.0, 3.0, 8.0])), "trucks": 10.0}
    for row in world.layers["sources"]:
        row["basin"] = str(rng.choice(["", "river"]))
    for row in world.layers["zones"]:
        row |= {"queue_months": float(rng.choice([0.0, 5.0, 9.0])), "carbon_kg_per_mwh": float(rng.choice([100.0, 400.0]))}
        row |= {"reserve_margin_share": float(rng.choice([0.15, 0.15, 0.25])), "peak_load_mw": 40.0}
    _random_own_power(rng, model)
    _random_timing(rng, model, periods)
    _random_places(rng, model, periods)
    on = {family for family in ORACLE_KNOWS if rng.random() < (0.4 if family in OWN_POWER else 0.25)}
    return on if on & {"storage", "generation"} else on - {"islanding"}


OWN_POWER = ("storage", "generation", "onsite_solar", "time_to_power")


def _random_own_power(rng: np.random.Generator, model: Row) -> None:
    model["hydro"] |= {"spilled_share": float(rng.choice([0.0, 0.0, 0.5])), "spilled_price_usd_per_mwh": 5.0}
    cheap = float(rng.choice([0.1, 1.0]))
    model["storage"] = {
        "energy_musd_per_mwh": _digits(cheap * rng.uniform(0.1, 0.3)),
        "power_musd_per_mw": 0.15,
        "price_factor": 1.05,
        "upkeep_share_per_year": 0.025,
        "round_trip_share": _digits(rng.uniform(0.7, 0.95)),
        "least_charge_share": float(rng.choice([0.0, 0.1])),
        "cycles_per_day": float(rng.choice([0.5, 1.0, 2.0])),
        "service_years": float(rng.choice([0.0, 10.0])),
        "shortest_h": float(rng.choice([0.0, 2.0])),
        "longest_h": _digits(rng.uniform(4.0, 14.0)),
        "most_power_share": _digits(rng.uniform(0.2, 2.0)),
        "land_ha_per_mwh": float(rng.choice([0.005, 0.05])),
        "standby_h": float(rng.choice([2.0, 8.0])),
        "firm_h": float(rng.choice([0.0, 4.0])),
    }
    model["generation"] = {
        "gas_at_sites": bool(rng.random() < 0.8),
        "gas_usd_per_mmbtu": _digits(rng.uniform(1.0, 10.0)),
        "diesel_usd_per_mmbtu": 25.0,
        "engine_musd_per_mw": 1.15,
        "turbine_musd_per_mw": 1.319,
        "diesel_musd_per_mw": 0.8,
        "price_factor": 1.05,
        "engine_efficiency_share": 0.38,
        "turbine_efficiency_share": 0.354,
        "diesel_efficiency_share": 0.322,
        "engine_running_usd_per_mwh": 25.0,
        "turbine_running_usd_per_mwh": 5.0,
        "diesel_running_usd_per_mwh": 25.0,
        "gas_t_per_mwh": 0.198,
        "diesel_t_per_mwh": 0.257,
        "engine_lead_months": float(rng.choice([0.0, 4.0, 14.0])),
        "turbine_lead_months": float(rng.choice([6.0, 36.0])),
        "diesel_lead_months": float(rng.choice([0.0, 6.0])),
        "availability_share": 0.95,
        "most_energy_share": float(rng.choice([0.0, 0.05, 0.3])),
        "bridge_months": float(rng.choice([0.0, 6.0, 18.0])),
        "most_power_share": _digits(rng.uniform(0.2, 1.5)),
        "backup_h": float(rng.choice([8.0, 72.0])),
        "diesel_test_h": 50.0,
    }
    model["onsite_solar"] = {
        "clearness_share": _digits(rng.uniform(0.41, 0.64)),
        "panels_musd_per_mw": _digits(cheap * rng.uniform(0.3, 1.0)),
        "site_factor": 1.0,
        "upkeep_musd_per_mw_year": 0.017,
        "land_ha_per_mw": float(rng.choice([0.05, 0.3])),
        "most_power_share": _digits(rng.uniform(0.5, 4.0)),
        "lifecycle_t_per_mwh": 0.045,
    }
    model["islanding"] = {
        "outage_h": 2.0,
        "critical_share": _digits(rng.uniform(0.0, 0.4)),
        "firm_load_share": float(rng.choice([0.0, 0.5])),
    }


def _random_timing(rng: np.random.Generator, model: Row, periods: int) -> None:
    model["time_to_power"] = {
        "queue_months": 12.0,
        "line_lead_months": float(rng.choice([0.0, 6.0, 10.0 if periods == 1 else 14.0])),
        "line_months_per_100_km": 4.0,
        "transformer_lead_months": float(rng.choice([0.0, 7.0])),
        "arrival_share": float(rng.choice([0.5, 1.0])),
    }
    most = _digits(rng.uniform(0.6, 2.0))
    model["rollout"] = {
        "start_mw_per_month": _digits(rng.uniform(0.45, 1.0) * most),
        "growth_share_per_month": _digits(rng.uniform(0.0, 0.2)),
        "programme_mw_per_month": most,
        "zone_mw_per_month": _digits(rng.uniform(0.5, 2.0)),
        "site_mw_per_month": _digits(rng.uniform(0.45, 1.0)),
        "trucks_per_month": _digits(rng.uniform(1.0, 4.0)),
    }


def _random_places(rng: np.random.Generator, model: Row, periods: int) -> None:
    model["site_limits"] = {
        "most_sites": int(rng.integers(1, 4)),
        "least_sites": int(rng.integers(0, 2)),
        "least_mw": float(rng.choice([0.0, 6.0])),
        "most_mw": float(rng.choice([5000.0, 11.0])),
        "spacing_km": _digits(rng.uniform(0.0, 40.0)),
    }
    model["carbon"] = {
        "hydro_kg_per_mwh": 24.0,
        "solar_kg_per_mwh": 45.0,
        "grid_kg_per_mwh": 129.0,
        "embodied_t_per_mw": float(rng.choice([0.0, 1000.0])),
        "embodied_years": 10.0,
        "cap_t_per_year": float(rng.choice([1e9, _digits(rng.uniform(2000.0, 20000.0))])),
        "price_usd_per_t": float(rng.choice([0.0, 80.0])),
    }
    model["target"] = {"it_mw": [0.0] * (periods - 1) + [float(rng.choice([0.0, 5.0]))]}
    model["training"] = {
        "training_share": _digits(rng.uniform(0.2, 0.6)),
        "block_mw": float(rng.choice([5.0, 7.0])),
        "interruptible_share": float(rng.choice([0.005, 0.05])),
        "multi_site": "off",
    }
    model["inference"] = {
        "inference_share": _digits(rng.uniform(0.1, 0.4)),
        "gbps_per_mw": _digits(rng.uniform(0.0, 1.7)),
        "voice_share": 0.1,
        "agent_share": 0.3,
        "chat_share": 0.4,
        "batch_share": 0.2,
        "voice_rtt_ms": 2000.0,
        "agent_rtt_ms": 2000.0,
        "chat_rtt_ms": 2000.0,
    }
    model["diversification"] = {
        "zone_share": 1.0,
        "basin_share": _digits(rng.uniform(0.3, 1.0)),
        "source_share": _digits(rng.uniform(0.3, 1.0)),
        "free_mw": _digits(rng.uniform(3.0, 12.0)),
        "gateway_share": 1.0,
        "free_gbps": _digits(rng.uniform(0.0, 5.0)),
    }
