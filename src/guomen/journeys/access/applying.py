"""What a holder does about its own licences: apply, complete, ask for renewal, take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from django.db import transaction

from guomen.core.text import Text
from guomen.journeys.access import moving, noticing, recording
from guomen.journeys.access.actors import Actor
from guomen.journeys.access.errors import AccessError
from guomen.journeys.access.noticing import Letter
from guomen.rulebooks import licensing
from guomen.rulebooks.commodities import BY_CODE
from guomen.supervision.licences import operations
from guomen.supervision.licences.lifecycle import LicenceMove, LicenceState
from guomen.supervision.licences.models import (
    Licence,
    LicenceKind,
    NoticeKind,
    Occasion,
    Review,
)
from guomen.supervision.licences.operations import Application, Reason
from guomen.supervision.parties.models import Enterprise, Site

#: Kinds that belong to a site, and the kinds of site that may hold them.
FOR_SITES: dict[LicenceKind, tuple[str, ...]] = {
    LicenceKind.BASE_FILING: ("growing_base", "nursery", "plant", "distribution_centre"),
    LicenceKind.FARM_REGISTRATION: ("farm", "registered_farm", "transfer_site"),
    LicenceKind.COLD_STORE_FILING: ("cold_store",),
    LicenceKind.FOOD_PLANT_FILING: ("plant",),
}
#: Kinds that an enterprise of the country asks for itself, in the order of the form.
OWN_KINDS: tuple[LicenceKind, ...] = (
    LicenceKind.CONSIGNEE_FILING,
    LicenceKind.QUARANTINE_PERMIT,
    LicenceKind.BASE_FILING,
    LicenceKind.FARM_REGISTRATION,
    LicenceKind.FOOD_PLANT_FILING,
    LicenceKind.COLD_STORE_FILING,
    LicenceKind.EXPORT_QUALITY_LICENCE,
    LicenceKind.DECLARATION_RIGHT,
    LicenceKind.AGENT_REGISTRATION,
)
ABROAD_KINDS: tuple[LicenceKind, ...] = (
    LicenceKind.OVERSEAS_EXPORTER_FILING,
    LicenceKind.OVERSEAS_PLANT_REGISTRATION,
)
_PREFIXES = {
    LicenceKind.QUARANTINE_PERMIT: "AP",
    LicenceKind.CONSIGNEE_FILING: "CF",
    LicenceKind.BASE_FILING: "SF",
    LicenceKind.FARM_REGISTRATION: "SF",
    LicenceKind.COLD_STORE_FILING: "SF",
    LicenceKind.FOOD_PLANT_FILING: "FP",
    LicenceKind.EXPORT_QUALITY_LICENCE: "QL",
    LicenceKind.ADDITIVE_FILING: "AF",
    LicenceKind.DECLARATION_RIGHT: "DR",
    LicenceKind.AGENT_REGISTRATION: "AG",
    LicenceKind.OVERSEAS_EXPORTER_FILING: "OE",
    LicenceKind.OVERSEAS_PLANT_REGISTRATION: "OP",
}


class ApplicationRefusedError(AccessError):
    """An application cannot be taken as it is; nothing was stored."""

    code: ClassVar[str] = "access.application-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an enterprise asks for."""

    kind: LicenceKind
    hs_prefixes: tuple[str, ...]
    origins: tuple[str, ...] = ("",)
    site: Site | None = None
    documents: tuple[str, ...] = ()


def apply(enterprise: Enterprise, asked: Asked, *, who: Actor) -> Licence:
    """
    Take an application of an enterprise.

    :raises ApplicationRefusedError: if the kind wants another site, the scope names no goods, or
        the same is applied for already
    """
    _refuse_unsound(enterprise, asked)
    with transaction.atomic():
        prefix = f"{_PREFIXES[asked.kind]}-{who.day:%Y}"
        body = {"kind": asked.kind.value, "scope": list(asked.hs_prefixes)}
        known = recording.record(recording.MOVED, enterprise.reference, body, at=who.at, by=who.by)
        _refuse_twice(enterprise, asked)
        term = operations.apply(
            Application(
                number=next_number(prefix),
                kind=asked.kind,
                agency_id=enterprise.agency_id,
                enterprise_id=enterprise.pk,
                site_id=asked.site.pk if asked.site else None,
                begins=who.day,
                hs_prefixes=asked.hs_prefixes,
                origins=asked.origins,
                documents=asked.documents,
            ),
            at=known,
        )
    return term.licence


