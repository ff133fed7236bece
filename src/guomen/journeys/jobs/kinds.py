"""The kinds of long work, as a table; a new one is a row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.core.text import Text
from guomen.journeys.jobs import declaring, nightly
from guomen.journeys.jobs.work import Kind

DECLARATIONS = "declarations.file"
PLAN = "targeting.plan"
WATCH = "risk.watch"

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        DECLARATIONS: Kind(
            name=Text(zh="判定报检文件", en="Decide a file of declarations"),
            run=declaring.run,
        ),
        PLAN: Kind(
            name=Text(zh="生成当日研判方案", en="Build the plan of the day"), run=nightly.plan
        ),
        WATCH: Kind(
            name=Text(zh="每周监测预警", en="Watch a week for early warning"), run=nightly.watch
        ),
    }
)
