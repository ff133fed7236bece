"""The form with which people sign in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils.translation import gettext_lazy


class SignInForm(AuthenticationForm):
    """Name and password; accounts of a scenario sign in to a demonstration only."""

    def confirm_login_allowed(self, user: User) -> None:
        """
        Let an active account in.

        :raises ValidationError: the account is closed, or of a scenario and this is in earnest
        """
        super().confirm_login_allowed(user)
        if _is_of_a_scenario(user) and not settings.GUOMEN_DEMO:
            raise ValidationError(
                gettext_lazy(
                    "This is a demonstration account; it does not open this installation. "
                    "Sign in with the account that your agency gave you."
                ),
                code="demonstration",
            )


def _is_of_a_scenario(user: User) -> bool:
    return any(_demonstration(user, role) for role in ("officer", "representative"))


def _demonstration(user: User, role: str) -> bool:
    try:
        return bool(getattr(user, role).demonstration)
    except ObjectDoesNotExist:
        return False
