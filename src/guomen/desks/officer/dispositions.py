"""Addresses of goods that failed, of certificates, and of signed messages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.officer.views import certificates, failures, messages

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
    path("messages/", messages.listed, name="messages"),
    path("messages/send/", messages.send, name="message-send"),
    path("messages/send-due/", messages.send_waiting, name="messages-send-due"),
    path("messages/received/", messages.received, name="messages-received"),
    path("messages/take-in/", messages.take_in, name="message-take-in"),
    path("messages/<str:number>/", messages.one, name="message"),
    path("messages/<str:number>/file/", messages.download, name="message-file"),
    path("messages/received/<int:pk>/", messages.one_received, name="message-received"),
    path(
        "messages/received/<int:pk>/file/", messages.download_received, name="message-received-file"
    ),
]
