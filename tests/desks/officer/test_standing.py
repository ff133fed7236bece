"""Class, credit and blacklist at the desk: who may open what, acts, second readers, queries."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.desks import people, walk
from tests.journeys import builders

from guomen.core.classification import Damage, Element, ProductHazard
from guomen.desks.components import clock
from guomen.desks.officer import standing
from guomen.desks.officer.permissions import MOVES, Move
from guomen.desks.officer.standing.actions import ACTIONS
from guomen.journeys.clearance.later import LineClosedError
from guomen.journeys.clearance.storing import BusyError
from guomen.journeys.standing import (
    blacklisting,
    classing,
    crediting,
    merits,
    partners,
    previewing,
    products,
    reconsidering,
)
from guomen.supervision.agencies.models import AgencyKind, Role, SavedView
from guomen.supervision.agencies.operations import NewAgency, found
from guomen.supervision.classification.lifecycle import ProposalMove
from guomen.supervision.classification.models import Assessment, RiskProposal
from guomen.supervision.credit import operations
from guomen.supervision.credit.lifecycle import BlacklistMove
from guomen.supervision.credit.models import (
    BlacklistEntry,
    CreditFile,
    CreditRecord,
    PartnerDraft,
    PartnerFile,
    PartnerRow,
    Rating,
    RulingFlag,
    Source,
)
from guomen.supervision.credit.operations import NewRecord
from guomen.supervision.parties.models import Enterprise

pytestmark = pytest.mark.usefixtures("bureau")
NOW, TODAY = builders.NOW, builders.TODAY
BEFORE = NOW - timedelta(days=2)


def how(by: str = "OFC-X", at: Any = BEFORE) -> Any:
    return builders.how(at, by=by)


@dataclass(frozen=True)
class Held:
    """One of everything that the pages show, about one enterprise."""

    firm: Enterprise
    record: CreditRecord
    dispute: Any
    merit: Any
    entry: BlacklistEntry
    assessment: Assessment
    proposal: RiskProposal
    row: PartnerRow
    draft: PartnerDraft
    flag: RulingFlag


@pytest.fixture
def held() -> Held:
    firm = Enterprise.objects.get(uscc=builders.TOYMAKER)
    operations.open_file(firm.pk, on=builders.FOUNDED)
    day = BEFORE.date()
    ordinary = NewRecord(item="QLT-CLAIM", happened_on=day, counts_from=day, evidence="12-1")
    grave = NewRecord(item="CMP-EVASION", happened_on=day, counts_from=day, evidence="12-2")
    record = crediting.record(firm, ordinary, how=how())
    entry = blacklisting.propose(crediting.record(firm, grave, how=how()), how=how())
    found(
        NewAgency(code="DEP-CUS", kind=AgencyKind.DEPARTMENT, name_zh="海关", name_en="Customs"),
        parent=None,
    )
    sender = partners.Sender(agency="DEP-CUS", source=Source.CUSTOMS, name="a.csv")
    file = partners.take_in([{**ROW, "enterprise": "nobody"}], sender, how=how())
    return Held(
        firm=firm,
        record=record,
        dispute=crediting.dispute(record, grounds="x", how=how("REP-1"), enterprise=firm),
        merit=merits.verify(firm, evidence="x", how=how()),
        entry=entry,
        assessment=classing.begin(firm, how=how()),
        proposal=products.propose(TOYS, [SMALL_PARTS], how=how()),
        row=file.rows.get(),
        draft=previewing.look([ROW], sender, how=how()),
        flag=RulingFlag.objects.create(
            enterprise=firm, line="X/1", fact="credit_level", read="B", now="D", flagged_at=NOW
        ),
    )


TOYS = "9503002100"
SMALL_PARTS = products.Evidenced(
    hazard=ProductHazard(
        name="小零件",
        first=(Decimal(50), Decimal(0), Decimal(0)),
        second=(Decimal(10),) * 5,
        damage=Damage.A,
    ),
    evidence="12-3",
)
ROW = {
    "reference": "CUS-1",
    "name": "",
    "item": "",
    "happened_on": "2012-05-01",
    "evidence": "决定书",
}


def pages(held: Held) -> dict[str, tuple[str, Move, bool]]:
    """Return every page that is read: its address, what opens it, whether it names a firm."""

    def at(name: str, *args: Any) -> str:
        return reverse(f"officer:{name}", args=args)

    see = Move.SEE_STANDING
    ref = held.firm.reference
    found = {
        name: (at(name), see, False)
        for name in (
            *("credit", "disputes", "blacklist", "reconsider", "monotonicity", "partners"),
            *("classes", "classes-due", "assessments", "product-risks"),
        )
    }
    return found | {
        "take-in": (at("take-in"), Move.TAKE_IN, False),
        # Levels of goods bind everybody and are read by everybody; proposals are an agency's.
        "product-risk": (at("product-risk", TOYS), see, False),
        "product-assess": (at("product-assess", TOYS), Move.ASSESS, False),
        "credit-file": (at("credit-file", ref), see, True),
        "class-file": (at("class-file", ref), see, True),
        "partner-file": (at("partner-file", held.row.file_id), see, True),
        "partner-rejected": (at("partner-rejected", held.row.file_id), see, True),
        "partner-seen": (at("partner-seen", held.draft.pk), Move.TAKE_IN, True),
        "partner-seen-rejected": (at("partner-seen-rejected", held.draft.pk), Move.TAKE_IN, True),
        "assessment": (at("assessment", held.assessment.pk), see, True),
        **{
            f"credit-act {kind} {name}": (
                at("credit-act", kind, key(held, kind), name),
                action.move,
                True,
            )
            for (kind, name), action in ACTIONS.items()
        },
    }


def key(held: Held, kind: str) -> Any:
    return {
        "file": held.firm.reference,
        "record": held.record.pk,
        "dispute": held.dispute.pk,
        "merit": held.merit.pk,
        "entry": held.entry.number,
    }[kind]


def posts(held: Held) -> dict[str, tuple[str, Move]]:
    """Return every address that only takes a POST, and names something of the enterprise."""

    def at(name: str, *args: Any) -> str:
        return reverse(f"officer:{name}", args=args)

    return {
        "decide-again": (at("decide-again", held.flag.pk), Move.REDECIDE),
        "partner-decide": (at("partner-decide", held.draft.pk), Move.TAKE_IN),
        "settle-row": (at("settle-row", held.row.pk), Move.TAKE_IN),
        "assess": (at("assess", held.firm.reference), Move.ASSESS),
        "product-decide": (at("product-decide", held.proposal.pk, "approve"), Move.SIGN_CLASS),
        "assessment-move": (at("assessment-move", held.assessment.pk, "sign"), Move.SIGN_CLASS),
    }


def test_the_walk_names_every_address(held: Held) -> None:
    walked = {name.split()[0] for name in pages(held)} | set(posts(held)) | {"credit-rate"}
    walked |= {"standing-export", "standing-save"}
    assert walked == {pattern.name for pattern in standing.pages}  # type: ignore[union-attr]


@pytest.mark.slow
@walk.drawn_once()
def test_each_role_opens_what_the_table_says_at_home_and_nothing_abroad(held: Held) -> None:
    walked = pages(held)
    for role in walk.ROLES:
        home = people.signed_in(people.officer(f"h.{role}", role))
        statuses = {name: home.get(address).status_code for name, (address, _, _) in walked.items()}
        wanted = {n: 200 if m in MOVES[role] else 403 for n, (_, m, _) in walked.items()}
        assert statuses == wanted, role
        abroad = people.signed_in(people.officer(f"a.{role}", role, agency="ZHJZ"))
        for name, (address, move, named) in walked.items():
            if named:
                status = abroad.get(address).status_code
                assert status == (404 if move in MOVES[role] else 403), (role, name)
        for name, (address, move) in posts(held).items():
            status = abroad.post(address, {"seen": "1"}).status_code
            assert status == (404 if move in MOVES[role] else 403), (role, name)
        for name, move in (("export", Move.EXPORT), ("save", Move.SEE_STANDING)):
            address = reverse(f"officer:standing-{name}", args=["classes-due"])
            status = (home.get if name == "export" else home.post)(address).status_code
            open_ = 200 if name == "export" else 302
            assert status == (open_ if move in MOVES[role] else 403), (role, name)
        rate = reverse("officer:credit-rate")
        assert abroad.post(rate).status_code == (302 if Move.KEEP_CREDIT in MOVES[role] else 403)


def test_traders_are_turned_away_and_strangers_asked_to_sign_in(held: Held) -> None:
    trader = people.signed_in(people.trader(builders.TOYMAKER))
    for address, _, _ in pages(held).values():
        assert trader.get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/sign-in/")
    for address, _ in posts(held).values():
        assert trader.post(address).status_code == 403


def test_a_foreign_officer_sees_no_name_in_any_list(held: Held) -> None:
    abroad = people.signed_in(people.officer("abroad", Role.DIRECTOR, agency="ZHJZ"))
    for address, _, named in pages(held).values():
        if not named:
            answer = abroad.get(address)
            assert answer.status_code in (200, 403)
            assert held.firm.name_en not in answer.content.decode()
            assert held.firm.reference not in answer.content.decode()


# -- acts ------------------------------------------------------------------------------------------
def act(kind: str, subject: Any, name: str) -> str:
    return reverse("officer:credit-act", args=[kind, subject, name])


def level(firm: Enterprise) -> str:
    return Rating.objects.as_of(TODAY, known=NOW).get(enterprise=firm).level


def test_a_record_is_put_on_file_and_the_second_of_two_officers_is_told(held: Held) -> None:
    one = people.signed_in(people.officer("one", Role.CREDIT_OFFICER))
    two = people.signed_in(people.officer("two", Role.CREDIT_OFFICER))
    address = act("file", held.firm.reference, "record")
    seen = CreditFile.objects.get(enterprise=held.firm).version
    given = {
        "seen": seen,
        "item": "QLT-LABEL",
        "happened_on": "2012-05-20",
        "counts_from": "2012-05-21",
        "source": "own",
        "evidence": "珠检〔2012〕7号",
    }
    before = CreditRecord.objects.count()
    assert one.post(address, given).status_code == 302
    late = two.post(address, given | {"evidence": "mine"})
    assert late.status_code == 422
    assert "Somebody changed this file" in late.content.decode()
    assert "mine" in late.content.decode()
    assert CreditRecord.objects.count() == before + 1
    newer = CreditFile.objects.get(enterprise=held.firm).version
    assert f'name="seen" value="{newer}"' in late.content.decode()


def test_a_dispute_is_answered_by_another_person(held: Held) -> None:
    director = people.signed_in(people.officer("d", Role.DIRECTOR))
    address = act("dispute", held.dispute.pk, "answer")
    assert director.post(address, {"text": "x"}).status_code == 422
    assert director.post(address, {"text": "属实", "uphold": "yes"}).status_code == 302
    held.record.refresh_from_db()
    assert held.record.state == "withdrawn"
    again = director.post(address, {"text": "x", "uphold": "no"})
    assert "Somebody was quicker" in again.content.decode()


def test_the_blacklist_room_leads_from_proposal_to_listing_by_two_people(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = people.officer("k", Role.CREDIT_OFFICER)
    director = people.signed_in(people.officer("d", Role.DIRECTOR))
    notify = act("entry", held.entry.number, "notify")
    seen = {"seen": held.entry.pk, "text": "告知"}
    assert people.signed_in(keeper).post(notify, seen).status_code == 302
    entry = blacklisting.newest(held.entry.number)
    early = director.post(act("entry", entry.number, "list"), {"seen": entry.pk, "text": "x"})
    assert "may still state its case" in early.content.decode()
    blacklisting.state_case(entry.number, "x", how=how("REP-1", NOW), enterprise=held.firm)
    entry = blacklisting.newest(entry.number)
    listed = director.post(act("entry", entry.number, "list"), {"seen": entry.pk, "text": "属实"})
    assert listed.status_code == 302
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    assert entry.number in director.get(reverse("officer:blacklist")).content.decode()
    public = Client(headers={"accept-language": "en"}).get(reverse("public:credit-lists"))
    assert held.firm.uscc in public.content.decode()
    assert blacklisting.newest(entry.number).state == BlacklistMove.LIST.value + "ed"


def scores(number: int, seen: int) -> dict[str, Any]:
    given: dict[str, Any] = {"seen": seen}
    for element in Element:
        given[f"score_{element.value}"] = 0 if element is Element.OTHER else number
        given[f"evidence_{element.value}"] = "记录"
    return given


def test_an_assessment_is_scored_tried_out_submitted_and_signed(held: Held) -> None:
    assessor = people.signed_in(people.officer("as", Role.CLASS_ASSESSOR))
    address = reverse("officer:assessment", args=[held.assessment.pk])
    seen = held.assessment.version
    assert assessor.post(address, scores(60, seen)).status_code == 302
    late = assessor.post(address, scores(90, seen))
    assert late.status_code == 422
    assert "Somebody changed this assessment" in late.content.decode()
    assert "The scores give class 3" in assessor.get(address).content.decode()
    held.assessment.refresh_from_db()

    def move(client: Client, name: str) -> Any:
        seen = Assessment.objects.get(pk=held.assessment.pk).version
        where = reverse("officer:assessment-move", args=[held.assessment.pk, name])
        return client.post(where, {"seen": seen}, follow=True)

    move(assessor, "submit")
    director = people.signed_in(people.officer("d", Role.BRANCH_HEAD))
    move(director, "sign")
    held.assessment.refresh_from_db()
    assert held.assessment.state == "signed"


def test_a_file_of_a_department_is_seen_taken_in_and_its_open_row_settled(held: Held) -> None:
    keeper = people.signed_in(people.officer("k", Role.CREDIT_OFFICER))
    csv = (
        "reference,enterprise,name,item,happened_on,evidence\n"
        f"CUS-7,{held.firm.uscc},,,2012-05-02,决定书\n"
        "CUS-8,unknown,,,2012-05-02,决定书\n"
        "CUS-9,unknown,,CMP-EVASION,2012-05-02,决定书\n"
    )
    upload = SimpleUploadedFile("may.csv", csv.encode())
    answer = keeper.post(
        reverse("officer:take-in"), {"agency": "DEP-CUS", "file": upload}, follow=True
    )
    assert "1 of 3 rows go on file" in answer.content.decode()
    assert held.firm.name_en in answer.content.decode()
    assert not PartnerFile.objects.filter(name="may.csv").exists()
    draft = PartnerDraft.objects.get(name="may.csv")
    decide = reverse("officer:partner-decide", args=[draft.pk])
    # It was seen otherwise: nothing is taken in, it is looked at again.
    late = PartnerDraft.objects.create(
        source=draft.source, agency=draft.agency, name="late.csv", looked_at=NOW,
        looked_by="OFC-X", rows=draft.rows, seen=[["matched", "", None], *draft.seen[1:]],
    )  # fmt: skip
    again = keeper.post(
        reverse("officer:partner-decide", args=[late.pk]), {"do": "store"}, follow=True
    )
    assert "Nothing was taken in" in again.content.decode()
    assert not CreditRecord.objects.filter(source_reference="CUS-7").exists()
    late.refresh_from_db()
    assert late.seen == draft.seen
    keeper.post(reverse("officer:partner-decide", args=[late.pk]), {"do": "drop"})
    assert keeper.post(decide, {"do": "store"}, follow=True).status_code == 200
    assert not PartnerDraft.objects.filter(name__in=("may.csv", "late.csv")).exists()
    file = PartnerFile.objects.get(name="may.csv")
    assert [r.outcome for r in file.rows.all()] == ["matched", "unmatched", "malformed"]
    row = file.rows.get(number=2)
    keeper.post(reverse("officer:settle-row", args=[row.pk]), {"enterprise": held.firm.reference})
    row.refresh_from_db()
    assert row.outcome == "matched"
    assert row.record.enterprise_id == held.firm.pk


def test_a_department_sends_for_itself_only_and_settles_nothing(held: Held) -> None:
    partner = people.signed_in(people.officer("p", Role.LIAISON_OFFICER, agency="DEP-CUS"))
    assert partner.get(reverse("officer:partner-file", args=[held.row.file_id])).status_code == 200
    settle = reverse("officer:settle-row", args=[held.row.pk])
    assert partner.post(settle, {"enterprise": held.firm.reference}).status_code == 404
    upload = SimpleUploadedFile("a.csv", b"reference\nX\n")
    wrong = partner.post(reverse("officer:take-in"), {"agency": "DEP-AGR", "file": upload})
    assert wrong.status_code == 422


@pytest.mark.parametrize("name", ["credit", "classes", "classes-due", "disputes", "partners"])
def test_a_list_takes_as_many_queries_for_fifty_as_for_one(
    held: Held, name: str, django_assert_max_num_queries: Any
) -> None:
    client = people.signed_in(people.officer("d", Role.DIRECTOR))
    address = reverse(f"officer:{name}")
    client.get(address)
    with django_assert_max_num_queries(12):
        client.get(address)


def test_a_file_is_shown_with_a_fixed_number_of_queries(
    held: Held, django_assert_max_num_queries: Any
) -> None:
    client = people.signed_in(people.officer("d", Role.DIRECTOR))
    for number in range(20):
        new = NewRecord(
            item="QLT-LABEL", happened_on=TODAY, counts_from=TODAY, evidence=f"e{number}"
        )
        operations.draft(held.firm.pk, new, at=NOW, by="OFC-X").save()
    address = reverse("officer:credit-file", args=[held.firm.reference])
    client.get(address)
    with django_assert_max_num_queries(22):
        assert client.get(address).status_code == 200


def test_a_product_risk_is_worked_out_at_the_desk_and_approved_by_another(held: Held) -> None:
    products.decide(held.proposal.pk, ProposalMove.WITHDRAW, how=how())
    assessor = people.signed_in(people.officer("assessor", Role.CLASS_ASSESSOR))
    address = reverse("officer:product-assess", args=[TOYS])
    typed = {"hazard0-name": "增塑剂", "hazard0-first0": "12.5"}
    again = assessor.post(address, typed)
    assert again.status_code == 422
    # What was typed is kept, and the mistake stands at the hazard.
    assert "12.5" in again.content.decode()
    typed |= {f"hazard0-first{at}": "10" for at in range(3)}
    typed |= {f"hazard0-second{at}": "5" for at in range(5)}
    typed |= {"hazard0-damage": "B", "hazard0-evidence": "REP-2012-88"}
    assert assessor.post(address, typed).status_code == 302
    made = RiskProposal.objects.get(state="proposed")
    # 30 % × 25 % = 0.075, over the bound of 0.01 for damage B.
    assert made.level == "high"
    shown = assessor.get(reverse("officer:product-risk", args=[TOYS])).content.decode()
    assert "0.075" in shown
    assert "30 % × 25 %" in shown
    director = people.signed_in(people.officer("director", Role.DIRECTOR))
    director.post(reverse("officer:product-decide", args=[made.pk, "approve"]))
    made.refresh_from_db()
    assert made.state == "approved"


def sent(client: Client, room: str, **query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a list that was sent as a spreadsheet, without its headings."""
    answer = client.get(reverse("officer:standing-export", args=[room]), query)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return list(book.active.iter_rows(min_row=2, values_only=True))  # type: ignore[union-attr]


