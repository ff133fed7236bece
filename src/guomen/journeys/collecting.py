"""When Python looks for values that only hold each other, while many are made that do not."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Batches are many small values that live long and hold no cycles: looking for some in them each
# time a few hundred were made costs more than receiving them.
SELDOM = 100_000, 50, 100


@contextmanager
def seldom() -> Iterator[None]:
    """Look seldom for the block."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
