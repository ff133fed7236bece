"""Records of other departments: every row is accounted for, whatever was sent."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.desks import people
from tests.journeys import builders

from guomen.desks.api.callers import make_token
from guomen.desks.components import clock
from guomen.journeys.files.frames import read_xlsx
from guomen.journeys.standing import crediting, partners, previewing
from guomen.supervision.agencies.models import AgencyKind, Role
from guomen.supervision.agencies.operations import NewAgency, found
from guomen.supervision.credit import operations
from guomen.supervision.credit.models import CreditRecord, PartnerFile, PartnerRow, Rating, Source

NOW = builders.NOW
SENDER = partners.Sender(agency="DEP-CUS", source=Source.CUSTOMS, name="may.csv")
URL = "/api/v1/credit/records"


def how(by="OFC-A", at=NOW):
    return builders.how(at, by=by)


@pytest.fixture
def firm(register):
    found(
        NewAgency(code="DEP-CUS", kind=AgencyKind.DEPARTMENT, name_zh="海关", name_en="Customs"),
        parent=None,
    )
    made = register.enterprises[builders.TOYMAKER]
    operations.open_file(made.pk, on=builders.FOUNDED)
    crediting.rerate([made.pk], at=builders.RECORDED)
    return made


def row(number="C-1", **more):
    given_row = {
        "reference": number,
        "enterprise": builders.TOYMAKER,
        "name": "",
        "item": "",
        "happened_on": "2012-05-02",
        "evidence": "决定书",
    }
    return given_row | more


CASES = (
    (row(), "matched", None),
    (row("C-2", evidence=""), "malformed", "no_evidence"),
    (row("", evidence="x"), "malformed", "no_reference"),
    (row("C-3", happened_on="2012-13-01"), "malformed", "bad_day"),
    (row("C-4", happened_on="2099-01-01"), "malformed", "bad_day"),
    (row("C-5", item="NO-SUCH"), "malformed", "no_item"),
    (row("C-6", item="CMP-EVASION"), "malformed", "grave_item"),
    (row("C-7", enterprise="91440400MA4UNKNOWN"), "unmatched", "no_enterprise"),
    (row("C-8", enterprise=builders.VINTNER), "unmatched", "no_file"),
    (row("C-9", name="别的公司"), "conflicting", "name_differs"),
    (row("C-1", evidence="another"), "conflicting", "twice"),
    (row(), "repeated", "same_content"),
)


def test_each_row_becomes_what_it_is_and_is_kept_as_it_was_sent(firm):
    file = partners.take_in([case for case, _, _ in CASES], SENDER, how=how())
    stored = list(file.rows.order_by("number"))
    assert [(r.outcome, r.why.get("code")) for r in stored] == [(o, w) for _, o, w in CASES]
    assert [r.content for r in stored] == [case for case, _, _ in CASES]
    assert CreditRecord.objects.get().source_reference == "C-1"


def test_a_file_is_seen_before_it_is_taken_in_and_comes_back_with_what_to_do(firm):
    draft = previewing.look([case for case, _, _ in CASES], SENDER, how=how())
    assert not PartnerFile.objects.exists()
    assert not CreditRecord.objects.exists()
    seen = previewing.seen(draft)
    assert [(r.outcome, r.why or None) for r in seen] == [(o, w) for _, o, w in CASES]
    bad = [n for n, (_, o, _) in enumerate(CASES, 1) if o not in ("matched", "repeated")]
    sheets = [previewing.rejected(seen, chinese=chinese) for chinese in (True, False)]
    # The department's number comes between somebody's look and the taking in.
    other = partners.take_in([row()], SENDER, how=how())
    with pytest.raises(previewing.SeenOtherwiseError):
        previewing.take_in(draft.pk, how=how())
    assert PartnerFile.objects.get() == other
    assert CreditRecord.objects.count() == 1
    previewing.look_again(draft, how=how())
    file = previewing.take_in(draft.pk, how=how())
    assert file.rows.count() == len(CASES)
    with pytest.raises(previewing.SeenOtherwiseError):
        previewing.take_in(draft.pk, how=how())
    sheets.append(previewing.rejected(previewing.turned_away(file), chinese=False))
    for content in sheets:
        table = read_xlsx(io.BytesIO(content)).frame
        assert [int(n) for n in table.to_series(0)] == bad
        assert all(text for column in table.columns[4:] for text in table[column])


def test_every_reason_to_turn_a_row_away_says_which_column_and_what_to_do():
    assert set(previewing.REMEDIES) == set(partners.WHY) - {"same_content"}
    assert {r.column for r in previewing.REMEDIES.values()} <= set(partners.COLUMNS)


def test_what_is_sent_again_is_repeated_and_what_differs_conflicts(firm):
    partners.take_in([row()], SENDER, how=how())
    again = partners.take_in([row(), row("C-2")], SENDER, how=how())
    assert [r.outcome for r in again.rows.order_by("number")] == ["repeated", "matched"]
    other = partners.take_in([row(happened_on="2012-05-03")], SENDER, how=how())
    assert other.rows.get().why == {"code": "other_content"}
    assert CreditRecord.objects.count() == 2


def test_points_of_a_department_count_like_our_own(firm):
    rows = [row(f"C-{n}") for n in range(5)]
    partners.take_in(rows, SENDER, how=how())
    later = NOW.replace(month=10, day=2)
    crediting.close_cycle(how=how(at=later))
    held = Rating.objects.as_of(later.date(), known=later.replace(day=3)).get(enterprise=firm)
    assert (held.level, held.score) == ("C", 70)


values = st.sampled_from(["", "C-1", "C-2", "2012-05-02", "QLT-LABEL", builders.TOYMAKER, "x"])
sent = st.lists(st.fixed_dictionaries(dict.fromkeys(partners.COLUMNS, values)), min_size=1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent)
def test_the_counts_of_a_file_always_add_up_to_its_rows(firm, rows):
    file = partners.take_in(rows, SENDER, how=how())
    counts = partners.reconciliation(file)
    assert sum(counts.values()) == len(rows) == file.rows.count()
    matched = file.rows.filter(outcome="matched")
    assert matched.filter(record=None).count() == 0
    assert Counter(file.rows.values_list("outcome", flat=True))["matched"] == matched.count()


def test_an_open_row_is_settled_once_and_only_once(firm):
    file = partners.take_in([row(enterprise="?"), row("C-2", enterprise="?")], SENDER, how=how())
    first, second = file.rows.order_by("number")
    done = partners.settle(first, firm, how=how())
    assert (done.outcome, done.record.enterprise) == ("matched", firm)
    assert partners.settle(second, None, how=how()).outcome == "set_aside"
    for settled in (first, second):
        with pytest.raises(partners.PartnerRefusedError):
            partners.settle(settled, firm, how=how())


def test_nothing_and_too_much_are_refused_whole(firm):
    for rows in ([], [row()] * (partners.MOST_ROWS + 1)):
        with pytest.raises(partners.PartnerRefusedError):
            partners.take_in(rows, SENDER, how=how())
    assert not PartnerFile.objects.exists()


def test_a_large_file_takes_a_fixed_number_of_queries(firm, django_assert_max_num_queries):
    rows = [row(f"C-{n}") for n in range(300)]
    with django_assert_max_num_queries(40):
        file = partners.take_in(rows, SENDER, how=how())
    assert file.rows.filter(outcome="matched").count() == 300


def test_a_csv_is_read_by_its_columns(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("reference,enterprise,evidence\nC-1, E ,x\n", encoding="utf-8")
    assert partners.rows_of(path) == [row("C-1", enterprise="E", evidence="x", happened_on="")]


# -- the API ---------------------------------------------------------------------------------------
@pytest.fixture
def token(firm, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    person = people.officer("partner", Role.LIAISON_OFFICER, agency="DEP-CUS")
    _, secret = make_token(person.user, label="customs", at=NOW)
    return {"Authorization": f"Bearer {secret}"}


def send(headers, body):
    return Client().post(URL, json.dumps(body), content_type="application/json", headers=headers)


def test_a_department_sends_records_and_reads_what_became_of_them(token):
    answer = send(token, {"name": "may", "records": [row(), row("C-2", enterprise="?")]})
    assert answer.status_code == 201
    found_rows = answer.json()
    assert found_rows["rows"] == sum(found_rows["counts"].values()) == 2
    assert [r["outcome"] for r in found_rows["results"]] == ["matched", "unmatched"]
    assert found_rows["results"][0]["record"] == CreditRecord.objects.get().reference
    again = Client().get(f"{URL}/{found_rows['number']}", headers=token)
    assert again.json() == found_rows


def test_a_body_that_is_no_list_of_records_is_refused_with_what_to_do(token):
    for body in ({}, {"records": 3}, {"records": ["x"]}, {"records": []}):
        assert send(token, body).status_code in (400, 422)
    assert not PartnerRow.objects.exists()


def test_officers_of_the_bureau_and_foreign_departments_are_turned_away(token):
    number = send(token, {"records": [row()]}).json()["number"]
    own = people.officer("own", Role.LIAISON_OFFICER)
    _, secret = make_token(own.user, label="x", at=NOW)
    foreign = {"Authorization": f"Bearer {secret}"}
    assert send(foreign, {"records": [row("C-5")]}).status_code == 403
    assert Client().get(f"{URL}/{number}", headers=foreign).status_code == 403
    assert send({}, {"records": [row()]}).status_code == 401
    assert Client().get(f"{URL}/{number + 99}", headers=token).status_code == 404
