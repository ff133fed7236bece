"""
The year's last rulings, what became of goods that failed, and a share of certificates.

Everything goes through the journeys, in large batches and in one transaction; days are those on
which the results of the year were known. Which case stands where is chosen by its number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from guomen.core.dispose import DisposalKind, Disposition
from guomen.journeys import certification, disposal
from guomen.journeys.certification import Draft
from guomen.journeys.certification.issuing import groups_of
from guomen.journeys.certification.offering import ways
from guomen.journeys.clearance import Lodgement
from guomen.journeys.disposal import Proof
from guomen.rulebooks.certificates import KINDS, fitting
from guomen.rulebooks.commodities import HAZARDS, Group
from guomen.rulebooks.disposal_terms import PROOF_FOR
from guomen.scenarios.zhuhai2012 import messages
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.figures import PURIFIED, RETURNED
from guomen.scenarios.zhuhai2012.load import SEED
from guomen.supervision.agencies.models import Officer
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions import custody
from guomen.supervision.dispositions.lifecycle import DisposalState
from guomen.supervision.dispositions.models import Certificate, Disposal, Nonconformity
from guomen.supervision.dispositions.models import Disposition as Standing
from guomen.supervision.parties import queries as parties

SIGNERS = ("certificate_officer", "veterinarian")
SENDER, OWNER, SECOND = "SYS-DEMO", "SYS-DEMO-OWNER", "SYS-DEMO-SECOND"
AGENCY = "ZH"
ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
# One released line in so many gets its last ruling and a certificate here; others when asked for.
_SHARE = 40
# Cases older than this are over; of the younger ones each stands somewhere on the way.
_OVER = 45 * DAY


def disposed(at: datetime) -> int:
    """Fill in dispositions, cases and certificates of the year; return how many rows there are."""
    with transaction.atomic():
        begin = at - timedelta(days=400)
        custody.begin_key(at=begin, by=SENDER, demonstration=True)
        for moment, references in _days(at):
            disposal.settle(references, how=_how(moment))
        _cases(at)
        _papers(at)
    rows = (Standing, Nonconformity, Disposal, Certificate)
    return sum(model._default_manager.count() for model in rows)


def _how(at: datetime, by: str = SENDER) -> Lodgement:
    return Lodgement(at=at, by=by, agency=AGENCY)


def _days(at: datetime) -> Iterator[tuple[datetime, list[str]]]:
    """Yield the lines that failed, and a share of those released, by the day of their result."""
    states = (LineState.NONCONFORMING, LineState.RELEASED)
    rows = (
        Line.objects.filter(state__in=states, results__performed=True)
        .annotate(known=Max("results__at"))
        .order_by("known", "pk")
        .values_list("pk", "reference", "state", "known")
    )
    # Goods that left by the port of another office were transferred there once they were let go.
    abroad = set(messages.elsewhere().values_list("line_id", flat=True))
    chosen = [
        (known, reference)
        for pk, reference, state, known in rows
        if state == LineState.NONCONFORMING or pk % _SHARE == 0 or pk in abroad
    ]
    for _, part in groupby(chosen, key=lambda one: one[0].astimezone(ZONE).date()):
        day = list(part)
        # Verdicts behind a result are approved by the day after it at the latest.
        yield min(day[-1][0] + 2 * DAY, at), [reference for _, reference in day]


@dataclass(slots=True)
class _Quota:
    """How many of the cases of the article are still to be told."""

    returned: int = RETURNED
    purified: int = PURIFIED


def _cases(at: datetime) -> None:
    quota = _Quota()
    rows = Nonconformity.objects.select_related("line__declaration").order_by("notified_at", "pk")
    for number, row in enumerate(rows):
        # A quantity that nobody knows cannot be accounted for: the case waits.
        if row.quantity is not None:
            _case(number, row, row.quantity, quota, at=at)


def _case(
    number: int, row: Nonconformity, quantity: Decimal, quota: _Quota, *, at: datetime
) -> None:
    """Carry one case on as far as its age and its number say."""
    over = row.notified_at + _OVER < at
    if not over and number % 5 == 0:
        return
    if not over and number % 5 == 1:
        asked = _how(min(row.notified_at + 3 * DAY, at), OWNER)
        if asked.at <= row.review_until:
            disposal.ask_review(row.reference, ground="要求对留样复验", how=asked)
        return
    kind = _kind(number, row, quota)
    pace = _pace(row, kind)
    chosen = _how(min(row.notified_at + pace.chosen, at), OWNER)
    one = disposal.choose(row.reference, kind, quantity, how=chosen)
    if not over and number % 5 == 2:
        return
    disposal.order(one, how=_how(min(chosen.at + pace.ordered, at)))
    disposal.carry_out(one, how=_how(min(chosen.at + pace.carried_out, at)))
    if not over and number % 5 == 3:
        return
    proof = Proof(
        kind=PROOF_FOR[kind][0],
        number=f"HX-2012-{number + 1:05d}",
        seal=row.line.seal or "" if kind is DisposalKind.RETURN else "",
    )
    disposal.prove(one, proof, how=_how(min(chosen.at + pace.proved, at), SECOND))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """How long after a notice its owner chose, and after the choice each step was done."""

    chosen: timedelta
    ordered: timedelta
    carried_out: timedelta
    proved: timedelta


# Median days of carrying out; ships are waited for, ovens are not.
_DAYS: Mapping[DisposalKind, float] = MappingProxyType(
    {DisposalKind.RETURN: 11, DisposalKind.REWORK: 9, DisposalKind.PURIFY: 8}
)
_USUAL_DAYS, _SPREAD, _MOST_DAYS = 5, 0.55, 28


def _pace(row: Nonconformity, kind: DisposalKind) -> _Pace:
    """Draw the pace of a case; the same case has the same in every demonstration."""
    dice = stream(SEED, f"disposal {row.line.declaration.own_number}/{row.line.number}")
    ordered = dice.uniform(0.1, 2)
    median = _DAYS.get(kind, _USUAL_DAYS)
    carried = ordered + min(_MOST_DAYS, median * math.exp(dice.normal(scale=_SPREAD)))
    return _Pace(
        chosen=DAY * dice.uniform(0.3, 5),
        ordered=DAY * ordered,
        carried_out=DAY * carried,
        proved=DAY * (carried + dice.uniform(0.2, 4)),
    )


def _kind(number: int, row: Nonconformity, quota: _Quota) -> DisposalKind:
    """Choose among the open disposals; the cases of the article first."""
    kinds = [DisposalKind(kind) for kind in row.disposals_open if kind != DisposalKind.RECALL]
    if DisposalKind.PURIFY in kinds:
        if quota.purified:
            quota.purified -= 1
            return DisposalKind.PURIFY
        kinds = [kind for kind in kinds if kind is not DisposalKind.PURIFY]
    if returned_food(row):
        if quota.returned:
            quota.returned -= 1
            return DisposalKind.RETURN
        kinds = [kind for kind in kinds if kind is not DisposalKind.RETURN]
    return kinds[number % len(kinds)]


def returned_food(row: Nonconformity) -> bool:
    """Tell whether a case is one of imported goods in which an additive was at fault."""
    return row.line.direction == "import" and bool(set(row.faults) & ADDITIVE_HAZARDS)


ADDITIVE_HAZARDS = frozenset(hazard.code for hazard in HAZARDS if hazard.kind == "additive")


def _papers(at: datetime) -> None:
    """Issue certificates on the lines that were ruled on, and let some be replaced or revoked."""
    rows = list(
        Standing.objects.filter(stands=True)
        .exclude(outcome=Disposition.OPEN)
        .select_related("line")
        .order_by("at", "pk")
    )
    groups = groups_of([row.line for row in rows]) if rows else {}
    cases = {case.line_id: ways(case) for case in Nonconformity.objects.order_by("pk")}
    signers = _signers()
    made: list[Certificate] = []
    for month, part in groupby(rows, key=lambda row: row.at.astimezone(ZONE).strftime("%Y-%m")):
        del month
        wanted = [draft for row in part if (draft := _draft(row, groups, cases)) is not None]
        if not wanted:
            continue
        last = max(row.at for row in rows if row.line.reference == wanted[-1].line)
        for role, by in signers.items():
            own = [draft for draft in wanted if KINDS[draft.kind].signer == role]
            if own:
                made += certification.issue_many(own, how=_how(min(last + DAY, at), by))
    _ended(made[-12:], at=at)


def _signers() -> dict[str, str]:
    """Return who signs in the demonstration, by the role that a kind of paper asks for."""
    return {
        role: Officer.objects.filter(roles_held__role=role)
        .values_list("key", flat=True)
        .order_by("key")
        .first()
        or SENDER
        for role in SIGNERS
    }


def _draft(row: Standing, groups: dict[str, str], cases: dict[int, str]) -> Draft | None:
    kinds = fitting(
        direction=row.line.direction,
        group=groups.get(row.line.hs_code or ""),
        outcome=row.outcome,
    )
    if not kinds:
        return None
    kind = kinds[-1] if row.outcome == Disposition.NONCONFORMING else kinds[row.pk % len(kinds)]
    return Draft(line=row.line.reference, kind=kind.code, remarks=_remarks(kind.code, row, cases))


# What the remarks of a treatment tell; the treatments themselves are invented with the year.
_TREATED = "溴甲烷熏蒸 32 g/m³，21 ℃，24 h，合格 / Methyl bromide 32 g/m³, 21 °C, 24 h: effective"


def _remarks(kind: str, row: Standing, cases: dict[int, str]) -> str:
    ways_open = cases.get(row.line_id) or "见处置裁定 / see the ruling"
    return {"fumigation": _TREATED, "treatment_notice": ways_open}.get(kind, "")


def _ended(made: Sequence[Certificate], *, at: datetime) -> None:
    """Let some of the newest certificates be replaced, revoked, or doubted, and draft two more."""
    for number, paper in enumerate(made):
        again = Draft(line=paper.line.reference, kind=paper.kind, remarks="更正收货人")
        if number < 3:
            fresh = certification.replace(paper.number, changes=again, reason="更正", how=_how(at))
            certification.issue(fresh.number, roles=SIGNERS, how=_how(at, paper.issued_by))
        elif number < 7:
            certification.propose_revocation(paper.number, reason="签发有误", how=_how(at))
            if number < 5:
                certification.decide_revocation(paper.number, revoke=True, how=_how(at, SECOND))
        elif number < 9:
            same = Draft(line=paper.line.reference, kind=paper.kind, remarks=paper.remarks)
            certification.draft(same, how=_how(at))


def figures() -> dict[str, int]:
    """
    Return the figures of the article that the records show, by requirement.

    Batches inspected (S-533 food and S-534 additives, in and out) are lines with a result of a
    check that was carried out; returned (S-535) and purified (S-536) are disposals that are proved.
    """
    proved = Disposal.objects.filter(state=DisposalState.PROVED)
    returned = proved.filter(kind=DisposalKind.RETURN).select_related("nonconformity__line")
    codes: dict[str, list[str]] = {}
    for code, group in parties.groups_now().items():
        codes.setdefault(group, []).append(code)
    return {
        "S-533": _inspected(codes.get(Group.FOOD, [])),
        "S-534": _inspected(codes.get(Group.ADDITIVES, [])),
        "S-535": sum(returned_food(one.nonconformity) for one in returned),
        "S-536": proved.filter(kind=DisposalKind.PURIFY).count(),
    }


def _inspected(codes: Sequence[str]) -> int:
    lines = Line.objects.filter(hs_code__in=codes, results__performed=True)
    return lines.distinct().count()
