"""One case of goods that failed as a page shows it: where every unit is, and what is still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from guomen.core.dispose import DISPOSAL_NAMES, FAULT_NAMES, DisposalKind, Fault
from guomen.core.text import Text
from guomen.desks.components import numbers, tones, words
from guomen.rulebooks.commodities import HAZARDS
from guomen.rulebooks.disposal import BOOK
from guomen.rulebooks.disposal_terms import PROOFS
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.lifecycle import DisposalState, NonconformityState
from guomen.supervision.dispositions.models import Disposal, Nonconformity, Review

_HAZARDS = {hazard.code: hazard.name for hazard in HAZARDS}
CHOOSING = (NonconformityState.NOTIFIED, NonconformityState.DISPOSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalRow:
    """One disposal as a row of the page."""

    disposal: Disposal
    kind: Text
    quantity: str
    proof: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that the page of one case shows."""

    failed: Nonconformity
    balance: queries.Balance
    facts: Sequence[tuple[Any, Any]]
    parts: Sequence[tuple[Any, Any]]
    rules: Sequence[tuple[str, Text, Text, str]]
    open_disposals: Sequence[Text]
    disposals: Sequence[DisposalRow]
    reviews: Sequence[Review]
    choosing: bool
    reviewable: bool
    title: str


def case_of(failed: Nonconformity, *, now: datetime) -> Case:
    """Return the page of one case, in three queries."""
    balance = queries.balance(failed)
    disposals = list(failed.disposals.all())
    state = NonconformityState(failed.state)
    return Case(
        failed=failed,
        balance=balance,
        facts=_facts(failed),
        parts=_parts(failed, balance),
        rules=[
            (rule.id, rule.says, rule.instrument, rule.clause)
            for rule in (BOOK.by_id[code] for code in failed.rules if code in BOOK.by_id)
        ],
        open_disposals=[DISPOSAL_NAMES[DisposalKind(kind)] for kind in failed.disposals_open],
        disposals=[_row(one, failed) for one in disposals],
        reviews=list(failed.reviews.all()),
        choosing=state in CHOOSING and balance.left is not None and balance.left > 0,
        reviewable=state is NonconformityState.NOTIFIED
        and now <= failed.review_until
        and not any(one.state != DisposalState.CANCELLED for one in disposals),
        title=_title(failed, balance),
    )


def faults(failed: Nonconformity) -> str:
    """Name for what goods failed."""
    named = [
        tones.said(FAULT_NAMES[Fault(code)] if code in set(Fault) else _HAZARDS.get(code, code))
        for code in failed.faults
    ]
    return ("、" if tones.in_chinese() else ", ").join(named)


def _title(failed: Nonconformity, balance: queries.Balance) -> str:
    state = NonconformityState(failed.state)
    if state is NonconformityState.CLOSED:
        return gettext("Closed: every unit is accounted for")
    if state is NonconformityState.LIFTED:
        return gettext("Lifted: the goods conform after all")
    if state is NonconformityState.UNDER_REVIEW:
        return gettext("Under re-inspection; disposals wait for its result")
    if balance.left is None:
        return gettext("The quantity is not known; nothing can be disposed of yet")
    if balance.left:
        return gettext("%(quantity)s still to be decided about") % {
            "quantity": _amount(balance.left, failed)
        }
    return gettext("Everything is decided about; proofs are due")


def _facts(failed: Nonconformity) -> Sequence[tuple[Any, Any]]:
    line = failed.line
    return (
        (gettext("Goods"), words.declared(line.goods) if line.goods else line.hs_code),
        (gettext("Fails in"), faults(failed)),
        (gettext("Lot"), line.lot),
        (gettext("Seal"), line.seal),
        (gettext("Container or vehicle"), line.container),
    )


def _parts(failed: Nonconformity, balance: queries.Balance) -> Sequence[tuple[Any, Any]]:
    none = gettext("not known")
    return (
        (
            gettext("Failed"),
            none if balance.declared is None else _amount(balance.declared, failed),
        ),
        (gettext("Sorted out and let go"), _amount(balance.released, failed)),
        (gettext("Disposed of, proved"), _amount(balance.proved, failed)),
        (gettext("Disposed of, proof due"), _amount(balance.disposed - balance.proved, failed)),
        (
            gettext("Still to be decided about"),
            none if balance.left is None else _amount(balance.left, failed),
        ),
    )


def _row(one: Disposal, failed: Nonconformity) -> DisposalRow:
    return DisposalRow(
        disposal=one,
        kind=DISPOSAL_NAMES[DisposalKind(one.kind)],
        quantity=_amount(one.quantity, failed),
        proof=PROOFS.get(one.proof),
    )


def _amount(quantity: Any, failed: Nonconformity) -> str:
    return numbers.quantity(quantity, str(words.UNITS.get(failed.unit or "", failed.unit or "")))
