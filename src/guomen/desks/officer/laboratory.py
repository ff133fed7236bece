"""Addresses of samplers, analysts and approvers at this desk."""

from __future__ import annotations

from django.urls import path

from guomen.desks.officer.views import bench, laboratory_lists, samples

_SAMPLE = "samples/<str:reference>/"
_TEST = _SAMPLE + "tests/<int:test>/"
_RUN = "bench/runs/<str:reference>/"
pages = [
    path("samples/", samples.listed, name="samples"),
    path("samples/export/", laboratory_lists.samples, name="samples-export"),
    path("samples/take/<str:reference>/<int:number>/", samples.take, name="take-sample"),
    path(_SAMPLE, samples.one, name="sample"),
    path(_SAMPLE + "label.pdf", samples.label, name="sample-label"),
    path(_TEST + "correct/", samples.correct, name="correct-result"),
    path(_TEST + "counter/", samples.counter, name="counter-analysis"),
    path(_SAMPLE + "<str:name>/", samples.step, name="sample-step"),
    path("bench/", bench.listed, name="bench"),
    path("bench/export/", laboratory_lists.tests, name="bench-export"),
    path("bench/scope/", laboratory_lists.scope, name="bench-scope"),
    path("bench/runs/", bench.open_run, name="open-run"),
    path(_RUN, bench.run, name="run"),
    path(_RUN + "void/", bench.void, name="void-run"),
    path(_RUN + "import/", bench.import_file, name="run-import"),
    path("bench/approvals/", bench.approvals, name="approvals"),
    path("bench/approvals/decide/", bench.decide, name="decide-results"),
    path("bench/controls/", bench.controls, name="bench-controls"),
]
