from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.conformity import (
    SIMPLE,
    Comparison,
    DecisionRule,
    Limit,
    LimitInvalid,
    LimitKind,
    LimitMissing,
    Outcome,
    Prior,
    Reason,
    Recovery,
    Result,
    UnitMismatch,
    UnitUnknown,
    convert,
    expanded_guard,
    find_limit,
    guard_band,
    guarded_rejection,
    judge,
    shared_risk,
)
from guomen.core.conformity.reading import Kind, read
from guomen.core.conformity.reasons import SENTENCES
from guomen.core.conformity.units import UNITS
from guomen.core.text import Text

RULES = (SIMPLE, guard_band(), expanded_guard(), guarded_rejection(), shared_risk(0.3))


def limit(**given: Any) -> Limit:
    values = {"analyte": "lead", "commodity": "food", "unit": "mg/kg", "basis": "test", **given}
    if values.get("kind") is not LimitKind.ABSENT and "lower" not in values:
        values.setdefault("upper", Decimal("0.5"))
    return Limit(**values)


def reason(
    raw: object, bound: Limit | None = None, *, rule: DecisionRule = SIMPLE, **m: Any
) -> str:
    return judge(Result(**{"raw": raw, "unit": "mg/kg", **m}), bound or limit(), rule).reason


NOT_RESULTS = [None, "", "  ", "-", "/", "合格", "符合", "未检", "N/A", "nan", "inf", "见附件", "0"]
NOT_RESULTS += [
    "ND",
    "N.D.",
    "未检出",
    "<0.01",
    "＜0.01",
    "<LOD",
    "<LOQ",
    "阴性",
    "≤0.5",
    "不得检出",
]
NOT_RESULTS += [
    "-1",
    -1,
    -0.001,
    float("nan"),
    float("inf"),
    True,
    "0,3",
    "1 000",
    "10²",
    "0.3 mg/kg",
]
NOT_RESULTS += [
    "约0.3",
    "0.3±0.1",
    "0.1-0.3",
    "٣",
    b"0.3",
    "检出",
    "阳性",
    "痕量",
    "0.0.1",
    "--",
    "0x1",
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
@pytest.mark.parametrize("raw", NOT_RESULTS, ids=repr)
def test_what_is_not_a_number_never_conforms_without_a_stated_detection_limit(
    raw: Any, rule: DecisionRule
) -> None:
    stated = {"expanded_uncertainty": "0.01", "coverage": 2}
    for bound in (
        limit(),
        limit(kind=LimitKind.ABSENT),
        limit(kind=LimitKind.MINIMUM, lower=Decimal(0), upper=None),
    ):
        verdict = judge(Result(raw=raw, unit="mg/kg", **stated), bound, rule)
        assert verdict.outcome is not Outcome.CONFORM


@given(raw=st.text() | st.none() | st.floats() | st.integers(), unit=st.text() | st.none())
def test_no_report_makes_judging_raise(raw: Any, unit: str | None) -> None:
    for bound in (limit(), limit(kind=LimitKind.ABSENT)):
        assert judge(Result(raw=raw, unit=unit), bound).outcome is Outcome.UNKNOWN or unit
        judge(Result(raw=raw, unit="mg/kg", lod=raw, expanded_uncertainty=raw, coverage=raw), bound)


def test_a_wrong_unit_never_conforms_and_a_kindred_one_is_converted() -> None:
    for unit in ("mg/L", "Bq/kg", "CFU/g", "°C", "furlong", "", None):
        assert reason("0.1", unit=unit) in ("unit_mismatch", "unit_unknown")
    assert reason("500", unit="µg/kg") == "within"
    assert reason("500.1", unit="ug/kg") == "beyond"
    assert reason("0.00005", unit="%") == "within"
    assert reason("0.05", unit="mg/100 g") == "within"


def test_a_result_from_the_future_never_conforms() -> None:
    on = date(2012, 5, 24)
    late = Result(raw="0.1", unit="mg/kg", taken=date(2012, 5, 25), reported=date(2012, 5, 26))
    assert judge(late, limit(), on=on).reason == "future_dated"
    assert judge(replace(late, reported=date(2012, 5, 24)), limit()).reason == "future_dated"
    on_time = replace(late, taken=date(2012, 5, 20), reported=date(2012, 5, 24))
    assert judge(on_time, limit(), on=on).outcome is Outcome.CONFORM


def test_a_limit_that_was_not_in_force_cannot_judge() -> None:
    new = limit(begins=date(2013, 6, 1))
    result = Result(raw="0.1", unit="mg/kg", taken=date(2012, 5, 24))
    assert judge(result, new).reason == "limit_not_in_force"
    assert judge(result, new.without_period()).outcome is Outcome.CONFORM
    assert judge(result, None).reason == "limit_missing"


@pytest.mark.parametrize(
    ("raw", "lod", "loq", "expected"),
    [
        ("ND", "0.01", None, "bound_within"),
        ("ND", "0.5", None, "bound_within"),
        ("ND", "0.6", None, "censored"),
        ("ND", None, "0.01", "lod_not_stated"),
        ("<0.03", "0.01", None, "bound_within"),
        ("<0.03", None, "0.03", "bound_within"),
        ("<0.03", None, None, "lod_not_stated"),
        ("<0.005", "0.01", None, "lod_inconsistent"),
        ("<0.6", "0.01", None, "censored"),
        ("<LOQ", "0.01", "0.03", "bound_within"),
        ("<LOQ", "0.01", None, "lod_not_stated"),
        ("0.004", "0.01", None, "bound_within"),
        ("0", "0.01", None, "bound_within"),
        ("0", "0", None, "lod_not_stated"),
        ("0.4", "0.6", None, "censored"),
        (">0.5", None, None, "beyond"),
        (">0.4", None, None, "censored"),
    ],
)
def test_a_result_under_the_detection_limit_is_judged_by_its_bound(
    raw: str, lod: str | None, loq: str | None, expected: str
) -> None:
    assert reason(raw, lod=lod, loq=loq) == expected


def test_a_rule_that_does_not_say_so_leaves_results_under_the_limit_undecided() -> None:
    silent = DecisionRule(key="silent", name=Text(zh="", en=""), source="test")
    assert reason("ND", rule=silent, lod="0.01") == "censored"
    assert reason("ND", limit(kind=LimitKind.ABSENT), rule=silent, lod="0.01") == "censored"
    assert reason("0.4", rule=silent) == "within"


@pytest.mark.parametrize(
    ("raw", "lod", "required", "expected"),
    [
        ("未检出", "0.5", None, "not_detected"),
        ("未检出", "0.5", "1", "not_detected"),
        ("未检出", "2", "1", "not_sensitive"),
        ("未检出", None, "1", "lod_not_stated"),
        ("0.6", "0.5", None, "detected"),
        ("0.4", "0.5", None, "not_detected"),
        ("0.6", None, None, "lod_not_stated"),
        ("检出", None, None, "detected"),
        (">0.6", None, None, "detected"),
        ("<0.8", "0.5", None, "not_sensitive"),
        ("<0.8", "0.5", "1", "not_detected"),
    ],
)
def test_absence_is_shown_by_a_method_that_could_have_found_it(
    raw: str, lod: str | None, required: str | None, expected: str
) -> None:
    bound = limit(kind=LimitKind.ABSENT, upper=None if required is None else Decimal(required))
    assert reason(raw, bound, lod=lod) == expected


def test_a_guard_is_exact_to_the_last_decimal() -> None:
    stated = {"expanded_uncertainty": "0.1", "coverage": "2"}
    assert reason("0.4", rule=expanded_guard(), **stated) == "within"
    assert reason("0.4000001", rule=expanded_guard(), **stated) == "beyond"
    assert reason("0.45", rule=guard_band(), **stated) == "guard_zone"
    assert reason("0.59", rule=guard_band(), **stated) == "beyond"
    assert reason("0.45", rule=guard_band()) == "uncertainty_not_stated"
    assert reason("0.45", rule=guard_band(), expanded_uncertainty="0.1") == "uncertainty_not_stated"
    assert reason("0.45", rule=shared_risk(0.2), expanded_uncertainty="0.1") == "within"
    assert reason("0.45", rule=shared_risk(0.2), expanded_uncertainty="0.11") == (
        "uncertainty_too_large"
    )


def test_a_float_that_is_not_the_decimal_does_not_decide() -> None:
    assert reason("0.3", limit(upper=Decimal("0.3"))) == "within"
    assert reason(0.1 + 0.2, limit(upper=Decimal("0.3"))) == "beyond"  # 0.30000000000000004
    assert reason("0.57", limit(upper=Decimal(57), unit="%"), unit="g/g") == "within"


# GB/T 8170-2008, clause 4.3, examples as recalled: limit, value, full-value, rounded.
TABLE_2 = [
    (("97.0", None), "97.01", True, True),
    (("97.0", None), "97.00", True, True),
    (("97.0", None), "96.96", False, True),
    (("97.0", None), "96.94", False, False),
    ((None, "0.5"), "0.452", True, True),
    ((None, "0.5"), "0.500", True, True),
    ((None, "0.5"), "0.549", False, True),
    ((None, "0.5"), "0.551", False, False),
    (("1.2", "1.6"), "1.151", False, True),
    (("1.2", "1.6"), "1.200", True, True),
    (("1.2", "1.6"), "1.649", False, True),
    (("1.2", "1.6"), "1.651", False, False),
    (("9.9", "10.1"), "9.89", False, True),
    (("9.9", "10.1"), "9.85", False, False),
    (("9.9", "10.1"), "10.10", True, True),
    (("9.9", "10.1"), "10.16", False, False),
]
STRICT = [
    ("9.94", True, False),
    ("9.96", True, True),
    ("10.06", True, False),
    ("10.05", True, True),
]


@pytest.mark.parametrize(("ends", "raw", "full", "rounded"), TABLE_2)
def test_full_and_rounded_comparison_follow_the_standards_own_examples(
    ends: tuple[str | None, str | None], raw: str, full: bool, rounded: bool
) -> None:
    lower, upper = (None if end is None else Decimal(end) for end in ends)
    kind = {(True, False): LimitKind.MINIMUM, (False, True): LimitKind.MAXIMUM}.get(
        (lower is not None, upper is not None), LimitKind.RANGE
    )
    for comparison, expected in ((Comparison.FULL, full), (Comparison.ROUNDED, rounded)):
        bound = limit(kind=kind, lower=lower, upper=upper, comparison=comparison)
        assert (reason(raw, bound) == "within") is expected


@pytest.mark.parametrize(("raw", "full", "rounded"), STRICT)
def test_ends_that_do_not_conform_themselves_follow_the_standards_own_examples(
    raw: str, full: bool, rounded: bool
) -> None:
    ends = {"lower": Decimal("9.9"), "upper": Decimal("10.1"), "strict": True}
    for comparison, expected in ((Comparison.FULL, full), (Comparison.ROUNDED, rounded)):
        bound = limit(kind=LimitKind.RANGE, comparison=comparison, **ends)
        assert (reason(raw, bound) == "within") is expected


def test_a_verdict_carries_its_risk_basis_certainty_and_sentence() -> None:
    result = Result(
        raw="0.45",
        unit="mg/kg",
        expanded_uncertainty="0.1",
        coverage=2,
        replicates=2,
        recovery=Recovery.CORRECTED,
    )
    bound = limit(certainty="knowledge")
    verdict = judge(result, bound, prior=Prior(mean=0.3, sd=0.1))
    assert verdict.outcome is Outcome.CONFORM
    assert verdict.p_conform is not None
    assert verdict.specific_risk == pytest.approx(1 - verdict.p_conform)
    assert verdict.consumer_risk is not None
    assert (verdict.basis, verdict.certainty, verdict.rule) == ("test", "knowledge", "simple")
    assert "未经核实" in verdict.sentence.zh
    assert "unverified" in verdict.sentence.en
    assert "Corrected for recovery" in verdict.sentence.en
    failed = judge(replace(result, raw="0.55"), bound)
    assert failed.specific_risk == failed.p_conform
    assert judge(replace(result, raw="0.45"), bound, guard_band()).specific_risk is None


@pytest.mark.parametrize("why", Reason)
def test_every_reason_has_a_sentence_in_both_languages_and_one_outcome(why: Reason) -> None:
    assert SENTENCES[why].zh
    assert SENTENCES[why].en
    assert why.outcome in Outcome


@given(
    value=st.decimals(0, 1, places=3),
    expanded=st.decimals("0.001", "0.4", places=3),
    upper=st.decimals("0.1", 1, places=2),
)
def test_guards_only_ever_move_a_verdict_away_from_the_one_they_guard(
    value: Decimal, expanded: Decimal, upper: Decimal
) -> None:
    result = Result(
        raw=value, unit="mg/kg", expanded_uncertainty=expanded, coverage=2, lod="0.0001"
    )
    bound = limit(upper=upper)
    simple, guarded = judge(result, bound).outcome, judge(result, bound, guard_band()).outcome
    assert guarded in (simple, Outcome.INCONCLUSIVE)
    if simple is Outcome.FAIL:
        assert judge(result, bound, expanded_guard()).outcome is Outcome.FAIL
    else:
        assert judge(result, bound, guarded_rejection()).outcome is Outcome.CONFORM


def test_units_of_different_dimensions_raise_and_say_what_to_do() -> None:
    with pytest.raises(UnitMismatch, match="ask the laboratory"):
        convert(Decimal(1), from_unit="mg/kg", to_unit="mg/L")
    with pytest.raises(UnitUnknown, match="furlong"):
        convert(Decimal(1), from_unit="furlong", to_unit="mg/kg")
    with pytest.raises(UnitUnknown):
        limit(unit="furlong")


@pytest.mark.parametrize(
    ("value", "start", "end", "expected"),
    [
        ("1", "%", "g/kg", "10"),
        ("1", "g/100 g", "g/kg", "10"),
        ("30", "mg/100 g", "mg/kg", "300"),
        ("20", "µg/kg", "mg/kg", "0.02"),
        ("1", "ppm", "mg/kg", "1"),
        ("1", "ppb", "ppm", "0.001"),
        ("1", "kBq/kg", "Bq/kg", "1000"),
        ("1.0", "g/kg", "mg/kg", "1000"),
    ],
)
def test_conversions_known_from_any_textbook(
    value: str, start: str, end: str, expected: str
) -> None:
    assert convert(Decimal(value), from_unit=start, to_unit=end) == Decimal(expected)


@given(
    value=st.decimals(0, 1000, places=3),
    units=st.sampled_from(sorted(UNITS)).flatmap(
        lambda a: st.tuples(
            st.just(a),
            st.sampled_from([u for u in UNITS if UNITS[u].dimension == UNITS[a].dimension]),
        )
    ),
)
def test_converting_there_and_back_changes_nothing(value: Decimal, units: tuple[str, str]) -> None:
    there = convert(value, from_unit=units[0], to_unit=units[1])
    assert convert(there, from_unit=units[1], to_unit=units[0]) == value


def test_readings_keep_the_kind_apart_from_the_number() -> None:
    assert read("1.2e-3").number == Decimal("0.0012")
    assert read("未检出(＜0.05)").kind is Kind.BELOW
    assert read("＞3").kind is Kind.ABOVE
    assert read(".5").number == Decimal("0.5")
    assert read("１２．５").number == Decimal("12.5")


def test_a_limit_must_say_what_it_limits() -> None:
    for wrong in (
        {"kind": LimitKind.MAXIMUM, "lower": Decimal(1), "upper": Decimal(2)},
        {"kind": LimitKind.RANGE, "lower": Decimal(3), "upper": Decimal(2)},
        {"kind": LimitKind.MINIMUM, "upper": Decimal(2), "lower": None},
        {"upper": Decimal("NaN")},
        {"interval": Decimal(0)},
    ):
        with pytest.raises(LimitInvalid):
            limit(**wrong)


def test_a_missing_limit_says_what_to_do() -> None:
    with pytest.raises(LimitMissing, match="add one to the rule book"):
        find_limit((), commodity="food", analyte="lead", market="CN", on=date(2012, 5, 24))
