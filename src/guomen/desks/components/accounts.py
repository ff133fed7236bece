"""The demonstration accounts that the sign-in page lists, in demonstration mode only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.utils.translation import get_language

from guomen.core.text import Text
from guomen.scenarios.zhuhai2012.accounts import PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationAccount:
    """One account of the scenario: whose it is, what its desk shows, and how to sign in."""

    username: str
    password: str
    shows: str
    place: Text


# Where a first visitor begins: who decides, who examines, who inspects, who audits, who declares.
BEGIN = (
    "director",
    "examiner.gongbei",
    "inspector.gongbei",
    "sampler.gongbei",
    "analyst.food",
    "approver.food",
    "auditor",
    "firm.meat",
)


def to_begin_with() -> tuple[DemonstrationAccount, ...]:
    """Return the few accounts with which a first visitor sees most."""
    known = {account.username: account for account in (*of_officers(), *of_enterprises())}
    return tuple(known[name] for name in BEGIN if name in known)


def of_officers() -> tuple[DemonstrationAccount, ...]:
    """Return the accounts of officers; none outside a demonstration."""
    return tuple(_officers()) if settings.GUOMEN_DEMO else ()


def of_enterprises() -> tuple[DemonstrationAccount, ...]:
    """Return the accounts of people of enterprises; none outside a demonstration."""
    return tuple(_representatives()) if settings.GUOMEN_DEMO else ()


def _officers() -> Iterator[DemonstrationAccount]:
    rows = apps.get_model("agencies", "Officer").objects.filter(demonstration=True)
    for row in rows.select_related("user", "agency").prefetch_related("roles_held"):
        yield DemonstrationAccount(
            username=row.user.get_username(),
            password=PASSWORD,
            shows=_listed(str(held.get_role_display()) for held in row.roles_held.all()),
            place=Text(zh=row.agency.name_zh, en=row.agency.name_en),
        )


def _representatives() -> Iterator[DemonstrationAccount]:
    rows = apps.get_model("parties", "Representative").objects.filter(demonstration=True)
    for row in rows.select_related("user", "enterprise"):
        yield DemonstrationAccount(
            username=row.user.get_username(),
            password=PASSWORD,
            shows="",
            place=Text(zh=row.enterprise.name_zh, en=row.enterprise.name_en),
        )


def _listed(words: Iterable[str]) -> str:
    chinese = (get_language() or "zh").startswith("zh")
    return ("、" if chinese else ", ").join(words)
