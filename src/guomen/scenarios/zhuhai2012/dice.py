"""Seeded streams of chance, one by name, so that adding one never moves another."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of a named purpose under a seed."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))
