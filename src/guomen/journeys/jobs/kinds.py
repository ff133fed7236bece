"""The kinds of long work, as a table; a new one is a row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.core.text import Text
from guomen.journeys.jobs import declaring, keeping, nightly, registering
from guomen.journeys.jobs.work import Kind

DECLARATIONS = "declarations.file"
PLAN = "targeting.plan"
WATCH = "risk.watch"
LAPSE = "registers.lapse"
RATE = "credit.rate"
CHECK_REGISTER = "registers.check"
STORE_REGISTER = "registers.store"
TAKE_BACK_REGISTER = "registers.take-back"

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
        LAPSE: Kind(
            name=Text(zh="停业许可备案失效", en="Let idle licences lapse"), run=keeping.lapse
        ),
        RATE: Kind(
            name=Text(zh="周期信用评级", en="Rate credit files at the end of a cycle"),
            run=keeping.rate,
        ),
        CHECK_REGISTER: Kind(
            name=Text(zh="核对企业名单", en="Look at a spreadsheet of enterprises"),
            run=registering.check,
        ),
        STORE_REGISTER: Kind(
            name=Text(zh="企业名单入库", en="Store a spreadsheet of enterprises"),
            run=registering.store,
            counts=Text(
                zh="每行先再核对一次，再入库，故计两次；全部入库之前，登记簿没有变化。",
                en="Each row is judged once more and then stored, so it counts twice. Until all of "
                "them are stored, the register does not change.",
            ),
        ),
        TAKE_BACK_REGISTER: Kind(
            name=Text(zh="撤回企业名单", en="Take back a spreadsheet of enterprises"),
            run=registering.take_back,
            counts=Text(
                zh="全部撤回之前，登记簿没有变化。",
                en="Until all of it is taken back, the register does not change.",
            ),
        ),
    }
)
