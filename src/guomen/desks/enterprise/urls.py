"""Addresses of this desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.enterprise.views import actions, goods

app_name = "enterprise"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", goods.home, name="home"),
    path("new/", actions.lodge, name="lodge"),
    path("file/", actions.send_file, name="file"),
    path("consignments/<str:reference>/", goods.one, name="consignment"),
    path("consignments/<str:reference>/lines/<int:number>/<str:move>/", actions.act, name="act"),
]
