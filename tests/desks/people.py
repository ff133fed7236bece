"""People at the desks, in the small bureau of ``tests.journeys.builders``."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.test import Client
from tests.journeys import builders

from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies.models import Agency, Officer, Role
from guomen.supervision.parties.models import Enterprise, Representative


def officer(name: str, *roles: Role, agency: str = builders.BUREAU) -> Officer:
    """Return an officer of an agency who holds roles."""
    made = Officer.objects.create(
        key=f"OFC-{Officer.objects.count() + 1:04d}",
        user=get_user_model().objects.create_user(name),
        agency=Agency.objects.get(code=agency),
        name_zh=f"官{name}",
        name_en=name.title(),
        demonstration=True,
    )
    for role in roles:
        agencies.give_role(made, role, on=builders.FOUNDED, at=builders.RECORDED)
    return made


def trader(number: str) -> Representative:
    """Return a person who acts for an enterprise."""
    return Representative.objects.create(
        key=f"REP-{number[-6:]}",
        user=get_user_model().objects.create_user(f"firm.{number[-6:]}"),
        enterprise=Enterprise.objects.get(uscc=number),
        name_zh="商",
        name_en="Trader",
        demonstration=True,
    )


def signed_in(person: Officer | Representative, language: str = "en") -> Client:
    """Return a client in which a person is signed in."""
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client
