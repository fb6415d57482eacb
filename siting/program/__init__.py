"""The mixed-integer program: assembled from the families, compiled into one matrix."""
