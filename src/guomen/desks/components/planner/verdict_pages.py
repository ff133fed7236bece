"""The verdict explainer: parse, one call, render."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from guomen.core.conformity import Limit, Outcome
from guomen.core.conformity.wording import limit_text, percent
from guomen.core.text import Text
from guomen.desks.components import clock
from guomen.desks.components.planner import choices, number_line
from guomen.desks.components.planner.verdict_form import VerdictForm
from guomen.desks.components.tones import Tone
from guomen.journeys import judging
from guomen.rulebooks.limits import ANALYTES, COMMODITIES, MARKETS

VERDICTS = {
    Outcome.CONFORM: Tone(colour="jade", icon="check", word=pgettext_lazy("verdict", "Conforms")),
    Outcome.FAIL: Tone(colour="seal", icon="refuse", word=pgettext_lazy("verdict", "Fails")),
    Outcome.INCONCLUSIVE: Tone(
        colour="amber", icon="minus", word=pgettext_lazy("verdict", "Inconclusive")
    ),
    Outcome.UNKNOWN: Tone(
        colour="amber", icon="question", word=pgettext_lazy("verdict", "Unknown")
    ),
}
TITLES = {
    Outcome.CONFORM: Text(zh="结果合格", en="The result conforms"),
    Outcome.FAIL: Text(zh="结果不合格", en="The result fails"),
    Outcome.INCONCLUSIVE: Text(
        zh="凭这个结果还不能下结论", en="The result does not settle the matter"
    ),
    Outcome.UNKNOWN: Text(
        zh="凭这份报告不能判定", en="This report cannot be judged, and so it is not clean"
    ),
}
_MILK = {"commodity": "food/dairy/milk_powder", "analyte": "melamine", "unit": "mg/kg"}
_FISH = {"commodity": "food/aquatic/fish", "analyte": "malachite_green", "unit": "µg/kg"}
EXAMPLES: tuple[tuple[Text, dict[str, str]], ...] = (
    (
        Text(zh="2.4 ± 0.3，离限量很近", en="2.4 ± 0.3, close to the limit"),
        {**_MILK, "value": "2.4", "uncertainty": "0.3", "coverage": "2", "rule": "guard_band"},
    ),
    (
        Text(zh="同一结果，简单接受", en="The same, simple acceptance"),
        {**_MILK, "value": "2.4", "uncertainty": "0.3", "coverage": "2"},
    ),
    (Text(zh="没有结果", en="No result"), {**_MILK, "value": "-"}),
    (Text(zh="“ND”，没有检出限", en="“ND” without a detection limit"), {**_MILK, "value": "ND"}),
    (
        Text(zh="“<0.01”，检出限 0.01", en="“<0.01” with LOD 0.01"),
        {**_MILK, "value": "<0.01", "lod": "0.01"},
    ),
    (
        Text(zh="不得检出：0.8 µg/kg", en="Must be absent: 0.8 µg/kg"),
        {**_FISH, "value": "0.8", "lod": "0.5"},
    ),
    (
        Text(zh="单位错误：mg/L", en="Wrong unit: mg/L"),
        {**_MILK, "unit": "mg/L", "value": "0.5"},
    ),
    (
        Text(zh="采样日期在将来", en="Sampled in the future"),
        {**_MILK, "value": "0.5", "taken": "2099-01-01"},
    ),
    (
        Text(zh="自定范围：水分 3–5 %", en="A range of your own: 3 to 5 %"),
        {
            "limit_by": "own", "kind": "range", "lower": "3", "upper": "5", "limit_unit": "%",
            "value": "4.7", "unit": "%", "uncertainty": "0.4", "coverage": "2",
            "rule": "guard_band",
        },
    ),
)  # fmt: skip


@require_safe
def verdict(request: HttpRequest) -> HttpResponse:
    """Say what a laboratory result means under a limit, and how surely."""
    here = request.resolver_match.namespace if request.resolver_match else ""
    today = timezone.localtime(clock.now()).date()
    first = {"taken": today.isoformat()}
    given = VerdictForm.DEFAULTS | {key: value for key, value in request.GET.items() if value}
    bound = "value" in request.GET
    form = VerdictForm(given) if bound else VerdictForm(initial=first | given)
    context: dict[str, Any] = {
        "form": form,
        "here": request.path,
        "units": choices.units(),
        "rules": [(rule.name, judging.RULES_SAY[key]) for key, rule in judging.RULES.items()],
        "sampling_url": reverse(f"{here}:sampling"),
        "examples": [(text, f"?{urlencode(first | asked)}") for text, asked in EXAMPLES],
    }
    if bound and form.is_valid():
        answer = judging.answer(form.asked(), on=today)
        context |= _shown(request, answer)
    return render(request, "planner/verdict.html", context)


def _shown(request: HttpRequest, answer: judging.Answer) -> dict[str, Any]:
    found = answer.verdict
    limit = answer.limit
    own = answer.asked.own is not None
    return {
        "answer": answer,
        "verdict": found,
        "tone": VERDICTS[found.outcome],
        "title": TITLES[found.outcome],
        "line": number_line.draw(answer),
        "limit_text": None if limit is None else limit_text(limit),
        "own": own,
        "certainty": judging.CERTAINTIES["own"] if own else answer.certainty,
        "rule_says": judging.RULES_SAY[answer.asked.rule],
        "risks": _risks(answer),
        "commodity": COMMODITIES.get(answer.asked.commodity),
        "bound_to": None if limit is None else COMMODITIES.get(limit.commodity),
        "analyte": ANALYTES.get(answer.asked.analyte),
        "market": MARKETS.get(answer.asked.market),
        "beside": [_beside(request, row) for row in answer.beside],
    }


def _risks(answer: judging.Answer) -> list[Text]:
    """Say in words how likely the verdict is wrong."""
    found = answer.verdict
    said: list[Text] = []
    if found.p_conform is not None:
        said.append(
            Text(
                zh=f"真值在限量以内的概率是 {percent(found.p_conform)}。",
                en=f"The true value is within the limit with chance {percent(found.p_conform)}.",
            )
        )
    if found.specific_risk is not None:
        said.append(_WRONG[found.outcome](percent(found.specific_risk)))
    if found.consumer_risk is not None and found.producer_risk is not None:
        consumer, producer = percent(found.consumer_risk), percent(found.producer_risk)
        said.append(
            Text(
                zh=f"长期来看，按这条规则，每件这类商品被误判合格的机会是 {consumer}，"
                f"被误判不合格的机会是 {producer}。",
                en=f"In the long run this rule wrongly passes {consumer} and wrongly fails "
                f"{producer} of such goods.",
            )
        )
    return said


def _wrongly_passed(risk: str) -> Text:
    return Text(
        zh=f"这次判定合格，而实际超出限量的风险是 {risk}。",
        en=f"The risk that it conforms on paper and is beyond the limit in truth is {risk}.",
    )


def _wrongly_failed(risk: str) -> Text:
    return Text(
        zh=f"这次判定不合格，而实际在限量以内的风险是 {risk}。",
        en=f"The risk that it fails on paper and is within the limit in truth is {risk}.",
    )


_WRONG = {Outcome.CONFORM: _wrongly_passed, Outcome.FAIL: _wrongly_failed}


def _beside(request: HttpRequest, row: Limit) -> dict[str, Any]:
    """Return a limit that the book does hold, with the address that judges by it."""
    taken = row.begins.isoformat() if row.begins.year > 1 else ""
    changes = {"commodity": row.commodity, "market": row.market, "limit_by": "book"}
    entries = {key: value for key, value in request.GET.items() if value} | changes
    return {
        "commodity": COMMODITIES.get(row.commodity, Text(zh=row.commodity, en=row.commodity)),
        "market": MARKETS[row.market],
        "limit": limit_text(row),
        "begins": taken,
        "ends": row.ends,
        "url": f"?{urlencode(entries)}",
    }
