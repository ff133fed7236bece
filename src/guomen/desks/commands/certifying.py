"""Commands about the keys that sign certificates, for their custodian."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.components import clock
from guomen.journeys import certification
from guomen.supervision.dispositions import custody


def new_key(*, by: str) -> None:
    """Begin a new key and end the one before; in a demonstration it is marked as such."""
    with transaction.atomic():
        row = custody.begin_key(at=clock.now(), by=by, demonstration=bool(settings.GUOMEN_DEMO))
    output.document({"key": row.key_id, "public_key": row.public_key})
    output.say(
        Text(
            zh=f"自即日起以密钥 {row.key_id} 签名。请公布其公钥：\n{row.public_key}",
            en=f"Key {row.key_id} signs from now on. Publish its public part:\n{row.public_key}",
        )
    )


def keys() -> None:
    """List every key there ever was."""
    document = certification.key_document()
    output.document(document)
    output.table(
        ("key", "begins", "ends", "demonstration"),
        [(k["key"], k["begins"], k["ends"], k["demonstration"]) for k in document["keys"]],
    )
