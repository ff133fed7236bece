"""The room of access as an officer uses it: lists, saved lists, a checklist, a file."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.desks import people
from tests.journeys import builders
from tests.journeys.access.people import FIRST, base_filing
from tests.journeys.access.sheets import sheet

from guomen.desks.officer.registry import lists
from guomen.journeys.access import reviewing
from guomen.rulebooks.checklists import items_for
from guomen.supervision.agencies.models import Role, SavedView
from guomen.supervision.licences.models import Occasion, Review
from guomen.supervision.parties.models import ChangeRequest, Enterprise, ImportFile, Port, Product

pytestmark = pytest.mark.usefixtures("bureau")
LIST = "/desk/access/list/enterprises/"


@pytest.fixture
def officer() -> Client:
    return people.signed_in(people.officer("reviewer", Role.ACCESS_REVIEWER))


def test_a_list_is_narrowed_saved_and_exported_as_it_is_seen(officer: Client) -> None:
    page = officer.get(LIST, {"q": builders.GROWER, "where": "here"})
    assert page.context["page"].paginator.count == 1
    assert [chip.label for chip in page.context["chips"]] == ["Search", "Seat"]
    saved = reverse("officer:save-view", args=["enterprises"])
    officer.post(saved, {"name": "mine", "query": "where=abroad"})
    assert SavedView.objects.get().query == "where=abroad"
    sent = officer.get(LIST + "export/", {"q": builders.PLANT})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(sent.streaming_content)))
    rows = list(book.active.iter_rows(min_row=2, values_only=True))  # type: ignore[union-attr]
    assert [row[1] for row in rows] == [builders.PLANT]
    officer.post(saved, {"forget": SavedView.objects.get().pk, "query": ""})
    assert not SavedView.objects.exists()


def cells(sent: Any) -> list[Any]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(sent.streaming_content)))
    rows = list(book.active.iter_rows(min_row=2, values_only=True))  # type: ignore[union-attr]
    return [row[0] for row in rows]


def test_a_file_that_is_cut_says_so_and_names_where_the_rest_is(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cells(officer.get(LIST + "export/"))
    count = len(whole)
    assert "Rows" not in whole[-1]
    monkeypatch.setattr(lists, "MOST_EXPORTED", count - 2)
    *first, said = cells(officer.get(LIST + "export/", {"sort": "reference"}))
    assert f"Rows 1 to {count - 2} of {count}" in said
    address = said.split("others: ")[1]
    assert address == f"http://testserver{LIST}export/?sort=reference&part=2"
    *rest, back = cells(officer.get(address))
    assert sorted(first + rest) == sorted(whole)
    assert f"Rows {count - 1} to {count} of {count}" in back
    assert back.endswith("part=1")


def test_what_waits_and_what_was_decided_are_paged_whole(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Enterprise.objects.get(uscc=builders.GROWER)
    row = {"enterprise": firm, "kind": "product", "asked_by": "R", "asked_at": builders.NOW}
    for n in range(60):
        ChangeRequest.objects.create(number=f"A-{n:02d}", state="asked", **row)
        decided = {"state": "declined", "decided_at": builders.NOW}
        ChangeRequest.objects.create(number=f"D-{n:02d}", **row, **decided)
    address = reverse("officer:change-requests")
    seen: set[str] = set()
    for query in ({}, {"page": 2}, {"state": "decided"}, {"state": "decided", "page": 2}):
        page = officer.get(address, query)
        seen |= {one.number for one in page.context["page"].object_list}
    assert seen == {f"{sort}-{n:02d}" for sort in "AD" for n in range(60)}
    first = officer.get(address).content.decode()
    assert "60 changes of the register are asked for" in first
    assert 'href="?state=decided"' in first


@pytest.mark.parametrize("name", ["change-requests", "sign-ups", "duplicates"])
def test_what_was_decided_has_a_page_without_anything_too(officer: Client, name: str) -> None:
    assert officer.get(reverse(f"officer:{name}"), {"state": "decided"}).status_code == 200


def test_a_list_asks_as_many_queries_for_fifty_rows_as_for_five(
    officer: Client, django_assert_num_queries: Any
) -> None:
    officer.get(LIST)
    for room, queries in (("enterprises", 12), ("sites", 10), ("licences", 10)):
        with django_assert_num_queries(queries):
            officer.get(reverse("officer:register", args=[room]))


def test_a_checklist_keeps_what_was_typed_and_tells_of_a_colleague(officer: Client) -> None:
    review = reviewing.plan(
        base_filing(), Occasion.YEARLY, due=builders.TODAY, assessors=(), who=FIRST
    )
    address = reverse("officer:review", args=[review.number])
    first, second = (item.code for item in items_for("base_filing")[:2])
    short = {"version": review.version, f"answer-{first}": "major", f"answer-{second}": "conforms"}
    page = officer.post(address, short)
    assert page.status_code == 422  # a shortcoming needs words
    assert not Review.objects.get().answers.exists()
    assert officer.post(address, short | {f"note-{first}": "无围栏"}).status_code == 302
    assert Review.objects.get().answers.count() == 2
    late = officer.post(address, {"version": 1, f"answer-{second}": "minor", f"note-{second}": "x"})
    assert late.status_code == 422
    assert Review.objects.get().answers.get(item=second).answer == "conforms"


def test_a_spreadsheet_is_looked_at_stored_and_taken_back(officer: Client) -> None:
    content = sheet([{"name_zh": "新企业", "uscc": builders.uscc(91)}, {"name_zh": "无号"}])
    sent = SimpleUploadedFile("firms.xlsx", content)
    answer = officer.post(reverse("officer:imports"), {"file": sent})
    made = ImportFile.objects.get()
    assert answer["Location"] == reverse("officer:import", args=[made.number])
    assert "无号" in officer.get(answer["Location"]).content.decode()
    decide = reverse("officer:import-decide", args=[made.number])
    officer.post(decide, {"do": "store"})
    assert Enterprise.objects.filter(name_zh="新企业").exists()
    officer.post(decide, {"do": "undo"})
    assert not Enterprise.objects.filter(name_zh="新企业").exists()
    bad = officer.post(reverse("officer:imports"), {"file": SimpleUploadedFile("a.xlsx", b"no")})
    assert bad.status_code == 422


def test_a_port_is_put_right_on_its_page_and_none_is_entered(officer: Client) -> None:
    port = Port.objects.get(unlocode="CNGBP")
    address = reverse("officer:holding-edit", args=["port", port.pk])
    form = officer.get(address).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"name_en": "Gongbei Gate"}
    assert officer.post(address, sent).status_code == 302
    page = officer.get(reverse("officer:holding", args=["port", port.pk])).content.decode()
    assert "Gongbei Gate" in page
    assert "should never have been" not in page
    second = officer.post(address, sent | {"name_en": "Y"})
    assert second.status_code == 422
    new = reverse("officer:holding-new", args=["port", "CNGBP"])
    assert officer.get(new).status_code == 404


def test_an_edit_over_somebody_elses_change_is_told(officer: Client) -> None:
    firm = Enterprise.objects.get(uscc=builders.GROWER)
    address = reverse("officer:enterprise-edit", args=[firm.reference])
    sent = {
        "version": firm.version,
        "name_zh": firm.name_zh,
        "name_en": firm.name_en,
        "uscc": firm.uscc,
        "country": "CN",
        "phone": "1",
    }
    assert officer.post(address, sent).status_code == 302
    second = officer.post(address, sent | {"phone": "2"})
    assert second.status_code == 422
    assert "Nothing was overwritten" in second.content.decode()
    firm.refresh_from_db()
    assert firm.phone == "1"


def test_a_record_is_changed_on_its_page_and_who_comes_second_is_told(officer: Client) -> None:
    firm = Enterprise.objects.get(uscc=builders.GROWER)
    new = reverse("officer:holding-new", args=["product", firm.reference])
    given = {
        "version": 0,
        "name_zh": "菜心",
        "name_en": "Choy sum",
        "hs_code": "0704909001",
        "site": builders.BASE,
        "origins": "cn",
        "begins": "2012-01-01",
    }
    wrong = officer.post(new, given | {"hs_code": "07", "origins": "QQ", "ends": "2011-01-01"})
    assert set(wrong.context["form"].errors) == {"hs_code", "origins", "ends"}
    page = officer.post(new, given)["Location"]
    row = Product.objects.get()
    assert (row.origins, row.site.number) == (["CN"], builders.BASE)  # type: ignore[union-attr]
    edit = reverse("officer:holding-edit", args=["product", row.pk])
    seen = officer.get(edit).context["form"]
    sent = given | {"version": seen["version"].value(), "brand": "鸿", "since": "2012-05-01"}
    assert officer.post(edit, sent).status_code == 302
    second = officer.post(edit, sent | {"brand": "达"})
    assert second.status_code == 422
    assert "Nothing was overwritten" in second.content.decode()
    assert [p.brand for p in Product.objects.current().order_by("begins")] == ["", "鸿"]
    shown = officer.get(page)
    assert shown.context["row"].brand == "鸿"
    act = reverse("officer:holding-act", args=["product", row.pk])
    officer.post(act, {"do": "undo", "change": shown.context["last"].pk})
    assert [p.brand for p in Product.objects.current()] == [""]
