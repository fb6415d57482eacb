"""Layers: what a region is made of, read from files without silent harm."""

from siting.layers.edits import ADDED_BY, AddPolygons, RowEdit
from siting.layers.read import Layers, read_layers
from siting.layers.source import LayerSource

__all__ = ["ADDED_BY", "AddPolygons", "LayerSource", "Layers", "RowEdit", "read_layers"]
