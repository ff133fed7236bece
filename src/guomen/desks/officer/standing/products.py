"""The pages of product risk: levels, the formula of one, an assessment and its approval."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.classification import FIRST_ITEMS, SECOND_ITEMS, Damage, ProductHazard
from guomen.core.errors import GuomenError
from guomen.core.ruling import MODE_NAMES
from guomen.desks.components import listing, numbers, tones
from guomen.desks.components.standing import looks, refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.standing.classes import ROOM
from guomen.desks.officer.standing.forms import FindForm
from guomen.desks.officer.standing.views import path_of, today_of
from guomen.journeys.standing import products
from guomen.journeys.standing.products import Evidenced
from guomen.rulebooks.classification import DAMAGE_NAMES, ITEM_NAMES, mode_of
from guomen.rulebooks.commodities import BY_CODE
from guomen.supervision.agencies import queries as offices
from guomen.supervision.classification.lifecycle import (
    PRODUCT_RISK,
    ProposalMove,
    ProposalState,
)
from guomen.supervision.classification.models import Grade, RiskLevel, RiskProposal

# So many hazards fit one form; the gravest decides, so the likeliest few are enough.
HAZARDS = 3
_PERCENT: dict[str, Any] = {
    "min_value": 0,
    "max_value": 100,
    "required": False,
    "decimal_places": 3,
}
NEEDS = {
    ProposalMove.APPROVE: Move.SIGN_CLASS,
    ProposalMove.REFUSE: Move.SIGN_CLASS,
    ProposalMove.WITHDRAW: Move.ASSESS,
}


def goods_under(prefix: str) -> list[str]:
    """Name the goods that begin with a prefix, in the reader's language."""
    return [tones.said(row.name) for code, row in BY_CODE.items() if code.startswith(prefix)]


