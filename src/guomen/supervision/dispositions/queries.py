"""Reads of dispositions, of what failed, and of certificates; scopes come from the caller."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from guomen.core.certificates import TRANSFER
from guomen.core.dispose import MENDING
from guomen.supervision.dispositions.lifecycle import CertificateState, DisposalState
from guomen.supervision.dispositions.models import (
    Certificate,
    Disposal,
    Disposition,
    Message,
    Nonconformity,
    TakenMessage,
)

# Disposals that still count, or counted in the end.
_COUNTS = [state.value for state in DisposalState if state is not DisposalState.CANCELLED]


def standing(line_ids: Collection[int]) -> dict[int, Disposition]:
    """Return the disposition that stands on each line."""
    rows = Disposition.objects.filter(line_id__in=line_ids, stands=True)
    return {row.line_id: row for row in rows}


def mended_alone(row: Nonconformity) -> bool:
    """Tell whether nothing of goods that failed ended otherwise than mended and proved so."""
    counted = Disposal.objects.filter(nonconformity=row, state__in=_COUNTS)
    return counted.exists() and not counted.exclude(kind__in=[k.value for k in MENDING]).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """
    Where the quantity of goods that failed went; the parts and what is left make up what failed.

    ``left`` is None where the declared quantity is not known: then nothing can be closed.
    """

    declared: Decimal | None
    released: Decimal
    disposed: Decimal
    proved: Decimal
    mended: Decimal

    @property
    def left(self) -> Decimal | None:
        """Return what nobody has decided about yet."""
        return None if self.declared is None else self.declared - self.released - self.disposed

    @property
    def settled(self) -> bool:
        """Tell whether every unit is let go or proved to be disposed of."""
        return self.declared is not None and self.released + self.proved == self.declared


def balance(row: Nonconformity) -> Balance:
    """Return the balance of goods that failed, in one query."""
    sums = Disposal.objects.filter(nonconformity=row, state__in=_COUNTS).aggregate(
        disposed=Sum("quantity"),
        proved=Sum("quantity", filter=Q(state=DisposalState.PROVED)),
        mended=Sum("quantity", filter=Q(state=DisposalState.PROVED, kind__in=list(MENDING))),
    )
    none = Decimal(0)
    return Balance(
        declared=row.quantity,
        released=row.released,
        disposed=sums["disposed"] or none,
        proved=sums["proved"] or none,
        mended=sums["mended"] or none,
    )


def nonconformities(*, agencies: Collection[int]) -> QuerySet[Nonconformity]:
    """Return what failed in some agencies."""
    return Nonconformity.objects.filter(agency_id__in=agencies).select_related("line__declaration")


def certificates(*, agencies: Collection[int]) -> QuerySet[Certificate]:
    """Return the certificates of some agencies."""
    return Certificate.objects.filter(agency_id__in=agencies).select_related("line__declaration")


def of_enterprise(reference: str) -> tuple[QuerySet[Nonconformity], QuerySet[Certificate]]:
    """Return what failed of one enterprise, and its issued certificates."""
    failed = Nonconformity.objects.filter(enterprise=reference).select_related("line__declaration")
    papers = Certificate.objects.filter(enterprise=reference).select_related("line__declaration")
    return failed, papers.exclude(state__in=[CertificateState.DRAFT, CertificateState.DROPPED])


def certificate_or_none(number: str) -> Certificate | None:
    """Return a certificate with what replaced it."""
    rows = Certificate.objects.select_related("replaced_by", "agency")
    return rows.filter(number=number).first()


def ended(until: datetime) -> list[tuple[str, str, datetime]]:
    """Return the certificates that were revoked or replaced until a moment, by number."""
    rows = Certificate.objects.filter(
        state__in=[CertificateState.REVOKED, CertificateState.REPLACED], ended_at__lte=until
    )
    found = rows.order_by("number").values_list("number", "state", "ended_at")
    return [(number, state, at) for number, state, at in found if at is not None]


def transfers_of(line_ids: Collection[int], *, sort: str) -> dict[int, Message]:
    """Return the newest message of a sort on each line."""
    rows = Message.objects.filter(line_id__in=line_ids, sort=sort).order_by("at", "pk")
    return {row.line_id: row for row in rows}


def taken_messages(*, path: str | None) -> QuerySet[TakenMessage]:
    """Return the messages that the offices of a subtree took in."""
    rows = TakenMessage.objects.select_related("agency")
    return rows.none() if path is None else rows.filter(agency__path__startswith=path)


def transferred(line: str, *, sender: str) -> TakenMessage | None:
    """Return the newest transfer of a line that an office signed and another took in."""
    rows = TakenMessage.objects.filter(sort=TRANSFER, line=line, sender=sender)
    return rows.order_by("-number", "-pk").first()
