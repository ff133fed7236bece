"""What a journey about an enterprise's standing refused, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import tones
from guomen.desks.components.tones import Words

SENTENCES: Mapping[str, Words] = MappingProxyType(
    {
        "agencies.conflict_of_interest": gettext_lazy(
            "You have declared an interest in this enterprise, or assessed it: a colleague "
            "without one decides."
        ),
        "agencies.same_person": gettext_lazy(
            "You acted in this case already: it needs a second person. Ask a colleague who has "
            "the right."
        ),
        "standing.not_at_bureau": gettext_lazy(
            "This is decided at the bureau: hand it to a colleague there who has the right."
        ),
        "standing.reason_missing": gettext_lazy(
            "Give the reason in words: the enterprise reads it."
        ),
        "credit.changed_meanwhile": gettext_lazy(
            "Somebody changed this file while you were writing. Look at it again; what you typed "
            "is kept, and sending again counts."
        ),
        "classification.changed_meanwhile": gettext_lazy(
            "Somebody changed this assessment while you were writing. Look at it again; what you "
            "typed is kept, and sending again counts."
        ),
        "classification.closed": gettext_lazy(
            "This assessment was submitted: have it returned before its scores are changed."
        ),
        "classification.refused": gettext_lazy(
            "Score every element and name its evidence before submitting."
        ),
        "classification.score-out-of-range": gettext_lazy(
            "A score lies outside its scale: 0 to 100, and -10 to 10 for other factors."
        ),
        "credit.record_refused": gettext_lazy(
            "Name the evidence. The act comes first, then the day on which it was established, "
            "and neither lies ahead of today."
        ),
        "credit.no_such_item": gettext_lazy(
            "That item was not in force on the day of the act: choose another item or day."
        ),
        "credit.no_file": gettext_lazy("This enterprise has no credit file yet: open one first."),
        "credit.award_refused": gettext_lazy(
            "Level AA cannot be had as things stand: it is applied for from level A, once at a "
            "time, and every condition that is known must be met."
        ),
        "blacklist.refused": gettext_lazy(
            "This cannot be done yet: the enterprise may still state its case, or must stay "
            "listed for its time, or the act is no ground for the list."
        ),
        "partners.seen_otherwise": gettext_lazy(
            "What is on file changed since you looked at this file. Nothing was taken in; this is "
            "how it stands now."
        ),
        "lifecycle.move-refused": gettext_lazy(
            "Somebody was quicker: from where it stands now this cannot be done. Look at it again."
        ),
    }
)


def said(error: GuomenError) -> str:
    """Return what was refused and what to do; an error outside the table speaks for itself."""
    says = getattr(error, "says", None)
    if isinstance(says, Text):
        return tones.said(says)
    return str(SENTENCES.get(error.code, str(error)))
