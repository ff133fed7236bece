"""
The last stage of a line: what findings and verdicts come to, and what may be done with what failed.

A mandatory result that is not known keeps a line open, whatever else is known: open is the most
severe outcome here. Which disposals the law leaves open stands in the duties of a ruling, each
behind the rule that opens it. Not for the rules themselves (``rulebooks.disposal``).
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from guomen.core.facts import Fact, Source, Supplier
from guomen.core.stages import Stage
from guomen.core.text import Text


class Disposition(StrEnum):
    """What becomes of a line once it was looked at."""

    RELEASE = "release"
    CONDITIONAL_RELEASE = "conditional_release"
    NONCONFORMING = "nonconforming"
    OPEN = "open"


DISPOSITION_NAMES = MappingProxyType(
    {
        Disposition.RELEASE: Text(zh="放行", en="Release"),
        Disposition.CONDITIONAL_RELEASE: Text(zh="附条件放行", en="Conditional release"),
        Disposition.NONCONFORMING: Text(zh="不合格", en="Non-conforming"),
        Disposition.OPEN: Text(zh="待定", en="Open"),
    }
)
# The table is the order; what is open outranks even a failure, which may not be the only one.
DISPOSITION_SEVERITY = MappingProxyType(
    {
        Disposition.RELEASE: 0,
        Disposition.CONDITIONAL_RELEASE: 1,
        Disposition.NONCONFORMING: 2,
        Disposition.OPEN: 3,
    }
)


class DisposalKind(StrEnum):
    """What can be done with goods that failed."""

    RETURN = "return"
    DESTROY = "destroy"
    TREAT = "treat"
    REWORK = "rework"
    PURIFY = "purify"
    OTHER_USE = "other_use"
    RECALL = "recall"


DISPOSAL_NAMES = MappingProxyType(
    {
        DisposalKind.RETURN: Text(zh="退运", en="Return"),
        DisposalKind.DESTROY: Text(zh="销毁", en="Destroy"),
        DisposalKind.TREAT: Text(zh="除害处理", en="Treat"),
        DisposalKind.REWORK: Text(zh="技术处理", en="Rework"),
        DisposalKind.PURIFY: Text(zh="提纯处理", en="Purify"),
        DisposalKind.OTHER_USE: Text(zh="改作他用", en="Other use"),
        DisposalKind.RECALL: Text(zh="召回", en="Recall"),
    }
)
# What makes goods conform again is proved by a further test; then they are let go.
MENDING = frozenset({DisposalKind.TREAT, DisposalKind.REWORK, DisposalKind.PURIFY})
# Goods are first brought back, and then something is done with them.
FETCHING = frozenset({DisposalKind.RECALL})


class Fault(StrEnum):
    """For what goods can fail, as far as it matters for what may be done with them."""

    SAFETY = "safety"
    PEST = "pest"
    DISEASE = "disease"
    QUALITY = "quality"
    LABEL = "label"
    FRAUD = "fraud"
    PAPERS = "papers"
    UNNAMED = "unnamed"


FAULT_NAMES = MappingProxyType(
    {
        Fault.SAFETY: Text(zh="安全卫生环保项目", en="Safety, health or environment"),
        Fault.PEST: Text(zh="有害生物", en="Pest"),
        Fault.DISEASE: Text(zh="动物疫病", en="Animal disease"),
        Fault.QUALITY: Text(zh="品质规格", en="Quality"),
        Fault.LABEL: Text(zh="标签", en="Label"),
        Fault.FRAUD: Text(zh="掺假伪报", en="Fraud"),
        Fault.PAPERS: Text(zh="单证不符或货证不符", en="Papers, or goods other than declared"),
        Fault.UNNAMED: Text(zh="未注明项目", en="Item not named"),
    }
)

_NOT_LOOKED = Text(zh="尚无结论", en="no finding yet")
_NOT_KNOWN = Text(zh="不明", en="not known")


def _fact(
    name: str,
    dtype: DataType | DataTypeClass,
    zh: str,
    en: str,
    source: Source = Source.STATE,
    null_means: Text = _NOT_KNOWN,
) -> Fact:
    return Fact(
        name=name,
        dtype=dtype,
        label=Text(zh=zh, en=en),
        source=source,
        supplier=Supplier.BUREAU,
        null_means=null_means,
    )


def _found(name: str, zh: str, en: str) -> Fact:
    return _fact(name, pl.String, zh, en, null_means=_NOT_LOOKED)


FACTS: tuple[Fact, ...] = (
    _fact("line", pl.String, "货物批编号", "line reference", Source.IDENTITY),
    _fact("on", pl.Date, "处置日期", "day of the disposition", Source.IDENTITY),
    _fact("direction", pl.String, "进出境方向", "direction", Source.DECLARED),
    _fact("commodity_group", pl.String, "商品大类", "commodity group", Source.REGISTER),
    _fact("admitted", pl.String, "受理裁定", "outcome of the first ruling"),
    _found("examined", "查验裁定", "outcome of the examination; none where none was asked for"),
    _found("documentary", "单证核查", "documentary check: conform or fail"),
    _found("identity", "货证核对", "identity check: conform or fail"),
    _found("physical", "实物检验", "physical check: conform or fail"),
    _fact("loading_due", pl.Boolean, "应当监装", "supervised loading is due"),
    _found("loading", "监装", "supervised loading: conform or fail"),
    _found("exit_check", "离境查验", "check at the port of exit: none, due, conform or fail"),
    _fact("tests_due", pl.Int64, "应检项目数", "mandatory tests"),
    _fact("tests_failed", pl.Int64, "不合格项目数", "tests that failed"),
    _fact("tests_open", pl.Int64, "未定项目数", "tests without an approved verdict"),
    *(
        _fact(f"fault_{fault}", pl.Boolean, f"不合格：{name.zh}", f"fault: {name.en.lower()}")
        for fault, name in FAULT_NAMES.items()
    ),
    _fact("released_before", pl.Boolean, "曾经放行", "the goods were released before"),
)

DISPOSE: Stage[Disposition] = Stage(
    code="dispose",
    kind="disposition",
    name=Text(zh="处置裁定", en="Disposition"),
    schema=1,
    engine=1,
    facts=FACTS,
    severity=DISPOSITION_SEVERITY,
    outcome_names=DISPOSITION_NAMES,
    clean=Disposition.RELEASE,
    open=Disposition.OPEN,
)
