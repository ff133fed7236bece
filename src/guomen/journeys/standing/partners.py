"""
What other departments know of enterprises: taken in by file or API, reconciled row by row.

Every row is kept as it was sent. One that matches an enterprise goes on its file; one that was
sent before, matches nobody or contradicts something waits for, or is told to, an officer. The
counts of a file always add up to its rows.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import transaction

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys import files
from guomen.journeys.clearance import Lodgement
from guomen.journeys.standing import acting, crediting
from guomen.rulebooks.credit_items import ITEMS
from guomen.supervision.agencies import queries as offices
from guomen.supervision.credit import operations
from guomen.supervision.credit.lifecycle import RowOutcome
from guomen.supervision.credit.models import (
    CreditFile,
    CreditRecord,
    PartnerFile,
    PartnerRow,
    Source,
)
from guomen.supervision.credit.operations import NewRecord
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import Enterprise

TAKEN_IN = "credit.partner_file"
SETTLED = "credit.partner_row"
COLUMNS = ("reference", "enterprise", "name", "item", "happened_on", "evidence")
MOST_ROWS = 20_000
DEFAULT_ITEM = "SOC-DEPARTMENT"

#: Which department an agency reports for.
SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "DEP-CUS": Source.CUSTOMS,
        "DEP-AIC": Source.COMMERCE,
        "DEP-AGR": Source.AGRICULTURE,
        "DEP-TAX": Source.TAX,
        "DEP-PSB": Source.POLICE,
    }
)

WHY: Mapping[str, Text] = MappingProxyType(
    {
        "no_reference": Text(zh="缺少部门文号", en="The department's own number is missing"),
        "no_evidence": Text(zh="缺少证据", en="The evidence is missing"),
        "bad_day": Text(
            zh="行为日期不是有效的过去日期", en="The day of the act is no day, or lies ahead"
        ),
        "no_item": Text(zh="项目代码当日无效", en="No such item on that day"),
        "grave_item": Text(
            zh="严重失信项目须由本局核实后录入",
            en="A grave act is put on file by an officer after a look, never by a file",
        ),
        "twice": Text(zh="本批中文号重复且内容不同", en="Twice in this file, and not the same"),
        "other_content": Text(
            zh="与已入档的同一文号内容不同", en="Differs from what is on file under this number"
        ),
        "same_content": Text(zh="已入档", en="On file already"),
        "no_enterprise": Text(zh="查无此企业", en="No enterprise has this number"),
        "no_file": Text(zh="企业尚无信用档案", en="The enterprise has no credit file yet"),
        "name_differs": Text(
            zh="企业名称与登记不符", en="The name is not the one that is registered"
        ),
    }
)


class PartnerRefusedError(GuomenError):
    """What a department sent cannot be taken in as a whole, or a row not be settled."""

    code: ClassVar[str] = "partners.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent it: the department's agency, the source it stands for, the name of the file."""

    agency: str
    source: Source
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What rows are held against: the source, today, files, records, and earlier rows."""

    source: Source
    today: date
    opened: frozenset[int]
    held: Mapping[str, CreditRecord]
    seen: dict[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What becomes of one row: its outcome, why, and the record of which enterprise it makes."""

    content: Mapping[str, str]
    outcome: RowOutcome
    why: str = ""
    enterprise: int | None = None
    new: NewRecord | None = None


def rows_of(path: Path) -> list[dict[str, str]]:
    """
    Read the rows of a file that a department sent.

    :raises guomen.journeys.files.BadFileError: if it cannot be read as a whole
    :raises guomen.journeys.files.UnknownKindError: if the name does not end as a known kind
    """
    frame = files.read_table(path, columns=COLUMNS)
    return [{k: (v or "").strip() for k, v in row.items()} for row in frame.to_dicts()]


