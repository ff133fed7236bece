"""
What an enterprise is told about a decision: what, from when, why, which rights, until when.

One table from move to words; the deadlines come from the rule book of the day. Not for sending
outside the system: a notice stands on the holder's own desk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db.models import Max

from guomen.core.text import Text
from guomen.journeys.access.actors import MAINLAND, ZONE
from guomen.rulebooks import calendar, licensing
from guomen.supervision.licences.lifecycle import MOVE_NAMES, LicenceMove
from guomen.supervision.licences.models import (
    HolderNotice,
    Licence,
    LicenceAct,
    LicenceKind,
    NoticeKind,
)
from guomen.supervision.parties.models import Enterprise
from guomen.supervision.words import both_languages

_LAST = time(23, 59, 59)

# Moves of the holder itself need no notice to the holder.
_OWN = frozenset({LicenceMove.COMPLETE, LicenceMove.WITHDRAW})

_TITLES: Mapping[NoticeKind, Text] = MappingProxyType(
    {
        NoticeKind.DOCUMENTS: Text(
            zh="{kind}（{number}）申请材料补正通知",
            en="{kind} {number}: documents asked for",
        ),
        NoticeKind.INTENT: Text(
            zh="拟对{kind}（{number}）作出“{move}”决定的事先告知",
            en="{kind} {number}: we intend to decide “{move}”",
        ),
        NoticeKind.DECISION: Text(zh="{kind}({number}):{move}", en="{kind} {number}: {move}"),
        NoticeKind.APPEAL: Text(
            zh="{kind}（{number}）行政复议：{move}", en="{kind} {number}, appeal: {move}"
        ),
    }
)
_FROM = Text(zh="自{day}起生效。理由：{reason}。", en="In force from {day}. Reason: {reason}.")
_INTENT = Text(
    zh="决定尚未作出，{day}起才可能生效。理由：{reason}。",
    en="Nothing is decided yet; it would count from {day} at the earliest. Reason: {reason}.",
)
_ASKED = Text(
    zh="请在{until}前补正：{documents}。",
    en="Please hand in by {until}: {documents}.",
)
_HEARD = Text(
    zh="你单位可以在{until}前陈述、申辩或者要求听证，陈述不影响依法处理。",
    en="You may state your case or ask for a hearing until {until}; it will not count against you.",
)
_APPEAL = Text(
    zh="不服本决定的，可以在{until}前申请行政复议。{held}",
    en="You may appeal against this decision until {until}. {held}",
)
_GOES_ON = Text(
    zh="复议期间决定继续执行，你单位可以申请停止执行。",
    en="The decision stays in force meanwhile; you may ask for a stay.",
)
_HELD_BACK = Text(
    zh="复议期间停止：{effects}。", en="While the appeal is open, this waits: {effects}."
)


def end_of(day: date, zone: str = ZONE) -> datetime:
    """Return the last second of a day in a zone."""
    return datetime.combine(day, _LAST, tzinfo=ZoneInfo(zone))


def working_day(at: datetime, days: int) -> date:
    """Return the day that lies so many working days after a moment."""
    last = calendar.deadline(at, working_days=days, calendar=MAINLAND, zone=ZONE)
    return last.astimezone(ZoneInfo(ZONE)).date()


def heard_until(at: datetime, on: date) -> datetime:
    """Return until when a holder may state its case before a licence is taken."""
    days = licensing.HEARING_DAYS.on(on).value
    return calendar.deadline(at, working_days=days, calendar=MAINLAND, zone=ZONE)


def appeal_until(at: datetime, on: date) -> datetime:
    """Return until when an appeal may be filed."""
    days = licensing.APPEAL_DAYS.on(on).value
    return end_of(at.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=days))


def tell(act: LicenceAct, *, at: datetime) -> HolderNotice | None:
    """Tell the holder of a licence what was decided, or what is intended; None for own moves."""
    move = LicenceMove(act.move)
    if move in _OWN:
        return None
    kind = _kind(act, move)
    appealable = act.approved is True and move.value in licensing.APPEALS
    until = appeal_until(at, act.on) if appealable else None
    body = _body(act, kind, until)
    return send(
        act.licence,
        kind,
        title=_title(act, kind),
        body=body,
        at=at,
        act=act,
        heard=act.heard_until if kind is NoticeKind.INTENT else None,
        appeal=until,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is put on an enterprise's desk; of a licence, whoever holds it is told."""

    kind: NoticeKind
    title: Text
    body: Text
    licence: Licence | None = None
    enterprise: Enterprise | None = None
    # What it is about, where that is no licence: the number of a request, the name of a paper.
    subject: str = ""


