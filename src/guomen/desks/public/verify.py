"""The page on which anybody checks a certificate, from a telephone's camera or from its file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from guomen.core.certificates import LONGEST, VERDICT_NAMES, BadCodeError, Verdict
from guomen.desks.components import clock
from guomen.desks.components.certificates import signed
from guomen.journeys import certification
from guomen.journeys.certification import Checked
from guomen.supervision.dispositions import custody
from guomen.supervision.dispositions.models import CertificateKey

# A certificate of ours is a tenth of this.
LARGEST = 2 * 1024 * 1024
_KEPT = 600

# How loudly each verdict speaks.
LOUDNESS = {
    Verdict.VALID: "success",
    Verdict.SIGNED: "info",
    Verdict.REPLACED: "warning",
    Verdict.REVOKED: "error",
    Verdict.ALTERED: "error",
    Verdict.FOREIGN_KEY: "error",
    Verdict.DEMONSTRATION: "warning",
    Verdict.UNKNOWN_NUMBER: "error",
}
_NEXT = {
    Verdict.VALID: gettext_lazy(
        "Compare the paper in your hand with what is shown here, line by line. What counts is what "
        "is shown here."
    ),
    Verdict.REPLACED: gettext_lazy("Ask for the certificate that took its place."),
    Verdict.REVOKED: gettext_lazy("Do not act on this paper. Ask the issuing office why."),
    Verdict.ALTERED: gettext_lazy(
        "Somebody changed the code, or it is damaged. Do not act on this paper; keep it and tell "
        "the issuing office."
    ),
    Verdict.FOREIGN_KEY: gettext_lazy(
        "No key of ours signed this. Do not act on this paper; keep it and tell the issuing office."
    ),
    Verdict.DEMONSTRATION: gettext_lazy(
        "It was made to show how the system works, and means nothing."
    ),
    Verdict.UNKNOWN_NUMBER: gettext_lazy(
        "The signature is ours, but no such certificate was issued. Keep the paper and tell the "
        "issuing office at once."
    ),
}


class CodeForm(forms.Form):
    """The code behind the square, for those who cannot scan it."""

    c = forms.CharField(
        label=gettext_lazy("Code of the certificate"),
        help_text=gettext_lazy("the text behind the square on the paper, or the whole address"),
        max_length=LONGEST + 200,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"}),
    )


class FileForm(forms.Form):
    """A file that claims to be a certificate."""

    file = forms.FileField(
        label=gettext_lazy("The PDF file"),
        help_text=gettext_lazy("compared byte for byte with the files that we gave out"),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"}),
    )


@csrf_exempt  # nothing is changed by it, and a saved page may send a file too
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Say what a certificate is worth: by its code, or by its file."""
    code = _code(request.GET.get("c", ""))
    found, wrong = _checked(code) if code else (None, "")
    uploaded = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    unknown_file = False
    if request.method == "POST" and uploaded.is_valid():
        found, wrong, unknown_file = _of_file(uploaded)
    context = {
        "code": code,
        "form": CodeForm(initial={"c": code}),
        "uploaded": uploaded,
        "unknown_file": unknown_file,
        "wrong": wrong,
        "found": found,
        "keys": CertificateKey.objects.all(),
        "keys_document": certification.key_document(),
        "vocabulary": signed.vocabulary(),
        **(_told(found) if found else {}),
    }
    status = 422 if wrong or uploaded.errors else 200
    return render(request, "public/verify.html", context, status=status)


def _code(given: str) -> str:
    """Return the code of what was pasted: a code, or the whole address."""
    text = "".join(given.split())
    return text.partition("c=")[2].partition("&")[0] if "://" in text else text


def _checked(code: str) -> tuple[Checked | None, str]:
    try:
        return certification.check(code), ""
    except BadCodeError:
        return None, gettext(
            "This is no certificate code, or a part of it is missing or was changed. Scan the "
            "square again, or copy the whole text behind it. If this page says the same then, do "
            "not act on the paper, and tell the issuing office."
        )


def _of_file(uploaded: FileForm) -> tuple[Checked | None, str, bool]:
    file = uploaded.cleaned_data["file"]
    if file.size > LARGEST:
        return (
            None,
            gettext("No certificate of ours is that large. Send the PDF as you got it."),
            False,
        )
    found = certification.check_file(file.read())
    return found, "", found is None


def _told(found: Checked) -> dict[str, Any]:
    return {
        "verdict": VERDICT_NAMES[found.verdict],
        "loudness": LOUDNESS[found.verdict],
        "next": _NEXT.get(found.verdict, ""),
        "said": signed.listed(found.said),
        "shown": found.verdict not in (Verdict.ALTERED, Verdict.FOREIGN_KEY),
    }


@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """Publish every public key, old ones too."""
    return JsonResponse(certification.key_document())


@require_safe
def revocations(request: HttpRequest) -> JsonResponse:
    """Publish the signed list of what was revoked or replaced, for those who check offline."""
    now = clock.now()
    newest = CertificateKey.objects.values_list("key_id", flat=True).first()
    name = f"revocations-{newest}-{certification.checking.ended_mark()}"
    document = cache.get(name)
    if document is None:
        try:
            document = certification.revocation_list(at=now)
        except (custody.NoCertificateKeyError, custody.DemonstrationKeyError) as error:
            return JsonResponse({"code": error.code, "says": str(error)}, status=503)
        cache.set(name, document, _KEPT)
    answer = JsonResponse(document)
    answer["Content-Disposition"] = 'attachment; filename="guomen-revocations.json"'
    return answer
