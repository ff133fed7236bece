from __future__ import annotations

import numpy as np
import pytest
from tests.core.sampling.reference import rows

from guomen.core.sampling import EditionMissing, InvalidQuestion, UnverifiedTable, iso2859, oc, risk
from guomen.core.sampling import iso2859_staged as staged
from guomen.core.sampling import iso2859_tables as tables

# Where the carried text has Re2 = Ac2, which decides nothing (STATUS.csv): 27 is meant.
KNOWN_FAULTS = {("normal", letter, "100") for letter in "LMNP"}


def test_every_double_plan_of_105e_is_that_of_the_carried_table() -> None:
    seen = 0
    for row in rows("mil105e_double.csv"):
        letter = tables.LETTERS.index(row["letter"])
        aql = tables.aql_index(float(row["aql"]))
        target = staged._letter_105e(row["state"], letter, aql)
        assert target is not None
        size = staged._SIZES[row["state"]][target]
        found = (size, size, *staged._DOUBLE_105E[row["state"]][target + aql])
        expected = tuple(int(row[k]) for k in ("n1", "n2", "Ac1", "Re1", "Ac2", "Re2"))
        if (row["state"], row["letter"], row["aql"]) in KNOWN_FAULTS:
            expected = (*expected[:5], expected[4] + 1)
        assert found == expected
        seen += 1
    assert seen == 762


def test_the_1999_double_plans_need_an_opt_in_and_say_what_they_are() -> None:
    with pytest.raises(UnverifiedTable, match="105E"):
        iso2859.double(1000)
    plan = iso2859.double(1000, allow_unverified=True)
    assert plan.stages == ((50, 0, 3), (50, 3, 4))
    assert plan.source.evidence == "unverified"
    with pytest.raises(EditionMissing):
        iso2859.double(1000, edition="2026")


def test_the_1999_double_numbers_are_those_recalled() -> None:
    for row in rows("double_plans_iso1999_recalled_vs_105e.csv"):
        assert staged._DOUBLE_1999[int(row["single_Ac"])] == tuple(
            int(row[k]) for k in ("iso_Ac1", "iso_Re1", "iso_Ac2", "iso_Re2")
        )


def test_a_double_plan_takes_fewer_units_on_average_and_protects_alike() -> None:
    for aql in (0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0):
        single = iso2859.single(1000, aql_percent=aql)
        double = iso2859.double(1000, aql_percent=aql, edition="105E")
        points = risk(single)
        curve = oc(double, [points.p95 or 0, points.p10 or 0])
        assert np.all(curve.asn < single.n)
        assert np.abs(curve.pa - [0.95, 0.10]).max() < 0.04


def test_a_zero_plan_has_no_double_and_says_so() -> None:
    plan = iso2859.double(120, aql_percent=1.0, edition="105E")
    assert plan.stages == ((13, 0, 1),)
    assert plan.note is not None


@pytest.mark.parametrize("aql", [0.65, 1.0, 2.5, 6.5])
def test_a_multiple_plan_is_a_design_that_matches_the_single_curve(aql: float) -> None:
    single = iso2859.single(3000, aql_percent=aql)
    multiple = iso2859.multiple(3000, aql_percent=aql)
    assert multiple.source.evidence == "designed"
    assert len(multiple.stages) == 5
    points = risk(single)
    curve = oc(multiple, [points.p95 or 0, points.p50 or 0, points.p10 or 0])
    assert np.abs(curve.pa - [0.95, 0.5, 0.1]).max() <= 0.06
    assert curve.asn[0] < single.n


def test_stages_outside_three_to_seven_are_refused() -> None:
    with pytest.raises(InvalidQuestion):
        iso2859.multiple(1000, stages=2)
