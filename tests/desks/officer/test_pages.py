"""What the pages of officers show and do, on real records."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.desks import people
from tests.journeys import builders

from guomen.desks.components import clock
from guomen.journeys import consignments, today
from guomen.journeys.consignments import Scope, Wanted
from guomen.journeys.jobs import worker
from guomen.supervision.agencies.models import Agency, Role
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import proofs

pytestmark = pytest.mark.usefixtures("bureau")
HERE = Scope(path="/AQSIQ/ZHCIQ/")


@pytest.fixture
def head() -> Client:
    return people.signed_in(people.officer("head", Role.BRANCH_HEAD))


@pytest.fixture
def held() -> Line:
    (line,) = builders.lodged(builders.meat(documents=None))
    assert line.state == "held"
    return line


def address(line: Line, move: str = "") -> str:
    one = f"/desk/declarations/{line.declaration.reference}/"
    return f"{one}lines/{line.number}/{move}/" if move else one


def said(answer: object) -> str:
    return " ".join(str(m) for m in get_messages(answer.wsgi_request))  # type: ignore[attr-defined]


# -- today ----------------------------------------------------------------------------------------


def test_the_title_of_today_says_what_waits(
    head: Client, held: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.lodged(builders.vegetables("A-2"))
    assert "1 awaits inspection</h1>" in head.get("/desk/").content.decode()
    # The officer's session stands at the later moment too, so the page is asked on a later day.
    monkeypatch.setattr(clock, "now", lambda: builders.NOW + timedelta(days=30))
    page = head.get("/desk/").content.decode()
    assert "1 line held past its deadline; 1 awaits inspection</h1>" in page


def test_an_empty_desk_says_so(head: Client) -> None:
    page = head.get("/desk/").content.decode()
    assert "Nothing waits for you</h1>" in page
    assert "No line is held" in page


def test_today_is_compared_with_the_same_hours_of_the_weeks_before() -> None:
    week = timedelta(days=7)
    early = builders.NOW - timedelta(hours=1)
    for place, at in enumerate((early, early - week, early - 2 * week, early - week)):
        builders.lodged(builders.meat(f"B-{place}", documents=None), at=at)
    # After this hour of the day a week ago: not yet comparable.
    builders.lodged(builders.meat("B-9", documents=None), at=builders.NOW - week + week / 100)
    found = today.today(HERE, agency=builders.BUREAU, now=builders.NOW)
    counted = {tally.outcome: (tally.lines, tally.usual) for tally in found.outcomes}
    assert counted["hold"] == (1, 1.5)
    assert found.weeks == 2


def test_today_takes_the_same_queries_however_much_waits(
    django_assert_num_queries: DjangoAssertNumQueries, held: Line
) -> None:
    with django_assert_num_queries(13):
        today.today(HERE, agency=builders.BUREAU, now=builders.NOW)
    for place in range(6):
        builders.lodged(builders.meat(f"C-{place}", documents=None), builders.meat(f"C-{place}", 2))
    with django_assert_num_queries(13):
        today.today(HERE, agency=builders.BUREAU, now=builders.NOW)


def test_a_day_without_a_key_is_announced(head: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no draw today" not in head.get("/desk/").content.decode()
    monkeypatch.setattr(clock, "now", lambda: builders.NOW + timedelta(days=40))
    assert "There is no draw today" in head.get("/desk/").content.decode()


# -- the list -------------------------------------------------------------------------------------


def test_a_list_takes_five_queries_whatever_it_shows(
    django_assert_num_queries: DjangoAssertNumQueries, held: Line
) -> None:
    for place in range(5):
        builders.lodged(builders.toys(f"D-{place}"))
    with django_assert_num_queries(5):
        found = consignments.find(HERE, Wanted(outcome="hold"), now=builders.NOW)
        assert consignments.count(found) == 1
        rows = consignments.rows(found, 0, 50)
        assert [row.reference for row in rows] == [held.reference]
        assert consignments.enterprise_names(rows)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(text="菜心"), {"A-2"}),
        (Wanted(text="a-2"), {"A-2"}),
        (Wanted(text="0704"), {"A-2"}),
        (Wanted(text=f"企业{builders.IMPORTER[-6:]}"), {"A-1"}),
        (Wanted(text="nothing like it"), set()),
        (Wanted(direction="export"), {"A-2"}),
        (Wanted(port="CNJZU"), {"A-1"}),
        (Wanted(group="meat"), {"A-1"}),
        (Wanted(hs="07"), {"A-2"}),
        (Wanted(state="held", held_for="declarant"), {"A-1"}),
        (Wanted(late=True), set()),
        (Wanted(first=builders.TODAY, last=builders.TODAY), {"A-1", "A-2"}),
        (Wanted(first=builders.TODAY + builders.DAY), set()),
    ],
)
def test_a_list_is_narrowed_by_what_is_wanted(held: Line, wanted: Wanted, found: set[str]) -> None:
    builders.lodged(builders.vegetables("A-2"))
    lines = consignments.find(HERE, wanted, now=builders.NOW)
    assert {line.declaration.own_number for line in consignments.rows(lines, 0, 9)} == found


def test_a_line_is_found_by_the_start_of_its_number(held: Line) -> None:
    lines = consignments.find(HERE, Wanted(text=held.reference.lower()), now=builders.NOW)
    assert consignments.count(lines) == 1


def test_pages_of_a_list_never_overlap(held: Line) -> None:
    for place in range(6):
        builders.lodged(builders.meat(f"E-{place}", documents=None))
    for order in (*consignments.ORDERS, *(f"-{name}" for name in consignments.ORDERS)):
        lines = consignments.find(HERE, Wanted(), now=builders.NOW, order=order)
        pages = [consignments.rows(lines, at, at + 2) for at in range(0, 8, 2)]
        assert len({line.pk for page in pages for line in page}) == 7


def test_filters_stand_as_chips_and_a_wrong_one_says_so(head: Client, held: Line) -> None:
    page = head.get("/desk/declarations/?outcome=hold&hs=abc").content.decode()
    assert "Outcome: Hold" in page
    assert "Two to ten digits" in page
    assert held.reference in page
    assert "No line is like that" in head.get("/desk/declarations/?q=zzz").content.decode()


def test_the_spreadsheet_holds_the_list_and_no_formula(head: Client) -> None:
    builders.lodged(builders.toys(goods="=cmd|' /C calc'!A0"), builders.toys(line=2))
    answer = head.get("/desk/declarations/export/?direction=export")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows())
    assert len(rows) == 3
    assert all(cell.data_type != "f" for row in rows for cell in row)
    assert "'=cmd|' /C calc'!A0" in [cell.value for row in rows for cell in row]


# -- one declaration ------------------------------------------------------------------------------


def test_a_page_takes_the_same_queries_for_one_line_and_for_six(
    head: Client, held: Line, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    six = [builders.meat("F-6", n, documents=None, lot=f"LOT{n}") for n in range(1, 7)]
    lines = builders.lodged(*six)
    for line in (held, lines[0]):
        with django_assert_max_num_queries(25):
            assert head.get(address(line)).status_code == 200


def test_the_page_tells_what_is_missing_and_from_whom(head: Client, held: Line) -> None:
    page = head.get(address(held)).content.decode()
    assert "from the declarant" in page
    assert "Fill in what is missing" in page
    assert "Verify this draw" in page


def test_an_unknown_number_is_not_found(head: Client, held: Line) -> None:
    assert head.get("/desk/declarations/DEC-2012-999999-9/").status_code == 404
    assert (
        head.get(address(held).replace("lines/1", "lines/9") + "lines/9/amend/").status_code == 404
    )
    assert head.get(address(held, "explode")).status_code == 404


def test_the_proof_of_an_entry_stands_by_itself(head: Client, held: Line) -> None:
    answer = head.get(f"{address(held)}proof/{held.ruling_seq}/")
    report = proofs.verify_proof(json.loads(answer.content), trusted_keys=frozenset())
    assert report.in_batch
    (other,) = builders.lodged(builders.toys("G-1"))
    assert head.get(f"{address(held)}proof/{other.ruling_seq}/").status_code == 404


# -- actions --------------------------------------------------------------------------------------


def test_what_is_missing_is_filled_in_and_the_line_decided_again(head: Client, held: Line) -> None:
    documents = ["contract", "invoice", "packing_list", "official_certificate"]
    answer = head.post(address(held, "supply"), {"version": held.version, "documents": documents})
    assert answer.status_code == 302
    assert answer["Location"] == f"{address(held)}#line-1"
    held.refresh_from_db()
    assert held.documents == ";".join(documents)
    assert held.rulings == 2


def test_whoever_comes_second_is_told_and_keeps_what_was_typed(head: Client, held: Line) -> None:
    typed = {"version": held.version, "finding": "", "reason": "the other officer was quicker"}
    Line.objects.filter(pk=held.pk).update(version=held.version + 1)
    answer = head.post(address(held, "withdraw"), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody changed this line" in page
    assert "the other officer was quicker" in page
    held.refresh_from_db()
    assert held.state == "held"
    typed["version"] = held.version
    assert head.post(address(held, "withdraw"), typed).status_code == 302
    # The same paper again changes nothing: the line has moved on.
    assert "moved on" in head.post(address(held, "withdraw"), typed).content.decode()


def test_a_bad_value_stands_at_its_field_and_nothing_is_lost(head: Client, held: Line) -> None:
    answer = head.post(
        address(held, "amend"),
        {"version": held.version, "hs_code": "202300090", "goods": "牛肉", "quantity": "20000"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "the leading 0 was probably lost" in page
    assert 'href="#id_hs_code"' in page
    assert 'value="202300090"' in page


def test_less_severity_needs_a_second_person(head: Client, held: Line) -> None:
    proposal = {
        "version": held.version,
        "rules": [rule for rule in held.reasons if "-" in rule][:1],
        "reason": "rule_not_applicable",
        "note": "seen",
    }
    assert head.post(address(held, "settle"), proposal).status_code == 302
    page = head.get(address(held)).content.decode()
    assert "a colleague with the right to approve decides" in page
    override = held.overrides.get()
    decide = f"/desk/overrides/{override.pk}/"
    assert "cannot be made" in said(head.post(decide, {"answer": "approve"}))
    second = people.signed_in(people.officer("second", Role.APPROVER))
    assert "1 override waits for you" in second.get("/desk/").content.decode()
    assert f'name="version" value="{held.version}"' in second.get(address(held)).content.decode()
    stale = said(second.post(decide, {"answer": "approve", "version": held.version - 1}))
    assert "changed this line at the same moment" in stale
    second.post(decide, {"answer": "approve", "version": held.version})
    held.refresh_from_db()
    assert held.settled_rules == proposal["rules"]


def test_more_severity_is_carried_out_at_once(head: Client, held: Line) -> None:
    wish = {"version": held.version, "outcome": "refuse", "reason": "suspicion", "note": ""}
    assert head.post(address(held, "raise"), wish).status_code == 302
    held.refresh_from_db()
    assert held.state == "refused"


def test_goods_that_are_to_be_opened_are_not_released_by_a_typed_result(head: Client) -> None:
    (line,) = builders.lodged(builders.vegetables())
    good = {"version": line.version, "finding": "conform", "reason": ""}
    assert head.post(address(line, "record"), good).status_code == 422
    line.refresh_from_db()
    assert line.state == "under_inspection"


def test_a_result_of_papers_releases(head: Client) -> None:
    (line,) = builders.lodged(builders.toys())
    assert line.state == "under_document_check"
    unsaid = {"version": line.version, "finding": "not_performed"}
    assert head.post(address(line, "record"), unsaid).status_code == 422
    good = {"version": line.version, "finding": "conform"}
    assert head.post(address(line, "record"), good).status_code == 302
    line.refresh_from_db()
    assert line.state == "released"


def test_a_ruling_is_asked_again_and_derived_again(head: Client, held: Line) -> None:
    assert "as before" in said(head.post(address(held, "redecide")))
    assert "2 rulings on" in said(head.post(address(held, "replay")))


# -- lodging --------------------------------------------------------------------------------------


def paper(**more: str) -> dict[str, str]:
    return {
        "key": "paper-1",
        "lines": "1",
        "direction": "export",
        "declaration": "P-1",
        "enterprise": builders.TOYMAKER,
        "port": "CNGBP",
        "transport": "road",
        "line-0-goods": "toys",
        "line-0-hs_code": "9503002100",
        "line-0-origin": "CN",
        "line-0-destination": "FR",
        "line-0-quantity": "1000",
        "line-0-unit": "C62",
        "line-0-documents": "contract",
    } | more


def test_a_paper_is_lodged_once_however_often_it_is_sent(head: Client) -> None:
    first = head.post("/desk/declarations/new/", paper())
    again = head.post("/desk/declarations/new/", paper())
    assert first["Location"] == again["Location"]
    assert Line.objects.count() == 1


def test_lines_are_added_and_removed_without_a_script(head: Client) -> None:
    more = head.post("/desk/declarations/new/", paper(do="add")).content.decode()
    assert 'name="line-1-goods"' in more
    assert 'value="9503002100"' in more
    both = paper(do="remove-0", lines="2", **{"line-1-goods": "the second"})
    less = head.post("/desk/declarations/new/", both).content.decode()
    assert 'name="line-1-goods"' not in less
    assert 'value="the second"' in less
    assert Line.objects.count() == 0


def test_problems_of_a_paper_stand_at_their_fields(head: Client) -> None:
    bad = paper(declaration="", lines="2", **{"line-1-goods": "x", "line-1-quantity": "-4"})
    answer = head.post("/desk/declarations/new/", bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_declaration"' in page
    assert 'href="#id_line-1-quantity"' in page
    assert "Line 2 · Quantity" in page
    assert 'value="-4"' in page


def test_a_file_is_taken_and_its_bad_rows_are_named(head: Client) -> None:
    heading = "declaration,direction,enterprise,line,hs_code\n"
    rows = f"Q-1,export,{builders.TOYMAKER},1,9503002100\nQ-2,sideways,{builders.TOYMAKER},1,\n"
    sent = SimpleUploadedFile("mine.csv", (heading + rows).encode())
    taken = head.post("/desk/declarations/file/", {"file": sent})
    assert worker.take_one(lambda: builders.NOW)
    page = head.get(taken["Location"]).content.decode()
    assert "1 line of 2 was decided" in page
    assert "Use one of: import, export, transit" in page
    wrong = SimpleUploadedFile("mine.doc", b"x")
    assert head.post("/desk/declarations/file/", {"file": wrong}).status_code == 422


def test_suggestions_come_from_the_registers(head: Client) -> None:
    assert "9503002100" in head.get("/look-up/goods/?line-0-hs_code=9503").content.decode()
    assert "CNGBP" in head.get("/look-up/ports/?port=gb").content.decode()
    assert builders.TOYMAKER in head.get("/look-up/enterprises/?e=Company").content.decode()
    assert head.get("/look-up/secrets/?e=x").status_code == 404


# -- hard cases -----------------------------------------------------------------------------------


def test_a_long_name_and_a_degraded_draw_are_shown(
    head: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = builders.NOW + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: later)
    (line,) = builders.lodged(builders.toys(goods="长" * 390), at=later)
    page = head.get(address(line)).content.decode()
    assert "长" * 390 in page
    assert "Decided without a draw" in page


def test_the_desk_speaks_chinese() -> None:
    person = people.officer("zh", Role.BRANCH_HEAD)
    client = people.signed_in(person, language="zh-hans")
    assert Agency.objects.get(code=builders.BUREAU).path == "/AQSIQ/ZHCIQ/"
    assert 'lang="zh-hans"' in client.get("/desk/declarations/").content.decode()
