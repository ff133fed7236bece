"""Addresses of goods that failed, and of certificates."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.officer.views import certificates, failures

_FAILED = "failed/<str:reference>/"
_PAPER = "certificates/<str:number>/"
pages: list[URLPattern | URLResolver] = [
    path("failed/", failures.listed, name="nonconformities"),
    path(_FAILED, failures.one, name="nonconformity"),
    path(_FAILED + "choose/", failures.choose, name="failed-choose"),
    path(_FAILED + "sort/", failures.sort, name="failed-sort"),
    path(_FAILED + "credit/", failures.credit, name="failed-credit"),
    path(_FAILED + "disposals/<int:pk>/<str:move>/", failures.carry_on, name="failed-disposal"),
    path(_FAILED + "uphold/<str:review>/", failures.uphold, name="failed-uphold"),
    path("certificates/", certificates.listed, name="certificates"),
    path("certificates/new/", certificates.draft, name="certificate-new"),
    path(_PAPER, certificates.one, name="certificate"),
    path(_PAPER + "pdf/<str:language>/", certificates.download, name="certificate-pdf"),
    path(_PAPER + "<str:move>/", certificates.carry_on, name="certificate-move"),
]