class HazardForm(forms.Form):
    """One hazard: what it is, how likely, how grave, on what evidence."""

    name = forms.CharField(label=gettext_lazy("Name of the hazard"), max_length=80, required=False)
    damage = forms.ChoiceField(
        label=gettext_lazy("Damage"),
        required=False,
        choices=[
            ("", gettext_lazy("Choose")),
            *((grade.value, tones.lazily(text)) for grade, text in DAMAGE_NAMES.items()),
        ],
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence: reports, notices, test results"),
        max_length=300,
        required=False,
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        """Ask for the items of both sums."""
        super().__init__(*args, **more)
        for part, names in zip(("first", "second"), ITEM_NAMES.value, strict=True):
            for at, text in enumerate(names):
                label: Any = tones.lazily(text)
                self.fields[f"{part}{at}"] = forms.DecimalField(label=label, **_PERCENT)

    def items(self, part: str) -> list[forms.BoundField]:
        """Return the fields of a sum."""
        count = FIRST_ITEMS if part == "first" else SECOND_ITEMS
        return [self[f"{part}{at}"] for at in range(count)]

    @property
    def first(self) -> list[forms.BoundField]:
        """Return how the hazard comes into the goods."""
        return self.items("first")

    @property
    def second(self) -> list[forms.BoundField]:
        """Return how it reaches the user."""
        return self.items("second")

    def clean(self) -> dict[str, Any]:
        """See that a hazard has a name and a grade; an empty one is none."""
        given = super().clean() or {}
        if self.filled() and not (given.get("name") and given.get("damage")):
            self.add_error("name", gettext("Give the hazard its name and its grade of damage."))
        return given

    def filled(self) -> bool:
        """Tell whether anything was written."""
        return any(value not in (None, "") for value in self.cleaned_data.values())

    def evidenced(self) -> Evidenced:
        """Return the hazard as the journey takes it; an item that is empty is unknown."""
        given = self.cleaned_data

        def items(part: str, count: int) -> tuple[Decimal | None, ...]:
            return tuple(given.get(f"{part}{at}") for at in range(count))

        return Evidenced(
            hazard=ProductHazard(
                name=given["name"],
                first=items("first", FIRST_ITEMS),
                second=items("second", SECOND_ITEMS),
                damage=Damage(given["damage"]),
            ),
            evidence=given["evidence"],
        )


@at_desk(Move.SEE_STANDING)
@require_safe
def levels(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the risk levels of products, and what waits for a second person."""
    form = FindForm(request.GET, label=gettext("Product risk"), choices=RiskLevel.choices)
    given = form.cleaned_data if form.is_valid() else {}
    page = listing.page_of(request, products.levels(given, on=today_of(desk), known=desk.now))
    count = page.paginator.count
    context = {
        "rooms": ROOM,
        "form": form,
        "page": page,
        "rows": [(row, goods_under(row.hs_prefix)) for row in page.object_list],
        "waiting": [
            (row, goods_under(row.hs_prefix))
            for row in products.proposals(path_of(desk)).filter(state=ProposalState.PROPOSED)
        ],
        "title": ngettext(
            "%(n)s kind of goods has a risk level", "%(n)s kinds of goods have a risk level", count
        )
        % {"n": numbers.grouped(count)},
    }
    return render(request, "officer/standing/products.html", context)


@at_desk(Move.SEE_STANDING)
@require_safe
def product(request: HttpRequest, desk: Desk, prefix: str) -> HttpResponse:
    """Show the risk of goods: the formula, its numbers, the evidence, and what follows from it."""
    goods = goods_under(prefix)
    if not prefix.isdigit() or not goods:
        raise Http404
    held = products.in_force(prefix, on=today_of(desk), known=desk.now)
    rows = list(products.proposals(path_of(desk)).filter(hs_prefix=prefix)[:20])
    past = products.history(held.hs_prefix) if held else []
    keys = {key for row in rows for key in (row.assessor, row.decided_by)}
    keys |= {row.decided_by for row in past}
    context = {
        "rooms": ROOM,
        "prefix": prefix,
        "goods": goods,
        "held": held,
        "hazards": _worked_out(held.hazards) if held else [],
        "history": past,
        "proposals": [(row, _worked_out(row.hazards), _moves(desk, row)) for row in rows],
        "modes": _modes(held.level if held else None),
        "people": offices.names_of(keys),
        "may": Move.ASSESS in desk.moves,
    }
    return render(request, "officer/standing/product.html", context)


def _moves(desk: Desk, row: RiskProposal) -> list[tuple[str, str]]:
    own = row.assessor == desk.officer.key
    return [
        (move.value, tones.said(PRODUCT_RISK.move_names[move]))
        for move in PRODUCT_RISK.moves_from(ProposalState(row.state))
        if NEEDS[move] in desk.moves and own == (move is ProposalMove.WITHDRAW)
    ]


def _worked_out(kept: Any) -> list[dict[str, Any]]:
    """Return the numbers of each hazard as a page shows them."""
    return [
        {
            "name": risk.hazard.name,
            "first": _items(risk.hazard.first, 0),
            "second": _items(risk.hazard.second, 1),
            "sums": [looks.sum_of(risk.hazard.first), looks.sum_of(risk.hazard.second)],
            "index": looks.index_of(risk),
            "damage": tones.said(DAMAGE_NAMES[risk.hazard.damage]),
            "level": risk.level,
            "evidence": evidence,
        }
        for risk, evidence in products.worked_out(kept)
    ]


def _items(values: Any, part: int) -> list[tuple[str, str]]:
    names = ITEM_NAMES.value[part]
    return [
        (tones.said(name), numbers.EM_DASH if value is None else f"{value.normalize():f} %")
        for name, value in zip(names, values, strict=True)
    ]


def _modes(level: str | None) -> list[tuple[int, str]]:
    """Return how goods of a level are supervised, by class of their exporter."""
    if level is None:
        return []
    found = [(grade.value, mode_of(grade.value, level)) for grade in Grade]
    return [(grade, tones.said(MODE_NAMES[mode])) for grade, mode in found if mode is not None]


@at_desk(Move.ASSESS)
@require_http_methods(["GET", "POST"])
def assess(request: HttpRequest, desk: Desk, prefix: str) -> HttpResponse:
    """Work out the risk of goods and propose it to a second person."""
    goods = goods_under(prefix)
    if not prefix.isdigit() or not goods:
        raise Http404
    data = request.POST if request.method == "POST" else None
    asked = [HazardForm(data, prefix=f"hazard{at}") for at in range(HAZARDS)]
    problem = ""
    # Every form is looked at, so that each shows its own mistakes.
    wrong = [form for form in asked if not form.is_valid()]
    if data is not None and not wrong:
        filled = [form.evidenced() for form in asked if form.filled()]
        try:
            products.propose(prefix, filled, how=desk.how)
        except GuomenError as error:
            problem = refusals.said(error)
        else:
            messages.success(request, gettext("Proposed; a second person at the bureau decides."))
            return redirect("officer:product-risk", prefix=prefix)
    context = {"rooms": ROOM, "prefix": prefix, "goods": goods, "forms": asked, "problem": problem}
    status = 422 if data is not None else 200
    return render(request, "officer/standing/product_assess.html", context, status=status)


@at_desk()
@require_POST
def decide(request: HttpRequest, desk: Desk, pk: int, name: str) -> HttpResponse:
    """Approve, refuse or take back a proposed level."""
    move = next((known for known in ProposalMove if known.value == name), None)
    if move is None:
        raise Http404
    if NEEDS[move] not in desk.moves:
        raise PermissionDenied
    row = products.proposals(path_of(desk)).filter(pk=pk).first()
    if row is None:
        raise Http404
    try:
        products.decide(pk, move, note=request.POST.get("note", ""), how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("Your decision stands and is on record."))
    return redirect("officer:product-risk", prefix=row.hs_prefix)
