"""
What enterprises report about themselves, and what of it is missing.

A filing of additive use that is accepted grants the additive filing, which the gate asks for. The
records of a farm tell from which day its goods may leave. Nothing is edited: a correction is a new
entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from guomen.journeys.access import moving, recording
from guomen.journeys.access.actors import Actor, refuse_tied
from guomen.journeys.access.applying import next_number
from guomen.journeys.access.errors import AccessError
from guomen.rulebooks import licensing
from guomen.supervision.filings.lifecycle import FILING, FilingMove, FilingState
from guomen.supervision.filings.models import (
    WITH_WITHDRAWAL,
    AdditiveUse,
    EntryKind,
    FarmEntry,
    FilingCheck,
    Finding,
    ResponsibilityStatement,
    SelfInspection,
    Substance,
    UsedSubstance,
)
from guomen.supervision.licences import operations
from guomen.supervision.licences.lifecycle import LicenceMove, LicenceState
from guomen.supervision.licences.models import Licence, LicenceKind
from guomen.supervision.licences.operations import Application, Reason
from guomen.supervision.parties.models import Enterprise, Site

EDITION = "2011"


class FilingRefusedError(AccessError):
    """Something was reported that cannot be taken as it is; nothing was stored."""

    code: ClassVar[str] = "access.filing-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One substance as an enterprise reports it; ``most`` is None for "as needed"."""

    kind: Substance
    name: str
    food: str
    most: Decimal | None
    unit: str = "g/kg"
    ins: str = ""
    purpose: str = ""
    supplier: str = ""


def file_additives(enterprise: Enterprise, used: Sequence[Used], *, who: Actor) -> AdditiveUse:
    """
    File what an enterprise puts into its products.

    :raises FilingRefusedError: if nothing is named, or a substance is named twice for one food
    """
    if not used:
        raise FilingRefusedError(
            "name at least one additive or material", zh="请至少填写一种添加剂或原料"
        )
    keys = [(one.name.strip().casefold(), one.food.strip().casefold()) for one in used]
    if len(set(keys)) < len(keys):
        raise FilingRefusedError(
            "one substance is named twice for the same food; keep one row",
            zh="同一食品中同一物质填写了两次，请保留一行",
        )
    with transaction.atomic():
        body = {"substances": len(used)}
        known = recording.record(recording.FILED, enterprise.reference, body, at=who.at, by=who.by)
        made = AdditiveUse.objects.create(
            number=f"ADU-{who.day:%Y}-{AdditiveUse.objects.count() + 1:05d}",
            enterprise=enterprise,
            agency_id=enterprise.agency_id,
            filed_on=who.day,
            filed_by=who.by,
            filed_at=known,
        )
        UsedSubstance.objects.bulk_create(
            UsedSubstance(
                filing=made,
                kind=one.kind,
                name_zh=one.name.strip(),
                ins=one.ins,
                food=one.food.strip(),
                most=one.most,
                unit=one.unit,
                purpose=one.purpose,
                supplier=one.supplier,
            )
            for one in used
        )
    return made


def decide(pk: int, move: FilingMove, *, who: Actor, note: str = "") -> AdditiveUse:
    """
    Accept a filing of additive use, or return it with a note.

    :raises FilingRefusedError: if it is returned without saying why
    :raises guomen.core.lifecycle.MoveRefusedError: if it is not open to that
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the enterprise
    """
    if move is FilingMove.RETURN and not note.strip():
        raise FilingRefusedError("say what the enterprise should change", zh="请写明需要补正的内容")
    with transaction.atomic():
        number = AdditiveUse.objects.values_list("number", flat=True).get(pk=pk)
        body = {"move": move.value, "note": note}
        known = recording.record(recording.FILED, number, body, at=who.at, by=who.by)
        filing = AdditiveUse.objects.select_for_update(of=("self",)).get(pk=pk)
        refuse_tied(who, [filing.enterprise])
        filing.state = FILING.after(FilingState(filing.state), move).value
        filing.note, filing.decided_by, filing.decided_at = note[:300], who.by, known
        filing.version += 1
        filing.save()
        if move is FilingMove.ACCEPT:
            _replace_older(filing)
            _grant(filing.enterprise, who=who, known=known)
    return filing


def _replace_older(filing: AdditiveUse) -> None:
    older = AdditiveUse.objects.filter(
        enterprise=filing.enterprise, state=FilingState.ACCEPTED.value
    ).exclude(pk=filing.pk)
    older.update(state=FILING.after(FilingState.ACCEPTED, FilingMove.REPLACE).value)


