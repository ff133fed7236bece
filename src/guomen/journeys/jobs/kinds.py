"""The kinds of long work, as a table; a new one is a row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.core.text import Text
from guomen.journeys.jobs import declaring
from guomen.journeys.jobs.work import Kind

DECLARATIONS = "declarations.file"

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        DECLARATIONS: Kind(
            name=Text(zh="判定报检文件", en="Decide a file of declarations"),
            run=declaring.run,
        ),
    }
)
