"""
The key that signs anchors: Ed25519 (RFC 8032), in a folder outside the database and its backups.

The private key lies in ``anchor.pem`` (mode 0600); every public key ever used stays beside it as
``anchor-ID.pub``, and should also be published where the ledger's keeper cannot change it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from guomen.core.errors import GuomenError

_PRIVATE = "anchor.pem"


class NoSigningKey(GuomenError):
    """There is no key to sign anchors with."""

    code = "ledger.no_signing_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One who can sign; printing it shows the public key only."""

    private_key: Ed25519PrivateKey = field(repr=False)
    public_key: bytes

    def sign(self, text: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self.private_key.sign(text)


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key: 16 hexadecimal digits of its SHA-256."""
    return sha256(public_key).hexdigest()[:16]


def open_signer(folder: Path, *, create: bool = False) -> Signer:
    """
    Return the signer whose key lies in a folder, making one if allowed.

    :raises NoSigningKey: there is none, or it is not an Ed25519 key.
    """
    file = folder / _PRIVATE
    if not file.exists() and create:
        _make(file)
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except (FileNotFoundError, ValueError) as error:
        raise NoSigningKey(
            f"No key that can sign lies at {file}. Restore it from its custodian, or make a new "
            "one and publish its public key.",
            path=str(file),
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise NoSigningKey(f"{file} is not an Ed25519 key.", path=str(file))
    return Signer(private_key=private, public_key=_raw(private.public_key()))


def trusted_keys(folder: Path) -> frozenset[bytes]:
    """Return the public keys whose anchors are to be believed."""
    return frozenset(
        bytes.fromhex(file.read_text(encoding="ascii").strip())
        for file in folder.glob("anchor-*.pub")
    )


def signed_by(public_key: bytes, signature: bytes, text: bytes) -> bool:
    """Tell whether the signature on a text is that of a key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = _raw(private.public_key())
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(pem)
        written.flush()
        os.fsync(written.fileno())
    (file.parent / f"anchor-{key_id(public)}.pub").write_text(public.hex() + "\n", encoding="ascii")


def _raw(public_key: Ed25519PublicKey) -> bytes:
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
