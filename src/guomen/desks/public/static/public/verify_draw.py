#!/usr/bin/env python3
"""
Verify one draw of Guomen without its pages: Python 3.8 or newer and nothing else.

    python3 verify_draw.py --day 2012-05-24 --agency ZHCIQ --key KEY --commitment COMMITMENT \
        --line DEC-2012-000123-7/1 --anchor ANCHOR [--chance-ppm 50000] [--u 123] [--counter 0]

Everything but the chance is public once the day is over; the chance stands in your own ruling.
The answer is "verified" with exit status 0, or what does not agree, with exit status 1.
"""

# ruff: noqa: T201 - a script that speaks to a person
from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import re
import sys


def compact(parts: list[str | int]) -> bytes:
    """Return the text that is hashed: what JSON.stringify writes for the same array."""
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()


def questions() -> argparse.ArgumentParser:
    """Return what the script asks for."""
    ask = argparse.ArgumentParser(description="Verify one draw from what is published.")
    ask.add_argument("--day", required=True, help="the day of the draw, as 2012-05-24")
    ask.add_argument("--agency", required=True, help="the code of the agency that drew")
    ask.add_argument("--key", required=True, help="the key of the day: 64 hexadecimal digits")
    ask.add_argument("--commitment", required=True, help="published at least 7 days before")
    ask.add_argument("--line", required=True, help="the root reference of the line")
    ask.add_argument("--anchor", default="0" * 64, help="the last anchor before the day")
    ask.add_argument("--purpose", default="selection", help="selection, units or inspector")
    ask.add_argument("--counter", type=int, default=0)
    ask.add_argument("--u", type=int, help="the number that the ruling gives")
    ask.add_argument("--chance-ppm", type=int, help="the chance that the ruling gives")
    return ask


def main() -> int:
    """Verify, say what was found, and return the exit status."""
    ask = questions()
    said = ask.parse_args()
    if not re.fullmatch("[0-9a-fA-F]{64}", said.key):
        ask.error("the key has 64 hexadecimal digits")
    if said.chance_ppm is not None and not 0 <= said.chance_ppm <= 1_000_000:
        ask.error("the chance is a whole number from 0 to 1000000")

    key = bytes.fromhex(said.key)
    hashed = hashlib.sha256(
        compact(["guomen-commitment-1", said.day, said.agency, key.hex()])
    ).hexdigest()
    text = compact(
        ["guomen-draw-1", said.purpose, said.agency, said.line, said.counter, said.anchor.lower()]
    )
    u = int(hmac.new(key, text, "sha256").hexdigest()[:13], 16)

    print("message   ", text.decode())
    print("u         ", u, "=", f"{u / 2**52:.12f}")
    wrong = []
    if hashed != said.commitment.strip().lower():
        wrong.append("the key is not the one that was committed")
    if said.u is not None and said.u != u:
        wrong.append("the ruling gives another number than the key does")
    if said.chance_ppm is not None:
        # u / 2**52 < chance / 10**6, in whole numbers so that nothing is rounded.
        drawn = u * 10**6 < said.chance_ppm * 2**52
        print("selected  ", "yes" if drawn else "no")
    print("result    ", "; ".join(wrong) or "verified")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
