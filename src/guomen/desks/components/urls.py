"""Addresses that belong to no desk."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from guomen.desks.components import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("my-desk/", views.home, name="home"),
    path("look-up/<str:kind>/", views.look_up, name="look-up"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