def send(
    licence: Licence,
    kind: NoticeKind,
    *,
    title: Text,
    body: Text,
    at: datetime,
    act: LicenceAct | None = None,
    heard: datetime | None = None,
    appeal: datetime | None = None,
) -> HolderNotice:
    """Put a notice about a licence on the holder's desk."""
    made = _made(Letter(kind=kind, title=title, body=body, licence=licence), at)
    made.act, made.heard_until, made.appeal_until = act, heard, appeal
    return _stored([made])[0]


def send_many(letters: Sequence[Letter], *, at: datetime) -> list[HolderNotice]:
    """Put notices on the desks of enterprises, two statements for all of them."""
    return _stored([_made(letter, at) for letter in letters])


def _made(letter: Letter, at: datetime) -> HolderNotice:
    return HolderNotice(
        number=uuid4().hex[:24],
        licence=letter.licence,
        enterprise=letter.enterprise or (addressee(letter.licence) if letter.licence else None),
        kind=letter.kind,
        subject=letter.subject,
        title_zh=letter.title.zh[:200],
        title_en=letter.title.en[:300],
        body_zh=letter.body.zh,
        body_en=letter.body.en,
        sent_at=at,
    )


def _stored(made: list[HolderNotice]) -> list[HolderNotice]:
    """Store notices; their numbers go by the keys that the database gave."""
    HolderNotice.objects.bulk_create(made)
    for one in made:
        one.number = f"NTC-{one.sent_at:%Y}-{one.pk:06d}"
    HolderNotice.objects.bulk_update(made, ["number"])
    return made


def last_sent(
    kind: NoticeKind, column: str, keys: Collection[int], *, subject: str = ""
) -> dict[int, date]:
    """Return the day on which a notice of a kind was sent last, by licence or enterprise."""
    rows = HolderNotice.objects.filter(kind=kind, subject=subject, **{f"{column}__in": keys})
    found = rows.order_by().values_list(column).annotate(sent=Max("sent_at"))
    return {key: sent.astimezone(ZoneInfo(ZONE)).date() for key, sent in found}


def addressee(licence: Licence) -> Enterprise | None:
    """Return whoever is told about a licence: its holder, or the keeper of its site."""
    return licence.enterprise or (licence.site.enterprise if licence.site else None)


def _kind(act: LicenceAct, move: LicenceMove) -> NoticeKind:
    if act.approved is None:
        return NoticeKind.INTENT
    if move is LicenceMove.ASK_DOCUMENTS:
        return NoticeKind.DOCUMENTS
    if move in (LicenceMove.STAY, LicenceMove.ANNUL):
        return NoticeKind.APPEAL
    return NoticeKind.DECISION


def named(kind: str) -> Text:
    """Return the name of a kind of licence in both languages."""
    return both_languages(LicenceKind(kind).label)


def _filled(text: Text, **words: Text | str) -> Text:
    def of(language: str) -> dict[str, str]:
        return {n: w if isinstance(w, str) else getattr(w, language) for n, w in words.items()}

    return Text(zh=text.zh.format(**of("zh")), en=text.en.format(**of("en")))


def _title(act: LicenceAct, kind: NoticeKind) -> Text:
    move = MOVE_NAMES[LicenceMove(act.move)]
    return _filled(
        _TITLES[kind],
        kind=named(act.licence.kind),
        number=act.licence.number,
        move=Text(zh=move.zh, en=move.en.lower()),
    )


def _body(act: LicenceAct, kind: NoticeKind, until: datetime | None) -> Text:
    reason = Text(zh=act.reason_zh, en=act.reason_en)
    day = act.on.isoformat()
    parts = [_filled(_INTENT if kind is NoticeKind.INTENT else _FROM, day=day, reason=reason)]
    if kind is NoticeKind.DOCUMENTS:
        parts = [_filled(_ASKED, until=act.details.get("until", ""), documents=_missing(act))]
    if kind is NoticeKind.INTENT and act.heard_until is not None:
        parts.append(_filled(_HEARD, until=_shown(act.heard_until)))
    if until is not None:
        parts.append(_filled(_APPEAL, until=_shown(until), held=_held(act.move)))
    return Text(zh="".join(p.zh for p in parts), en=" ".join(p.en for p in parts))


def _missing(act: LicenceAct) -> Text:
    named_ = [licensing.DOCUMENTS[code] for code in act.details.get("documents", [])]
    return Text(zh="、".join(t.zh for t in named_), en=", ".join(t.en for t in named_))


def _held(move: str) -> Text:
    effects = licensing.APPEALS[move].effects
    names = [licensing.EFFECT_NAMES[effect] for effect in effects]
    said = Text(zh="、".join(n.zh for n in names), en=", ".join(n.en for n in names))
    waits = _filled(_HELD_BACK, effects=said) if names else Text(zh="", en="")
    if licensing.Effect.ADMISSION in effects:
        return waits
    return Text(zh=_GOES_ON.zh + waits.zh, en=f"{_GOES_ON.en} {waits.en}".strip())


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(ZONE)):%Y-%m-%d}"
