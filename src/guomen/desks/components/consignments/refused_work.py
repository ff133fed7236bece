"""What inspection, disposal and certification refuse, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy

from guomen.desks.components.tones import Words

SENTENCES: Mapping[str, Words] = MappingProxyType(
    {
        "inspection.not-yours": gettext_lazy(
            "This order was never given to you. Ask whoever gives out the orders."
        ),
        "inspection.bad-record": gettext_lazy(
            "That was settled already, or something is missing. Look at the order again."
        ),
        "inspection.conflicts-open": gettext_lazy(
            "Two answers to one item differ. Choose which of them stands, then complete the order."
        ),
        "inspection.not-forgoable": gettext_lazy(
            "Loading under supervision and the check at the port of exit are never left out; an "
            "inspection is left out only for one of the reasons."
        ),
        "inspection.wrong-answer": gettext_lazy(
            "An answer fits no item of this checklist. Open the order again."
        ),
        "assigning.not-eligible": gettext_lazy(
            "This officer may not do the order; the list says why. Choose another officer."
        ),
        "assigning.reason-missing": gettext_lazy(
            "Say why the inspector is named or changed: choose one of the reasons."
        ),
        "disposal.busy": gettext_lazy(
            "Results kept arriving for the same goods. Nothing was stored; send it again."
        ),
        "disposal.not-settleable": gettext_lazy(
            "The line does not stand where its last ruling can be made. Look at its history."
        ),
        "disposal.not-open": gettext_lazy(
            "That cannot be done now, or the law does not leave it open for these goods. Choose "
            "among what the page offers."
        ),
        "disposal.too-much": gettext_lazy(
            "State a quantity above nought and not above what is still to be decided about; not "
            "everything that failed can be sorted out as conforming."
        ),
        "disposal.bad-proof": gettext_lazy(
            "This paper does not prove it. Choose one of the papers offered and give its number."
        ),
        "disposal.second-person": gettext_lazy(
            "Nobody confirms their own act: a colleague must do this."
        ),
        "review.too-late": gettext_lazy(
            "The time in which another inspection could be asked for is over; the finding stands."
        ),
        "certification.no-ground": gettext_lazy(
            "This certificate cannot stand on the line as it is now: a result may be missing, the "
            "kind may not fit the goods, or a successor is drafted already. Look at the line, or "
            "choose another kind."
        ),
        "certification.remarks-missing": gettext_lazy(
            "The statement of this paper refers to its remarks. Write there what it must tell: the "
            "note at the kind says what."
        ),
        "certification.not-yours": gettext_lazy(
            "Another officer must do this: a kind is signed by its own role, and whoever proposed "
            "to revoke does not decide."
        ),
    }
)
