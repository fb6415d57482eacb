"""Solving: the only door to HiGHS, the order of solves, and how each ended."""