def take_in(rows: Sequence[Mapping[str, Any]], sender: Sender, *, how: Lodgement) -> PartnerFile:
    """
    Take in what a department sent, in one transaction; every row of it is kept.

    :raises PartnerRefusedError: if there are no rows, or too many
    """
    contents = contents_of(rows)
    digest = hashlib.sha256(canonical.dumps(contents).encode()).hexdigest()
    with transaction.atomic():
        body = {"digest": digest, "rows": len(contents), "source": sender.source.value}
        acting.note(TAKEN_IN, sender.agency, body, how=how)
        judged = judge(contents, sender.source, today=acting.day_of(how))
        file = PartnerFile.objects.create(
            source=sender.source,
            agency_id=offices.ids()[sender.agency],
            name=sender.name[:200],
            digest=digest,
            received_at=how.at,
            received_by=how.by,
        )
        _store(file, judged, how=how)
    return file


def contents_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """
    Return the rows by their columns, each cell without spaces around it.

    :raises PartnerRefusedError: if there are no rows, or too many
    """
    if not 0 < len(rows) <= MOST_ROWS:
        raise PartnerRefusedError(
            f"Send between 1 and {MOST_ROWS} rows at once; these are {len(rows)}.", rows=len(rows)
        )
    return [{name: str(row.get(name) or "").strip() for name in COLUMNS} for row in rows]


def reconciliation(file: PartnerFile) -> dict[str, int]:
    """Return how many rows of a file became what; the counts add up to its rows."""
    rows = PartnerRow.objects.filter(file=file).order_by()
    found = Counter(rows.values_list("outcome", flat=True))
    return {outcome.value: found[outcome.value] for outcome in RowOutcome}


def judge(contents: Sequence[Mapping[str, str]], source: Source, *, today: date) -> list[Judged]:
    """Return what becomes of each row as the registers stand; nothing is stored."""
    numbers = {row["enterprise"] for row in contents if row["enterprise"]}
    references = parties.references_of(numbers)
    firms = {
        firm.reference: firm
        for firm in Enterprise.objects.filter(reference__in=set(references.values()))
    }
    opened = frozenset(
        CreditFile.objects.filter(enterprise__in=[f.pk for f in firms.values()]).values_list(
            "enterprise_id", flat=True
        )
    )
    held = {
        row.source_reference: row
        for row in CreditRecord.objects.filter(
            source=source, source_reference__in={row["reference"] for row in contents}
        )
    }
    known = _Known(source=source, today=today, opened=opened, held=held, seen={})
    found = []
    for row in contents:
        found.append(_judged(row, firms.get(references.get(row["enterprise"], "")), known))
        if row["reference"]:
            known.seen.setdefault(row["reference"], row)
    return found


def _judged(row: Mapping[str, str], firm: Enterprise | None, known: _Known) -> Judged:
    new, why = _sound(row, known.source, known.today)
    if new is None:
        return Judged(content=row, outcome=RowOutcome.MALFORMED, why=why)
    earlier = known.seen.get(row["reference"])
    if earlier is not None:
        same = dict(earlier) == dict(row)
        outcome = RowOutcome.REPEATED if same else RowOutcome.CONFLICTING
        return Judged(content=row, outcome=outcome, why="same_content" if same else "twice")
    held = known.held.get(row["reference"])
    if held is not None:
        return _against(row, new, firm, held)
    return _matched(row, new, firm, known)


def _matched(
    row: Mapping[str, str], new: NewRecord, firm: Enterprise | None, known: _Known
) -> Judged:
    if firm is None:
        return Judged(content=row, outcome=RowOutcome.UNMATCHED, why="no_enterprise")
    if row["name"] and _folded(row["name"]) not in {_folded(firm.name_zh), _folded(firm.name_en)}:
        return Judged(content=row, outcome=RowOutcome.CONFLICTING, why="name_differs")
    if firm.pk not in known.opened:
        return Judged(content=row, outcome=RowOutcome.UNMATCHED, why="no_file")
    return Judged(content=row, outcome=RowOutcome.MATCHED, enterprise=firm.pk, new=new)


