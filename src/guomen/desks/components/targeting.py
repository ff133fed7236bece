"""How plans of the day, ways of choosing and fates of lines look and are worded."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy

from guomen.core.targeting.evaluate import FATE_NAMES
from guomen.desks.components.tones import Words, drawn, lazily
from guomen.supervision.targeting.lifecycle import MOVE_NAMES, STATE_NAMES, PlanState

_LOOKS = {
    PlanState.BUILT: ("slate", "document"),
    PlanState.PROPOSED: ("amber", "clock"),
    PlanState.RELEASED: ("jade", "check"),
    PlanState.DROPPED: ("slate", "question"),
    PlanState.ROLLED_BACK: ("seal", "warning"),
}
PLANS = drawn(_LOOKS, STATE_NAMES)
MOVES: Mapping[str, Words] = MappingProxyType(
    {move.value: lazily(text) for move, text in MOVE_NAMES.items()}
)
FATES: Mapping[str, Words] = MappingProxyType(
    {fate.value: lazily(text) for fate, text in FATE_NAMES.items()}
)
WAYS: Mapping[str, Words] = MappingProxyType(
    {
        "as_decided": gettext_lazy("As it was decided"),
        "random": gettext_lazy("Drawn evenly"),
        "rules_only": gettext_lazy("Rules alone"),
        "every_tenth": gettext_lazy("Every tenth line"),
        "csp1": gettext_lazy("CSP-1"),
        "csp3": gettext_lazy("CSP-3"),
    }
)
