"""
The text that a leaf commits to: one canonical JSON object of everything an entry says.

Place in the ledger (`seq`, `batch`) is not in it: the tree and the chain commit to that.
"""

from __future__ import annotations

from datetime import datetime

import orjson

from guomen.core import canonical


def quoted(text: str) -> str:
    """Return a text as a JSON string."""
    return orjson.dumps(text).decode()


def framed(at: datetime | str, by: str, kind: str) -> tuple[str, str]:
    """
    Return what stands before the body and between body and subject in a record.

    Entries of one batch share it, so it is made once: ``before + body + between + subject + "}"``.
    """
    moment = at if isinstance(at, str) else canonical.utc_text(at)
    between = f',"by":{quoted(by)},"kind":{quoted(kind)},"subject":'
    return f'{{"at":"{moment}","body":', between


def record(frame: tuple[str, str], body: str, subject: str) -> str:
    """
    Return the canonical JSON of an entry, given its frame, its body and its subject.

    >>> record(framed("2012-05-24T00:00:00Z", "officer:7", "note"), '{"a":1}', "DEC-1")
    '{"at":"2012-05-24T00:00:00Z","body":{"a":1},"by":"officer:7","kind":"note","subject":"DEC-1"}'
    """
    before, between = frame
    return f"{before}{body}{between}{quoted(subject)}}}"
