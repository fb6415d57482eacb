"""What families leave standing in a solution besides modules and tie-lines: data links, what sites give, items of equipment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from siting.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class DataLinks:
    """Data links of one family that stand in a solution, H of them: where from and to, `units` (H, P) laterals or
    terminals, `gbps` (H, P) capacity, `capital_musd` and `running_musd_per_year` (H) in the last period, `rtt_ms` (H, R)
    to each place of demand."""

    kind: str
    ids: tuple[str, ...]
    site: Ints
    target_ids: tuple[str, ...]
    target_names: tuple[str, ...]
    target_lonlat: Floats
    length_km: Floats
    units: Ints
    gbps: Floats
    capital_musd: Floats
    running_musd_per_year: Floats
    rtt_ms: Floats


@dataclass(frozen=True, slots=True)
class Given:
    """What sites give to places: `amount` (I, R, P) of R places."""

    places: tuple[str, ...]
    amount: Floats


@dataclass(frozen=True, slots=True)
class Standing:
    """What a family keeps besides modules, tie-lines and data links, by item. An item's name ends in its unit and belongs to
    one family only.

    `stock` (I, P): what stands or holds at sites ("battery_mwh", "training_mw"). `operation` (I, P, T): MW in each slice
    ("battery_charge_mw"). `given`: what sites give to places ("chat_mw"). `programme` (P): what belongs to no site
    ("largest_loss_mw").
    """

    stock: Mapping[str, Floats] = field(default_factory=dict)
    operation: Mapping[str, Floats] = field(default_factory=dict)
    given: Mapping[str, Given] = field(default_factory=dict)
    programme: Mapping[str, Floats] = field(default_factory=dict)
