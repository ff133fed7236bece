"""Editions of the sampling standards: what is held, what is not, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from guomen.core.sampling import Evidence
from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition of a standard; ``held`` tells whether its plans can be asked for."""

    standard: str
    edition: str
    begins: date
    ends: date | None  # exclusive; the day the next edition replaced it
    held: bool
    evidence: Evidence
    certainty: Certainty
    source: str
    note: Text


EDITIONS: Final = (
    Edition(
        standard="ISO 2859-1", edition="1999", begins=date(1999, 11, 1), ends=date(2026, 1, 1),
        held=True, evidence="verified", certainty="sourced",
        source="equal to a public transcription of GB/T 2828.1-2012 and, where unchanged, to "
        "MIL-STD-105E",
        note=Text(zh="一次抽样方案 1248 格全部核对。", en="All 1,248 single-plan cells checked."),
    ),
    Edition(
        standard="ISO 2859-1", edition="2026", begins=date(2026, 1, 1), ends=None, held=False,
        evidence="unverified", certainty="knowledge", source="listings of two standards shops",
        note=Text(zh="第三版已发布，表格未获得，不予推算。",
                  en="The third edition is published; its tables are not held and not guessed."),
    ),
    Edition(
        standard="GB/T 2828.1", edition="2012", begins=date(2013, 2, 15), ends=None, held=True,
        evidence="verified", certainty="knowledge", source="identical adoption of ISO 2859-1:1999",
        note=Text(zh="等同采用 ISO 2859-1:1999。", en="Identical to ISO 2859-1:1999."),
    ),
    Edition(
        standard="MIL-STD-105", edition="E", begins=date(1989, 5, 10), ends=date(1995, 2, 27),
        held=True, evidence="verified", certainty="knowledge",
        source="tables as carried by a public statistics package; four cells corrected",
        note=Text(zh="二次抽样方案。", en="Double plans."),
    ),
    Edition(
        standard="ISO 2859-2", edition="1985", begins=date(1985, 1, 1), ends=date(2020, 1, 1),
        held=True, evidence="unverified", certainty="knowledge", source="recalled",
        note=Text(zh="仅凭记忆，需明示同意；默认用计算方案。",
                  en="Recalled only and needs an opt-in; computed plans are the default."),
    ),
    Edition(
        standard="ISO 2859-3", edition="1991", begins=date(1991, 1, 1), ends=None, held=True,
        evidence="unverified", certainty="knowledge", source="recalled frequencies only",
        note=Text(zh="仅跳批频率。", en="Skipping frequencies only."),
    ),
    Edition(
        standard="ISO 3951-1", edition="2013", begins=date(2013, 1, 1), ends=None, held=False,
        evidence="designed", certainty="default",
        source="computed to the risks of the attribute plan",
        note=Text(zh="未收录印刷表，按风险计算。", en="Printed tables not held; computed by risk."),
    ),
    Edition(
        standard="ISPM 31", edition="2008", begins=date(2008, 4, 1), ends=None, held=True,
        evidence="computed", certainty="sourced",
        source="exact integer arithmetic; 160 of 161 recalled printed cells equal",
        note=Text(zh="按公式精确计算。", en="Computed exactly from the stated models."),
    ),
)  # fmt: skip
