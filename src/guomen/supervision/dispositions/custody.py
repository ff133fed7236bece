"""
The keys that sign certificates: Ed25519, in a folder outside the database and its backups.

A private key lies in ``certificate-ID.pem`` (mode 0600). Keys rotate: a new one begins, the old one
ends and signs nothing more, and its public part stays published for ever, since papers outlive
keys. Every touch is appended to ``uses.log``. Keys of a demonstration are marked, and refused
outside demonstration mode.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from guomen.core import canonical
from guomen.core.certificates import KnownKey, Signed, key_id, signed
from guomen.core.errors import GuomenError
from guomen.supervision.dispositions.models import CertificateKey


class NoCertificateKeyError(GuomenError):
    """There is no key with which certificates could be signed."""

    code = "certificates.no-key"


class DemonstrationKeyError(GuomenError):
    """A key marked as demonstration was met outside demonstration mode."""

    code = "certificates.demonstration-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """One who can sign; printing it does not show the private key."""

    key_id: str
    public_key: bytes
    private_key: Ed25519PrivateKey = field(repr=False)

    def sign(self, sort: str, value: dict[str, Any]) -> Signed:
        """Return a value as signed."""
        return signed(sort, value, public_key=self.public_key, sign=self.private_key.sign)


def folder() -> Path:
    """
    Return where the private keys lie.

    :raises NoCertificateKeyError: if no folder is named
    """
    named = settings.GUOMEN_CERTIFICATE_KEYS
    if named is None:
        raise NoCertificateKeyError(
            "Point GUOMEN_CERTIFICATE_KEYS to a folder outside the database and its backups."
        )
    return Path(named)


def begin_key(*, at: datetime, by: str, demonstration: bool = False) -> CertificateKey:
    """
    Make a new key and end the one before; in the caller's transaction.

    The private key is on disk before its public part is in the database.

    :raises DemonstrationKeyError: a demonstration outside demonstration mode
    """
    _require_allowed(demonstration=demonstration)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    name = key_id(public)
    _write(folder() / f"certificate-{name}.pem", private)
    _log({"at": at, "did": "begin", "key": name, "who": by})
    CertificateKey.objects.filter(ends__isnull=True).update(ends=at)
    return CertificateKey.objects.create(
        key_id=name, public_key=public.hex(), begins=at, demonstration=demonstration
    )


def pen(*, at: datetime, by: str, purpose: str) -> Pen:
    """
    Return the pen of the key in force at a moment.

    :raises NoCertificateKeyError: there is none, or its private part cannot be read
    :raises DemonstrationKeyError: a demonstration key outside demonstration mode
    """
    row = CertificateKey.objects.filter(ends__isnull=True).order_by("-begins").first()
    if row is None:
        raise NoCertificateKeyError(
            "No key is in force: make one with `guomen certificates new-key` and publish it."
        )
    _require_allowed(demonstration=row.demonstration)
    file = folder() / f"certificate-{row.key_id}.pem"
    try:
        _log({"at": at, "did": "open", "key": row.key_id, "purpose": purpose, "who": by})
        private = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise NoCertificateKeyError(
            f"The private part of key {row.key_id} cannot be read. Restore it from its custodian, "
            "or begin a new key.",
            key=row.key_id,
        ) from error
    public = bytes.fromhex(row.public_key)
    if (
        not isinstance(private, Ed25519PrivateKey)
        or private.public_key().public_bytes_raw() != public
    ):
        raise NoCertificateKeyError(
            f"The file of key {row.key_id} holds another key.", key=row.key_id
        )
    return Pen(key_id=row.key_id, public_key=public, private_key=private)


def published() -> dict[str, KnownKey]:
    """Return every public key there ever was, by its short name."""
    return {
        row.key_id: KnownKey(
            public_key=bytes.fromhex(row.public_key), demonstration=row.demonstration
        )
        for row in CertificateKey.objects.all()
    }


def _require_allowed(*, demonstration: bool) -> None:
    if demonstration and not settings.GUOMEN_DEMO:
        raise DemonstrationKeyError(
            "Keys of a demonstration are refused outside demonstration mode. Begin a real key in a "
            "database without a demonstration."
        )


def _write(file: Path, private: Ed25519PrivateKey) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(pem)
        written.flush()
        os.fsync(written.fileno())


def _log(what: dict[str, Any]) -> None:
    place = folder()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One write in append mode: lines of two processes never mix.
    descriptor = os.open(place / "uses.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, canonical.encode(what) + b"\n")
    finally:
        os.close(descriptor)
