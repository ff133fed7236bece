"""How licences, reviews, appeals and filings look: code to colour, icon and word."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy

from guomen.core.text import Text
from guomen.desks.components.tones import Tone, Words, drawn, lazily
from guomen.journeys.access.holdings import OVER, VALID
from guomen.journeys.access.rooms import ENDING, EXPIRED
from guomen.rulebooks import access, licensing, places
from guomen.rulebooks.commodities import GROUP_NAMES
from guomen.supervision.filings import lifecycle as filings
from guomen.supervision.licences.lifecycle import (
    APPEAL_STATE_NAMES,
    MOVE_NAMES,
    REVIEW_STATE_NAMES,
    STATE_NAMES,
)
from guomen.supervision.licences.models import (
    AnswerKind,
    Conclusion,
    LicenceKind,
    NoticeKind,
    Occasion,
)
from guomen.supervision.parties.models import (
    ManagementSystem,
    RegistrationState,
    SiteKind,
    TradeRoleKind,
    Transport,
)

_EXPIRED = Text(zh="已到期", en="Expired")
_ENDING = Text(zh="即将到期", en="Ending soon")
LICENCES = drawn(
    {
        "applied": ("gate", "clock"),
        "documents_due": ("amber", "document"),
        "under_review": ("teal", "inspect"),
        "granted": ("jade", "check"),
        ENDING: ("amber", "clock"),
        EXPIRED: ("amber", "hold"),
        "suspended": ("amber", "hold"),
        "refused": ("seal", "cross"),
        "revoked": ("seal", "refuse"),
        "forced_exit": ("seal", "refuse"),
        "lapsed": ("faint", "minus"),
        "withdrawn": ("faint", "left"),
    },
    dict[Any, Text]({EXPIRED: _EXPIRED, ENDING: _ENDING}) | dict(STATE_NAMES),
)
REVIEWS = drawn(
    {
        "planned": ("gate", "clock"),
        "under_way": ("teal", "inspect"),
        "concluded": ("slate", "document"),
        "dropped": ("faint", "minus"),
    },
    REVIEW_STATE_NAMES,
)
APPEALS = drawn(
    {
        "filed": ("gate", "clock"),
        "stayed": ("amber", "hold"),
        "upheld": ("jade", "check"),
        "dismissed": ("slate", "document"),
        "withdrawn": ("faint", "left"),
    },
    APPEAL_STATE_NAMES,
)
FILINGS = drawn(
    {
        "filed": ("gate", "clock"),
        "returned": ("amber", "turn"),
        "accepted": ("jade", "check"),
        "replaced": ("faint", "minus"),
        "withdrawn": ("faint", "left"),
    },
    filings.STATE_NAMES,
)
CERTIFICATES = drawn(
    {VALID: ("jade", "check"), ENDING: ("amber", "clock"), OVER: ("faint", "minus")},
    {VALID: Text(zh="有效", en="Valid"), ENDING: _ENDING, OVER: Text(zh="已到期", en="Over")},
)
CONCLUSIONS: Mapping[str, Tone] = MappingProxyType(
    {
        "pass": Tone(colour="jade", icon="check", word=Conclusion.PASS.label),
        "correct": Tone(colour="amber", icon="warning", word=Conclusion.CORRECT.label),
        "fail": Tone(colour="seal", icon="cross", word=Conclusion.FAIL.label),
    }
)
REGISTRATIONS: Mapping[str, Tone] = MappingProxyType(
    {
        "active": Tone(colour="jade", icon="check", word=RegistrationState.ACTIVE.label),
        "dormant": Tone(colour="slate", icon="hold", word=RegistrationState.DORMANT.label),
        "merged": Tone(colour="faint", icon="turn", word=RegistrationState.MERGED.label),
        "deregistered": Tone(
            colour="faint", icon="minus", word=RegistrationState.DEREGISTERED.label
        ),
    }
)
NEEDS: Mapping[str, Tone] = MappingProxyType(
    {
        "met": Tone(colour="jade", icon="check", word=gettext_lazy("In order")),
        "not_met": Tone(colour="seal", icon="cross", word=gettext_lazy("Not possible like this")),
        "needed": Tone(colour="gate", icon="document", word=gettext_lazy("Needed")),
        "depends": Tone(colour="amber", icon="question", word=gettext_lazy("It depends")),
        "held": Tone(colour="jade", icon="check", word=gettext_lazy("Held")),
        "missing": Tone(colour="seal", icon="cross", word=gettext_lazy("Not held")),
    }
)
TABLES: Mapping[str, Mapping[str, Tone]] = MappingProxyType(
    {
        "licence": LICENCES,
        "review": REVIEWS,
        "appeal": APPEALS,
        "filing": FILINGS,
        "certificate": CERTIFICATES,
        "conclusion": CONCLUSIONS,
        "registration": REGISTRATIONS,
        "need": NEEDS,
    }
)

# Codes to words, for cells and choices.
WORDS: Mapping[str, Mapping[str, Words]] = MappingProxyType(
    {
        "kind": dict(LicenceKind.choices),
        "role": dict(TradeRoleKind.choices),
        "site": dict(SiteKind.choices),
        "country": {code: lazily(text) for code, text in places.countries().items()},
        "group": {str(group): lazily(text) for group, text in GROUP_NAMES.items()},
        "transport": dict(Transport.choices),
        "system": dict(ManagementSystem.choices),
        "occasion": dict(Occasion.choices),
        "answer": dict(AnswerKind.choices),
        "notice": dict(NoticeKind.choices),
        "move": {move.value: lazily(text) for move, text in MOVE_NAMES.items()},
        "reason": {code: lazily(text) for code, text in licensing.REASONS.items()},
        "document": {code: lazily(text) for code, text in licensing.DOCUMENTS.items()},
        "effect": {e.value: lazily(text) for e, text in licensing.EFFECT_NAMES.items()},
        "supply": {k.value: lazily(text) for k, text in access.KIND_NAMES.items()},
        "holder": {h.value: lazily(text) for h, text in access.HOLDER_NAMES.items()},
    }
)


def chosen(table: str, *, empty: Words) -> list[tuple[str, Words]]:
    """Return a table of words as the choices of a field that may stay empty."""
    return [("", empty), *WORDS[table].items()]
