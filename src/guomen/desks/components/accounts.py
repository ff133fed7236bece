"""The demonstration accounts that the sign-in page lists, in demonstration mode only."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from guomen.core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationAccount:
    """One account of the scenario, and what its desk shows."""

    username: str
    password: str
    role: Text
    agency: Text


_accounts: list[DemonstrationAccount] = []


def offer(*accounts: DemonstrationAccount) -> None:
    """Name accounts for the sign-in page; called once by the scenario's own module at start-up."""
    _accounts.extend(account for account in accounts if account not in _accounts)


def listed() -> tuple[DemonstrationAccount, ...]:
    """Return the accounts to show."""
    return tuple(_accounts) if getattr(settings, "GUOMEN_DEMO", False) else ()
