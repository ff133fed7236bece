"""
What an anchor says, as the text that is signed, published and exported.

An exported file has one JSON object a line: ``statement`` (the signed text), ``signature``,
``public_key``; so that it can be checked with any Ed25519 tool. Not for keeping private keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.supervision.ledger.models import Anchor
from guomen.supervision.ledger.signing import key_id

FORMAT = "guomen-anchor-1"


class BadAnchorFile(GuomenError):
    """An exported file of anchors cannot be read."""

    code = "ledger.bad_anchor_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An anchor as it was signed, from the database or from a file."""

    text: str
    signature: bytes
    public_key: bytes
    day: str
    first: int
    batch: int
    entries: int
    root: bytes
    chain: bytes
    previous: str


def of(anchor: Anchor) -> str:
    """Return the text that the signature of an anchor covers."""
    return canonical.dumps(
        {
            "at": anchor.at,
            "batch": anchor.batch,
            "chain": anchor.chain,
            "day": anchor.day,
            "entries": anchor.entries,
            "first": anchor.first,
            "format": FORMAT,
            "key": key_id(bytes.fromhex(anchor.public_key)),
            "previous": anchor.previous,
            "root": anchor.root,
        }
    )


def digest(text: str) -> str:
    """Return the hexadecimal SHA-256 of a statement: what the draws of later days mix in."""
    return sha256(text.encode()).hexdigest()


def exported(anchor: Anchor) -> dict[str, str]:
    """Return an anchor as it is published."""
    return {
        "public_key": anchor.public_key,
        "signature": anchor.signature,
        "statement": of(anchor),
    }


def export_anchors(path: Path) -> int:
    """Write every anchor to a file, oldest first, and return how many there are."""
    lines = [canonical.dumps(exported(anchor)) + "\n" for anchor in Anchor.objects.order_by("day")]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def parse(published: dict[str, Any]) -> Statement:
    """
    Return a published anchor as a statement; its signature is not checked here.

    :raises BadAnchorFile: a part is missing or is not what it should be.
    """
    try:
        said = canonical.loads(published["statement"])
        if said["format"] != FORMAT:
            raise ValueError(f"format {said['format']!r} is not {FORMAT!r}")
        return Statement(
            text=published["statement"],
            signature=bytes.fromhex(published["signature"]),
            public_key=bytes.fromhex(published["public_key"]),
            root=bytes.fromhex(said["root"]),
            chain=bytes.fromhex(said["chain"]),
            first=int(said["first"]),
            batch=int(said["batch"]),
            entries=int(said["entries"]),
            day=str(said["day"]),
            previous=str(said["previous"]),
        )
    except (GuomenError, KeyError, TypeError, ValueError) as error:
        raise BadAnchorFile(
            f"This is not an anchor ({error}). Take the file that was exported, unchanged.",
            reason=str(error),
        ) from error


def read_anchors(path: Path) -> list[Statement]:
    """
    Return the statements of an exported file, by batch.

    :raises BadAnchorFile: a line is not an anchor, or the file has none.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [_parsed_line(line) for line in lines if line.strip()]
    if not found:
        raise BadAnchorFile(f"{path.name} holds no anchor. Export the anchors again.")
    return sorted(found, key=lambda statement: (statement.batch, statement.day))


def _parsed_line(line: str) -> Statement:
    try:
        published = canonical.loads(line)
    except GuomenError as error:
        raise BadAnchorFile(f"A line is not JSON: {line[:60]}", line=line[:200]) from error
    return parse(published)
