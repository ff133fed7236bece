"""A certificate as a page and as a file, for the desk of officers and that of its owner."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from guomen.core.text import Text
from guomen.desks.components.certificates import paper
from guomen.desks.components.certificates import signed as signed_words
from guomen.desks.components.tones import Tone, drawn
from guomen.journeys.certification import checking, issuing
from guomen.rulebooks.certificates import KINDS
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.dispositions import custody
from guomen.supervision.dispositions.lifecycle import CERTIFICATE_STATES, CertificateState
from guomen.supervision.dispositions.models import Certificate, CertificateCopy

KIND_NAMES: Mapping[str, Text] = {code: kind.name for code, kind in KINDS.items()}

_LOOKS = {
    CertificateState.DRAFT: ("slate", "document"),
    CertificateState.ISSUED: ("jade", "verify"),
    CertificateState.REPLACED: ("faint", "turn"),
    CertificateState.REVOCATION_PROPOSED: ("amber", "warning"),
    CertificateState.REVOKED: ("seal", "cross"),
    CertificateState.DROPPED: ("faint", "minus"),
}
CERTIFICATE_TONES: Mapping[str, Tone] = drawn(_LOOKS, CERTIFICATE_STATES)


def context(row: Certificate, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of one certificate shows."""
    signed = row.payload != ""
    return {
        "tone": CERTIFICATE_TONES[CertificateState(row.state)],
        "facts": facts(row),
        "paper": row,
        "kind": KINDS[row.kind].name,
        "states": KINDS[row.kind].states,
        "verify": check_address(row, request) if signed else None,
        "replaced_by": getattr(row, "replaced_by", None) if signed else None,
    }


def facts(row: Certificate) -> Sequence[tuple[str, str]]:
    """Return what was signed, or what would be, in words."""
    if row.payload:
        return signed_words.listed(checking.signed_of(row).value())
    return signed_words.listed(issuing.drafted(row))


def check_address(row: Certificate, request: HttpRequest) -> str:
    """Return the address behind the square: the page of the check with the code."""
    code = checking.code_of(row)
    return request.build_absolute_uri(f"{reverse('public:verify')}?c={code}")


def as_file(row: Certificate, request: HttpRequest, language: str, *, at: datetime) -> HttpResponse:
    """Send a certificate as a PDF, and remember the digest of what was given out."""
    content = paper.render(_paper(row, request), language)
    CertificateCopy.objects.get_or_create(
        sha256=hashlib.sha256(content).hexdigest(),
        defaults={"certificate": row, "language": language, "at": at},
    )
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{row.number}-{language}.pdf"'
    return answer


def _paper(row: Certificate, request: HttpRequest) -> paper.Paper:
    names = agencies.names_of({row.issued_by})
    zh, en = names.get(row.issued_by, (row.issued_by, row.issued_by))
    known = custody.published().get(row.key_id)
    return paper.Paper(
        said=checking.signed_of(row).value(),
        key=row.key_id,
        demonstration=bool(known and known.demonstration),
        address=check_address(row, request),
        short_address=request.build_absolute_uri(reverse("public:verify")),
        agency=Text(zh=row.agency.name_zh, en=row.agency.name_en),
        officer=Text(zh=zh, en=en),
        issued_at=row.issued_at or row.drafted_at,
    )
