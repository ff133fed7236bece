"""
Writing assessments, classes, credit files and the blacklist of the scenario, in bulk.

The rows are those that the journeys would have left, one act after the other; the levels are those
that the rating derives from the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from guomen.core.classification import Element
from guomen.core.credit import Group, MeritKind, Step
from guomen.journeys.standing.blacklisting import MAINLAND
from guomen.rulebooks import calendar
from guomen.rulebooks.classification import APPROVED_BY_BUREAU, valid_until
from guomen.rulebooks.credit_items import ANSWER_DAYS, HEARING_WORKING_DAYS, ITEMS
from guomen.scenarios.zhuhai2012.class_files import AssessmentRow
from guomen.scenarios.zhuhai2012.credit_files import (
    OPENED,
    EntryRow,
    MeritRow,
    RecordRow,
    open_merits,
)
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow, History, Registers, moment, versions
from guomen.supervision.agencies.models import DeclaredInterest, InterestKind
from guomen.supervision.classification.lifecycle import AssessmentState
from guomen.supervision.classification.models import (
    Assessment,
    ElementScore,
    EnterpriseClass,
)
from guomen.supervision.credit.lifecycle import (
    BlacklistState,
    DisputeState,
    MeritState,
    RecordState,
    RowOutcome,
)
from guomen.supervision.credit.models import (
    BlacklistEntry,
    CreditFile,
    CreditMerit,
    CreditRecord,
    Dispute,
    PartnerFile,
    PartnerRow,
    Rating,
)
from guomen.supervision.credit.operations import expiry

_ZONE = "Asia/Shanghai"
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who writes what: bulk writing, keys of what is written already, officers by account."""

    write: Callable[[type, Iterable[object]], list[object]]
    enterprises: Mapping[int, int]
    agencies: Mapping[str, int]
    officers: Mapping[str, tuple[str, int]]

    def key(self, username: str) -> str:
        """Return the key of an officer by the name of the account."""
        return self.officers[username][0]


def _dated(version: Any) -> dict[str, Any]:
    names = ("begins", "ends", "recorded_at", "superseded_at")
    return {name: getattr(version, name) for name in names}


# Classes -----------------------------------------------------------------------------------------


def classes(desk: Desk, rows: Registers) -> None:
    """Write assessments with their scores, the classes that signed ones gave, and who assessed."""
    made = desk.write(Assessment, (_assessment(desk, row) for row in rows.assessments))
    stored = [row for row in made if isinstance(row, Assessment)]
    pairs = list(zip(rows.assessments, stored, strict=True))
    desk.write(
        ElementScore,
        (
            ElementScore(
                assessment=held,
                element=element.value,
                score=row.scores[element],
                evidence=row.evidence(element) if row.scores[element] is not None else "",
            )
            for row, held in pairs
            for element in Element
        ),
    )
    signed = [(row, held) for row, held in pairs if row.state is AssessmentState.SIGNED]
    desk.write(
        EnterpriseClass,
        (
            given
            for _, group in groupby(signed, key=lambda pair: pair[0].enterprise)
            for given in _classes(desk, list(group))
        ),
    )
    _declare_assessors(desk, rows)


def _assessment(desk: Desk, row: AssessmentRow) -> Assessment:
    signed = row.state is AssessmentState.SIGNED
    at_bureau = row.grade in APPROVED_BY_BUREAU
    judged = signed or row.state is AssessmentState.RETURNED
    return Assessment(
        enterprise_id=desk.enterprises[row.enterprise],
        agency_id=desk.agencies["ZH"],
        state=row.state.value,
        assessed_on=row.assessed_on,
        assessor=desk.key("assessor"),
        grade=row.grade,
        total=row.total,
        submitted_at=None if row.state is AssessmentState.DRAFT else moment(row.assessed_on),
        decided_by=desk.key("director" if at_bureau else "approver") if judged else "",
        decided_at=moment(row.assessed_on) if judged else None,
        reason="追溯要素证据不足，请补充核查记录" if judged and not signed else "",
    )


def _classes(desk: Desk, held: list[tuple[AssessmentRow, Assessment]]) -> Iterator[EnterpriseClass]:
    """Yield the rows that one class after the other leaves in both times."""
    for place, (row, assessment) in enumerate(held):
        later = held[place + 1][0].assessed_on if place + 1 < len(held) else None
        begins, known = row.assessed_on, moment(row.assessed_on)
        given: dict[str, Any] = {
            "enterprise_id": desk.enterprises[row.enterprise],
            "grade": row.grade,
            "agency_id": desk.agencies["ZH"],
            "assessment": assessment,
            "begins": begins,
        }
        ends = valid_until(row.grade or 0, begins)
        superseded = moment(later) if later else None
        yield EnterpriseClass(**given, ends=ends, recorded_at=known, superseded_at=superseded)
        if later:
            yield EnterpriseClass(**given, ends=later, recorded_at=moment(later))


