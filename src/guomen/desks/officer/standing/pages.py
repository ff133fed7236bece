"""Addresses of class, credit and blacklist at the desk of officers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.officer.standing import (
    actions,
    classes,
    kept,
    partners,
    previews,
    products,
    views,
)

pages: list[URLPattern | URLResolver] = [
    path("credit/", views.levels, name="credit"),
    path("standing/<str:room>/export/", kept.export, name="standing-export"),
    path("standing/<str:room>/saved/", kept.save, name="standing-save"),
    path("credit/rate/", views.close_cycle, name="credit-rate"),
    path("credit/files/<str:reference>/", views.credit_file, name="credit-file"),
    path("credit/act/<str:kind>/<str:key>/<str:name>/", actions.act, name="credit-act"),
    path("credit/disputes/", views.disputes, name="disputes"),
    path("credit/blacklist/", views.blacklist, name="blacklist"),
    path("credit/again/", views.reconsider, name="reconsider"),
    path("credit/again/<int:pk>/", views.decide_again, name="decide-again"),
    path("credit/ratings-hold/", views.monotonicity, name="monotonicity"),
    path("credit/partners/", partners.received, name="partners"),
    path("credit/partners/new/", partners.take_in, name="take-in"),
    path("credit/partners/<int:pk>/", partners.partner_file, name="partner-file"),
    path("credit/partners/<int:pk>/rejected/", previews.rejected, name="partner-rejected"),
    path("credit/partners/seen/<int:pk>/", previews.seen, name="partner-seen"),
    path(
        "credit/partners/seen/<int:pk>/rejected/",
        previews.seen_rejected,
        name="partner-seen-rejected",
    ),
    path("credit/partners/seen/<int:pk>/decide/", previews.decide, name="partner-decide"),
    path("credit/partners/rows/<int:pk>/", partners.settle, name="settle-row"),
    path("classes/", classes.classes, name="classes"),
    path("classes/due/", classes.due, name="classes-due"),
    path("classes/assessments/", classes.under_way, name="assessments"),
    path("classes/assessments/<int:pk>/", classes.assessment, name="assessment"),
    path("classes/assessments/<int:pk>/<str:name>/", classes.move, name="assessment-move"),
    path("classes/products/", products.levels, name="product-risks"),
    path("classes/products/<str:prefix>/", products.product, name="product-risk"),
    path("classes/products/<str:prefix>/assess/", products.assess, name="product-assess"),
    path("classes/products/proposals/<int:pk>/<str:name>/", products.decide, name="product-decide"),
    path("classes/files/<str:reference>/", classes.class_file, name="class-file"),
    path("classes/files/<str:reference>/assess/", classes.begin, name="assess"),
]
