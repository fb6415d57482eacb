"""What people open: GeoJSON, GeoPackage, tables, the offline map and the report, all written from a `Plan` alone."""
