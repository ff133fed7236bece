"""
What is signed, and how anybody checks it: certificates, lists of revocations, messages.

A signed thing is a text (canonical JSON), an Ed25519 signature (RFC 8032) over a line that names
its sort and the text, and the short name of the key. The code of a certificate, as it stands in a
QR, is its text, signature and key in base64url, joined by points: who holds the published key needs
nothing else to tell what was signed, by whom and when. What became of the certificate since is
another question, which only the house or a signed list of revocations answers. Not for keeping
keys, and not for deciding who gets a certificate.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.core.text import Text

CERTIFICATE = "guomen-certificate-1"
REVOCATIONS = "guomen-revocations-1"
CLEARANCE = "guomen-clearance-1"
TRANSFER = "guomen-transfer-1"
SORTS = (CERTIFICATE, REVOCATIONS, CLEARANCE, TRANSFER)
# Longer codes are not ours; a QR of this size is still read by any telephone.
LONGEST = 2_400


class BadCodeError(GuomenError):
    """A text is no code of a certificate."""

    code: ClassVar[str] = "certificates.bad-code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A text with its signature and the key that it names."""

    sort: str
    text: str
    signature: bytes
    key: str

    def value(self) -> dict[str, Any]:
        """Return what the text says."""
        found: dict[str, Any] = canonical.loads(self.text)
        return found


Sign = Callable[[bytes], bytes]


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def message(sort: str, text: str) -> bytes:
    """Return the bytes that are signed: a signature of one sort is never one of another."""
    return f"{sort}\n{text}".encode()


def signed(sort: str, value: Mapping[str, Any], *, public_key: bytes, sign: Sign) -> Signed:
    """Return a value as signed by the holder of a key."""
    text = canonical.dumps(dict(value))
    return Signed(sort=sort, text=text, signature=sign(message(sort, text)), key=key_id(public_key))


def code(thing: Signed) -> str:
    """
    Return the code of a signed thing, as it stands in a QR: text, signature and key.

    >>> code(Signed(sort=CERTIFICATE, text='{"n":1}', signature=b"x", key="ab"))
    'eyJuIjoxfQ.eA.ab'
    """
    return ".".join((_packed(thing.text.encode()), _packed(thing.signature), thing.key))


def read(given: str, *, sort: str = CERTIFICATE) -> Signed:
    """
    Return the signed thing of a code; nothing is checked yet.

    :raises BadCodeError: if the text is no code at all
    """
    parts = "".join(given.split()).split(".")
    if len(parts) != 3 or len(given) > LONGEST:
        raise BadCodeError(
            "This is no certificate code: scan the square on the paper again, or copy the whole "
            "text behind it."
        )
    try:
        text, signature = _unpacked(parts[0]).decode(), _unpacked(parts[1])
        value = canonical.loads(text)
    except (binascii.Error, UnicodeDecodeError, ValueError, canonical.NotCanonical) as error:
        raise BadCodeError(
            "A part of this certificate code is missing or damaged; scan or copy it again."
        ) from error
    if not isinstance(value, dict):
        raise BadCodeError("This code holds no certificate.")
    return Signed(sort=sort, text=text, signature=signature, key=parts[2])


def _packed(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    # What is not of the alphabet is refused, not passed over.
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def genuine(thing: Signed, public_key: bytes) -> bool:
    """Tell whether a thing was signed, as it stands, by the holder of a key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            thing.signature, message(thing.sort, thing.text)
        )
    except (InvalidSignature, ValueError):
        return False
    return key_id(public_key) == thing.key


class Verdict(StrEnum):
    """What can be said of a certificate."""

    VALID = "valid"
    SIGNED = "signed"
    REPLACED = "replaced"
    REVOKED = "revoked"
    ALTERED = "altered"
    FOREIGN_KEY = "foreign_key"
    DEMONSTRATION = "demonstration"
    UNKNOWN_NUMBER = "unknown_number"


VERDICT_NAMES = MappingProxyType(
    {
        Verdict.VALID: Text(zh="真实有效", en="Genuine and in force"),
        Verdict.SIGNED: Text(
            zh="签名真实，现行状态不明", en="Genuine as signed; current status unknown"
        ),
        Verdict.REPLACED: Text(zh="真实，但已换发", en="Genuine, but replaced by another"),
        Verdict.REVOKED: Text(zh="真实，但已撤销", en="Genuine, but revoked"),
        Verdict.ALTERED: Text(zh="内容被改动", en="Altered: the signature does not fit"),
        Verdict.FOREIGN_KEY: Text(zh="不是我局签发", en="Signed by a key that is not ours"),
        Verdict.DEMONSTRATION: Text(zh="演示证书，无效力", en="A demonstration, without effect"),
        Verdict.UNKNOWN_NUMBER: Text(
            zh="签名真实，但登记簿无此号", en="Signed, but its number is not on the register"
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A published key."""

    public_key: bytes
    demonstration: bool = False


def offline(
    thing: Signed,
    keys: Mapping[str, KnownKey],
    revoked: Mapping[str, str] | None = None,
    *,
    demonstrations: bool = False,
) -> Verdict:
    """
    Judge a certificate by the published keys alone, and by a list of revocations if there is one.

    ``revoked`` maps numbers to ``revoked`` or ``replaced``; it says what was ended until the list
    was signed, so that a certificate that is not on it is still only "as signed".
    """
    known = keys.get(thing.key)
    if known is None:
        return Verdict.FOREIGN_KEY
    if not genuine(thing, known.public_key):
        return Verdict.ALTERED
    if known.demonstration and not demonstrations:
        return Verdict.DEMONSTRATION
    ended = (revoked or {}).get(str(thing.value().get("n")))
    return Verdict(ended) if ended else Verdict.SIGNED
