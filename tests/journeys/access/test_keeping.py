"""The register of enterprises kept in order: spreadsheets, duplicates, sign-ups, the pre-check."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from tests.journeys import builders
from tests.journeys.access.people import FIRST, HOUR, at
from tests.journeys.access.sheets import sheet

from guomen.core.severity import Outcome
from guomen.journeys import jobs
from guomen.journeys.access import importing, keeping, likeness, needs, precheck, signing
from guomen.journeys.access.rooms import Reach
from guomen.journeys.clearance import lodge
from guomen.journeys.jobs import kinds, worker
from guomen.supervision.declarations.models import Declaration
from guomen.supervision.jobs import queries
from guomen.supervision.jobs.models import Job
from guomen.supervision.ledger.models import Entry
from guomen.supervision.licences.models import Licence
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import Enterprise, ImportFile, LikePair, Registration, Site

GOOD = [
    {"name_zh": f"甲{n}", "uscc": builders.uscc(500 + n), "roles": "importer"} for n in range(5)
]
BAD = [
    {"name_zh": "", "uscc": builders.uscc(600)},
    {"name_zh": "错码", "uscc": builders.uscc(601)[:-1] + "0"},
    {"name_zh": "重复", "uscc": GOOD[0]["uscc"]},
    {"name_zh": "已有", "uscc": builders.GROWER},
    {"name_zh": "何国", "overseas_number": "OV-9", "country": "QQ"},
    {"name_zh": "何职", "uscc": builders.uscc(602), "roles": "pirate"},
    {"name_zh": "无号"},
]


def previewed(rows: list[dict[str, str]]) -> ImportFile:
    made, _ = importing.preview(sheet(rows), name="a.xlsx", agency=builders.BUREAU, who=FIRST)
    return made


def test_good_rows_are_stored_and_each_bad_one_says_why(register: builders.Register) -> None:
    before = Enterprise.objects.count()
    made = previewed(GOOD + BAD)
    assert (made.rows, made.good, made.bad) == (12, 5, 7)
    assert Enterprise.objects.count() == before
    importing.store(made.pk, who=FIRST)
    assert Enterprise.objects.count() == before + 5
    stored = Enterprise.objects.get(uscc=GOOD[0]["uscc"])
    assert Registration.objects.get(enterprise=stored).state == "active"
    # Found at once by its name, and by the last six signs of its code.
    everybody = Enterprise.objects.all()
    for text in ("甲0", stored.uscc[-6:]):  # type: ignore[index]
        assert stored in parties.named_like(text, among=everybody)
    checked = importing.read(sheet(BAD))
    table = openpyxl.load_workbook(io.BytesIO(importing.rejected(checked.bad, chinese=True)))
    says = [row[-1].value for row in table.active.iter_rows(min_row=2)]  # type: ignore[union-attr]
    assert len(says) == 7
    assert "统一社会信用代码校验不符" in says
    with pytest.raises(importing.ImportRefusedError):
        importing.store(made.pk, who=FIRST)


def test_files_never_share_a_number(register: builders.Register) -> None:
    first, second = previewed(GOOD), previewed(GOOD)
    ImportFile.objects.filter(pk=first.pk).delete()
    # As many files as before the second: a number by counting would be taken.
    assert previewed(GOOD).number not in (first.number, second.number)


def test_a_file_that_fails_on_its_last_row_stores_nothing(
    register: builders.Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = previewed(GOOD)
    before = Enterprise.objects.count(), Entry.objects.count()

    def broken(*_: object) -> str:
        raise RuntimeError("power cut")

    monkeypatch.setattr(importing.bulk, "insert", broken)
    with pytest.raises(RuntimeError):
        importing.store(made.pk, who=FIRST)
    assert (Enterprise.objects.count(), Entry.objects.count()) == before
    made.refresh_from_db()
    assert made.state == "checked"


def test_a_file_is_taken_back_whole_until_somebody_builds_upon_it(
    register: builders.Register,
) -> None:
    before = Enterprise.objects.count()
    made = previewed(GOOD)
    importing.store(made.pk, who=FIRST)
    importing.take_back(made.pk, who=FIRST)
    assert Enterprise.objects.count() == before
    again = previewed(GOOD)
    importing.store(again.pk, who=FIRST)
    one = Enterprise.objects.get(uscc=GOOD[0]["uscc"])
    Site.objects.create(
        reference="SIT-9", number="X-9", kind="plant", enterprise=one, name_zh="厂", name_en="P"
    )
    with pytest.raises(importing.ImportRefusedError):
        importing.take_back(again.pk, who=FIRST)
    assert Enterprise.objects.count() == before + 5


def work_on(kind: str, **given: Any) -> Job:
    args = {"agency": builders.BUREAU, "zone": "Asia/Shanghai", "chinese": True}
    args |= given.pop("args", {})
    number = jobs.enqueue(
        kind, at=builders.NOW, by="OFC-1", agency=builders.BUREAU, args=args, **given
    )
    assert worker.take_one(lambda: builders.NOW)
    return Job.objects.get(number=number)


def test_a_long_file_is_looked_at_stored_and_taken_back_by_the_worker(
    register: builders.Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Enterprise.objects.count()
    looked = work_on(kinds.CHECK_REGISTER, file=("firms.xlsx", sheet(GOOD + BAD)))
    made = ImportFile.objects.get(number=looked.result["number"])
    assert (looked.state, looked.done, looked.total, made.good, made.bad) == ("done", 12, 12, 5, 7)
    rejects = queries.file_or_none(looked, queries.REJECTS)
    assert rejects is not None
    table = openpyxl.load_workbook(io.BytesIO(rejects.content)).active
    rows = list(table.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert len(rows) == 8
    assert rows[2][:2] == (8, "错码")
    assert rows[2][-1] == "统一社会信用代码校验不符"
    # A worker that dies while it stores has stored nothing; the next one stores all of it.
    insert = importing.bulk.insert

    def dies(model: Any, *given: Any) -> None:
        if model is Registration:
            raise RuntimeError("power cut")
        insert(model, *given)

    monkeypatch.setattr(importing.bulk, "insert", dies)
    asked = {"args": {"import": made.pk}}
    assert work_on(kinds.STORE_REGISTER, **asked).state == "failed"
    assert Enterprise.objects.count() == before
    monkeypatch.setattr(importing.bulk, "insert", insert)
    for _ in range(2):
        assert work_on(kinds.STORE_REGISTER, **asked).result["written"] == 5
        assert Enterprise.objects.count() == before + 5
    assert work_on(kinds.TAKE_BACK_REGISTER, **asked).result["written"] == 0
    assert Enterprise.objects.count() == before


def test_a_merge_moves_what_hangs_on_a_record_and_can_be_undone(
    register: builders.Register,
) -> None:
    grower = register.enterprises[builders.GROWER]
    double = keeping.enter(
        {"name_zh": grower.name_zh, "name_en": grower.name_en, "uscc": builders.uscc(700)},
        agency=builders.BUREAU,
        who=FIRST,
    )
    assert likeness.sweep(who=FIRST) >= 0
    made = likeness.merge(grower, double, who=FIRST)
    # Declared under the old number, the goods find the record that stands for it.
    rows = [builders.vegetables("M-1")]
    (found,) = lodge(rows, how=builders.how(builders.NOW + HOUR)).outcomes.values()
    assert found is Outcome.INSPECT_AND_SAMPLE
    assert Declaration.objects.get(own_number="M-1").enterprise == double.reference
    assert Site.objects.get(number=builders.BASE).enterprise == double
    likeness.part(made.pk, who=at(builders.NOW + 2 * HOUR))
    assert Site.objects.get(number=builders.BASE).enterprise == grower
    states = Registration.objects.as_of(builders.TODAY, known=builders.NOW + 3 * HOUR)
    assert states.get(enterprise=grower).state == "active"
    with pytest.raises(likeness.MergeRefusedError):
        likeness.part(made.pk, who=FIRST)


def test_a_new_entry_that_looks_like_an_old_one_is_shown_it(register: builders.Register) -> None:
    reach = Reach(path="/", on=builders.TODAY, known=builders.NOW)
    old = keeping.enter(
        {
            "name_zh": "珠海鸿达食品有限公司",
            "name_en": "Zhuhai Hongda Foods Co., Ltd.",
            "uscc": builders.uscc(701),
            "phone": "0756-3332211",
        },
        agency=builders.BUREAU,
        who=FIRST,
    )
    given = {"name_zh": "珠海市鸿达食品公司", "name_en": "Hongda Foods", "phone": "07563332211"}
    assert [one.enterprise for one in likeness.alike(given, reach)] == [old]
    other = {"name_zh": "珠海远航电子有限公司", "name_en": "Yuanhang Electronics", "phone": ""}
    assert likeness.alike(other, reach) == []
    assert not LikePair.objects.exists()


def test_two_officers_on_one_enterprise_the_second_is_told(register: builders.Register) -> None:
    firm = register.enterprises[builders.GROWER]
    keeping.change(firm.pk, {"phone": "1"}, who=FIRST, version=firm.version)
    with pytest.raises(keeping.RecordMovedError):
        keeping.change(firm.pk, {"phone": "2"}, who=FIRST, version=firm.version)
    firm.refresh_from_db()
    assert firm.phone == "1"


def test_an_account_opens_nothing_until_an_officer_verified_it(register: builders.Register) -> None:
    asked = signing.Asked(
        username="new.firm",
        password="a long enough phrase",
        uscc=builders.uscc(702),
        name_zh="新企业",
        person="张三",
        phone="1",
    )
    with pytest.raises(signing.SignUpRefusedError):
        signing.ask(
            signing.Asked(
                username="x.firm",
                password="short",
                uscc=asked.uscc,
                name_zh="新",
                person="张",
                phone="1",
            ),
            agency=builders.BUREAU,
            who=FIRST,
        )
    made = signing.ask(asked, agency=builders.BUREAU, who=FIRST)
    assert not hasattr(made.user, "representative")
    signing.decide(made.pk, verified=True, note="", who=FIRST)
    assert Enterprise.objects.get(uscc=asked.uscc).representatives.get().user == made.user
    with pytest.raises(signing.SignUpRefusedError):
        signing.decide(made.pk, verified=True, note="", who=FIRST)


# -- asked before it is filed ----------------------------------------------------------------------


def stops(**more: object) -> set[str]:
    answered = precheck.check(
        [builders.meat("P-1", **more)], at=builders.NOW, agency=builders.BUREAU
    )
    (line,) = answered.lines
    return {demand.reason.rule for demand in (*line.stops, *line.unknown)}


def test_the_pre_check_says_what_the_gate_would_say_and_writes_nothing(
    register: builders.Register,
) -> None:
    before = Entry.objects.count(), Declaration.objects.count()
    assert stops() == set()
    assert stops(port="CNGBP") == {"IMP-MEAT-PORT"}
    assert stops(transit_via="HK") == {"IMP-MEAT-PRE-INSPECTION"}
    assert stops(origin="US") >= {"IMP-PERMIT-COVERS"}
    assert (Entry.objects.count(), Declaration.objects.count()) == before
    (made,) = builders.lodged(builders.meat("P-2", port="CNGBP"))
    assert made.outcome == "refuse"
    assert made.reasons[0] == "IMP-MEAT-PORT"


def test_what_an_enterprise_holds_is_said_beside_what_it_needs(register: builders.Register) -> None:
    question = needs.Question(direction="import", hs_code="0202300090", origin="AU")
    told = needs.ask(
        question,
        on=builders.TODAY,
        known=builders.NOW,
        enterprise=register.enterprises[builders.IMPORTER],
    )
    held = {w.need.rule.id: w.held for _, wanted in told.parts for w in wanted}
    assert held["IMP-CONSIGNEE-144"] is True
    assert held["IMP-PERMIT-COVERS"] is True
    assert held["IMP-OVERSEAS-PLANT-145"] is None
    assert told.origin_access == "admitted"
    assert [code for code, _ in told.ports] == ["CNJZU"]
    other = needs.ask(
        needs.Question(direction="import", hs_code="0202300090", origin="US"),
        on=builders.TODAY,
        known=builders.NOW + timedelta(hours=1),
        enterprise=register.enterprises[builders.IMPORTER],
    )
    assert {w.need.rule.id: w.held for _, ws in other.parts for w in ws}[
        "IMP-PERMIT-COVERS"
    ] is False
    assert Licence.objects.count() == 9
