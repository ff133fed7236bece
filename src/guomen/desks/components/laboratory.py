"""How samples, tests, runs and verdicts look and are worded, at every desk the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext, pgettext

from guomen.core.conformity import Outcome
from guomen.core.control_samples import STATES_SAY, ControlState
from guomen.desks.components import tones
from guomen.desks.components.tones import Tone, Words, drawn
from guomen.rulebooks import laboratory as book
from guomen.supervision.samples.lifecycle import (
    RUN_STATE_NAMES,
    SAMPLE_STATE_NAMES,
    TEST_STATE_NAMES,
    RunState,
    SampleState,
    TestState,
)
from guomen.supervision.samples.models import VERDICT_NAMES, Condition, Control, Portion

_SAMPLE_LOOKS = {
    SampleState.TAKEN: ("violet", "sample"),
    SampleState.UNDER_WAY: ("gate", "turn"),
    SampleState.RECEIVED: ("teal", "inspect"),
    SampleState.REFUSED: ("seal", "refuse"),
    SampleState.TESTED: ("jade", "check"),
    SampleState.KEPT: ("slate", "hold"),
    SampleState.DISPOSED: ("faint", "minus"),
}
_TEST_LOOKS = {
    TestState.ORDERED: ("slate", "clock"),
    TestState.ON_BENCH: ("teal", "inspect"),
    TestState.ENTERED: ("gate", "person"),
    TestState.APPROVED: ("jade", "check"),
    TestState.CANCELLED: ("faint", "minus"),
}
_RUN_LOOKS = {
    RunState.OPEN: ("teal", "inspect"),
    RunState.PASSED: ("jade", "check"),
    RunState.BLOCKED: ("seal", "refuse"),
    RunState.CLOSED: ("slate", "check"),
    RunState.VOID: ("faint", "minus"),
}
_VERDICT_LOOKS = {
    Outcome.CONFORM: ("jade", "check"),
    Outcome.FAIL: ("seal", "cross"),
    Outcome.INCONCLUSIVE: ("amber", "question"),
    Outcome.UNKNOWN: ("amber", "question"),
}
_CONTROL_LOOKS = {
    ControlState.IN_CONTROL: ("jade", "check"),
    ControlState.WARNING: ("amber", "warning"),
    ControlState.REJECTED: ("seal", "refuse"),
    ControlState.UNKNOWN: ("amber", "question"),
}

TONES: Mapping[str, Mapping[str, Tone]] = MappingProxyType(
    {
        "sample": drawn(_SAMPLE_LOOKS, SAMPLE_STATE_NAMES),
        "test": drawn(_TEST_LOOKS, TEST_STATE_NAMES),
        "run": drawn(_RUN_LOOKS, RUN_STATE_NAMES),
        "verdict": drawn(_VERDICT_LOOKS, VERDICT_NAMES),
        "control": drawn(_CONTROL_LOOKS, STATES_SAY),
    }
)
PORTIONS: Mapping[str, Words] = MappingProxyType({p.value: p.label for p in Portion})
CONDITIONS: Mapping[str, Words] = MappingProxyType({c.value: c.label for c in Condition})


def expected(control: Control) -> str:
    """Say what a material of a method that finds or does not find must give."""
    return (
        pgettext("control material", "found")
        if control.mean
        else pgettext("control material", "not found")
    )


def material(control: Control) -> str:
    """Name a control material in the reader's language: the hazard it holds, and its level."""
    method = book.BY_CODE.get(control.method)
    if method is None:
        return control.name
    if control.unit == book.FOUND:
        return tones.said(method.name) + pgettext("title", ": ") + expected(control)
    return gettext("%(hazard)s, level %(level)s") % {
        "hazard": tones.said(method.name),
        "level": control.level,
    }
