"""The stages after admission and their engines, by the kind of their ledger entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from guomen.core.dispose import DISPOSE
from guomen.core.examine import EXAMINE
from guomen.core.stages import StageEngine
from guomen.rulebooks import disposal, examination

# A stage is added here once; replay, explanation and the page of rules then know it.
ENGINES: Mapping[str, Callable[[], StageEngine[Any]]] = MappingProxyType(
    {EXAMINE.kind: examination.engine, DISPOSE.kind: disposal.engine}
)