def _declare_assessors(desk: Desk, rows: Registers) -> None:
    first: dict[int, date] = {}
    for row in rows.assessments:
        if row.state is not AssessmentState.DRAFT:
            first.setdefault(row.enterprise, row.assessed_on)
    desk.write(
        DeclaredInterest,
        (
            DeclaredInterest(
                officer_id=desk.officers["assessor"][1],
                enterprise_id=desk.enterprises[number],
                kind=InterestKind.ASSESSOR,
                begins=day,
                recorded_at=moment(day),
            )
            for number, day in first.items()
        ),
    )


# Credit ------------------------------------------------------------------------------------------


def credit(desk: Desk, rows: Registers) -> None:
    """Write credit files: records, merits, the levels derived from them, disputes, the list."""
    desk.write(
        CreditFile,
        (CreditFile(enterprise_id=desk.enterprises[n], opened_on=OPENED) for n in rows.files),
    )
    wanted = [record for file in rows.files.values() for record in file.records]
    made = desk.write(CreditRecord, (_record(desk, row) for row in wanted))
    stored = [row for row in made if isinstance(row, CreditRecord)]
    merits = [merit for file in rows.files.values() for merit in file.merits]
    desk.write(CreditMerit, (_merit(desk, row) for row in (*merits, *open_merits(rows.files))))
    desk.write(
        Rating,
        (
            _rating(desk.enterprises[number], version)
            for number, file in rows.files.items()
            for version in versions(_history(file.steps()))
        ),
    )
    desk.write(Dispute, _disputes(desk, wanted, stored))
    grave = {row.enterprise_id: row for row in stored if row.grave}
    desk.write(
        BlacklistEntry,
        (
            given
            for serial, row in enumerate(rows.entries, start=1)
            for given in _entries(desk, row, serial, grave[desk.enterprises[row.enterprise]])
        ),
    )
    firms = {desk.enterprises[row.number]: row for row in rows.enterprises}
    _partners(desk, firms, list(zip(wanted, stored, strict=True)))


def _record(desk: Desk, row: RecordRow) -> CreditRecord:
    item = ITEMS[row.item].on(row.happened_on).value
    gone = row.state is RecordState.WITHDRAWN
    return CreditRecord(
        enterprise_id=desk.enterprises[row.enterprise],
        item=row.item,
        points=item.points,
        grave=item.grave,
        quality=item.group is Group.QUALITY,
        happened_on=row.happened_on,
        counts_from=row.counts_from,
        expires_on=expiry(row.counts_from, item.cycles),
        source=row.source,
        source_reference=row.source_reference,
        evidence=row.evidence,
        state=row.state.value,
        recorded_by=desk.key("credit"),
        recorded_at=moment(row.counts_from),
        withdrawn_by=desk.key("case") if gone else "",
        withdrawn_at=moment(row.counts_from) + 2 * _WEEK if gone else None,
        withdrawn_because="经核实不属该企业责任" if gone else "",
    )


def _merit(desk: Desk, row: MeritRow) -> CreditMerit:
    award = row.kind is MeritKind.AWARD
    granted = row.state is MeritState.GRANTED
    recommended = granted or row.state is MeritState.RECOMMENDED
    return CreditMerit(
        enterprise_id=desk.enterprises[row.enterprise],
        kind=row.kind.value,
        state=row.state.value,
        evidence="企业申请书及近三年质量情况说明" if award else "质量管理能力现场核查报告",
        applied_by="REP" if award else desk.key("credit"),
        applied_at=moment(row.asked_on),
        recommended_by=desk.key("credit") if recommended else "",
        decided_by=desk.key("director") if granted else "",
        decided_at=moment(row.begins) if granted and row.begins else None,
        begins=row.begins,
        ends=row.ends,
    )


def _history(steps: tuple[Step, ...]) -> History[Step]:
    first, *later = steps
    changes = tuple((step.begins, step) for step in later)
    return History(begins=first.begins, value=first, changes=changes)


def _rating(enterprise: int, version: Any) -> Rating:
    step: Step = version.value
    return Rating(
        enterprise_id=enterprise,
        level=step.level.value,
        score=step.score,
        cause=step.cause.value,
        fallen_on=step.fallen_on,
        **_dated(version),
    )


