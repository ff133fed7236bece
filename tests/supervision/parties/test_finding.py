"""The index of the registers finds what reading every name would find, on every database."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.core.planted import planted

from guomen.supervision.agencies.models import AgencyKind
from guomen.supervision.agencies.operations import NewAgency, found
from guomen.supervision.parties import codes, finding, terms
from guomen.supervision.parties.models import Enterprise, EnterpriseTerm, FormerName, Site, SiteTerm

pytestmark = pytest.mark.django_db

AT = datetime(2012, 5, 24, tzinfo=UTC)
FIRMS = 120


@pytest.fixture
def firms() -> list[Enterprise]:
    bureau = found(
        NewAgency(code="ZH", kind=AgencyKind.REGIONAL, name_zh="局", name_en="Bureau"), parent=None
    )
    records = planted(FIRMS, seed=23).records.head(FIRMS).to_dicts()
    made = Enterprise.objects.bulk_create(
        Enterprise(
            reference=codes.reference("ENT", at + 1),
            overseas_number=f"OV-{at:05d}",
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            agency=bureau,
            phone=row["phone"],
        )
        for at, row in enumerate(records)
    )
    finding.index([row.pk for row in made])
    return made


def sought(text: str) -> set[int]:
    found_ = finding.find(EnterpriseTerm, text)
    assert found_ is not None
    return set(
        Enterprise.objects.filter(found_.among(EnterpriseTerm, "pk")).values_list("pk", flat=True)
    )


@pytest.mark.parametrize("few", [2, 5_000])
def test_any_two_signs_that_stand_together_find_what_reading_finds(
    firms: list[Enterprise], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rare and common alike: with a small limit, most terms are asked of each row in turn."""
    monkeypatch.setattr(finding, "FEW", few)
    dice = random.Random(5)
    for firm in dice.sample(firms, 25):
        name = terms.plain(firm.name_zh).strip()
        at = dice.randrange(len(name) - 1)
        two = name[at : at + 2]
        assert sought(two) == {f.pk for f in firms if two in terms.plain(f.name_zh)}, two
        word = (firm.name_en.split() or ["Zhuhai"])[-1].upper()[:4]
        begins = "".join(sign for sign in word.lower() if sign.isalnum())
        assert firm.pk in sought(f"{two} {word}") or not firm.name_en
        met = sought(word)
        assert all(begins in f.name_en.lower().replace(".", "") for f in firms if f.pk in met)


def test_numbers_are_found_by_how_they_begin_written_with_strokes_or_without(
    firms: list[Enterprise],
) -> None:
    firm = firms[17]
    for text in (
        firm.reference,
        firm.reference.lower(),
        firm.reference[:-2],
        "ov00017",
        "OV-00017",
    ):
        assert firm.pk in sought(text), text
    assert sought("OV-00017") == {firm.pk}
    assert sought("不存在的企业") == set()
    assert finding.find(EnterpriseTerm, " 、 ") is None


def test_former_names_and_records_merged_in_lead_to_the_one_that_stands(
    firms: list[Enterprise],
) -> None:
    one, other = firms[3], firms[4]
    FormerName.objects.create(
        enterprise=one,
        name_zh="旧时行号",
        name_en="Oldname",
        until=date(2012, 1, 1),
        recorded_at=AT,
    )
    Enterprise.objects.filter(pk=other.pk).update(merged_into=one)
    finding.index([one.pk])
    assert sought("旧时") == sought("oldn") == {one.pk}
    assert {one.pk, other.pk} <= sought(other.name_zh[2:4])


def test_sites_have_terms_of_their_own(firms: list[Enterprise]) -> None:
    site = Site.objects.create(
        reference="SIT-000001-1", number="GD-V-0042", kind="farm", enterprise=firms[0],
        name_zh="青云菜场", name_en="Qingyun Farm",
    )  # fmt: skip
    finding.index_sites([site.pk])
    for text in ("青云", "菜场", "qing", "gd-v-00", "gdv0042", "v0042"):
        found_ = finding.find(SiteTerm, text)
        assert found_ is not None
        assert Site.objects.get(found_.among(SiteTerm, "pk")) == site, text


def test_a_search_asks_once_for_each_term_and_indexing_does_not_grow_with_the_rows(
    firms: list[Enterprise],
) -> None:
    with CaptureQueriesContext(connection) as asked:
        finding.find(EnterpriseTerm, "食品 zhuhai 0756")
    assert len(asked) == 3
    with CaptureQueriesContext(connection) as few:
        finding.index([firms[0].pk])
    with CaptureQueriesContext(connection) as many:
        finding.index([firm.pk for firm in firms])
    assert len(few) == len(many) <= 4
