"""Pages that belong to no desk: signing in and out, the way to one's own desk, the style guide."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_safe

from guomen.desks.components import accounts, samples, tones
from guomen.desks.components.consignments import lookups
from guomen.desks.components.forms import SignInForm
from guomen.desks.components.signing import signed_in


class SignIn(LoginView):
    """The sign-in page, with the demonstration accounts in a demonstration."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the accounts of a demonstration."""
        listed = {
            "begin": accounts.to_begin_with(),
            "officers": accounts.of_officers(),
            "enterprises": accounts.of_enterprises(),
        }
        return super().get_context_data(**kwargs) | listed


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the desk of whoever signed in."""
    officer = hasattr(request.user, "officer")
    return HttpResponseRedirect(reverse("officer:today" if officer else "enterprise:home"))


@signed_in
@require_safe
def look_up(request: HttpRequest, kind: str) -> HttpResponse:
    """Suggest codes of a register for what was typed so far, as options of a list."""
    typed = str(next(iter(request.GET.values()), ""))
    found = lookups.suggestions(kind, typed, user_id=request.user.pk or 0)
    if found is None:
        raise Http404
    chinese = tones.in_chinese()
    options = ((code, zh if chinese else en) for code, zh, en in found)
    return HttpResponse(
        format_html_join("", '<option value="{}">{} {}</option>', ((c, c, n) for c, n in options))
    )


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every part with sample values, in a demonstration only."""
    if not settings.GUOMEN_DEMO:
        raise Http404
    return render(request, "components/styleguide.html", samples.styleguide(request))