def test_a_list_of_levels_is_kept_and_sent_as_it_is_seen(held: Held) -> None:
    Rating.objects.filter(enterprise=held.firm).update(level="C")
    officer = people.signed_in(people.officer("keeper", Role.CREDIT_OFFICER))
    page = reverse("officer:credit")
    save = reverse("officer:standing-save", args=["credit"])
    assert officer.post(save, {"name": "C 级", "query": "value=C"})["Location"] == f"{page}?value=C"
    shown = officer.get(page, {"value": "C"})
    assert [view.name for view in shown.context["kept"]] == ["C 级"]
    link = reverse("officer:standing-export", args=["credit"])
    assert f"{link}?value=C" in shown.content.decode()
    rows = sent(officer, "credit", value="C")
    references = {row.enterprise.reference for row in shown.context["page"]}
    assert {row[0] for row in rows} == references
    assert held.firm.reference in references
    assert {row[2] for row in rows} == {"C"}
    abroad = people.signed_in(people.officer("abroad", Role.DIRECTOR, agency="ZHJZ"))
    assert not any(sent(abroad, room) for room in ("credit", "classes", "classes-due"))
    officer.post(save, {"forget": shown.context["kept"][0].pk, "query": ""})
    assert not SavedView.objects.exists()
    assert officer.get(reverse("officer:standing-export", args=["nothing"])).status_code == 404


@pytest.mark.parametrize(
    ("error", "cleared"),
    [(BusyError("results keep arriving"), False), (LineClosedError("x"), True)],
)
def test_a_flag_leaves_the_list_only_when_its_line_is_past_deciding(
    held: Held, monkeypatch: pytest.MonkeyPatch, error: Exception, cleared: bool
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(reconsidering, "redecide", refused)
    keeper = people.signed_in(people.officer("keeper", Role.CREDIT_OFFICER))
    address, _ = posts(held)["decide-again"]
    assert keeper.post(address).status_code == 302
    held.flag.refresh_from_db()
    assert (held.flag.cleared_at is not None) is cleared
