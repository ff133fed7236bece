"""The sampling planner and its sheet: parse, one call, render."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import clock
from guomen.desks.components.planner import curve, sheets
from guomen.desks.components.planner.plan_form import PlanForm
from guomen.journeys import planning, planning_words
from guomen.journeys.planning_ways import Way, ways
from guomen.rulebooks.commodities import BY_CODE, GROUP_NAMES, Group

_LONGEST = 80  # characters of a seed or a reference

EXAMPLES: tuple[tuple[Text, dict[str, str]], ...] = (
    (
        Text(zh="1,200 件 T 恤，连续批", en="1,200 T-shirts of a series"),
        {"lot": "1200", "goods": "6109100000", "history": "normal"},
    ),
    (
        Text(zh="4,800 箱鲜橙，查实蝇", en="4,800 boxes of oranges, fruit flies"),
        {"lot": "4800", "goods": "0805100000", "hazard": "fruit_fly"},
    ),
    (
        Text(zh="40 株果苗，查线虫，方法会漏", en="40 seedlings, an inspection that overlooks"),
        {"lot": "40", "goods": "0602209000", "hazard": "nematodes", "sensitivity": "90"},
    ),
    (
        Text(zh="婴幼儿奶粉，阪崎肠杆菌", en="Infant formula, Cronobacter"),
        {"lot": "3000", "goods": "1901100010", "hazard": "sakazakii"},
    ),
    (
        Text(zh="500 台电饭锅，孤立批", en="500 rice cookers on their own"),
        {"lot": "500", "goods": "8516605000", "purpose": "isolated"},
    ),
)


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """Answer how many units to take from a lot, and why."""
    here = request.resolver_match.namespace if request.resolver_match else ""
    form = _form(request)
    context: dict[str, Any] = {
        "form": form,
        "here": request.path,
        "verdict_url": reverse(f"{here}:verdict"),
        "examples": [(text, f"?{urlencode(asked)}") for text, asked in EXAMPLES],
    }
    if form.is_bound and form.is_valid():
        context |= _answered(request, form)
        context["sheet_url"] = f"{reverse(f'{here}:sampling-sheet')}?{_query(request)}"
    return render(request, "planner/plan.html", context)


@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """Print the plan with the numbers of the units to take."""
    here = request.resolver_match.namespace if request.resolver_match else ""
    back = f"{reverse(f'{here}:sampling')}?{_query(request)}"
    form = _form(request)
    if not form.is_bound or not form.is_valid():
        return HttpResponseRedirect(back)
    seed = request.GET.get("seed", "").strip()[:_LONGEST]
    if not seed:
        query = _query(request, seed=sheets.new_seed())
        return HttpResponseRedirect(f"{request.path}?{query}")
    try:
        found = planning.answer(form.asked())
    except GuomenError:
        return HttpResponseRedirect(back)
    reference = request.GET.get("reference", "").strip()[:_LONGEST]
    numbers = sheets.units(found, seed=seed, reference=reference)
    pages = sheets.pages(numbers)
    context = {
        "answer": found,
        "goods": _goods(found.asked.goods),
        "hazard": planning.hazard_row(found.asked.hazard),
        "seed": seed,
        "reference": reference,
        "pages": pages,
        "numbers": numbers,
        "too_many": not numbers and not found.plan.full_inspection,
        "today": clock.now(),
        "back": back,
        "again": f"{request.path}?{_query(request, without=('seed',))}",
        "kept": [(k, v) for k, v in request.GET.items() if k not in ("reference", "seed") and v],
    }
    return render(request, "planner/sheet.html", context)


def _form(request: HttpRequest) -> PlanForm:
    given = PlanForm.DEFAULTS | {key: value for key, value in request.GET.items() if value}
    return PlanForm(given) if "lot" in request.GET else PlanForm(initial=given)


def _answered(request: HttpRequest, form: PlanForm) -> dict[str, Any]:
    asked = form.asked()
    try:
        found = planning.answer(asked)
    except GuomenError as error:
        return _refused(request, asked, error)
    drawn = curve.draw(found.curve, lot=asked.lot, producer=found.producer, consumer=found.consumer)
    return {
        "answer": found,
        "curve": drawn,
        "ways": [(way, _changed(request, way), _passes(way)) for way in ways(found)],
        "goods": _goods(asked.goods),
        "hazard": planning.hazard_row(asked.hazard),
        "hazards": [
            (row, f"?{_query(request, hazard=row.code)}")
            for row in planning.hazards_of(asked.goods)
            if row.code != asked.hazard
        ],
    }


def _refused(request: HttpRequest, asked: planning.Asked, error: GuomenError) -> dict[str, Any]:
    best = error.data.get("best_confidence")
    # A little below what can be had, so that it can be met.
    reachable = f"{int(best * 10_000) / 100:g}" if best else ""
    return {
        "refusal": planning_words.refusal(error),
        "best": planning_words.percent(best) if best else "",
        "asked": asked,
        "goods": _goods(asked.goods),
        "hazard": planning.hazard_row(asked.hazard),
        "instead": f"?{_query(request, confidence=reachable)}" if reachable else "",
        "instead_confidence": reachable,
        "criteria": [
            (row, f"?{_query(request, criterion=row.row)}")
            for row in planning.criteria_of(asked.hazard)
        ]
        if isinstance(error, planning_words.CriterionMissing)
        else [],
    }


def _changed(request: HttpRequest, way: Way) -> str:
    return f"?{_query(request, **way.changes)}" if way.changes else ""


def _passes(way: Way) -> str:
    return "" if way.passes is None else planning_words.percent(way.passes)


def _query(request: HttpRequest, *, without: tuple[str, ...] = (), **changes: str) -> str:
    """Return the query of the request with some entries changed; blank ones are dropped."""
    entries = {**{k: v for k, v in request.GET.items() if k not in without}, **changes}
    return urlencode({key: value for key, value in entries.items() if value})


def _goods(code: str) -> Text | None:
    if code in BY_CODE:
        return BY_CODE[code].name
    return GROUP_NAMES[Group(code)] if code in set(Group) else None
