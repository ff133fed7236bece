from __future__ import annotations

from datetime import date

import pytest

from guomen.rulebooks.dated import CertaintyUnknown, Dated, NothingInForce, RowsOverlap, Series


def row(value: str, begins: date, ends: date | None = None) -> Dated[str]:
    return Dated(value=value, begins=begins, ends=ends, source="test", certainty="default")


OLD = row("old", date(2008, 10, 7), date(2011, 4, 6))
NEW = row("new", date(2011, 4, 6))


def test_the_last_day_is_exclusive_so_a_successor_takes_over_that_morning() -> None:
    series = Series.of("melamine", [NEW, OLD])
    assert series.on(date(2011, 4, 5)).value == "old"
    assert series.on(date(2011, 4, 6)).value == "new"


def test_a_day_without_a_row_raises_and_never_takes_the_nearest() -> None:
    with pytest.raises(NothingInForce, match="2008-10-06"):
        Series.of("melamine", [OLD, NEW]).on(date(2008, 10, 6))
    gap = Series.of("gap", [OLD, row("later", date(2012, 1, 1))])
    with pytest.raises(NothingInForce):
        gap.on(date(2011, 6, 1))


def test_rows_that_claim_the_same_day_are_refused() -> None:
    with pytest.raises(RowsOverlap):
        Series.of("melamine", [OLD, row("clash", date(2011, 4, 5))])
    with pytest.raises(RowsOverlap):
        Series.of("melamine", [row("open", date(2000, 1, 1)), NEW])
    with pytest.raises(RowsOverlap):
        row("backwards", date(2011, 1, 1), date(2011, 1, 1))


def test_a_row_without_source_or_with_an_unknown_certainty_is_refused() -> None:
    with pytest.raises(CertaintyUnknown):
        Dated(value=1, begins=date(2011, 1, 1), source="", certainty="sourced")
    with pytest.raises(CertaintyUnknown):
        Dated(value=1, begins=date(2011, 1, 1), source="x", certainty="hearsay")  # type: ignore[arg-type]
