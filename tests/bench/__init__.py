"""Figures, not assertions: `make bench` writes RESULTS.md and results.json here."""
