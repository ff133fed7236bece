"""What a journey refused, in the reader's language: one table from error codes to sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django import forms
from django.utils.translation import gettext_lazy

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import tones
from guomen.desks.components.consignments import columns, refused_work
from guomen.desks.components.tones import Words
from guomen.journeys.clearance.lodging import IntakeRefusedError

SENTENCES: Mapping[str, Words] = MappingProxyType(
    {
        "clearance.line-closed": gettext_lazy(
            "The line has moved on and can no longer be changed. Look at its history below."
        ),
        "clearance.line-moved": gettext_lazy(
            "Somebody else changed this line at the same moment. Look at it again; nothing of "
            "yours was stored."
        ),
        "clearance.not-amendable": gettext_lazy(
            "That cannot be changed on a lodged line: more goods are a new line, and what was "
            "declared already is amended, not supplied."
        ),
        "clearance.busy": gettext_lazy(
            "Results kept arriving for the same goods. Nothing was stored; send it again."
        ),
        "clearance.override-refused": gettext_lazy(
            "This override cannot be made as asked: it may be decided already, or the line already "
            "is at least as severe. Look at the history of the line."
        ),
        "clearance.not-awaiting-result": gettext_lazy(
            "The line does not wait for a result now, or its papers were not looked at: say what "
            "they showed."
        ),
        "clearance.result-of-chain": gettext_lazy(
            "These goods are opened or tested. What was found belongs to their work order, what "
            "was measured to the bench of the laboratory; nothing was recorded."
        ),
        "licences.moved": gettext_lazy(
            "Somebody changed this licence while you were reading it. Look at it again."
        ),
        "clearance.request-reused": gettext_lazy(
            "This paper was sent before with other content. Open a new one for new goods."
        ),
        "lifecycle.move-refused": gettext_lazy(
            "The line has moved on; from where it stands now this cannot be done."
        ),
        **refused_work.SENTENCES,
    }
)


def said(error: GuomenError) -> str:
    """Return what was refused and what to do; an error outside the table speaks for itself."""
    says = getattr(error, "says", None)
    if isinstance(says, Text):
        return tones.said(says)
    return str(SENTENCES.get(error.code, str(error)))


def put_back(form: forms.Form, error: GuomenError) -> None:
    """Set what was refused at the fields it is about, or above the form."""
    if isinstance(error, IntakeRefusedError):
        columns.put_back(form, error.problems)
    else:
        form.add_error(None, said(error))


def at_its_field(form: forms.Form, error: GuomenError) -> None:
    """Set what was refused at the field that the journey names, or above the form."""
    field = str(error.data.get("field", ""))
    form.add_error(field if field in form.fields else None, said(error))
