from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.sampling.reference import rows, vectors

from guomen.core.sampling import iso2859
from guomen.core.sampling.plan import InvalidQuestion


def test_every_one_of_the_1248_cells_is_that_of_the_reference_table() -> None:
    table = iso2859.cells()
    seen = 0
    for row in rows("iso2859_1_single.csv"):
        state, letter = iso2859.STATES.index(row["state"]), iso2859.LETTERS.index(row["letter"])
        cell = table[state][letter][iso2859.aql_index(float(row["aql"]))]
        assert (
            iso2859.LETTERS[cell.letter],
            cell.n,
            cell.ac,
            cell.ac + 1,
            cell.arrow or "plan",
        ) == (row["plan_letter"], int(row["n"]), int(row["ac"]), int(row["re"]), row["cell"])
        seen += 1
    assert seen == 1248


def test_every_code_letter_is_that_of_the_reference_table_at_both_ends() -> None:
    for row in rows("iso2859_1_code_letters.csv"):
        for level in iso2859.LEVELS:
            ends = (int(row["lot_min"]), int(row["lot_max"] or 10**9))
            assert {iso2859.code_letter(lot, level=level) for lot in ends} == {row[level]}


@pytest.mark.parametrize("vector", vectors("iso2859-1"), ids=lambda v: str(v["id"]))
def test_a_shared_vector_of_single_plans_holds(vector: Any) -> None:
    asked, expected = vector["inputs"], vector["expected"]
    plan = iso2859.single(
        asked["lot"], level=asked["level"], aql_percent=asked["aql"], state=asked["state"]
    )
    assert (plan.letter, plan.n, plan.ac, plan.re, plan.full_inspection) == (
        expected["code_plan_letter"],
        expected["n"],
        expected["Ac"],
        expected["Re"],
        expected["full_inspection"],
    )


@given(
    st.lists(
        st.tuples(
            st.integers(1, 2_000_000),
            st.sampled_from(iso2859.LEVELS),
            st.sampled_from(iso2859.AQL_SERIES),
            st.sampled_from(iso2859.STATES),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_arrays_answer_as_one_lot_at_a_time(questions: list[tuple[int, str, float, str]]) -> None:
    lots, levels, aqls, states = (list(part) for part in zip(*questions, strict=True))
    many = iso2859.single(lots, level=levels, aql_percent=aqls, state=states)
    for i, (lot, level, aql, state) in enumerate(questions):
        one = iso2859.single(lot, level=level, aql_percent=aql, state=state)
        assert many[i] == one
        assert (many.n[i], many.ac[i], many.re[i], many.units[i]) == (
            one.n,
            one.ac,
            one.re,
            one.units,
        )
        assert many.full_inspection[i] == one.full_inspection
        assert many.followed_arrow[i] == (one.followed_arrow is not None)


def test_a_sample_as_large_as_the_lot_means_all_of_it() -> None:
    plan = iso2859.single(10, aql_percent=0.65)
    assert (plan.n, plan.units, plan.full_inspection) == (20, 10, True)


def test_an_aql_off_the_series_is_refused_with_its_neighbours() -> None:
    with pytest.raises(iso2859.UnknownAQL, match=r"1 and 1\.5") as refused:
        iso2859.single(1000, aql_percent=1.2)
    assert refused.value.data["nearest"] == (1.0, 1.5)
    with pytest.raises(iso2859.UnknownAQL):
        iso2859.single([1000, 2000], aql_percent=[1.0, 1.2])
    with pytest.raises(iso2859.UnknownAQL):
        iso2859.single([1000], aql_percent=[float("nan")])


def test_percent_nonconforming_ends_at_ten() -> None:
    with pytest.raises(iso2859.UnknownAQL, match="per_100"):
        iso2859.single(1000, aql_percent=15.0, unit="percent_nonconforming")
    assert iso2859.single(1000, aql_percent=15.0).ac == 21


def test_an_edition_not_held_is_refused() -> None:
    with pytest.raises(iso2859.EditionMissing, match="1999"):
        iso2859.single(1000, edition="2026")
    assert iso2859.single(1000, edition="2012") == iso2859.single(1000)


@pytest.mark.parametrize(
    "bad", [{"lot": 0}, {"lot": 10, "level": "IV"}, {"lot": [1.5]}, {"lot": [3, 0]}]
)
def test_a_meaningless_question_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuestion):
        iso2859.single(**bad)


def test_settings_given_by_index_serve_as_names_do() -> None:
    lots = np.array([20, 3000, 10**6])
    by_name = iso2859.single(lots, level=["I", "II", "III"], state="reduced")
    by_index = iso2859.single(lots, level=[4, 5, 6], state=2)
    assert by_name.n.tolist() == by_index.n.tolist()
    with pytest.raises(InvalidQuestion):
        iso2859.single(lots, level=7)
