"""
Rows of the ledger: entries, the batches that bind them, the anchors that sign them, the draw keys.

Rows are only ever added; triggers (see `guards`) refuse everything else. Not for deciding anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    WholeNumberField = models.BigIntegerField[int, int]
else:
    WholeNumberField = models.BigIntegerField


class SequenceField(WholeNumberField):
    """A number that the ledger gives out itself; on SQLite it is the row's own place on disk."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column type: only "integer" makes a SQLite primary key the row id."""
        return "integer" if connection.vendor == "sqlite" else "bigint"

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the type of a foreign key to such a number."""
        return self.db_type(connection)


class Head(models.Model):
    """The end of the chain: one row, locked while a batch is added."""

    batch = models.BigIntegerField(default=0)
    entries = models.BigIntegerField(default=0)
    chain = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="ledger_head_is_one_row"),
        )

    def __str__(self) -> str:
        return f"batch {self.batch}, entry {self.entries}"


class Batch(models.Model):
    """What one transaction added: the Merkle root of its entries, chained to the batch before."""

    number = SequenceField(primary_key=True)
    first = SequenceField(unique=True)
    count = models.IntegerField()
    root = models.BinaryField(max_length=32)
    # Unique: two writers who both follow the same batch cannot both be stored.
    previous = models.BinaryField(max_length=32, unique=True)
    chain = models.BinaryField(max_length=32, unique=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(count__gt=0, number__gt=0, first__gt=0),
                name="ledger_batch_has_entries",
            ),
        )

    def __str__(self) -> str:
        return f"batch {self.number}"


class Entry(models.Model):
    """One thing that happened; body and salt are null after a recorded erasure."""

    seq = SequenceField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    body = models.TextField(null=True)
    salt = models.BinaryField(max_length=16, null=True)
    leaf = models.BinaryField(max_length=32)

    class Meta:
        indexes = (
            models.Index(fields=["subject", "kind", "seq"], name="ledger_entry_subject"),
            models.Index(fields=["kind", "seq"], name="ledger_entry_kind"),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} {self.subject}"


class Erasure(models.Model):
    """An order to erase one entry, recorded before; `entry` is where the ledger says so."""

    target = SequenceField(primary_key=True)
    order = models.CharField(max_length=200)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"entry {self.target} by order {self.order}"


class Anchor(models.Model):
    """The signed state of the ledger at the end of a day; hexadecimal, as it is published."""

    day = models.DateField(unique=True)
    at = models.DateTimeField()
    first = models.BigIntegerField()
    batch = models.BigIntegerField()
    entries = models.BigIntegerField()
    root = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, unique=True)
    public_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.day}: batch {self.batch}"


class DrawKey(models.Model):
    """The key of one day and agency: its commitment before, the key itself after the day."""

    day = models.DateField()
    agency = models.CharField(max_length=32)
    commitment = models.CharField(max_length=64, unique=True)
    committed_at = models.DateTimeField()
    committed = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    demonstration = models.BooleanField()
    key = models.CharField(max_length=64, null=True)
    revealed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["agency", "day"], name="ledger_one_key_a_day"),
            models.CheckConstraint(
                condition=models.Q(key=None, revealed_at=None)
                | models.Q(key__isnull=False, revealed_at__isnull=False),
                name="ledger_key_revealed_at",
            ),
        )

    def __str__(self) -> str:
        return f"{self.agency} {self.day}"
