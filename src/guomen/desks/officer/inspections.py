"""Addresses of work orders, of an inspector's day, and of what a phone sends."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.officer.views import my_day, orders, phone

_ORDER = "orders/<str:reference>/"
_MINE = "my-day/<str:reference>/"
pages: list[URLPattern | URLResolver] = [
    path("orders/", orders.listed, name="orders"),
    path("orders/plan/", orders.plan, name="orders-plan"),
    path("orders/draw/", orders.draw, name="orders-draw"),
    path(_ORDER, orders.one, name="order"),
    path(_ORDER + "give/", orders.give, name="order-give"),
    path("my-day/", my_day.mine, name="my-day"),
    path("my-day/worker.js", phone.worker, name="my-day-worker"),
    path("my-day/sync/", phone.sync, name="my-day-sync"),
    path("my-day/photos/<str:client_id>/", phone.photo, name="photo"),
    path(_MINE, my_day.work, name="my-order"),
    path(_MINE + "save/", my_day.save, name="my-order-save"),
    path(_MINE + "photos/", phone.send_photo, name="my-order-photo"),
    path(_MINE + "complete/", my_day.complete, name="my-order-complete"),
    path(_MINE + "examine-late/", my_day.examine_late, name="my-order-examine-late"),
    path(_MINE + "forgo/", my_day.forgo, name="my-order-forgo"),
    path(_MINE + "conflicts/<int:pk>/", my_day.choose, name="my-order-choose"),
]
