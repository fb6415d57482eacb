"""N-1 tried: what a plan still serves when something is really taken away."""
