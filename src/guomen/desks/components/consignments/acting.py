"""What traders and officers both do to a line: one journey call each, and what to say after it."""

from __future__ import annotations

from django.utils.translation import gettext

from guomen.desks.components import tones
from guomen.desks.components.consignments.changes import AmendForm, SupplyForm, WithdrawForm
from guomen.journeys import clearance
from guomen.journeys.clearance import Lodgement
from guomen.journeys.clearance.later import Redecided
from guomen.supervision.declarations.models import Line


def supply(form: SupplyForm, line: Line, how: Lodgement) -> str:
    """Fill in what a line lacks."""
    made = clearance.supply(
        line.reference, form.changes(), how=how, version=form.cleaned_data["version"]
    )
    return ruled_again(made)


def amend(form: AmendForm, line: Line, how: Lodgement) -> str:
    """Change what was declared on a line."""
    made = clearance.amend(
        line.reference, form.changes(), how=how, version=form.cleaned_data["version"]
    )
    return ruled_again(made)


def withdraw(form: WithdrawForm, line: Line, how: Lodgement) -> str:
    """Take a line back."""
    reason = form.cleaned_data["reason"]
    clearance.withdraw(line.reference, reason=reason, how=how, version=form.cleaned_data["version"])
    return gettext("%(line)s was taken back.") % {"line": line.reference}


def ruled_again(made: Redecided) -> str:
    """Say what a line was and what it is now."""
    before, after = (str(tones.look(tones.OUTCOMES, o).word) for o in (made.before, made.after))
    if made.before == made.after:
        return gettext("%(line)s was decided again: %(after)s, as before.") % {
            "line": made.line,
            "after": after,
        }
    return gettext("%(line)s was decided again: %(after)s instead of %(before)s.") % {
        "line": made.line,
        "after": after,
        "before": before,
    }
