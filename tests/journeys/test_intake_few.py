"""A few lines read in plain Python come out as many lines read by Polars, whatever they hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from guomen.journeys import intake
from guomen.journeys.intake.few import parse_rows

TODAY = date(2012, 5, 24)
GOOD: dict[str, Any] = {
    "declaration": "A-1",
    "direction": "export",
    "enterprise": "91440400MA4A000012",
    "agent": "SELF",
    "port": "CNGBP",
    "transport": "road",
    "transit_via": "NONE",
    "line": "1",
    "goods": "菜心",
    "hs_code": "0704909001",
    "origin": "CN",
    "destination": "MO",
    "quantity": "1200.5",
    "unit": "KGM",
    "units_in_lot": "240",
    "value_cny": "9600",
    "produced_on": "2012-05-23",
    "documents": "contract;invoice",
}
# Words that lie near the edges of what a cell may be.
WORDS = (
    *("", " ", "　", "0", "-0", "-1", "1.", "1.000", "1.0000", "1.0001", "01", "1e3", "１２", "¼"),
    *("999999", "1000000", "999999999999999", "9999999999999990", "999999999999999999999"),
    *("0.001", "0.0001", "0.010", "1,000", "+1", "--1", ".5", "NaN", "1 2"),
    *("2012-05-24", "2012-05-25", "2012-5-3", "2012-02-30", "0000-01-01", "0001-01-01"),
    *("1899-12-31", "1900-01-01", "9999-12-31", "12-05-24", "2012/05/24", "２０１２-05-01"),
    *("CN", "cn", "XX", "NONE", "SELF", "KGM", "KG", "road", "import", "export"),
    *("070490900", "0704909001", "07049090011", "070490900a", "ENT-000001-1", "ENT-X"),
    *("91440400MA4A000012", "91440400MA4A000013", "contract", "contract;;NONE", "contract, x"),
    *("\x00", "a\tb", "\x1f", "�", "x" * 57, "x" * 397, "x" * 401, "\u2003a\u2003", "A-1", "A-2"),
)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(WORDS),
    st.booleans(),
    st.integers(-5, 10**7),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-10, max_value=10**6),
    st.dates(date(1899, 1, 1), date(2013, 1, 1)),
    st.lists(st.sampled_from(["contract", "invoice", "x"]), max_size=3),
    # The newest signs of Unicode are known to one library before the other.
    st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cn", "Cs"]), max_size=8),
)
CHANGES = st.dictionaries(st.sampled_from([*intake.BY_NAME, "strange"]), VALUES, max_size=4)


@settings(max_examples=300)
@given(st.lists(CHANGES, min_size=1, max_size=6))
@example([{"produced_on": "0000-01-01"}, {"line": "2"}])
@example([{"line": "1"}, {"line": "1.0"}])
@example([{"port": None}, {"line": "2"}])
def test_both_ways_of_reading_say_the_same(changes):
    rows = [GOOD | {"line": str(n)} | more for n, more in enumerate(changes, start=1)]
    many = intake.parse(intake.rows_frame(rows), today=TODAY)
    lines, problems = parse_rows(rows, today=TODAY)
    assert [_shown(p) for p in problems] == [_shown(p) for p in many.problems]
    assert lines == many.lines.to_dicts()
    assert [list(map(str, line.values())) for line in lines] == [
        list(map(str, line.values())) for line in many.lines.to_dicts()
    ]


def _shown(problem: intake.Problem) -> tuple[Any, ...]:
    # Polars shows the year 0, which no date of Python has.
    value = problem.value.replace("0000-01-01", "0001-01-01")
    return problem.row, problem.column, value, problem.says