def _grant(enterprise: Enterprise, *, who: Actor, known: datetime) -> None:
    """Grant the additive filing, unless the enterprise holds it."""
    held = (
        Licence.objects.filter(enterprise=enterprise, kind=LicenceKind.ADDITIVE_FILING)
        .order_by("pk")
        .last()
    )
    if held is not None:
        term = operations.newest_term(held, on=who.day)
        if term.state == LicenceState.GRANTED.value:
            return
    term = operations.apply(
        Application(
            number=next_number(f"AF-{who.day:%Y}"),
            kind=LicenceKind.ADDITIVE_FILING,
            agency_id=enterprise.agency_id,
            enterprise_id=enterprise.pk,
            begins=who.day,
            documents=licensing.DOCUMENTS_FOR["additive_filing"],
        ),
        at=known,
    )
    for step, move in enumerate((LicenceMove.ACCEPT, LicenceMove.GRANT), start=1):
        moment = known + timedelta(microseconds=step)
        act = operations.propose(
            term.licence,
            move,
            state=LicenceState.APPLIED if step == 1 else LicenceState.UNDER_REVIEW,
            on=who.day,
            reason=Reason(code="complete", says=licensing.REASONS["complete"]),
            by=who.by,
            at=moment,
        )
        moving.carry_out(act, {}, who=who, known=moment)


