"""What is told after a run: the totals and the chosen sites, kept in the manifest so that telling needs no solving."""

from __future__ import annotations

from typing import Any, Final

from siting.plan.record import Plan

SITE_FACTS: Final = ("id", "name", "zone", "it_mw", "first_period", "capital_musd", "supplied_by")


def result_of(plan: Plan) -> dict[str, Any]:
    """Totals by name, and the chosen sites, largest first. Shares are of the energy delivered to all sites."""
    chosen = plan.chosen
    it_mw = float(chosen["it_mw"].sum())
    capital_musd = float(plan.cashflow.loc[plan.cashflow["kind"] == "capital", "musd"].sum())
    energy = chosen["facility_mw"] * chosen["served_share"]
    delivered = float(energy.sum())
    shares = {
        f"{kind}_share": float((chosen[f"{kind}_share"] * energy).sum()) / delivered if delivered > 0 else 0.0
        for kind in ("hydro", "solar", "grid")
    }
    totals = {
        "sites": len(chosen),
        "it_mw": it_mw,
        "capital_musd": capital_musd,
        "capital_musd_per_mw": capital_musd / it_mw if it_mw > 0 else 0.0,
        "running_musd_per_year": float(chosen["running_musd_per_year"].sum()),
    }
    sites = [{name: _plain(row[name]) for name in SITE_FACTS} for _, row in chosen.iterrows()]
    return {"totals": totals | shares, "candidates": len(plan.sites), "sites": sites}


def _plain(value: Any) -> str | float:
    return value if isinstance(value, str) else float(value)
