"""
What an enterprise earns: a verified quality management, which allows level A, and level AA.

AA is never reached by score. The enterprise applies, the credit officer recommends on conditions
that are looked up, and a second person at the bureau grants.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from django.db import transaction

from guomen.core.credit import Dossier, Level, MeritKind, level_on, years_after
from guomen.core.credit_outlook import Condition, Declared, award_conditions
from guomen.core.errors import GuomenError
from guomen.journeys.clearance import Lodgement
from guomen.journeys.standing import acting, crediting
from guomen.rulebooks.credit_items import (
    AWARD_CLEAN_YEARS,
    AWARD_WRONG_PPM,
    TERMS,
    VERIFIED_YEARS,
)
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.credit import operations, queries
from guomen.supervision.credit.lifecycle import MERIT, MeritMove, MeritState
from guomen.supervision.credit.models import CreditMerit, CreditRecord, Source
from guomen.supervision.declarations.models import Line
from guomen.supervision.parties.models import Enterprise

APPLIED = "credit.merit_applied"
DECIDED = "credit.merit_decided"


class AwardRefusedError(GuomenError):
    """AA cannot be applied for or granted as things stand."""

    code: ClassVar[str] = "credit.award_refused"


def conditions(enterprise: Enterprise, *, on: date) -> Mapping[Condition, bool | None]:
    """Return which conditions of AA an enterprise meets on a day; None where it is not known."""
    file = queries.dossiers([enterprise.pk]).get(enterprise.pk)
    if file is None:
        return dict.fromkeys(Condition, None)
    outside = CreditRecord.objects.filter(enterprise=enterprise).exclude(source=Source.OWN)
    keys = frozenset(f"CR-{pk:06d}" for pk in outside.values_list("pk", flat=True))
    return award_conditions(
        file,
        on=on,
        terms=TERMS.on(on).value,
        declared=_declared(enterprise, file, on),
        outside=keys,
        most_wrong_ppm=AWARD_WRONG_PPM.on(on).value,
        clean_years=AWARD_CLEAN_YEARS.on(on).value,
    )


def _declared(enterprise: Enterprise, file: Dossier, on: date) -> Declared:
    """Count the declarations of the last year, and those with an error on file."""
    since = years_after(on, -1)
    lines = Line.objects.filter(
        enterprise=enterprise.reference, received_at__date__gt=since, received_at__date__lte=on
    )
    wrong = sum(m.item == "CND-DECLARATION" and since < m.counts_from <= on for m in file.marks)
    return Declared(all=lines.values("declaration_id").distinct().count(), wrong=wrong)


def apply(enterprise: Enterprise, *, evidence: str, how: Lodgement) -> CreditMerit:
    """
    Apply for AA for an enterprise.

    :raises AwardRefusedError: if it is not of level A today, or an application is open
    """
    day = acting.day_of(how)
    text = acting.require_reason(evidence)
    with transaction.atomic():
        acting.note(APPLIED, enterprise.reference, {"kind": MeritKind.AWARD.value}, how=how)
        operations.lock(enterprise.pk)
        file = queries.dossiers([enterprise.pk])[enterprise.pk]
        held = level_on(file, on=day, terms=TERMS.on(day).value)
        if held is None or held.level is not Level.A:
            raise AwardRefusedError(
                "Level AA is applied for from level A; look at what lifts your level first.",
                level=held.level.value if held else None,
            )
        if _under_way(enterprise):
            raise AwardRefusedError("An application is under way already; wait for its answer.")
        return CreditMerit.objects.create(
            enterprise=enterprise,
            kind=MeritKind.AWARD.value,
            evidence=text,
            applied_by=how.by,
            applied_at=how.at,
        )


def _under_way(enterprise: Enterprise) -> bool:
    return CreditMerit.objects.filter(
        enterprise=enterprise,
        kind=MeritKind.AWARD,
        state__in=(MeritState.APPLIED, MeritState.RECOMMENDED),
    ).exists()


def verify(enterprise: Enterprise, *, evidence: str, how: Lodgement) -> CreditMerit:
    """Propose that quality management was verified on site; a second person grants it."""
    text = acting.require_reason(evidence)
    with transaction.atomic():
        acting.note(APPLIED, enterprise.reference, {"kind": MeritKind.VERIFIED.value}, how=how)
        acting.require_no_interest(how, enterprise.pk, among=acting.OWN_INTERESTS)
        operations.lock(enterprise.pk)
        return CreditMerit.objects.create(
            enterprise=enterprise,
            kind=MeritKind.VERIFIED.value,
            state=MeritState.RECOMMENDED.value,
            evidence=text,
            applied_by=how.by,
            applied_at=how.at,
            recommended_by=how.by,
        )


def decide(found: CreditMerit, move: MeritMove, *, reason: str, how: Lodgement) -> CreditMerit:
    """
    Recommend, grant or refuse.

    :raises guomen.core.lifecycle.MoveRefusedError: if the table has no such move
    :raises guomen.supervision.agencies.operations.SamePersonError: for who recommended it
    :raises guomen.journeys.standing.acting.NotAtBureauError: if AA is granted at a branch
    :raises AwardRefusedError: if a condition of AA is known not to be met
    """
    text = acting.require_reason(reason)
    with transaction.atomic():
        body = {"kind": found.kind, "move": move.value}
        acting.note(DECIDED, found.enterprise.reference, body, how=how)
        acting.require_no_interest(how, found.enterprise_id)
        operations.lock(found.enterprise_id)
        held = CreditMerit.objects.select_for_update().select_related("enterprise").get(pk=found.pk)
        held.state = MERIT.after(MeritState(held.state), move).value
        held.reason = text
        _CARRY_OUT[move](held, how)
        held.save()
        crediting.rerate([held.enterprise_id], at=how.at)
    return held


def _recommend(held: CreditMerit, how: Lodgement) -> None:
    _require_conditions(held, how)
    held.recommended_by = how.by


def _grant(held: CreditMerit, how: Lodgement) -> None:
    agencies.require_second_person(how.by, held.recommended_by, held.applied_by)
    day = acting.day_of(how)
    held.begins = day
    if held.kind == MeritKind.AWARD:
        acting.require_bureau(how)
        _require_conditions(held, how)
    else:
        held.ends = years_after(day, VERIFIED_YEARS.on(day).value)
    _refuse(held, how)


def _refuse(held: CreditMerit, how: Lodgement) -> None:
    held.decided_by, held.decided_at = how.by, how.at


_CARRY_OUT = {
    MeritMove.RECOMMEND: _recommend,
    MeritMove.GRANT: _grant,
    MeritMove.REFUSE: _refuse,
}


def _require_conditions(held: CreditMerit, how: Lodgement) -> None:
    """Refuse AA where a condition is not met; what is not known, the officer has looked into."""
    if held.kind != MeritKind.AWARD:
        return
    found = conditions(held.enterprise, on=acting.day_of(how))
    failed = [condition.value for condition, met in found.items() if met is False]
    if failed:
        raise AwardRefusedError(
            f"These conditions of AA are not met: {', '.join(failed)}. Refuse the application.",
            conditions=failed,
        )
