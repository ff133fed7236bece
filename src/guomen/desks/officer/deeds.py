"""What is offered for many records at once: who may, in which words, on which list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.urls import reverse
from django.utils.translation import gettext_lazy

from guomen.desks.components.tones import Words
from guomen.desks.officer.access import Desk
from guomen.desks.officer.permissions import Move
from guomen.journeys.many import Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One deed as a list offers it; ``at`` is the address of the list."""

    needs: Move
    word: Words
    at: tuple[str, ...]

    def back(self, query: str) -> str:
        """Return the address of the list as it was looked at."""
        name, *given = self.at
        return reverse(name, args=given) + (f"?{query}" if query else "")


LICENCES, CLASSES = ("officer:register", "licences"), ("officer:classes-due",)
GAPS = ("officer:filing-gaps",)
OFFERS: Mapping[Deed, Offer] = MappingProxyType(
    {
        Deed.REMIND_LICENCE: Offer(
            needs=Move.DECIDE_ACCESS, word=gettext_lazy("Remind of renewal"), at=LICENCES
        ),
        Deed.PLAN_REVIEW: Offer(
            needs=Move.DECIDE_ACCESS, word=gettext_lazy("Plan a yearly review"), at=LICENCES
        ),
        Deed.REMIND_CLASS: Offer(
            needs=Move.ASSESS, word=gettext_lazy("Tell that the class ends"), at=CLASSES
        ),
        Deed.BEGIN_ASSESSMENT: Offer(
            needs=Move.ASSESS, word=gettext_lazy("Begin the assessment"), at=CLASSES
        ),
        Deed.REMIND_FILING: Offer(
            needs=Move.DECIDE_ACCESS, word=gettext_lazy("Ask for the filing"), at=GAPS
        ),
        Deed.REMIND_STATEMENT: Offer(
            needs=Move.DECIDE_ACCESS, word=gettext_lazy("Ask for the signature"), at=GAPS
        ),
    }
)


def offered(desk: Desk, *at: str) -> list[tuple[str, Words]]:
    """Return the deeds that a list offers to an officer, with their words."""
    return [
        (deed.value, offer.word)
        for deed, offer in OFFERS.items()
        if offer.at == at and offer.needs in desk.moves
    ]
