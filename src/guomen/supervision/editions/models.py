"""
One mark a register, written by triggers alone.

A mark is drawn at random at every change and never counted up: a change that was rolled back can
then never leave a mark that another change will have. On PostgreSQL a register has a few slots, so
that two transactions that change two registers in opposite order do not wait for one another.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Mark(models.Model):
    """The mark of one register, in one slot."""

    register = models.CharField(max_length=64)
    slot = models.SmallIntegerField()
    value = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["register", "slot"], name="editions_one_mark"),
        ]

    def __str__(self) -> str:
        return f"{self.register}: {self.value}"
