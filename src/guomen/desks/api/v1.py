"""The first version of the API: routers, authentication, and errors as plain values."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from guomen.core.errors import GuomenError
from guomen.desks.api import (
    answers,
    conformity,
    credit,
    declarations,
    messages,
    proofs,
    published,
    sampling,
    tokens,
)
from guomen.desks.api.callers import BySession, ByToken

api = NinjaAPI(
    title="Guomen",
    version="1",
    description="Declarations in, explained rulings out. See docs/api.md.",
    auth=[ByToken(), BySession()],
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api-1",
)
api.add_router("/declarations", declarations.router)
api.add_router("/tokens", tokens.router)
api.add_router("/sampling", sampling.router)
api.add_router("/conformity", conformity.router)
api.add_router("/credit", credit.router)
api.add_router("/messages", messages.router)
api.add_router("", published.router)
api.add_router("", proofs.router)


@api.exception_handler(GuomenError)
def _refused(request: HttpRequest, error: GuomenError) -> HttpResponse:
    return api.create_response(request, answers.error(error), status=answers.status_of(error))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    del error
    body = {"error": {"code": "api.too-big", "says": "The body is too big; send it in parts."}}
    return api.create_response(request, body, status=413)
