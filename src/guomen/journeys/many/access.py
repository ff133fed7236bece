"""What is done for many in the room of access: holders reminded, reviews planned, filings asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from guomen.core.text import Text
from guomen.journeys.access import applying, filing, noticing, reviewing, rooms
from guomen.journeys.access.noticing import Letter
from guomen.journeys.many.deeds import Asker, Deed, Doing, Planned, named
from guomen.rulebooks.reminding import AGAIN_DAYS, REVIEW_WITHIN_DAYS
from guomen.supervision.licences.lifecycle import LicenceState
from guomen.supervision.licences.models import (
    Licence,
    LicenceTerm,
    NoticeKind,
    Occasion,
    Review,
)
from guomen.supervision.parties.models import Enterprise

_ENDLESS = Text(zh="长期有效，无须延续", en="it has no end, so there is nothing to renew")
_NOT_IN_FORCE = Text(zh="不在有效状态", en="it is not in force")
_NOBODY = Text(zh="登记簿上没有持有人", en="nobody is on record as its holder")


def again(sent: date | None, on: date) -> Text | None:
    """Return why somebody who was reminded on a day is not reminded again on another."""
    if sent is None or sent <= on - timedelta(days=AGAIN_DAYS.value):
        return None
    return Text(zh=f"已于{sent}提醒过", en=f"it was reminded on {sent} already")


# -- licences --------------------------------------------------------------------------------------


def _licences(
    asker: Asker, keys: Collection[str]
) -> tuple[Sequence[Licence], Mapping[int, LicenceTerm]]:
    rows = rooms.in_reach(asker.reach).filter(number__in=keys)
    found = list(rows.select_related("enterprise", "site__enterprise", "agency").order_by("number"))
    return found, rooms.terms_of(found, asker.reach.on)


def _reminders(asker: Asker, keys: Collection[str]) -> Sequence[Planned]:
    rows, terms = _licences(asker, keys)
    sent = noticing.last_sent(NoticeKind.DUE, "licence", [row.pk for row in rows])
    return [_reminder(row, terms.get(row.pk), sent.get(row.pk), asker) for row in rows]


def _reminder(row: Licence, term: LicenceTerm | None, sent: Any, asker: Asker) -> Planned:
    on, ends = asker.reach.on, term.ends if term else None
    reasons = (
        _NOBODY if noticing.addressee(row) is None else None,
        None if term and term.state == LicenceState.GRANTED else _NOT_IN_FORCE,
        _ENDLESS if term and ends is None else None,
        Text(zh=f"已于{ends}到期，不能再延续", en=f"it ended on {ends}: renewal is too late")
        if ends and ends <= on
        else None,
        again(sent, on),
    )
    return Planned(
        key=row.number,
        name=named(noticing.addressee(row) or row.site),
        row=row,
        says=Text(zh=f"提醒持有人：{ends}到期", en=f"the holder is told that it ends on {ends}"),
        refused=next(filter(None, reasons), None),
    )


def _remind(asker: Asker, rows: Sequence[Planned]) -> None:
    terms = rooms.terms_of([one.row for one in rows], asker.reach.on)
    ends = ((one.row, terms[one.row.pk].ends) for one in rows)
    letters = [applying.reminder(row, end, on=asker.reach.on) for row, end in ends if end]
    noticing.send_many(letters, at=asker.who.at)


def _plans(asker: Asker, keys: Collection[str]) -> Sequence[Planned]:
    rows, terms = _licences(asker, keys)
    open_ = {
        review.licence_id: review
        for review in Review.objects.filter(
            licence__in=rows, occasion=Occasion.YEARLY, state__in=rooms.OPEN_REVIEWS
        ).order_by("-due")
    }
    due = asker.reach.on + timedelta(days=REVIEW_WITHIN_DAYS.value)
    return [_plan(row, terms.get(row.pk), open_.get(row.pk), due) for row in rows]


_REVIEWED = (LicenceState.GRANTED.value, LicenceState.SUSPENDED.value)


def _plan(row: Licence, term: LicenceTerm | None, open_: Review | None, due: date) -> Planned:
    planned = open_ and Text(
        zh=f"年度评审 {open_.number} 尚未结束", en=f"the yearly review {open_.number} is open"
    )
    return Planned(
        key=row.number,
        name=named(noticing.addressee(row) or row.site),
        row=row,
        says=Text(zh=f"安排年度评审，{due}前完成", en=f"a yearly review is planned, due by {due}"),
        refused=planned or (None if term and term.state in _REVIEWED else _NOT_IN_FORCE),
    )


def _write_plans(asker: Asker, rows: Sequence[Planned]) -> None:
    due = asker.reach.on + timedelta(days=REVIEW_WITHIN_DAYS.value)
    reviewing.write_plans(
        [one.row for one in rows], Occasion.YEARLY, due=due, assessors=(), who=asker.who
    )


# -- filings ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """A paper that enterprises owe: how it stands on a row, what it is called, what is written."""

    subject: str
    there: str
    title: Text
    body: Text


_ADDITIVES = _Paper(
    subject="additives",
    there="has_filed",
    title=Text(zh="请办理食品添加剂使用备案", en="Please file your use of food additives"),
    body=Text(
        zh="检查时未见你单位的食品添加剂和原辅料使用备案。请在企业端“报备”中提交。",
        en="When you were checked, no filing of additive and raw-material use was on record. "
        "Hand it in on your desk under “Filings”.",
    ),
)
_STATEMENT = _Paper(
    subject="statement",
    there="has_signed",
    title=Text(zh="请签署质量安全责任书", en="Please sign the safety responsibility statement"),
    body=Text(
        zh="检查时未见你单位签署的质量安全责任书。请在企业端“报备”中签署。",
        en="When you were checked, no signed safety responsibility statement was on record. Sign "
        "it on your desk under “Filings”.",
    ),
)
_THERE = Text(zh="已经办理", en="it is on record by now")
_ASKED = Text(zh="发出催办通知", en="the enterprise is asked for it")


def _owing(asker: Asker, keys: Collection[str], *, paper: _Paper) -> Sequence[Planned]:
    firms = Enterprise.objects.filter(asker.reach.within("agency_id"), reference__in=keys)
    rows = list(filing.with_papers(firms).order_by("reference"))
    pks = [row.pk for row in rows]
    sent = noticing.last_sent(NoticeKind.FILING, "enterprise", pks, subject=paper.subject)
    return [
        Planned(
            key=row.reference,
            name=named(row),
            row=row,
            says=_ASKED,
            refused=_THERE
            if getattr(row, paper.there)
            else again(sent.get(row.pk), asker.reach.on),
        )
        for row in rows
    ]


def _ask(asker: Asker, rows: Sequence[Planned], *, paper: _Paper) -> None:
    letters = [
        Letter(
            kind=NoticeKind.FILING,
            enterprise=one.row,
            subject=paper.subject,
            title=paper.title,
            body=paper.body,
        )
        for one in rows
    ]
    noticing.send_many(letters, at=asker.who.at)


def _asking(paper: _Paper) -> Doing:
    return Doing(look=partial(_owing, paper=paper), do=partial(_ask, paper=paper))


DEEDS: Mapping[Deed, Doing] = MappingProxyType(
    {
        Deed.REMIND_LICENCE: Doing(look=_reminders, do=_remind),
        Deed.PLAN_REVIEW: Doing(look=_plans, do=_write_plans),
        Deed.REMIND_FILING: _asking(_ADDITIVES),
        Deed.REMIND_STATEMENT: _asking(_STATEMENT),
    }
)
