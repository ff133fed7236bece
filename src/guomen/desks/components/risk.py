"""How signals and levels of early warning look and are worded."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.desks.components.tones import Words, drawn, lazily
from guomen.supervision.risk.lifecycle import MOVE_NAMES, STATE_NAMES, SignalState
from guomen.supervision.risk.models import LEVEL_NAMES

_LOOKS = {
    SignalState.RAISED: ("seal", "warning"),
    SignalState.TAKEN_UP: ("amber", "search"),
    SignalState.CONFIRMED: ("violet", "risk"),
    SignalState.DISMISSED: ("slate", "check"),
}
SIGNALS = drawn(_LOOKS, STATE_NAMES)
LEVELS: Mapping[str, Words] = MappingProxyType(
    {level: lazily(text) for level, text in LEVEL_NAMES.items()}
)
MOVES: Mapping[str, Words] = MappingProxyType(
    {move.value: lazily(text) for move, text in MOVE_NAMES.items()}
)
