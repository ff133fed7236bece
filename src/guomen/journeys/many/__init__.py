"""
One thing done for many records: looked at first, each told its reason where it is refused.

What was looked at is looked at again when it is done, under the ledger's lock: a record that a
colleague dealt with meanwhile is refused then, and the others are done, all of them or none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from django.db import transaction

from guomen.journeys.access import recording
from guomen.journeys.access.errors import AccessError
from guomen.journeys.many import access, standing
from guomen.journeys.many.deeds import MOST, Asker, Deed, Doing, Planned

__all__ = ["MOST", "Asker", "Deed", "Planned", "TooManyError", "carry_out", "look"]

DEEDS: Mapping[Deed, Doing] = MappingProxyType(dict(access.DEEDS) | dict(standing.DEEDS))
DONE = "register.done-for-many"


class TooManyError(AccessError):
    """More records were chosen than are dealt with at once; nothing was done."""

    code: ClassVar[str] = "access.too-many"


def look(deed: Deed, keys: Collection[str], asker: Asker) -> Sequence[Planned]:
    """
    Return what would happen to each of the records that were chosen; nothing is written.

    Records out of reach are left out, as ones that do not exist.

    :raises TooManyError: if more were chosen than are dealt with at once
    """
    if len(keys) > MOST:
        raise TooManyError(
            f"choose {MOST} records at most, and the others after that",
            zh=f"每次最多选择 {MOST} 条，其余请随后再办",
        )
    return DEEDS[deed].look(asker, frozenset(keys))


def carry_out(deed: Deed, keys: Collection[str], asker: Asker) -> Sequence[Planned]:
    """
    Do it for every record that allows it; return all of them, the refused ones with the reason.

    :raises TooManyError: if more were chosen than are dealt with at once
    """
    if not any(one.refused is None for one in look(deed, keys, asker)):
        return look(deed, keys, asker)
    with transaction.atomic():
        body = {"deed": deed.value, "records": sorted(keys)}
        recording.record(DONE, deed.value, body, at=asker.who.at, by=asker.who.by)
        # The lock is ours now: what a colleague did before is seen.
        rows = look(deed, keys, asker)
        DEEDS[deed].do(asker, [one for one in rows if one.refused is None])
    return rows
