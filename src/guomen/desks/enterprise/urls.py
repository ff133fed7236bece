"""Addresses of this desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.enterprise.views import (
    actions,
    filings,
    goods,
    holdings,
    jobs,
    licences,
    papers,
    standing,
)

app_name = "enterprise"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", goods.home, name="home"),
    path("new/", actions.lodge, name="lodge"),
    path("file/", actions.send_file, name="file"),
    path("jobs/", jobs.listed, name="jobs"),
    path("jobs/<str:number>/", jobs.one, name="job"),
    path("jobs/<str:number>/rejects/", jobs.rejects, name="job-rejects"),
    path("jobs/<str:number>/cancel/", jobs.cancel, name="job-cancel"),
    path("credit/", standing.credit, name="credit"),
    path("class/", standing.enterprise_class, name="class"),
    path("credit/act/<str:kind>/<str:key>/<str:name>/", standing.act, name="credit-act"),
    path("consignments/<str:reference>/", goods.one, name="consignment"),
    path("consignments/<str:reference>/lines/<int:number>/<str:move>/", actions.act, name="act"),
    path("licences/", licences.licences, name="licences"),
    path("licences/apply/", licences.apply, name="apply"),
    path("licences/one/<str:number>/", licences.licence, name="licence"),
    path("licences/one/<str:number>/act/", licences.act, name="licence-act"),
    path("register/", holdings.listed, name="holdings"),
    path("register/requests/<str:number>/withdraw/", holdings.withdraw, name="request-withdraw"),
    path("register/<str:kind>/new/", holdings.new, name="holding-new"),
    path("register/<str:kind>/<int:pk>/", holdings.one, name="holding"),
    path("register/<str:kind>/<int:pk>/change/", holdings.change, name="holding-change"),
    path("licences/notices/<str:number>/", licences.notice, name="notice"),
    path("filings/", filings.filings, name="filings"),
    path("filings/additives/", filings.additives, name="additives"),
    path("filings/report/<str:what>/", filings.report, name="report"),
    path("filings/farm/<str:number>/", filings.farm, name="farm"),
    path("failed/", papers.failed, name="failed"),
    path("failed/<str:reference>/", papers.one, name="case"),
    path("failed/<str:reference>/choose/", papers.choose, name="case-choose"),
    path("failed/<str:reference>/ask/", papers.ask, name="case-ask"),
    path("certificates/", papers.certificates, name="certificates"),
    path("certificates/<str:number>/", papers.certificate, name="certificate"),
    path("certificates/<str:number>/pdf/<str:language>/", papers.download, name="certificate-pdf"),
]
