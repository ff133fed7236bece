"""Addresses of the room of access."""

from __future__ import annotations

from django.urls import URLPattern, path

from guomen.desks.officer.registry import (
    amendments,
    files,
    imports,
    interests,
    keeping,
    standing,
    views,
)

_ACCESS = "access/"
_HELD = _ACCESS + "held/<str:kind>/"
_LICENCE = _ACCESS + "file/<str:number>/"
_ENTERPRISE = _ACCESS + "enterprise/<str:reference>/"
pages: list[URLPattern] = [
    path(_ACCESS, views.home, name="access"),
    path(_ACCESS + "list/<str:room>/", views.listed, name="register"),
    path(_ACCESS + "list/<str:room>/export/", views.export, name="register-export"),
    path(_ACCESS + "list/<str:room>/saved/", views.save_view, name="save-view"),
    path(_ACCESS + "map/", views.sites_map, name="map"),
    path(_ACCESS + "site/<str:number>/", views.site, name="site"),
    path(_HELD + "<int:pk>/", amendments.one, name="holding"),
    path(_HELD + "<int:pk>/edit/", amendments.edit, name="holding-edit"),
    path(_HELD + "<int:pk>/act/", amendments.act, name="holding-act"),
    path(_HELD + "new/<str:owner>/", amendments.enter, name="holding-new"),
    path(_ACCESS + "requests/", amendments.requests, name="change-requests"),
    path(_ACCESS + "requests/<str:number>/", amendments.asked, name="change-request"),
    path(
        _ACCESS + "requests/<str:number>/decide/", amendments.decide, name="change-request-decide"
    ),
    path(_ACCESS + "enterprise-new/", views.enter, name="enterprise-new"),
    path(_ENTERPRISE, views.enterprise, name="enterprise"),
    path(_ENTERPRISE + "edit/", views.edit, name="enterprise-edit"),
    path(_ENTERPRISE + "register/", standing.change, name="enterprise-standing"),
    path(_ENTERPRISE + "check/", views.check, name="filing-check"),
    path(_LICENCE, files.licence, name="licence"),
    path(_LICENCE + "plan/", files.plan, name="review-plan"),
    path(_LICENCE + "move/<str:move>/", files.move_licence, name="licence-move"),
    path(_ACCESS + "act/<int:pk>/", files.decide, name="licence-decide"),
    path(_ACCESS + "appeal/<int:pk>/", files.decide_appeal, name="appeal-decide"),
    path(_ACCESS + "review/<str:number>/", files.review, name="review"),
    path(_ACCESS + "campaigns/", files.campaigns, name="review-campaigns"),
    path(_ACCESS + "campaigns/new/", files.open_campaign, name="review-campaign-new"),
    path(_ACCESS + "campaigns/<str:number>/", files.campaign, name="review-campaign"),
    path(_ACCESS + "filing/<str:number>/", keeping.one_filing, name="filing"),
    path(_ACCESS + "filing/<str:number>/decide/", keeping.decide_filing, name="filing-decide"),
    path(_ACCESS + "gaps/", keeping.gaps, name="filing-gaps"),
    path(_ACCESS + "duplicates/", keeping.duplicates, name="duplicates"),
    path(_ACCESS + "duplicates/sweep/", keeping.sweep, name="duplicates-sweep"),
    path(_ACCESS + "duplicates/<int:pk>/", keeping.decide_pair, name="pair-decide"),
    path(_ACCESS + "merges/<int:pk>/undo/", keeping.part, name="merge-undo"),
    path(_ACCESS + "imports/", imports.imports, name="imports"),
    path(_ACCESS + "imports/<str:number>/", imports.one, name="import"),
    path(_ACCESS + "imports/<str:number>/rejected/", imports.rejected, name="import-rejected"),
    path(_ACCESS + "imports/<str:number>/decide/", imports.decide, name="import-decide"),
    path(_ACCESS + "interests/", interests.listed, name="interests"),
    path(_ACCESS + "interests/<int:pk>/end/", interests.end, name="interest-end"),
    path(_ACCESS + "sign-ups/", keeping.sign_ups, name="sign-ups"),
    path(_ACCESS + "sign-ups/<int:pk>/", keeping.decide_sign_up, name="sign-up-decide"),
]
