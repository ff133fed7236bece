"""What anybody may know of a certificate: whether it is ours, what it says, what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.conf import settings

from guomen.core import canonical
from guomen.core import certificates as papers
from guomen.core.certificates import Signed, Verdict
from guomen.rulebooks.certificates import KINDS
from guomen.supervision.dispositions import custody, queries
from guomen.supervision.dispositions.lifecycle import CertificateState
from guomen.supervision.dispositions.models import Certificate, CertificateCopy, CertificateKey

# How long a list of revocations is good for, for those who check away from us.
LIST_HOLDS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer about one certificate; ``said`` is what was signed, whatever the paper shows."""

    verdict: Verdict
    said: Mapping[str, Any]
    key: str
    ended_at: datetime | None = None
    replaced_by: str | None = None
    demonstration: bool = False


_STANDS: Mapping[str, Verdict] = MappingProxyType(
    {
        CertificateState.ISSUED: Verdict.VALID,
        # Until a second person has decided, a certificate stands.
        CertificateState.REVOCATION_PROPOSED: Verdict.VALID,
        CertificateState.REPLACED: Verdict.REPLACED,
        CertificateState.REVOKED: Verdict.REVOKED,
    }
)


def check(code: str) -> Checked:
    """
    Check the code of a certificate against the published keys and the register.

    :raises guomen.core.certificates.BadCodeError: if the text is no code
    """
    thing = papers.read(code)
    keys = custody.published()
    verdict = papers.offline(thing, keys, demonstrations=settings.GUOMEN_DEMO)
    said = thing.value()
    if verdict is not Verdict.SIGNED:
        return Checked(verdict=verdict, said=said, key=thing.key)
    row = queries.certificate_or_none(str(said.get("n")))
    return _of_register(row, thing, demonstration=keys[thing.key].demonstration)


def _of_register(row: Certificate | None, thing: Signed, *, demonstration: bool) -> Checked:
    said = thing.value()
    if row is None or row.payload != thing.text:
        return Checked(
            verdict=Verdict.UNKNOWN_NUMBER, said=said, key=thing.key, demonstration=demonstration
        )
    after = getattr(row, "replaced_by", None)
    return Checked(
        verdict=_STANDS[row.state],
        said=said,
        key=thing.key,
        ended_at=row.ended_at,
        replaced_by=after.number if after and row.state == CertificateState.REPLACED else None,
        demonstration=demonstration,
    )


def check_file(content: bytes) -> Checked | None:
    """Check a file byte for byte against the files that were handed out; None if it is none."""
    digest = hashlib.sha256(content).hexdigest()
    copy = CertificateCopy.objects.select_related(
        "certificate__replaced_by", "certificate__agency"
    ).filter(sha256=digest)
    found = copy.first()
    return check(code_of(found.certificate)) if found else None


def code_of(row: Certificate) -> str:
    """Return the code of an issued certificate, as it stands in its QR."""
    return papers.code(signed_of(row))


def signed_of(row: Certificate) -> Signed:
    """Return what was signed of an issued certificate."""
    return Signed(
        sort=papers.CERTIFICATE,
        text=row.payload,
        signature=bytes.fromhex(row.signature),
        key=row.key_id,
    )


def key_document() -> dict[str, Any]:
    """Return every public key there ever was, as it is published; old ones stay."""
    return {
        "keys": [
            {
                "key": row.key_id,
                "public_key": row.public_key,
                "algorithm": "Ed25519",
                "begins": canonical.utc_text(row.begins),
                "ends": row.ends and canonical.utc_text(row.ends),
                "demonstration": row.demonstration,
            }
            for row in CertificateKey.objects.all()
        ]
    }


def revocation_list(*, at: datetime) -> dict[str, str]:
    """
    Return the signed list of every certificate that was revoked or replaced until now.

    :raises guomen.supervision.dispositions.custody.NoCertificateKeyError: without a key
    """
    pen = custody.pen(at=at, by="SYS-CERTIFICATES", purpose="list of revocations")
    ended = {number: state for number, state, _ in queries.ended(at)}
    thing = pen.sign(
        papers.REVOCATIONS, {"v": 1, "at": at, "until": at + LIST_HOLDS, "ended": ended}
    )
    return document(thing)


def ended_mark() -> str:
    """Return what changes whenever a certificate is ended, for those who keep a list."""
    ended = Certificate.objects.filter(
        state__in=[CertificateState.REVOKED, CertificateState.REPLACED]
    )
    return str(ended.count())


def document(thing: Signed) -> dict[str, str]:
    """Return a signed thing as JSON carries it."""
    return {
        "sort": thing.sort,
        "text": thing.text,
        "signature": thing.signature.hex(),
        "key": thing.key,
    }


def kind_name(said: Mapping[str, Any]) -> Any:
    """Return the name of the kind of a certificate, or its code where it is not known."""
    kind = KINDS.get(str(said.get("k")))
    return kind.name if kind else said.get("k")
