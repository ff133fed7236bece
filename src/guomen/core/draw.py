"""
The fair draw: one number a line that nobody can choose, predict or repeat, and anybody can check.

``u`` is the first 52 bits of HMAC-SHA256 under the key of the day over a canonical message. The
hash of the key is published before the day and the key after it. Here is only the arithmetic: keys
are arguments, their custody is the ledger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

import numpy as np
import orjson
from numpy.typing import ArrayLike, NDArray

from guomen.core.errors import GuomenError

VERSION = "guomen-draw-1"
COMMITMENT_VERSION = "guomen-commitment-1"
KEY_BYTES = 32
U_BITS = 52
PPM = 1_000_000

#: Stands for the previous day's anchor while no anchor has been published yet.
NO_ANCHOR = "0" * 64

# 2**52 / 10**6 = 2**46 / 5**6; the quotient and remainder keep every product inside 64 bits.
_PER_PPM, _REST = divmod(2**46, 5**6)
_BLOCK = 64


class Purpose(StrEnum):
    """What a draw decides; two purposes never share a ``u``."""

    SELECTION = "selection"
    UNITS = "units"
    INSPECTOR = "inspector"


class BadKey(GuomenError):
    """A key or a share is not 32 bytes long."""

    code = "draw.bad_key"


class BadChance(GuomenError):
    """A chance is not a whole number of parts per million."""

    code = "draw.bad_chance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What all lines of one draw share; ``previous_anchor`` is 64 lower-case hexadecimal digits."""

    agency: str
    previous_anchor: str = NO_ANCHOR
    purpose: Purpose = Purpose.SELECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What is public about a day once it is over."""

    day: date
    agency: str
    key: bytes
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a ruling says about its draw; the chance and the outcome may be withheld (None)."""

    basis: Basis
    root_line: str
    counter: int
    u: int
    chance_ppm: int | None = None
    selected: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The answers to the three questions about a draw; None where the claim withheld the chance."""

    key_was_committed: bool
    u_follows: bool
    selection_follows: bool | None

    @property
    def holds(self) -> bool:
        """Tell whether nothing contradicts the claim."""
        return self.key_was_committed and self.u_follows and self.selection_follows is not False


def commitment(key: bytes, day: date, agency: str) -> str:
    """
    Return the hexadecimal SHA-256 of ["guomen-commitment-1", day, agency, key in hexadecimal].

    >>> commitment(bytes(32), date(2012, 5, 24), "ZHCIQ")[:16]
    'b75f7d4f05c05392'

    :raises BadKey: the key is not 32 bytes.
    """
    _require_key(key)
    text = orjson.dumps([COMMITMENT_VERSION, day.isoformat(), agency, key.hex()])
    return sha256(text).hexdigest()


def message(basis: Basis, root_line: str, counter: int = 0) -> bytes:
    """
    Return the text that is drawn on: what JavaScript's ``JSON.stringify`` gives for the same array.

    >>> message(Basis(agency="ZHCIQ", previous_anchor="ab"), "DEC-2012-000123-7/1").decode()
    '["guomen-draw-1","selection","ZHCIQ","DEC-2012-000123-7/1",0,"ab"]'
    """
    return orjson.dumps(
        [
            VERSION,
            basis.purpose.value,
            basis.agency,
            root_line,
            counter,
            basis.previous_anchor,
        ]
    )


def messages(basis: Basis, root_lines: Iterable[str], counters: Iterable[int]) -> list[bytes]:
    """Return the messages of many lines; each equals what `message` gives for the line alone."""
    head = orjson.dumps([VERSION, basis.purpose.value, basis.agency])[:-1]
    tail = b',"' + orjson.dumps(basis.previous_anchor)[1:-1] + b'"]'
    dumps = orjson.dumps
    return [
        b"%b,%b,%d%b" % (head, dumps(line), counter, tail)
        for line, counter in zip(root_lines, counters, strict=True)
    ]


def draw(key: bytes, texts: Sequence[bytes]) -> NDArray[np.uint64]:
    """
    Return ``u`` of each message: the first 13 hexadecimal digits of its HMAC-SHA256 (RFC 2104).

    :returns: whole numbers in [0, 2**52), shape (number of messages,).
    :raises BadKey: the key is not 32 bytes.
    """
    _require_key(key)
    padded = key.ljust(_BLOCK, b"\x00")
    # The two padded key blocks are hashed once a key, not once a line: this doubles the rate.
    inner_start = sha256(bytes(byte ^ 0x36 for byte in padded))
    outer_start = sha256(bytes(byte ^ 0x5C for byte in padded))
    digests = []
    for text in texts:
        inner = inner_start.copy()
        inner.update(text)
        outer = outer_start.copy()
        outer.update(inner.digest())
        digests.append(outer.digest())
    words = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 4)[:, 0]
    return words.astype(np.uint64) >> np.uint64(64 - U_BITS)


def draw_one(key: bytes, text: bytes) -> int:
    """
    Return ``u`` of one message.

    :raises BadKey: the key is not 32 bytes.
    """
    return int(draw(key, [text])[0])


def threshold(chance_ppm: ArrayLike) -> NDArray[np.uint64]:
    """
    Return ceil(chance × 2**52 / 10**6), exactly: a line is selected when its ``u`` lies below.

    >>> threshold([0, 1, 1_000_000]).tolist()
    [0, 4503599628, 4503599627370496]

    :raises BadChance: a chance is not a whole number in [0, 1 000 000].
    """
    chances = _chances(chance_ppm)
    rest = chances * np.int64(_REST)
    return (chances * np.int64(_PER_PPM) - (-rest // np.int64(5**6))).astype(np.uint64)


def selected(u: ArrayLike, chance_ppm: ArrayLike) -> NDArray[np.bool_]:
    """
    Tell for each line whether it is selected at its chance in parts per million.

    :raises BadChance: a chance is not a whole number in [0, 1 000 000].
    """
    return np.asarray(u, dtype=np.uint64) < threshold(chance_ppm)


def verify(claim: Claim, published: Published) -> Verification:
    """
    Check a draw from published data alone; answers, never raises, for a key of the wrong length.

    >>> key, day = bytes(range(32)), date(2012, 5, 24)
    >>> basis = Basis(agency="ZHCIQ")
    >>> u = draw_one(key, message(basis, "DEC-2012-000123-7/1"))
    >>> hashed = commitment(key, day, "ZHCIQ")
    >>> public = Published(day=day, agency="ZHCIQ", key=key, commitment=hashed)
    >>> verify(Claim(basis=basis, root_line="DEC-2012-000123-7/1", counter=0, u=u), public).holds
    True
    """
    if len(published.key) != KEY_BYTES:
        return Verification(key_was_committed=False, u_follows=False, selection_follows=None)
    hashed = commitment(published.key, published.day, published.agency)
    text = message(claim.basis, claim.root_line, claim.counter)
    u = draw_one(published.key, text)
    return Verification(
        key_was_committed=hashed == published.commitment.lower(),
        u_follows=u == claim.u and claim.basis.agency == published.agency,
        selection_follows=_selection_follows(u, claim),
    )


def split(key: bytes, share_a: bytes) -> bytes:
    """
    Return the second share of a key, given the first; either alone says nothing of the key.

    :raises BadKey: the key or the share is not 32 bytes.
    """
    return join(key, share_a)


def join(share_a: bytes, share_b: bytes) -> bytes:
    """
    Return the key of which two shares were made: their exclusive or.

    :raises BadKey: a share is not 32 bytes.
    """
    _require_key(share_a)
    _require_key(share_b)
    return bytes(a ^ b for a, b in zip(share_a, share_b, strict=True))


def _selection_follows(u: int, claim: Claim) -> bool | None:
    if claim.chance_ppm is None or claim.selected is None:
        return None
    return bool(selected(u, claim.chance_ppm)) == claim.selected


def _chances(chance_ppm: Any) -> NDArray[np.int64]:
    given = np.asarray(chance_ppm)
    if given.size and (
        given.dtype.kind not in "iu" or int(given.min()) < 0 or int(given.max()) > PPM
    ):
        raise BadChance(
            "A chance must be a whole number of parts per million from 0 to 1 000 000; "
            "decide first what an unknown chance means.",
            dtype=str(given.dtype),
        )
    return given.astype(np.int64)


def _require_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise BadKey(
            f"A draw key or share has {KEY_BYTES} bytes, not {len(key)}. Take it from custody.",
            length=len(key),
        )
