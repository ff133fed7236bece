"""Reading the marks of all registers at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connections, models, router

from guomen.supervision.editions import triggers
from guomen.supervision.editions.models import Mark

#: The mark of one register; None where nothing says when it changes, so that nothing may be kept.
RegisterMark = tuple[tuple[int, int], ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The marks of every register at one moment."""

    marks: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def of(self, *registers: type[models.Model]) -> tuple[RegisterMark, ...] | None:
        """Return the marks of some registers, or None if one of them is not watched."""
        found = tuple(self.marks.get(register._meta.db_table) for register in registers)
        return None if None in found else found


_watched: dict[str, bool] = {}


def edition() -> Edition:
    """
    Return the marks of all registers; none at all where triggers are missing.

    What is read after this is at least as new as its mark, so it may be kept under it.
    """
    connection = connections[router.db_for_read(Mark)]
    if not _watched.get(connection.alias):
        # Asked until it is so: what is kept without triggers could go stale unseen.
        _watched[connection.alias] = not triggers.missing(connection)
        if not _watched[connection.alias]:
            return Edition()
    marks: dict[str, tuple[tuple[int, int], ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT register, slot, value FROM editions_mark ORDER BY register, slot")
        for register, slot, value in cursor.fetchall():
            marks[register] = (*marks.get(register, ()), (slot, value))
    return Edition(marks=marks)
