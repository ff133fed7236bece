"""What an enterprise reports: additives, responsibility, the records of farms, own inspections."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components.access.forms import SeenField
from guomen.desks.components.consignments import refusals
from guomen.desks.enterprise.access import Desk, at_desk
from guomen.journeys.access import dossiers, filing
from guomen.supervision.filings.models import (
    AdditiveUse,
    EntryKind,
    Finding,
    ResponsibilityStatement,
    SelfInspection,
    Substance,
)
from guomen.supervision.parties.models import Site

ROWS = 6


def _day() -> forms.DateField:
    return forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class SubstanceForm(forms.Form):
    """One substance; an empty row says nothing."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=Substance.choices, required=False
    )
    name = SeenField(label=gettext_lazy("Substance"), max_length=80, required=False)
    ins = SeenField(label="INS", max_length=12, required=False)
    food = SeenField(label=gettext_lazy("Food"), max_length=80, required=False)
    most = forms.DecimalField(
        label=gettext_lazy("At most, g/kg"), min_value=Decimal(0), required=False, decimal_places=4
    )
    purpose = SeenField(label=gettext_lazy("What for"), max_length=80, required=False)

    def clean(self) -> dict[str, Any]:
        """A row that says something names the substance and the food."""
        given = super().clean() or {}
        if any(given.get(n) for n in ("name", "food", "ins", "purpose")) or given.get("most"):
            for name in ("name", "food"):
                if not given.get(name):
                    self.add_error(name, gettext("Fill this in, or empty the row."))
        return given


SubstanceRows = forms.formset_factory(SubstanceForm, extra=ROWS, max_num=60)