def _disputes(
    desk: Desk, wanted: Iterable[RecordRow], stored: Iterable[CreditRecord]
) -> Iterator[Dispute]:
    for row, record in zip(wanted, stored, strict=True):
        if row.state is RecordState.STANDING:
            continue
        lodged = moment(min(row.counts_from + _WEEK, date(2012, 5, 20)))
        upheld = row.state is RecordState.WITHDRAWN
        if not upheld:
            # What is still open was lodged lately, some of it long enough ago to be overdue.
            lodged = moment(date(2012, 5, 20) - timedelta(days=record.pk % 19))
        days = ANSWER_DAYS.on(row.counts_from).value
        yield Dispute(
            record=record,
            state=(DisputeState.UPHELD if upheld else DisputeState.OPEN).value,
            grounds="该情况不属我司责任，已附说明材料。",
            lodged_by="REP",
            lodged_at=lodged,
            due_at=lodged + timedelta(days=days),
            answer="经核实不属该企业责任，予以撤销。" if upheld else "",
            answered_by=desk.key("case") if upheld else "",
            answered_at=lodged + _WEEK if upheld else None,
        )


def _entries(
    desk: Desk, row: EntryRow, serial: int, record: CreditRecord
) -> Iterator[BlacklistEntry]:
    says = ITEMS[row.item].on(row.proposed).value.says
    base: dict[str, Any] = {
        "enterprise_id": desk.enterprises[row.enterprise],
        "number": f"BL-{row.proposed.year}-{serial:03d}",
        "reason_zh": says.zh,
        "reason_en": says.en,
        "record": record,
        "proposed_by": desk.key("credit"),
    }
    states: list[tuple[date, tuple[BlacklistState, dict[str, Any]]]] = []
    if row.notified:
        days = HEARING_WORKING_DAYS.on(row.notified).value
        told = {
            "heard_until": calendar.deadline(
                moment(row.notified), working_days=days, calendar=MAINLAND, zone=_ZONE
            )
        }
        states.append((row.notified, (BlacklistState.NOTIFIED, told)))
        if row.listed:
            decided = told | {"decided_by": desk.key("director"), "listed_on": row.listed}
            states.append((row.listed, (BlacklistState.LISTED, decided)))
    start: tuple[BlacklistState, dict[str, Any]] = (BlacklistState.PROPOSED, {})
    history = History(begins=row.proposed, value=start, changes=tuple(states))
    for version in versions(history):
        state, more = version.value
        yield BlacklistEntry(**base, **more, state=state.value, **_dated(version))


# What other departments sent ---------------------------------------------------------------------

_Pair = tuple[RecordRow, CreditRecord]
_AGENCIES = {"customs": "DEP-CUS", "commerce": "DEP-AIC", "agriculture": "DEP-AGR"}


def _partners(desk: Desk, firms: Mapping[int, EnterpriseRow], pairs: Sequence[_Pair]) -> None:
    """Write the files that departments sent, each with its matched rows and some open ones."""
    for source, code in _AGENCIES.items():
        if code not in desk.agencies:
            continue
        matched = [pair for pair in pairs if pair[0].source == source]
        name = f"{source}-2012-05.csv"
        (file,) = desk.write(
            PartnerFile,
            [
                PartnerFile(
                    source=source,
                    agency_id=desk.agencies[code],
                    name=name,
                    digest=hashlib.sha256(name.encode()).hexdigest(),
                    received_at=moment(date(2012, 5, 21)),
                    received_by=desk.key("liaison"),
                )
            ],
        )
        desk.write(PartnerRow, _partner_rows(file, matched, firms, source))


def _partner_rows(
    file: Any, matched: Sequence[_Pair], firms: Mapping[int, EnterpriseRow], source: str
) -> Iterator[PartnerRow]:
    number = 0
    for number, (row, record) in enumerate(matched, start=1):
        content = {
            "reference": row.source_reference,
            "enterprise": firms[record.enterprise_id].code,
            "name": firms[record.enterprise_id].name.zh,
            "item": row.item,
            "happened_on": row.happened_on.isoformat(),
            "evidence": row.evidence,
        }
        yield PartnerRow(
            file=file, number=number, content=content, outcome=RowOutcome.MATCHED, record=record
        )
    for place, outcome in enumerate((RowOutcome.UNMATCHED, RowOutcome.CONFLICTING), start=1):
        content = {
            "reference": f"{source[:3].upper()}-2012-9{place:04d}",
            "enterprise": "91440400MA4UNKNOWN" if outcome is RowOutcome.UNMATCHED else "",
            "name": "珠海某贸易有限公司",
            "item": "SOC-DEPARTMENT",
            "happened_on": "2012-04-11",
            "evidence": "部门处罚决定书",
        }
        why = {"code": "no_enterprise" if outcome is RowOutcome.UNMATCHED else "name_differs"}
        yield PartnerRow(
            file=file, number=number + place, content=content, outcome=outcome, why=why
        )