def _against(
    row: Mapping[str, str], new: NewRecord, firm: Enterprise | None, held: CreditRecord
) -> Judged:
    """Compare a row with the record that is on file under the same number."""
    same = (held.item, held.happened_on, held.evidence) == (
        new.item,
        new.happened_on,
        new.evidence,
    ) and (firm is not None and firm.pk == held.enterprise_id)
    if same:
        return Judged(content=row, outcome=RowOutcome.REPEATED, why="same_content")
    return Judged(content=row, outcome=RowOutcome.CONFLICTING, why="other_content")


def _folded(name: str) -> str:
    return "".join(name.split()).casefold().replace("(", "（").replace(")", "）")


def _sound(row: Mapping[str, str], source: Source, today: date) -> tuple[NewRecord | None, str]:
    """Return a row as a record, or why it is none."""
    if not row["reference"]:
        return None, "no_reference"
    if not row["evidence"]:
        return None, "no_evidence"
    try:
        day = date.fromisoformat(row["happened_on"])
    except ValueError:
        return None, "bad_day"
    if day > today:
        return None, "bad_day"
    code = row["item"] or DEFAULT_ITEM
    version = (
        next((v for v in ITEMS[code].rows if v.in_force(day)), None) if code in ITEMS else None
    )
    if version is None:
        return None, "no_item"
    if version.value.grave:
        return None, "grave_item"
    new = NewRecord(
        item=code,
        happened_on=day,
        counts_from=today,
        evidence=row["evidence"][:400],
        source=source.value,
        source_reference=row["reference"][:60],
    )
    return new, ""


def _store(file: PartnerFile, judged: Sequence[Judged], *, how: Lodgement) -> None:
    drafts = {
        place: operations.draft(row.enterprise, row.new, at=how.at, by=how.by)
        for place, row in enumerate(judged)
        if row.enterprise is not None and row.new is not None
    }
    CreditRecord.objects.bulk_create(drafts.values(), batch_size=2_000)
    PartnerRow.objects.bulk_create(
        (
            PartnerRow(
                file=file,
                number=place + 1,
                content=dict(row.content),
                outcome=row.outcome,
                why={"code": row.why} if row.why else {},
                record=drafts.get(place),
            )
            for place, row in enumerate(judged)
        ),
        batch_size=2_000,
    )
    crediting.rerate({row.enterprise_id for row in drafts.values()}, at=how.at)


OPEN_OUTCOMES = (RowOutcome.UNMATCHED, RowOutcome.CONFLICTING)


def settle(row: PartnerRow, enterprise: Enterprise | None, *, how: Lodgement) -> PartnerRow:
    """
    Put an open row on the file of an enterprise, or set it aside after a look.

    :raises PartnerRefusedError: if it was settled, contradicts a record, or makes no record
    """
    with transaction.atomic():
        body = {
            "file": row.file_id,
            "number": row.number,
            "to": enterprise and enterprise.reference,
        }
        acting.note(SETTLED, str(row.file_id), body, how=how)
        held = PartnerRow.objects.select_for_update().select_related("file").get(pk=row.pk)
        if held.outcome not in OPEN_OUTCOMES or held.settled_at is not None:
            raise PartnerRefusedError("This row was settled already; look at it again.")
        if enterprise is not None:
            held.record = _assign(held, enterprise, how=how)
        held.outcome = RowOutcome.SET_ASIDE if enterprise is None else RowOutcome.MATCHED
        held.settled_by, held.settled_at = how.by, how.at
        held.save()
        if enterprise is not None:
            crediting.rerate([enterprise.pk], at=how.at)
    return held


def _assign(row: PartnerRow, enterprise: Enterprise, *, how: Lodgement) -> CreditRecord:
    source = Source(row.file.source)
    new, why = _sound(row.content, source, acting.day_of(how))
    if new is None:
        raise PartnerRefusedError(WHY[why].en)
    if CreditRecord.objects.filter(source=source, source_reference=new.source_reference).exists():
        raise PartnerRefusedError(
            "There is a record under this number already: withdraw that one first, or set this "
            "row aside."
        )
    acting.require_no_interest(how, enterprise.pk, among=acting.OWN_INTERESTS)
    operations.lock(enterprise.pk)
    record = operations.draft(enterprise.pk, new, at=how.at, by=how.by)
    record.save()
    return record