@at_desk
@require_safe
def filings(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List what the enterprise has reported."""
    firm = desk.enterprise
    context = {
        "desk": desk,
        "filings": list(AdditiveUse.objects.filter(enterprise=firm)[:20]),
        "statements": list(ResponsibilityStatement.objects.filter(enterprise=firm)),
        "inspections": list(SelfInspection.objects.filter(enterprise=firm)[:50]),
        "sites": list(Site.objects.filter(enterprise=firm, kind__in=FARMS)),
        "signed": ResponsibilityStatement.objects.filter(
            enterprise=firm, edition=filing.EDITION
        ).exists(),
    }
    return render(request, "enterprise/filings.html", context)


FARMS = ("farm", "growing_base", "registered_farm", "nursery")


@at_desk
@require_http_methods(["GET", "POST"])
def additives(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Report what is put into food."""
    rows = SubstanceRows(request.POST if request.method == "POST" else None, prefix="row")
    problem = ""
    if request.method == "POST" and rows.is_valid():
        used = [_used(row) for row in rows.cleaned_data if row.get("name")]
        try:
            made = filing.file_additives(desk.enterprise, used, who=desk.actor)
        except GuomenError as error:
            problem = refusals.said(error)
        else:
            messages.success(request, gettext("%(n)s is filed.") % {"n": made.number})
            return redirect("enterprise:filings")
    context = {"rows": rows, "problem": problem, "desk": desk}
    status = 422 if request.method == "POST" else 200
    return render(request, "enterprise/additives.html", context, status=status)


def _used(row: dict[str, Any]) -> filing.Used:
    return filing.Used(
        kind=Substance(row["kind"] or Substance.ADDITIVE),
        name=row["name"],
        food=row["food"],
        most=row["most"],
        ins=row["ins"],
        purpose=row["purpose"],
    )


class SignForm(forms.Form):
    """The signature under the safety responsibility statement."""

    signer = SeenField(label=gettext_lazy("Person who signs"), max_length=60)
    agreed = forms.BooleanField(
        label=gettext_lazy("We answer for the safety of what we make, and use nothing unreported.")
    )


class EntryForm(forms.Form):
    """One entry of a farm's records."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of entry"), choices=EntryKind.choices)
    on = _day()
    unit = SeenField(label=gettext_lazy("Plot, pond, pen or lot"), max_length=40)
    product = SeenField(label=gettext_lazy("What was used or harvested"), max_length=120)
    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=Decimal("0.001"))
    measure = forms.ChoiceField(
        label=gettext_lazy("Unit"),
        choices=[
            ("KGM", gettext_lazy("kilogram")),
            ("LTR", gettext_lazy("litre")),
            ("C62", gettext_lazy("piece")),
            ("HEA", gettext_lazy("head")),
        ],
    )
    supplier = SeenField(label=gettext_lazy("Supplier"), max_length=120, required=False)
    prescriber = SeenField(
        label=gettext_lazy("Veterinarian who prescribed it"), max_length=60, required=False
    )
    withdrawal_days = forms.IntegerField(
        label=gettext_lazy("Withdrawal period, days"),
        min_value=0,
        max_value=400,
        required=False,
        help_text=gettext_lazy("for medicines and pesticides; 0 if the label says none"),
    )


class InspectionForm(forms.Form):
    """An own inspection of one lot."""

    on = _day()
    lot = SeenField(label=gettext_lazy("Lot"), max_length=60)
    product = SeenField(label=gettext_lazy("Product"), max_length=120)
    items = SeenField(label=gettext_lazy("What was tested"), max_length=200)
    finding = forms.ChoiceField(label=gettext_lazy("Finding"), choices=Finding.choices)
    disposal = forms.CharField(
        label=gettext_lazy("What was done with a lot that failed"), max_length=200, required=False
    )


def _sign(form: SignForm, desk: Desk) -> None:
    filing.sign(desk.enterprise, form.cleaned_data["signer"], who=desk.actor)


def _inspect(form: InspectionForm, desk: Desk) -> None:
    given = form.cleaned_data
    found = filing.Inspected(**{**given, "finding": Finding(given["finding"])})
    filing.inspect(desk.enterprise, found, who=desk.actor)


_FORMS: dict[str, tuple[type[forms.Form], Any, Any]] = {
    "statement": (SignForm, _sign, gettext_lazy("Sign the safety responsibility statement")),
    "inspection": (InspectionForm, _inspect, gettext_lazy("Record an own inspection")),
}


@at_desk
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, desk: Desk, what: str) -> HttpResponse:
    """Sign the statement, or record an own inspection."""
    if what not in _FORMS:
        raise Http404
    form_class, carry_out, title = _FORMS[what]
    data = request.POST if request.method == "POST" else None
    form = form_class(data, initial={"on": desk.actor.day})
    if data is not None and form.is_valid():
        try:
            carry_out(form, desk)
        except GuomenError as error:
            field = str(error.data.get("field", ""))
            form.add_error(field if field in form.fields else None, refusals.said(error))
        else:
            messages.success(request, gettext("It is on record."))
            return redirect("enterprise:filings")
    context = {"form": form, "title": title, "desk": desk}
    return render(request, "enterprise/report.html", context, status=422 if data else 200)


@at_desk
@require_http_methods(["GET", "POST"])
def farm(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show the records of a farm, or write an entry."""
    site = Site.objects.filter(enterprise=desk.enterprise, number=number).first()
    if site is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = EntryForm(data, initial={"on": desk.actor.day})
    if data is not None and form.is_valid():
        given = form.cleaned_data
        entry = filing.Written(**{**given, "kind": EntryKind(given["kind"])})
        try:
            filing.write(site, entry, who=desk.actor)
        except GuomenError as error:
            field = str(error.data.get("field", ""))
            form.add_error(field if field in form.fields else None, refusals.said(error))
        else:
            messages.success(request, gettext("It is on record."))
            return redirect("enterprise:farm", number=number)
    context = {
        "form": form,
        "site": site,
        "desk": desk,
        "entries": dossiers.farm_entries(site),
        "today": desk.actor.day,
    }
    return render(request, "enterprise/farm.html", context, status=422 if data else 200)
