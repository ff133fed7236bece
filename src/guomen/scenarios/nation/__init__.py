"""A nation's lines, drawn by a seed: to measure what size costs. Nobody in it exists."""
