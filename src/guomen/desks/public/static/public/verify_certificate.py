#!/usr/bin/env python3
"""
Verify a certificate of Guomen without its pages: Python 3.8 or newer and nothing else.

    python3 verify_certificate.py CODE --keys keys.json [--revocations revocations.json]

CODE is the text behind the square on the paper. The keys are published; keep a copy from a time
when you trusted it. Exit status 0: genuine as signed. 1: altered, foreign, revoked or replaced.
"""

# ruff: noqa: T201, UP006, UP035 - speaks to a person, and runs on Python 3.8
from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Dict, Tuple

# Ed25519 as RFC 8032, 5.1 gives it; slow and plain, for one signature it is enough.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)

# What the letters of the text stand for.
LABELS = {
    "n": "number",
    "k": "kind",
    "d": "date of issue",
    "a": "issuing office",
    "l": "line of the declaration",
    "i": "direction",
    "e": "enterprise",
    "f": "enterprise",
    "c": "consignee",
    "g": "goods",
    "w": "goods under the HS code",
    "h": "HS code",
    "q": "quantity",
    "u": "unit",
    "o": "origin",
    "t": "destination",
    "b": "lot",
    "x": "container",
    "s": "seal",
    "m": "remarks",
    "r": "takes the place of",
}

Point = Tuple[int, int, int, int]  # x, y, z, t


def add(p: Point, q: Point) -> Point:
    """Add two points in extended coordinates."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    """Multiply a point."""
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def same(p: Point, q: Point) -> bool:
    """Tell whether two points are one."""
    return not ((p[0] * q[2] - q[0] * p[2]) % P or (p[1] * q[2] - q[1] * p[2]) % P)


def unpack(text: bytes) -> Point:
    """Return the point of 32 bytes."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = unpack((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def genuine(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature of a message is that of a key."""
    try:
        first, public = unpack(signature[:32]), unpack(key)
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    h = int.from_bytes(digest, "little") % L
    return same(times(s, BASE), add(first, times(h, public)))


def unpacked(text: str) -> bytes:
    """Return the bytes of base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main() -> int:
    """Verify, say what was found, and return the exit status."""
    ask = argparse.ArgumentParser(description="Verify a certificate from what is published.")
    ask.add_argument("code", help="the text behind the square, or the whole address")
    ask.add_argument("--keys", required=True, type=Path, help="the published keys, as JSON")
    ask.add_argument("--revocations", type=Path, help="the signed list of revocations, as JSON")
    given = ask.parse_args()
    keys = {key["key"]: key for key in json.loads(given.keys.read_text("utf-8"))["keys"]}
    code = "".join(given.code.split())
    if "://" in code:
        code = code.partition("c=")[2].partition("&")[0]
    try:
        packed, mark, name = code.split(".")
        text, signature = unpacked(packed).decode(), unpacked(mark)
        said = json.loads(text)
    except ValueError:
        ask.error("this is no certificate code")
    known = keys.get(name)
    if known is None:
        print("FOREIGN: no published key of that name:", name)
        return 1
    key = bytes.fromhex(known["public_key"])
    if not genuine(key, f"guomen-certificate-1\n{text}".encode(), signature):
        print("ALTERED: the signature does not fit what the code says")
        return 1
    for field, value in said.items():
        print(f"{LABELS.get(field, field):>24}  {value}")
    if known["demonstration"]:
        print("DEMONSTRATION: this key signs papers without effect")
    ended = revocations(given.revocations, keys).get(said.get("n")) if given.revocations else None
    if ended:
        print(ended.upper(), "by the signed list")
        return 1
    print(f"GENUINE as signed on {said.get('d')}; current status unknown")
    return 0


def revocations(file: Path, keys: Dict[str, Any]) -> Dict[str, str]:
    """Return what a signed list says was ended, or nothing if it is not signed by us."""
    document = json.loads(file.read_text("utf-8"))
    known = keys.get(document["key"])
    message = f"guomen-revocations-1\n{document['text']}".encode()
    signature = bytes.fromhex(document["signature"])
    if known is None or not genuine(bytes.fromhex(known["public_key"]), message, signature):
        print("The list of revocations is not signed by one of these keys; it was not used.")
        return {}
    said = json.loads(document["text"])
    print("list of revocations as of", said["at"])
    return dict(said["ended"])


if __name__ == "__main__":
    sys.exit(main())
