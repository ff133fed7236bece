"""
A file of another department, looked at before it is taken in, and what is wrong with its rows.

What was seen is what is taken in: a row that would become something else by now stops the whole
file, which is looked at again. Open and malformed rows come back as a spreadsheet that says what to
do about each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import polars as pl
from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys import files
from guomen.journeys.clearance import Lodgement
from guomen.journeys.standing import acting, partners
from guomen.journeys.standing.partners import Sender
from guomen.supervision.agencies import queries as offices
from guomen.supervision.credit.lifecycle import RowOutcome
from guomen.supervision.credit.models import PartnerDraft, PartnerFile, PartnerRow, Source

REJECTED = (RowOutcome.MALFORMED, RowOutcome.UNMATCHED, RowOutcome.CONFLICTING)


class SeenOtherwiseError(GuomenError):
    """What is on file changed since a file was looked at; nothing was taken in."""

    code: ClassVar[str] = "partners.seen_otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """The column of a row that is wrong, and what to do about it."""

    column: str
    says: Text


#: By the codes of `partners.WHY` that turn a row away.
REMEDIES: Mapping[str, Remedy] = MappingProxyType(
    {
        "no_reference": Remedy(
            column="reference",
            says=Text(zh="填写部门文号后重新报送", en="Give the department's own number"),
        ),
        "no_evidence": Remedy(
            column="evidence",
            says=Text(zh="填写证据（决定书文号等）", en="Name the evidence, such as the decision"),
        ),
        "bad_day": Remedy(
            column="happened_on",
            says=Text(
                zh="按 2012-05-24 的格式填写行为日期，不得晚于今日",
                en="Write the day of the act as 2012-05-24, today at the latest",
            ),
        ),
        "no_item": Remedy(
            column="item",
            says=Text(
                zh="改用行为当日有效的项目代码，或留空", en="Use an item of that day, or none"
            ),
        ),
        "grave_item": Remedy(
            column="item",
            says=Text(
                zh="请将材料送本局信用管理人员核实",
                en="Send the papers to the credit officers of the bureau",
            ),
        ),
        "twice": Remedy(
            column="reference",
            says=Text(
                zh="同一文号只保留一条，或改正文号", en="Keep one row of this number, or correct it"
            ),
        ),
        "other_content": Remedy(
            column="reference",
            says=Text(
                zh="核对原报内容；如需更正，先由信用管理人员撤销原记录",
                en="Compare with what you sent; to correct it, have the earlier record withdrawn",
            ),
        ),
        "no_enterprise": Remedy(
            column="enterprise",
            says=Text(
                zh="核对统一社会信用代码或境外编号",
                en="Check the credit code or the overseas number",
            ),
        ),
        "no_file": Remedy(
            column="enterprise",
            says=Text(
                zh="由信用管理人员建档后再入档",
                en="A credit officer opens a file, then settles the row",
            ),
        ),
        "name_differs": Remedy(
            column="name",
            says=Text(
                zh="核对企业名称；代码无误时可将名称留空",
                en="Check the name; leave it out if the number is right",
            ),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One row as it was looked at; ``enterprise`` is the key of the one it would go on file of."""

    number: int
    content: Mapping[str, str]
    outcome: RowOutcome
    why: str
    enterprise: int | None = None


def look(rows: Sequence[Mapping[str, Any]], sender: Sender, *, how: Lodgement) -> PartnerDraft:
    """
    Judge what a department sent and keep it with what was seen; nothing goes on file.

    :raises guomen.journeys.standing.partners.PartnerRefusedError: if there are no rows, or too many
    """
    contents = partners.contents_of(rows)
    return PartnerDraft.objects.create(
        source=sender.source,
        agency_id=offices.ids()[sender.agency],
        name=sender.name[:200],
        rows=contents,
        seen=_seen(contents, sender.source, how=how),
        looked_at=how.at,
        looked_by=how.by,
    )