def next_number(prefix: str) -> str:
    """Return the next number of a series, in the caller's transaction."""
    last = (
        Licence.objects.filter(number__startswith=f"{prefix}-")
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    serial = int(last.rpartition("-")[2]) + 1 if last else 1
    return f"{prefix}-{serial:05d}"


def _refuse_unsound(enterprise: Enterprise, asked: Asked) -> None:
    kinds = FOR_SITES.get(asked.kind)
    if kinds and (asked.site is None or asked.site.kind not in kinds):
        raise ApplicationRefusedError(
            f"name a site of your own for this: {', '.join(kinds)}",
            zh="请选择本企业相应类别的场所",
            field="site",
        )
    if asked.site is not None and asked.site.enterprise_id != enterprise.pk:
        raise ApplicationRefusedError(
            "name a site of your own", zh="请选择本企业的场所", field="site"
        )
    wrong = [p for p in asked.hs_prefixes if not _names_goods(p)]
    if wrong or not asked.hs_prefixes:
        raise ApplicationRefusedError(
            f"no goods begin with {', '.join(wrong) or 'nothing'}: give two to ten digits of the "
            "HS codes",
            zh=f"没有以 {', '.join(wrong) or '空'} 开头的商品编码，请填写 2 至 10 位数字",
            field="scope",
        )


def _names_goods(prefix: str) -> bool:
    return prefix == "" or any(code.startswith(prefix) for code in BY_CODE)


_OPEN = (LicenceState.APPLIED, LicenceState.DOCUMENTS_DUE, LicenceState.UNDER_REVIEW)


def _refuse_twice(enterprise: Enterprise, asked: Asked) -> None:
    same = Licence.objects.filter(
        enterprise=enterprise,
        kind=asked.kind,
        site=asked.site,
        terms__superseded_at__isnull=True,
        terms__state__in=[state.value for state in _OPEN],
        terms__hs_prefixes=list(asked.hs_prefixes),
    ).first()
    if same is not None:
        raise ApplicationRefusedError(
            f"the same is applied for already: {same.number}",
            zh=f"相同的申请已提交：{same.number}",
            field="kind",
            licence=same.number,
        )


def complete(licence: Licence, documents: Sequence[str], *, who: Actor) -> None:
    """
    Hand in documents that were asked for.

    :raises ApplicationRefusedError: if some are still missing
    :raises guomen.core.lifecycle.MoveRefusedError: if nothing was asked for
    """
    held = [*licence.documents, *(d for d in documents if d not in licence.documents)]
    missing = licensing.documents_missing(licence.kind, held)
    if missing:
        names = ", ".join(licensing.DOCUMENTS[code].en for code in missing)
        names_zh = "、".join(licensing.DOCUMENTS[code].zh for code in missing)
        raise ApplicationRefusedError(
            f"still missing: {names}", zh=f"还缺：{names_zh}", field="documents"
        )
    with transaction.atomic():
        _own_move(licence, LicenceMove.COMPLETE, "complete", who=who)
        Licence.objects.filter(pk=licence.pk).update(documents=held)


def withdraw(licence: Licence, *, who: Actor) -> None:
    """
    Take an application back.

    :raises guomen.core.lifecycle.MoveRefusedError: if it is decided already
    """
    with transaction.atomic():
        _own_move(licence, LicenceMove.WITHDRAW, "holder_asks", who=who)


def ask_renewal(licence: Licence, *, who: Actor) -> None:
    """
    Ask for the renewal of a licence.

    :raises ApplicationRefusedError: if it holds without end, is not held, or was asked for
    """
    term = operations.newest_term(licence, on=who.day)
    renewable = (LicenceState.GRANTED, LicenceState.LAPSED)
    if LicenceState(term.state) not in renewable or term.ends is None:
        raise ApplicationRefusedError(
            "only a licence that ends, and that you hold, is renewed",
            zh="只有有期限且持有中的许可备案才能延续",
        )
    if renewal_open(licence, begins=term.begins, who=who):
        raise ApplicationRefusedError(
            "its renewal was asked for already; it waits for the bureau", zh="已申请延续，等待办理"
        )
    with transaction.atomic():
        body = {"move": "ask_renewal"}
        known = recording.record(recording.MOVED, licence.number, body, at=who.at, by=who.by)
        Licence.objects.filter(pk=licence.pk).update(renewal_asked_at=known)
        operations.raise_version(licence)


def renewal_open(licence: Licence, *, begins: object, who: Actor) -> bool:
    """Tell whether renewal was asked for since the present period began."""
    asked = licence.renewal_asked_at
    return asked is not None and asked.date() >= begins  # type: ignore[operator]


def _own_move(licence: Licence, move: LicenceMove, reason: str, *, who: Actor) -> None:
    body = {"move": move.value, "reason": reason}
    known = recording.record(recording.MOVED, licence.number, body, at=who.at, by=who.by)
    locked = operations.locked(licence.pk, version=licence.version)
    term = operations.newest_term(locked, on=who.day)
    act = operations.propose(
        locked,
        move,
        state=LicenceState(term.state),
        on=who.day,
        reason=Reason(code=reason, says=licensing.REASONS[reason]),
        by=who.by,
        at=known,
    )
    moving.carry_out(act, {}, who=who, known=known)
    operations.raise_version(locked)


def reminder(licence: Licence, ends: date, *, on: date) -> Letter:
    """Return what reminds a holder that its licence ends, and until when renewal is asked for."""
    by = ends - timedelta(days=licensing.RENEWAL_DAYS.on(on).value)
    kind = noticing.named(licence.kind)
    late = by < on
    return Letter(
        kind=NoticeKind.DUE,
        licence=licence,
        title=Text(
            zh=f"{kind.zh}（{licence.number}）将于{ends}到期",
            en=f"{kind.en} {licence.number} ends on {ends}",
        ),
        body=Text(
            zh=f"需要延续的，应当在{by}前申请，期限已过，请立即提出。",
            en=f"If you want to keep it: its renewal was to be asked for by {by}. Ask for it now.",
        )
        if late
        else Text(
            zh=f"需要延续的，请在{by}前提出申请。",
            en=f"If you want to keep it, ask for its renewal by {by}.",
        ),
    )


def planned_review(licence: Licence) -> Review | None:
    """Return the review that an application waits for, if one is planned."""
    return (
        Review.objects.filter(licence=licence, concluded_at__isnull=True)
        .exclude(occasion=Occasion.FOLLOW_UP)
        .order_by("due")
        .first()
    )
