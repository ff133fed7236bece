"""What waits for the officer, across all rooms: one page, by what the roles allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from guomen.desks.components import numbers, tones
from guomen.desks.components.tones import Words
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry.lists import reach_of
from guomen.journeys import inbox
from guomen.journeys.inbox import Item, Waits

_Address = Callable[[Item], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a list is dealt with: who may, its words, the page of one item, the page of all."""

    needs: Move
    word: Words
    one: _Address
    everything: str


def _at(name: str) -> _Address:
    return lambda item: reverse(name, args=[item.key])


def _on(name: str) -> _Address:
    return lambda item: reverse(name)


def _place(needs: Move, word: Words, one: _Address, everything: str) -> Place:
    return Place(needs=needs, word=word, one=one, everything=everything)


PLACES: Mapping[Waits, Place] = MappingProxyType(
    {
        Waits.OVERRIDE: _place(
            Move.APPROVE,
            gettext_lazy("Overrides for a second person"),
            _at("officer:declaration"),
            "officer:today",
        ),
        Waits.LATE_RECORD: _place(
            Move.ASSIGN,
            gettext_lazy("Records that came after their order was closed"),
            _at("officer:order"),
            "officer:orders",
        ),
        Waits.CONFLICT: _place(
            Move.INSPECT,
            gettext_lazy("Two answers to one check: choose"),
            _at("officer:my-order"),
            "officer:my-day",
        ),
        Waits.RESULT: _place(
            Move.APPROVE_RESULTS,
            gettext_lazy("Laboratory results to approve"),
            _at("officer:sample"),
            "officer:approvals",
        ),
        Waits.CERTIFICATE: _place(
            Move.CERTIFY,
            gettext_lazy("Certificates to sign"),
            _at("officer:certificate"),
            "officer:certificates",
        ),
        Waits.REVOCATION: _place(
            Move.REVOKE,
            gettext_lazy("Certificates to revoke or keep"),
            _at("officer:certificate"),
            "officer:certificates",
        ),
        Waits.SIGNAL: _place(
            Move.JUDGE_SIGNAL,
            gettext_lazy("Signals to look into"),
            _at("officer:signal"),
            "officer:risk",
        ),
        Waits.APPLICATION: _place(
            Move.DECIDE_ACCESS,
            gettext_lazy("Applications for licences"),
            _at("officer:licence"),
            "officer:access",
        ),
        Waits.ACT: _place(
            Move.APPROVE_ACCESS,
            gettext_lazy("Acts on licences for a second person"),
            _at("officer:licence"),
            "officer:access",
        ),
        Waits.APPEAL: _place(
            Move.APPROVE_ACCESS, gettext_lazy("Appeals"), _at("officer:licence"), "officer:access"
        ),
        Waits.REVIEW: _place(
            Move.REVIEW_SITES,
            gettext_lazy("Reviews past their term"),
            _at("officer:review"),
            "officer:access",
        ),
        Waits.FILING: _place(
            Move.DECIDE_ACCESS,
            gettext_lazy("Filings of additive use"),
            _at("officer:filing"),
            "officer:access",
        ),
        Waits.CHANGE: _place(
            Move.KEEP_REGISTERS,
            gettext_lazy("Requests for changes"),
            _at("officer:change-request"),
            "officer:change-requests",
        ),
        Waits.SIGN_UP: _place(
            Move.KEEP_REGISTERS,
            gettext_lazy("People who ask for an account"),
            _on("officer:sign-ups"),
            "officer:sign-ups",
        ),
        Waits.PAIR: _place(
            Move.KEEP_REGISTERS,
            gettext_lazy("Records that look alike"),
            _on("officer:duplicates"),
            "officer:duplicates",
        ),
        Waits.DISPUTE: _place(
            Move.JUDGE_CREDIT,
            gettext_lazy("Disputes of credit records"),
            _at("officer:credit-file"),
            "officer:disputes",
        ),
        Waits.RECOMMENDATION: _place(
            Move.KEEP_CREDIT,
            gettext_lazy("Applications for AA to recommend"),
            _at("officer:credit-file"),
            "officer:disputes",
        ),
        Waits.MERIT: _place(
            Move.JUDGE_CREDIT,
            gettext_lazy("Applications for AA to decide"),
            _at("officer:credit-file"),
            "officer:disputes",
        ),
        Waits.LISTING: _place(
            Move.DECIDE_LIST,
            gettext_lazy("Blacklist: to tell, to decide, to leave"),
            _at("officer:credit-file"),
            "officer:blacklist",
        ),
        Waits.ASSESSMENT: _place(
            Move.SIGN_CLASS,
            gettext_lazy("Classes to sign"),
            _at("officer:assessment"),
            "officer:assessments",
        ),
        Waits.PRODUCT: _place(
            Move.SIGN_CLASS,
            gettext_lazy("Product risks to approve"),
            _at("officer:product-risk"),
            "officer:product-risks",
        ),
        Waits.RULING: _place(
            Move.REDECIDE,
            gettext_lazy("Rulings to look at again"),
            _on("officer:reconsider"),
            "officer:reconsider",
        ),
    }
)


_Shown = tuple[inbox.Waiting, Place, str, list[tuple[Item, str]]]


def wanted_of(desk: Desk) -> list[Waits]:
    """Return the lists that an officer's roles allow to deal with."""
    return [what for what, place in PLACES.items() if place.needs in desk.moves]


def lists(desk: Desk, wanted: Sequence[Waits]) -> list[_Shown]:
    """Return what waits of some lists for an officer: with its words, its count, its addresses."""
    asker = inbox.Asker(
        by=desk.officer.key, roles=desk.officer.roles, reach=reach_of(desk).at_once()
    )
    return [
        (
            one,
            PLACES[one.what],
            numbers.grouped(one.count) + ("+" if one.more else ""),
            [(item, PLACES[one.what].one(item)) for item in one.items],
        )
        for one in inbox.waiting(asker, wanted)
    ]


@at_desk()
@require_safe
def waiting(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what waits for this officer, late lists first."""
    wanted = wanted_of(desk)
    found = lists(desk, wanted)
    context = {
        "desk": desk,
        "title": _sentence([one for one, *_ in found]),
        "lists": found,
        "may_any": bool(wanted),
    }
    return render(request, "officer/inbox.html", context)


def _sentence(found: Sequence[inbox.Waiting]) -> str:
    count, late = sum(one.count for one in found), sum(one.late for one in found)
    if not count:
        return gettext("Nothing waits for your decision")
    more = "+" if any(one.more for one in found) else ""
    shown = {"n": numbers.grouped(count) + more}
    said = ngettext("%(n)s thing waits for you", "%(n)s things wait for you", count) % shown
    if not late:
        return said
    over = ngettext("%(n)s is late", "%(n)s are late", late) % {"n": numbers.grouped(late)}
    return said + ("，" if tones.in_chinese() else "; ") + over