def look_again(draft: PartnerDraft, *, how: Lodgement) -> PartnerDraft:
    """Judge a file anew, as the registers stand now."""
    draft.seen = _seen(draft.rows, Source(draft.source), how=how)
    draft.looked_at, draft.looked_by = how.at, how.by
    draft.save(update_fields=["seen", "looked_at", "looked_by"])
    return draft


def _seen(rows: Sequence[Mapping[str, str]], source: Source, *, how: Lodgement) -> list[list[Any]]:
    judged = partners.judge(rows, source, today=acting.day_of(how))
    return [[one.outcome.value, one.why, one.enterprise] for one in judged]


def seen(draft: PartnerDraft) -> list[Seen]:
    """Return the rows of a file as they were looked at."""
    return [
        Seen(number=number, content=row, outcome=RowOutcome(outcome), why=why, enterprise=key)
        for number, (row, (outcome, why, key)) in enumerate(
            zip(draft.rows, draft.seen, strict=True), start=1
        )
    ]


def tally(rows: Iterable[Seen]) -> dict[RowOutcome, int]:
    """Return how many rows would become what; none is set aside before it was taken in."""
    found = Counter(row.outcome for row in rows)
    return {outcome: found[outcome] for outcome in RowOutcome if outcome != RowOutcome.SET_ASIDE}


def take_in(pk: int, *, how: Lodgement) -> PartnerFile:
    """
    Take in a file as it was looked at, all of it, and let go of what was kept of the look.

    :raises SeenOtherwiseError: if a row would become something else by now, or the file was taken
        in or dropped meanwhile
    """
    with transaction.atomic():
        draft = PartnerDraft.objects.select_for_update().select_related("agency").filter(pk=pk)
        held = draft.first()
        if held is None:
            raise SeenOtherwiseError("This file was taken in or dropped meanwhile.")
        source = Source(held.source)
        sender = Sender(agency=held.agency.code, source=source, name=held.name)
        # The entry into the ledger orders the writers; what is compared comes after it.
        made = partners.take_in(held.rows, sender, how=how)
        stored = PartnerRow.objects.filter(file=made).order_by("number")
        now = [
            [outcome, why.get("code", ""), key]
            for outcome, why, key in stored.values_list("outcome", "why", "record__enterprise")
        ]
        if now != held.seen:
            raise SeenOtherwiseError("What is on file changed since this file was looked at.")
        held.delete()
    return made


def turned_away(file: PartnerFile) -> list[Seen]:
    """Return the rows of a file that was taken in that did not go on file and still wait."""
    rows = PartnerRow.objects.filter(file=file, outcome__in=REJECTED, settled_at=None)
    return [
        Seen(
            number=row.number,
            content=row.content,
            outcome=RowOutcome(row.outcome),
            why=row.why.get("code", ""),
        )
        for row in rows.order_by("number")
    ]


_HEADS = (
    Text(zh="行", en="row"),
    Text(zh="部门文号", en="reference"),
    Text(zh="列", en="column"),
    Text(zh="现填内容", en="value"),
    Text(zh="问题", en="problem"),
    Text(zh="处理办法", en="what to do"),
)


def rejected(rows: Iterable[Seen], *, chinese: bool) -> bytes:
    """Return the rows that do not go on file as a spreadsheet: where, what, what to do."""

    def said(text: Text) -> str:
        return text.zh if chinese else text.en

    bad = [(row, REMEDIES[row.why]) for row in rows if row.outcome in REJECTED]
    table = pl.DataFrame(
        [
            (
                row.number,
                row.content.get("reference", ""),
                remedy.column,
                row.content.get(remedy.column, ""),
                said(partners.WHY[row.why]),
                said(remedy.says),
            )
            for row, remedy in bad
        ],
        schema={said(head): pl.Int64 if at == 0 else pl.String for at, head in enumerate(_HEADS)},
        orient="row",
    )
    return files.spreadsheet(table)
