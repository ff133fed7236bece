"""What the laboratory's journeys refuse, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy

from guomen.core.errors import GuomenError
from guomen.desks.components.consignments import refusals
from guomen.desks.components.tones import Words

SENTENCES: Mapping[str, Words] = MappingProxyType(
    {
        "laboratory.not-to-be-sampled": gettext_lazy(
            "This line does not wait for a sample, or has one already. A further sample is taken "
            "when the laboratory has refused the first."
        ),
        "laboratory.nothing-to-test": gettext_lazy(
            "No laboratory carries out a test for these goods: the inspector's findings decide."
        ),
        "laboratory.lot-unknown": gettext_lazy(
            "Count the units of the lot and say how many there are. On a day without a draw key, "
            "name the units that you take by hand."
        ),
        "samples.custody-gap": gettext_lazy(
            "Only who holds a sample can give it away, and to somebody else."
        ),
        "samples.controls-kept": gettext_lazy(
            "A control value that is on record stays as it is. Void the run and measure again."
        ),
        "laboratory.no-counter-sample": gettext_lazy(
            "No counter-sample is kept for this test, or it is being tested already."
        ),
        "laboratory.not-on-bench": gettext_lazy(
            "Choose tests of one method whose samples are at the laboratory and that are on no "
            "bench yet."
        ),
        "laboratory.run-closed": gettext_lazy("This run takes no further results."),
        "laboratory.second-person": gettext_lazy(
            "You entered one of these results; somebody else must approve it. Nothing was approved."
        ),
        "laboratory.run-not-passed": gettext_lazy(
            "A run has not passed its controls, so its results wait. Nothing was approved."
        ),
        "laboratory.no-such-test": gettext_lazy(
            "A test that was named has no result that waits for approval. Open the list again."
        ),
        "laboratory.results-unreadable": gettext_lazy(
            "The file is no table of results: save it as CSV with the columns sample and result, "
            "one run at a time, at most 2 MB."
        ),
        "lifecycle.move-refused": gettext_lazy(
            "Somebody was quicker: from where it stands now this cannot be done. Open it again."
        ),
    }
)


def refused(error: GuomenError) -> str:
    """Return what was refused and what to do."""
    found = SENTENCES.get(error.code)
    return refusals.said(error) if found is None else str(found)
