"""Data sets that can be loaded: fictional people and enterprises, seeded generators."""