def sign(
    enterprise: Enterprise, signer: str, *, who: Actor, edition: str = EDITION
) -> ResponsibilityStatement:
    """
    Record that an enterprise signed the safety responsibility statement.

    :raises FilingRefusedError: if it signed this edition already, or nobody signed
    """
    if not signer.strip():
        raise FilingRefusedError("name the person who signs", zh="请填写签字人")
    with transaction.atomic():
        body = {"edition": edition}
        known = recording.record(recording.FILED, enterprise.reference, body, at=who.at, by=who.by)
        if ResponsibilityStatement.objects.filter(enterprise=enterprise, edition=edition).exists():
            raise FilingRefusedError(
                "this edition of the statement is signed already", zh="该版责任书已签订"
            )
        return ResponsibilityStatement.objects.create(
            number=f"SRS-{edition}-{ResponsibilityStatement.objects.count() + 1:05d}",
            enterprise=enterprise,
            agency_id=enterprise.agency_id,
            signed_on=who.day,
            signed_by=who.by,
            signer_zh=signer.strip(),
            edition=edition,
            recorded_at=known,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One entry of a farm's records; ``withdrawal_days`` is None where nothing has to wait."""

    kind: EntryKind
    on: date
    unit: str
    product: str
    amount: Decimal
    measure: str
    supplier: str = ""
    purpose: str = ""
    prescriber: str = ""
    withdrawal_days: int | None = None


def write(
    site: Site, entry: Written, *, who: Actor, corrects: FarmEntry | None = None
) -> FarmEntry:
    """
    Write an entry into a farm's records.

    :raises FilingRefusedError: if it lies in the future, medicines come without a withdrawal
        period or prescriber, goods leave before their day, or a corrected entry was corrected
    """
    _refuse_entry(site, entry, who, corrects)
    days = entry.withdrawal_days
    with transaction.atomic():
        return FarmEntry.objects.create(
            site=site,
            kind=entry.kind,
            on=entry.on,
            unit=entry.unit.strip(),
            product=entry.product.strip(),
            supplier=entry.supplier.strip(),
            amount=entry.amount,
            measure=entry.measure,
            purpose=entry.purpose.strip(),
            prescriber=entry.prescriber.strip(),
            free_from=None if days is None else entry.on + timedelta(days=days),
            corrects=corrects,
            written_by=who.by,
            written_at=who.at,
        )


def _refuse_entry(site: Site, entry: Written, who: Actor, corrects: FarmEntry | None) -> None:
    if entry.on > who.day:
        raise FilingRefusedError(
            "what is to come cannot be recorded yet", zh="不能记录以后的日期", field="on"
        )
    if entry.amount <= 0:
        raise FilingRefusedError("give the amount", zh="请填写数量", field="amount")
    if entry.kind in WITH_WITHDRAWAL and entry.withdrawal_days is None:
        raise FilingRefusedError(
            "give the withdrawal period in days, 0 if the label says none",
            zh="请填写休药期天数；标签注明无休药期的填 0",
            field="withdrawal_days",
        )
    if entry.kind == EntryKind.MEDICATION and not entry.prescriber.strip():
        raise FilingRefusedError(
            "name the veterinarian who prescribed it", zh="请填写开具处方的兽医", field="prescriber"
        )
    if corrects is not None and FarmEntry.objects.filter(corrects=corrects).exists():
        raise FilingRefusedError(
            "that entry was corrected already; correct the newest one",
            zh="该条记录已更正过，请更正最新的一条",
        )
    if entry.kind == EntryKind.HARVEST:
        free = free_from(site, entry.unit, on=entry.on)
        if free is not None and entry.on < free:
            raise FilingRefusedError(
                f"the withdrawal period of {entry.unit} ends on {free}; it may leave then",
                zh=f"{entry.unit} 的休药期到 {free} 届满，届时才能采收、出栏",
                field="on",
                free_from=free,
            )


def valid_entries(site: Site) -> QuerySet[FarmEntry]:
    """Return the entries of a farm that nothing corrected."""
    return FarmEntry.objects.filter(site=site, corrected_by__isnull=True)


def free_from(site: Site, unit: str, *, on: date) -> date | None:
    """Return the first day on which goods of a plot or pen may leave, None where nothing waits."""
    waiting = valid_entries(site).filter(unit=unit.strip(), on__lte=on, free_from__gt=on)
    latest: date | None = waiting.aggregate(latest=Max("free_from"))["latest"]
    return latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One own inspection of a lot."""

    on: date
    lot: str
    product: str
    items: str
    finding: Finding
    disposal: str = ""


def inspect(
    enterprise: Enterprise, found: Inspected, *, who: Actor, site: Site | None = None
) -> SelfInspection:
    """
    Record an enterprise's own inspection.

    :raises FilingRefusedError: if it lies in the future, or a failed lot has no disposal
    """
    if found.on > who.day:
        raise FilingRefusedError(
            "what is to come cannot be recorded yet", zh="不能记录以后的日期", field="on"
        )
    if found.finding == Finding.NONCONFORM and not found.disposal.strip():
        raise FilingRefusedError(
            "say what was done with the lot that failed",
            zh="请写明不合格批的处置",
            field="disposal",
        )
    return SelfInspection.objects.create(
        enterprise=enterprise,
        site=site,
        on=found.on,
        lot=found.lot.strip(),
        product=found.product.strip(),
        items=found.items.strip(),
        finding=found.finding,
        disposal=found.disposal.strip(),
        written_by=who.by,
        written_at=who.at,
    )


def check(enterprise: Enterprise, *, on: date, shortcoming: str, who: Actor) -> FilingCheck:
    """
    Record a check on the spot of what an enterprise files.

    :raises FilingRefusedError: if it lies in the future
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the enterprise
    """
    if on > who.day:
        raise FilingRefusedError(
            "what is to come cannot be recorded yet", zh="不能记录以后的日期", field="on"
        )
    refuse_tied(who, [enterprise])
    with transaction.atomic():
        body = {"on": on.isoformat(), "shortcoming": shortcoming}
        known = recording.record(recording.FILED, enterprise.reference, body, at=who.at, by=who.by)
        return FilingCheck.objects.create(
            number=f"FCK-{on:%Y}-{FilingCheck.objects.count() + 1:05d}",
            enterprise=enterprise,
            agency_id=enterprise.agency_id,
            on=on,
            by=who.by,
            recorded_at=known,
            shortcoming=shortcoming.strip()[:300],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Of the enterprises that were checked, who filed and who signed, as counts."""

    checked: int
    filed: int
    signed: int
    not_filed: tuple[Enterprise, ...]
    not_signed: tuple[Enterprise, ...]


def with_papers(rows: QuerySet[Enterprise]) -> QuerySet[Any]:
    """Say of enterprises whether each has an accepted filing, and whether it has signed."""
    filings = AdditiveUse.objects.filter(
        enterprise=OuterRef("pk"), state=FilingState.ACCEPTED.value
    )
    signed = ResponsibilityStatement.objects.filter(enterprise=OuterRef("pk"))
    return rows.annotate(has_filed=Exists(filings), has_signed=Exists(signed))


def gaps(path: str, *, first: date, last: date) -> Gaps:
    """Return what is missing of the enterprises of a subtree that were checked in a period."""
    checks = FilingCheck.objects.filter(on__gte=first, on__lte=last).values("enterprise")
    rows = Enterprise.objects.filter(pk__in=checks, agency__path__startswith=path)
    listed = list(with_papers(rows).select_related("agency").order_by("reference"))
    return Gaps(
        checked=len(listed),
        filed=sum(row.has_filed for row in listed),
        signed=sum(row.has_signed for row in listed),
        not_filed=tuple(row for row in listed if not row.has_filed),
        not_signed=tuple(row for row in listed if not row.has_signed),
    )
