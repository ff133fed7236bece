"""Who acts on a licence or an enterprise, and who may not because of a tie. Not for roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from guomen.journeys.access.errors import AccessError
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.licences.models import Licence, Review
from guomen.supervision.parties.models import Enterprise, Representative

ZONE = "Asia/Shanghai"
MAINLAND = "mainland"


class TiedError(AccessError):
    """Whoever decides has a tie to the enterprise, or assessed it."""

    code: ClassVar[str] = "access.tied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An officer or a person of an enterprise, at a moment; ``by`` is the pseudonymous key."""

    by: str
    at: datetime
    zone: str = ZONE

    @property
    def day(self) -> date:
        """Return the day that it is where the actor works."""
        return self.at.astimezone(ZoneInfo(self.zone)).date()


def refuse_tied(actor: Actor, enterprises: Iterable[Enterprise | None]) -> None:
    """
    Refuse that somebody decides about an enterprise to which a tie is on record.

    :raises TiedError: if the actor is a party, a relative, or a person of the enterprise
    """
    keys = [enterprise.pk for enterprise in enterprises if enterprise is not None]
    ties = (
        agencies.interests_of(actor.by, key, on=actor.day, known=actor.at)
        for key in dict.fromkeys(keys)
    )
    if any(ties) or _acts_for(actor, keys):
        raise TiedError(
            "you have a tie to this enterprise on record, so a colleague must decide",
            zh="您与该企业有已登记的回避关系，应由其他同事决定",
            officer=actor.by,
        )


def _acts_for(actor: Actor, enterprises: list[int]) -> bool:
    """Tell whether the actor is also a person of one of the enterprises."""
    return Representative.objects.filter(
        enterprise_id__in=enterprises, user__officer__key=actor.by
    ).exists()


def refuse_assessor(actor: Actor, licence: Licence) -> None:
    """
    Refuse that whoever assessed a holder decides on what follows.

    :raises TiedError: if the actor is an assessor of a review of the licence
    """
    assessors = Review.objects.filter(licence=licence).values_list("assessors", "concluded_by")
    if any(actor.by in keys or actor.by == by for keys, by in assessors):
        raise TiedError(
            "you assessed this enterprise, so a colleague must decide",
            zh="您参加过对该企业的评审，应由其他同事决定",
            officer=actor.by,
        )


def holders(licence: Licence) -> list[Enterprise | None]:
    """Return the enterprises behind a licence: its holder, and the keeper of its site."""
    return [licence.enterprise, licence.site.enterprise if licence.site else None]
