"""The offline map: one page that holds its data, its base map and its library, and asks nobody for anything."""

from siting.export.webmap.document import MapDocument, document_page
from siting.export.webmap.plan_map import map_page, write

__all__ = ["MapDocument", "document_page", "map_page", "write"]
