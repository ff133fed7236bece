"""
Time limits of what failed: to ask for re-inspection, to answer, to dispose; and kinds of proof.

Also from when a result that was recorded as a whole no longer stands for what was not looked at.

The decree counts days on the calendar, not working days. Not for which disposals are open.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from guomen.core.dispose import DisposalKind
from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty, Dated, Series

_REVIEW = "AQSIQ Decree 77, Re-inspection of Import and Export Commodities (2005)"


def _days(value: int, source: str, certainty: Certainty, begins: date) -> Dated[int]:
    return Dated(value=value, unit="days", begins=begins, source=source, certainty=certainty)


ASK_DAYS: Series[int] = Series.of(
    "days to ask for re-inspection after the result",
    [_days(15, _REVIEW, "knowledge", date(2005, 10, 1))],
)
ANSWER_DAYS: Series[int] = Series.of(
    "days to answer a request for re-inspection",
    [_days(60, _REVIEW, "knowledge", date(2005, 10, 1))],
)
DISPOSE_DAYS: Series[int] = Series.of(
    "days to dispose of goods that failed",
    [_days(30, "design default of Guomen", "default", date(2000, 1, 1))],
)
# Records of before the chain hold one result for a whole line and nothing of its checks and tests.
RESULT_STANDS: Series[bool] = Series.of(
    "a result recorded as a whole stands for checks and tests of goods received on a day",
    [
        Dated(
            value=stands,
            begins=begins,
            ends=ends,
            source="design default of Guomen",
            certainty="default",
        )
        for stands, begins, ends in (
            (True, date(2000, 1, 1), date(2011, 5, 1)),
            (False, date(2011, 5, 1), None),
        )
    ],
)
# How long a near match of refused goods is looked for.
REMEMBERED_DAYS: Series[int] = Series.of(
    "days for which refused goods are known again",
    [_days(365, "design default of Guomen", "default", date(2000, 1, 1))],
)


def until(at: datetime, term: Series[int], zone: str) -> datetime:
    """
    Return the last moment of the last day of a term that begins at a moment.

    >>> from datetime import UTC
    >>> until(datetime(2012, 5, 24, 1, tzinfo=UTC), ASK_DAYS, "Asia/Shanghai").isoformat()
    '2012-06-08T23:59:59.999999+08:00'
    """
    day = at.astimezone(ZoneInfo(zone)).date()
    last = day + timedelta(days=term.on(day).value)
    return datetime.combine(last, time.max, ZoneInfo(zone))


# What proves that a disposal happened, and which of them serve for which disposal.
PROOFS: Mapping[str, Text] = MappingProxyType(
    {
        "exit_record": Text(zh="海关出境放行记录", en="Exit record of customs"),
        "destruction_record": Text(zh="监督销毁记录", en="Record of supervised destruction"),
        "treatment_record": Text(zh="除害处理结果单", en="Record of the treatment"),
        "retest_report": Text(zh="复检合格报告", en="Report of the test that it passed again"),
        "use_approval": Text(zh="改变用途批准书", en="Approval of the other use"),
        "recall_report": Text(zh="召回总结报告", en="Report of the recall"),
    }
)
PROOF_FOR: Mapping[DisposalKind, tuple[str, ...]] = MappingProxyType(
    {
        DisposalKind.RETURN: ("exit_record",),
        DisposalKind.DESTROY: ("destruction_record",),
        # Treated goods are shown to be clean: by the treatment itself and by a further test.
        DisposalKind.TREAT: ("treatment_record", "retest_report"),
        DisposalKind.REWORK: ("retest_report",),
        DisposalKind.PURIFY: ("retest_report",),
        DisposalKind.OTHER_USE: ("use_approval",),
        DisposalKind.RECALL: ("recall_report",),
    }
)
