"""
Which units to take: drawn from a key, reproducible, without favour.

The same key, reference and lot give the same units on any machine, and nobody
without the key can foresee them. Not for choosing how many: see ``recommend``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any, Final, Protocol, overload

from guomen.core.sampling import columns
from guomen.core.sampling.plan import InvalidQuestion

PURPOSE: Final = "guomen-units-1"
_WORD: Final = 8  # bytes a draw; a digest gives four


class HasUnits(Protocol):
    """A plan that knows how many units to take."""

    @property
    def units(self) -> int:
        """Return how many."""
        ...


@overload
def draw_units(
    plan: HasUnits | int, lot: int, key: bytes, *, reference: str = ...
) -> tuple[int, ...]: ...
@overload
def draw_units(
    plan: Any, lot: Any, key: bytes, *, reference: Any = ...
) -> tuple[tuple[int, ...], ...]: ...


def draw_units(plan: Any, lot: Any, key: bytes, *, reference: Any = "") -> Any:
    """
    Return the numbers (1 to `lot`) of the units to take, in ascending order.

    A Fisher-Yates shuffle cut short, fed by HMAC-SHA256(key, ["guomen-units-1", reference, lot,
    counter]) as compact JSON; draws beyond a whole multiple of the range are thrown away, so every
    set of units is equally likely. Columns of plans, lots and references give one draw a lot; lots
    drawn together need references of their own, or equal lots would draw alike.

    >>> draw_units(3, 10, b"key of the day", reference="DEC-1")
    (1, 2, 4)

    :raises InvalidQuestion: if the lot is smaller than the sample, or the key is empty
    """
    taken = getattr(plan, "units", plan)
    if columns.is_many(taken, lot, reference):
        rows = columns.spread(
            plan=columns.whole("plan", taken, least=0), lot=columns.whole("lot", lot),
            reference=reference,
        )  # fmt: skip
        return tuple(
            _draw(n, size, key, name)
            for n, size, name in zip(*(part.ravel().tolist() for part in rows), strict=True)
        )
    return _draw(int(taken), int(lot), key, reference)


def _draw(n: int, lot: int, key: bytes, reference: str) -> tuple[int, ...]:
    if not 0 <= n <= lot:
        raise InvalidQuestion(f"cannot take {n} units from a lot of {lot}", lot=lot, n=n)
    if not key:
        raise InvalidQuestion("a draw needs a key; an empty one could be foreseen by anybody")
    if n == lot:
        return tuple(range(1, lot + 1))
    words = _words(key, reference, lot)
    moved: dict[int, int] = {}
    taken = []
    for place in range(n):
        pick = place + _below(lot - place, words)
        taken.append(moved.get(pick, pick) + 1)
        moved[pick] = moved.get(place, place)
    return tuple(sorted(taken))


def _words(key: bytes, reference: str, lot: int) -> Iterator[int]:
    """Yield 64-bit numbers for ever."""
    counter = 0
    while True:
        message = json.dumps(
            [PURPOSE, reference, lot, counter], separators=(",", ":"), ensure_ascii=False
        )
        digest = hmac.new(key, message.encode(), hashlib.sha256).digest()
        for start in range(0, len(digest), _WORD):
            yield int.from_bytes(digest[start : start + _WORD], "big")
        counter += 1


def _below(bound: int, words: Iterator[int]) -> int:
    """Return a number below `bound`, each equally likely."""
    limit = (1 << 8 * _WORD) // bound * bound
    return next(word for word in words if word < limit) % bound
