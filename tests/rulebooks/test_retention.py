"""How long records are kept: the longer row counts, and what is not named is not free."""

from __future__ import annotations

from datetime import date

import pytest

from guomen.rulebooks import retention
from guomen.rulebooks.dated import CERTAINTIES, Dated, NothingInForce, Series

MADE, ON = date(2012, 5, 24), date(2013, 1, 1)


@pytest.mark.parametrize(
    ("kind", "until"),
    [
        ("ruling", date(2017, 5, 24)),
        ("declaration.amended", date(2017, 5, 24)),
        ("laboratory.verdict", date(2018, 5, 24)),
        ("licence.moved", date(2022, 5, 24)),
        ("draw.key", None),
        ("erasure", None),
        ("note", date(2042, 5, 24)),
        ("rulings", date(2042, 5, 24)),
    ],
)
def test_a_kind_is_kept_by_its_first_word(kind: str, until: date | None) -> None:
    assert retention.kept_until(kind, made=MADE, on=ON) == until


def test_the_longer_of_then_and_now_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = date(2013, 1, 1)
    for before, after in ((3, 7), (7, 3)):
        rows = [
            Dated(value=before, begins=MADE, ends=turn, source="x", certainty="default"),
            Dated(value=after, begins=turn, source="x", certainty="default"),
        ]
        monkeypatch.setitem(dict_of(), "ruling", Series.of("x", rows))
        assert retention.kept_until("ruling", made=MADE, on=turn) == date(2019, 5, 24)


def dict_of() -> dict[str, retention.Years]:
    assert isinstance(retention.RETENTION, dict)
    return retention.RETENTION


def test_a_leap_day_is_not_shortened() -> None:
    assert retention.kept_until("ruling", made=date(2012, 2, 29), on=ON) == date(2017, 3, 1)


def test_before_the_first_row_nothing_is_promised() -> None:
    with pytest.raises(NothingInForce):
        retention.kept_until("ruling", made=date(1980, 1, 1), on=ON)


def test_every_row_says_where_it_comes_from_and_none_outlasts_the_unnamed() -> None:
    longest = retention.UNNAMED.on(ON).value
    assert longest is not None
    for series in retention.RETENTION.values():
        for row in series.rows:
            assert row.certainty in CERTAINTIES
            assert (row.certainty == "default") == (row.source == "design default of Guomen")
            assert row.value is None or 0 < row.value <= longest
